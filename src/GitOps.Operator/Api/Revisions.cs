using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace GitOps.Operator.Api;

/// <summary>
/// The revision of an Application: the commit id, or the version of a chart. Of several sources it is those of all, in the order of
/// the spec with commas between them: neither a commit id nor a version has one.
/// </summary>
internal static class Revisions
{
    private const char Separator = ',';
    private const int ShortLength = 7;

    public static string Join(IEnumerable<string> revisions) => string.Join(Separator, revisions);

    public static bool AreSeveral(string? revision) => revision?.Contains(Separator, StringComparison.Ordinal) == true;

    /// <summary>As Argo CD writes it: of one source <c>revision</c>, of several <c>revisions</c>.</summary>
    public static string? OfOne(string revision) => AreSeveral(revision) ? null : revision;

    /// <summary>As Argo CD writes it: of one source nothing.</summary>
    public static ImmutableArray<string> OfSeveral(string revision) => AreSeveral(revision) ? Split(revision) : [];

    /// <summary>From what is written, of one source or of several.</summary>
    public static string? Read(string? revision, ImmutableArray<string> revisions) => revisions.IsEmpty ? revision : Join(revisions);

    /// <summary>One for each source.</summary>
    public static ImmutableArray<string> Split(string revision) => [.. revision.Split(Separator)];

    /// <summary>For people: the first digits of commit ids, versions as they are.</summary>
    public static string Short(string revision) =>
        AreSeveral(revision) ? Join(revision.Split(Separator).Select(ShortOfOne)) : ShortOfOne(revision);

    /// <summary>Seven letters or digits that may stand in the name of an object.</summary>
    public static string Tag(string revision) => revision.Length >= ShortLength && revision.All(char.IsAsciiLetterOrDigit)
        ? revision[..ShortLength]
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(revision)))[..ShortLength];

    /// <summary><c>commit 1234567</c>, <c>version 1.2.3</c>, or <c>revisions 1234567,1.2.3</c>.</summary>
    public static string Named(string revision) =>
        $"{(AreSeveral(revision) ? "revisions" : IsCommit(revision) ? "commit" : "version")} {Short(revision)}";

    private static string ShortOfOne(string revision) => IsCommit(revision) ? revision[..ShortLength] : revision;

    private static bool IsCommit(string revision) => revision.Length is 40 or 64 && revision.All(char.IsAsciiHexDigit);
}
