using System.Text.RegularExpressions;

namespace GitOps.Operator.Git;

/// <summary>Finds the pull or merge request that a commit came with, in what the usual forges write into its message.</summary>
internal static partial class PullRequests
{
    /// <param name="message">Of the commit: subject and body.</param>
    /// <returns><c>#123</c>, or GitLab's <c>group/project!12</c>; null: none is named.</returns>
    public static string? Find(string message)
    {
        var end = message.IndexOf('\n', StringComparison.Ordinal);
        var subject = (end < 0 ? message : message[..end]).Trim();
        foreach (var form in (Regex[])[MergedByGitHub(), MergedByAzure(), SquashedByBitbucket(), SquashedByGitHub()])
        {
            if (form.Match(subject) is { Success: true } found)
            {
                return $"#{found.Groups["number"].Value}";
            }
        }

        return MergedByGitLab().Matches(message).LastOrDefault() is { } merged ? merged.Groups["reference"].Value : null;
    }

    [GeneratedRegex("^Merge pull request #(?<number>[0-9]{1,9}) from ", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MergedByGitHub();

    [GeneratedRegex("^Merged PR (?<number>[0-9]{1,9}): ", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MergedByAzure();

    [GeneratedRegex(@"\(pull request #(?<number>[0-9]{1,9})\)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SquashedByBitbucket();

    [GeneratedRegex(@"\(#(?<number>[0-9]{1,9})\)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SquashedByGitHub();

    [GeneratedRegex(@"See merge request (?<reference>[\w./-]{0,200}![0-9]{1,9})\s*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex MergedByGitLab();
}
