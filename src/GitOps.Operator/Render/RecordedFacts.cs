using GitOps.Operator.Model;

namespace GitOps.Operator.Render;

/// <summary>Which facts a rendering asked for, from its recorded inputs.</summary>
internal static class RecordedFacts
{
    private const string Link = " -> ";

    private static readonly string HelmPath = BuildTree.PathOfFact(IBuildFacts.Helm);
    private static readonly string Prefix = BuildTree.PathOfFact(string.Empty);

    /// <returns>The version of helm that rendered it; null: it has no chart.</returns>
    public static string? HelmVersion(SourceInputs inputs)
    {
        foreach (var source in inputs.Items)
        {
            if (source.Entries.TryGetValue(HelmPath, out var answer) && answer is not null)
            {
                return answer[(answer.IndexOf(Link, StringComparison.Ordinal) + Link.Length)..];
            }
        }

        return null;
    }

    /// <summary>Whether it depends on what the cluster serves, which changes without a commit.</summary>
    public static bool AskCluster(SourceInputs inputs)
    {
        foreach (var source in inputs.Items)
        {
            if (source.Entries.ContainsKey(HelmPath)
                && source.Entries.Keys.Any(static path => path.StartsWith(Prefix, StringComparison.Ordinal) && path != HelmPath))
            {
                return true;
            }
        }

        return false;
    }
}
