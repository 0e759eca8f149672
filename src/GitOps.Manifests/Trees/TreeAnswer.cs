using System.Security.Cryptography;
using System.Text;

namespace GitOps.Manifests.Trees;

/// <summary>
/// How answers of a tree are written down, each no finer than what was asked: that something is there, what a file holds, which
/// entries a directory has.
/// </summary>
internal static class TreeAnswer
{
    private const string Link = " -> ";
    private const string Refused = "! ";
    private const string Names = "names ";
    private const string NamesWithLinks = "links ";
    private static readonly string[] Kinds = [.. Enum.GetValues<TreeEntryKind>().Select(KindOf)];

    /// <summary>The question after the entries of a directory, among the questions after paths.</summary>
    public static string ListingOf(string path) => path + "/";

    /// <summary>What a path is, and where it leads.</summary>
    public static string? OfKind(TreeEntry? entry) => entry is null ? null : WithLink(KindOf(entry.Kind), entry);

    /// <summary>What a path holds, and where it leads.</summary>
    public static string? OfContent(TreeEntry? entry) => entry is null ? null : WithLink(entry.ObjectId, entry);

    /// <summary>A path that the tree refuses to follow is not the same as one that is not there, and the reason is part of an error.</summary>
    public static string OfRefusal(SourceTreeException exception) => Refused + exception.Message;

    /// <summary>The names of a directory, what each is, and where links among them lead; not what is in them.</summary>
    public static string OfListing(IReadOnlyList<TreeEntry> entries)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var hasLinks = false;
        foreach (var entry in entries)
        {
            hasLinks |= entry.LinkTarget is not null || entry.Kind == TreeEntryKind.Symlink;
            hash.AppendData(Encoding.UTF8.GetBytes($"{entry.Name}\0{WithLink(KindOf(entry.Kind), entry)}\0"));
        }

        return (hasLinks ? NamesWithLinks : Names) + Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 20));
    }

    /// <summary>
    /// Whether an unchanged directory above means the same answer: not where a link is on the way, which may lead out of it. A path
    /// that is absent may be a link to nothing.
    /// </summary>
    public static bool IsOfTreeAlone(string? answer) =>
        answer is not null && !answer.Contains(Link, StringComparison.Ordinal)
        && !answer.StartsWith(Refused, StringComparison.Ordinal) && !answer.StartsWith(NamesWithLinks, StringComparison.Ordinal);

    /// <summary>Whether an answer is no finer than what a path is.</summary>
    public static bool IsKind(string? answer) => answer is not null && Kinds.Contains(
        answer.IndexOf(Link, StringComparison.Ordinal) is >= 0 and var cut ? answer[..cut] : answer, StringComparer.Ordinal);

    /// <summary>Whether a tree gives a recorded answer.</summary>
    public static async ValueTask<bool> HoldsAsync(ISourceTree tree, string question, string? answer, CancellationToken cancellationToken)
    {
        try
        {
            if (question.EndsWith('/'))
            {
                return OfListing(await tree.ListAsync(question[..^1], cancellationToken)) == answer;
            }

            var entry = await tree.FindAsync(question, cancellationToken);
            return answer == OfContent(entry) || answer == OfKind(entry);
        }
        catch (SourceTreeException exception)
        {
            return answer == OfRefusal(exception);
        }
    }

    private static string WithLink(string answer, TreeEntry entry) => entry.LinkTarget is null ? answer : answer + Link + entry.LinkTarget;

    private static string KindOf(TreeEntryKind kind) => kind switch
    {
        TreeEntryKind.File => "file",
        TreeEntryKind.Directory => "directory",
        TreeEntryKind.Submodule => "submodule",
        _ => "link",
    };
}
