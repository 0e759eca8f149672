using System.Formats.Tar;
using System.IO.Compression;

namespace GitOps.Manifests.Helm;

/// <summary>A file of a packaged chart.</summary>
/// <param name="Path">Below the chart's own directory: <c>Chart.yaml</c>.</param>
/// <param name="Content">Of the file.</param>
internal sealed record PackagedFile(string Path, ReadOnlyMemory<byte> Content);

/// <summary>Reads <c>NAME-VERSION.tgz</c> in memory: regular files only, no path that leads out, and no more than the limits.</summary>
internal static class ChartPackage
{
    /// <param name="path">For messages.</param>
    /// <param name="content">Of the package.</param>
    /// <param name="limits">Of what comes out of it.</param>
    /// <exception cref="ManifestException">It is no package of a chart, a hostile one, or too large.</exception>
    public static List<PackagedFile> Read(string path, ReadOnlyMemory<byte> content, HelmLimits limits)
    {
        try
        {
            using var zipped = new MemoryStream(content.ToArray(), writable: false);
            using var unzipped = new GZipStream(zipped, CompressionMode.Decompress);
            using var bounded = new BoundedStream(unzipped, limits.MaxBytes);
            using var tar = new TarReader(bounded);
            var files = new List<PackagedFile>();
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes)
                {
                    continue;
                }

                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                {
                    throw Refused(path, $"'{Shown(entry.Name)}' in the package is no regular file, and packages of charts have no links or devices");
                }

                var name = entry.Name.Replace('\\', '/');
                if (name.StartsWith('/') || name.Split('/').Contains("..", StringComparer.Ordinal))
                {
                    throw Refused(path, $"'{Shown(entry.Name)}' in the package leads out of it");
                }

                if (files.Count >= limits.MaxFiles)
                {
                    throw Refused(path, $"the package has more than {limits.MaxFiles} files");
                }

                using var copy = new MemoryStream();
                entry.DataStream?.CopyTo(copy);
                var cut = name.IndexOf('/', StringComparison.Ordinal);
                files.Add(new(cut < 0 ? name : name[(cut + 1)..], copy.ToArray()));
            }

            return files;
        }
        catch (TooLargeException)
        {
            throw Refused(path, $"the package unpacks to more than {limits.MaxBytes} bytes");
        }
        catch (Exception failure) when (failure is InvalidDataException or FormatException or IOException or ArgumentException or NotSupportedException)
        {
            throw Refused(path, "this is no package of a chart (a tar file, compressed by gzip): pack it again with helm package");
        }
    }

    private static ManifestException Refused(string path, string problem) => new(new ManifestError(path, null, problem));

    private static string Shown(string name) => name.Length > 100 ? name[..100] + "…" : name;

    private sealed class TooLargeException : Exception;

    /// <summary>Ends with an error where more comes than may.</summary>
    private sealed class BoundedStream(Stream inner, long limit) : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => _read; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Counted(inner.Read(buffer, offset, count));

        public override int Read(Span<byte> buffer) => Counted(inner.Read(buffer));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private int Counted(int count)
        {
            _read += count;
            return _read <= limit ? count : throw new TooLargeException();
        }
    }
}
