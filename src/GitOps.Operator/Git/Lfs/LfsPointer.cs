using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace GitOps.Operator.Git.Lfs;

/// <summary>What stands in a repository in place of a file that is kept by Git LFS.</summary>
/// <param name="Sha256">Of the file, in lower-case digits.</param>
/// <param name="Size">Of the file, in bytes.</param>
internal sealed partial record LfsPointer(string Sha256, long Size)
{
    private const int MaxBytes = 1024;

    /// <returns>Null where the content is that of a file.</returns>
    public static LfsPointer? Parse(ReadOnlySpan<byte> content)
    {
        if (content.Length > MaxBytes || !content.StartsWith("version https://"u8))
        {
            return null;
        }

        var found = Form().Match(Encoding.UTF8.GetString(content));
        return found.Success && long.TryParse(found.Groups["size"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? new(found.Groups["oid"].Value, size)
            : null;
    }

    /// <summary>Whether a content is the file that is meant.</summary>
    public bool Means(ReadOnlySpan<byte> content) => content.Length == Size && Convert.ToHexStringLower(SHA256.HashData(content)) == Sha256;

    // Extensions stand between, and the keys are in the order of the alphabet.
    [GeneratedRegex(
        @"^version https://(git-lfs|hawser)\.github\.com/spec/v1\r?\n(ext-[^\n]*\n)*oid sha256:(?<oid>[0-9a-f]{64})\r?\nsize (?<size>[0-9]{1,18})\r?\n?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Form();
}
