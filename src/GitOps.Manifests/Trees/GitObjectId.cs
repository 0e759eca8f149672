using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace GitOps.Manifests.Trees;

/// <summary>The names Git gives to content, so that a tree outside Git compares equal to the commit it becomes.</summary>
[SuppressMessage("Security", "CA5350", Justification = "Git's object names are SHA-1.")]
internal static class GitObjectId
{
    /// <summary>The tree without entries, which Git never records inside another.</summary>
    public const string EmptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    public const string FileMode = "100644";
    public const string ExecutableMode = "100755";
    public const string SymlinkMode = "120000";
    public const string DirectoryMode = "40000";

    public static string OfBlob(ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Header("blob", content.Length));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Hashes a stream of known length without holding it.</summary>
    public static string OfBlob(Stream content, long length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Header("blob", length));
        var buffer = ArrayPool<byte>.Shared.Rent(81920);
        try
        {
            int count;
            while ((count = content.Read(buffer)) > 0)
            {
                hash.AppendData(buffer, 0, count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <param name="entries">The direct entries, in any order.</param>
    public static string OfTree(IEnumerable<(string Mode, string Name, string ObjectId)> entries)
    {
        var body = new MemoryStream();
        var sorted = entries.Select(static entry => (entry.Mode, Name: Encoding.UTF8.GetBytes(entry.Name), entry.ObjectId)).ToList();
        sorted.Sort(static (a, b) => Compare(a.Name, IsDirectory(a.Mode), b.Name, IsDirectory(b.Mode)));
        foreach (var (mode, name, objectId) in sorted)
        {
            body.Write(Encoding.ASCII.GetBytes(mode + " "));
            body.Write(name);
            body.WriteByte(0);
            body.Write(Convert.FromHexString(objectId));
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Header("tree", body.Length));
        hash.AppendData(body.GetBuffer().AsSpan(0, (int)body.Length));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static bool IsDirectory(string mode) => string.Equals(mode, DirectoryMode, StringComparison.Ordinal);

    /// <summary>Git sorts a directory as if its name ended with a slash.</summary>
    private static int Compare(ReadOnlySpan<byte> a, bool aIsDirectory, ReadOnlySpan<byte> b, bool bIsDirectory)
    {
        var common = Math.Min(a.Length, b.Length);
        var order = a[..common].SequenceCompareTo(b[..common]);
        return order != 0 ? order : At(a, common, aIsDirectory) - At(b, common, bIsDirectory);

        static int At(ReadOnlySpan<byte> name, int index, bool isDirectory) =>
            index < name.Length ? name[index] : isDirectory ? '/' : 0;
    }

    private static byte[] Header(string type, long length) => Encoding.ASCII.GetBytes($"{type} {length}\0");
}
