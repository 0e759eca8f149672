using System.Globalization;
using System.IO.Compression;
using GitOps.Manifests.Trees;
using GitOps.Operator.Charts.Http;
using GitOps.Operator.Git;

namespace GitOps.Operator.Charts.Packages;

/// <summary>What is in a package.</summary>
/// <param name="Files">Path to content.</param>
/// <param name="Links">Path of a symbolic link to its text, which leads nowhere outside.</param>
/// <param name="Bytes">About what it takes in memory.</param>
internal sealed record ArchiveContent(
    IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Files, IReadOnlyDictionary<string, string> Links, long Bytes);

/// <summary>
/// Unpacks a tar or tar.gz in memory. Nobody vouches for what is in it: sizes, numbers and names are bounded before anything is kept,
/// nothing is ever written to a path that it names, and what a chart has no use for (devices, hard links, names that leave it, names
/// given twice) is refused.
/// </summary>
internal static class ChartArchive
{
    private const int EntryCost = 256;

    /// <param name="package">The bytes.</param>
    /// <param name="isPlainTar">Not compressed.</param>
    /// <param name="hasTopDirectory">All is in one directory, which is left out of the paths.</param>
    /// <param name="limits">What it may unpack to.</param>
    /// <param name="subject">Of messages: which package.</param>
    /// <exception cref="GitException">It is damaged, too large, or holds what it must not.</exception>
    public static ArchiveContent Read(byte[] package, bool isPlainTar, bool hasTopDirectory, ArchiveLimits limits, string subject)
    {
        try
        {
            using var bytes = new MemoryStream(package, writable: false);
            using var unpacked = isPlainTar ? (Stream)bytes : new GZipStream(bytes, CompressionMode.Decompress);
            using var bounded = new BoundedStream(
                unpacked, limits.MaxTotalBytes, limit => $"{subject} unpacks to more than {limit} bytes");
            return new Unpacking(new(bounded), hasTopDirectory, limits, subject).Read();
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            throw new GitException(GitFailure.Other, $"{subject} is no {(isPlainTar ? "tar" : "tar.gz")} that can be read", exception);
        }
    }

    private sealed class Unpacking(TarEntries tar, bool hasTopDirectory, ArchiveLimits limits, string subject)
    {
        private readonly Dictionary<string, ReadOnlyMemory<byte>> _files = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
        private string? _top;
        private int _entries;
        private long _bytes;

        public ArchiveContent Read()
        {
            while (tar.Next() is { } entry)
            {
                if (++_entries > limits.MaxEntries)
                {
                    throw new GitException(GitFailure.TooLarge, $"{subject} has more than {limits.MaxEntries} entries");
                }

                Add(entry);
            }

            if (_entries == 0)
            {
                throw Bad("is empty");
            }

            CheckTree();
            return new(_files, _links, _bytes);
        }

        private void Add(TarEntry entry)
        {
            switch (entry.Kind)
            {
                case TarKind.File:
                    if (PathOf(entry.Name) is { } file)
                    {
                        Once(file);
                        _files[file] = Content(entry, file);
                        _bytes += _files[file].Length + EntryCost;
                    }

                    break;
                case TarKind.SymbolicLink:
                    if (PathOf(entry.Name) is { } link)
                    {
                        Once(link);
                        _links[link] = Target(link, entry.Link);
                        _bytes += EntryCost;
                    }

                    break;
                case TarKind.Directory:
                    PathOf(entry.Name);
                    break;
                default:
                    throw Bad($"holds '{Shown(entry.Name)}', which is neither a file nor a directory nor a symbolic link");
            }
        }

        private byte[] Content(TarEntry entry, string path) => entry.Size <= limits.MaxFileBytes
            ? tar.Content()
            : throw new GitException(
                GitFailure.TooLarge,
                string.Create(CultureInfo.InvariantCulture, $"{subject} holds '{path}' of {entry.Size} bytes: more than {limits.MaxFileBytes} are too large"));

        /// <returns>Below the top directory; null for that directory itself.</returns>
        private string? PathOf(string name)
        {
            if (name.Length > limits.MaxPathLength)
            {
                throw Bad($"holds a path of more than {limits.MaxPathLength} characters: '{Shown(name[..60])}…'");
            }

            if (name.Length == 0 || name[0] == '/' || name.Any(static c => char.IsControl(c) || c is '\\' or '\uFFFD') || (name.Length > 1 && name[1] == ':'))
            {
                throw Bad($"holds the path '{Shown(name)}', which is absolute, empty, or has characters that no path may have");
            }

            var parts = name.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(static part => part != ".").ToArray();
            if (parts.Contains("..", StringComparer.Ordinal))
            {
                throw Bad($"holds the path '{Shown(name)}', which leads out of it");
            }

            if (parts.Length > limits.MaxDepth)
            {
                throw Bad($"holds a path of more than {limits.MaxDepth} levels: '{Shown(name)}'");
            }

            if (!hasTopDirectory)
            {
                return parts.Length == 0 ? null : string.Join('/', parts);
            }

            if (parts.Length == 0)
            {
                return null;
            }

            _top ??= parts[0];
            if (parts[0] != _top)
            {
                throw Bad($"holds '{Shown(name)}' beside the directory '{Shown(_top)}': a chart is in one directory");
            }

            return parts.Length == 1 ? null : string.Join('/', parts[1..]);
        }

        private void Once(string path)
        {
            if (_files.ContainsKey(path) || _links.ContainsKey(path))
            {
                throw Bad($"holds '{Shown(path)}' twice");
            }
        }

        private string Target(string link, string target)
        {
            try
            {
                TreePath.Normalize(TreePath.Combine(TreePath.Parent(link), target.StartsWith('/') ? throw Leaves(link) : target));
                return target;
            }
            catch (SourceTreeException)
            {
                throw Leaves(link);
            }
        }

        // A name cannot be a file and a directory.
        private void CheckTree()
        {
            foreach (var path in _files.Keys.Concat(_links.Keys))
            {
                for (var parent = TreePath.Parent(path); parent.Length > 0; parent = TreePath.Parent(parent))
                {
                    if (_files.ContainsKey(parent) || _links.ContainsKey(parent))
                    {
                        throw Bad($"holds '{Shown(parent)}' and something below it, although it is no directory");
                    }
                }
            }
        }

        private GitException Leaves(string link) => Bad($"holds the link '{Shown(link)}', which leads out of it");

        private GitException Bad(string what) => new(GitFailure.Other, $"{subject} {what}");

        private static string Shown(string text) => GitErrors.Clean(text);
    }
}
