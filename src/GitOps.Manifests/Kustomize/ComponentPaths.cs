using System.Text;
using System.Text.RegularExpressions;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Kustomize;

/// <summary>The components that an Application adds. A path may be a pattern, with <c>*</c>, <c>?</c> and <c>[…]</c> within a name.</summary>
internal static class ComponentPaths
{
    private static readonly TimeSpan RegexTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Those that are there; what is missing stays as it is written, unless it may be missing.</summary>
    public static async ValueTask<List<string>> ResolveAsync(BuildRoot root, KustomizeOverrides overrides, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        foreach (var path in overrides.Components)
        {
            // A pattern is the name of nothing, and so it is missing.
            if (overrides.IgnoreMissingComponents && !await ExistsAsync(root, path, cancellationToken))
            {
                continue;
            }

            var matches = IsPattern(path) ? await MatchAsync(root, path, cancellationToken) : [];
            found.AddRange(matches.Count > 0 ? matches : [path]);
        }

        return found;
    }

    private static async ValueTask<bool> ExistsAsync(BuildRoot root, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await root.FindAsync(path, cancellationToken) is not null;
        }
        catch (Exception exception) when (exception is KustomizeException or SourceTreeException)
        {
            return false;
        }
    }

    private static bool IsPattern(string path) => path.AsSpan().IndexOfAny("*?[") >= 0 && !path.StartsWith('/');

    private static async ValueTask<List<string>> MatchAsync(BuildRoot root, string pattern, CancellationToken cancellationToken)
    {
        List<string> paths = [string.Empty];
        foreach (var part in pattern.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = new List<string>();
            foreach (var path in paths)
            {
                longer.AddRange(IsPattern(part)
                    ? (await ListAsync(root, path, part, cancellationToken)).Select(name => TreePath.Combine(path, name))
                    : [TreePath.Combine(path, part)]);
            }

            paths = longer;
        }

        var found = new List<string>();
        foreach (var path in paths)
        {
            if (await ExistsAsync(root, path, cancellationToken))
            {
                found.Add(path);
            }
        }

        return found;
    }

    private static async ValueTask<IEnumerable<string>> ListAsync(BuildRoot root, string directory, string pattern, CancellationToken cancellationToken)
    {
        if (await root.FindAsync(directory, cancellationToken) is not { Kind: TreeEntryKind.Directory } entry)
        {
            return [];
        }

        var names = Compile(pattern);
        return (await root.Tree.ListAsync(entry.LinkTarget ?? entry.Path, cancellationToken))
            .Select(static item => item.Name)
            .Where(name => names.IsMatch(name) && (name[0] != '.' || pattern[0] == '.'));
    }

    private static Regex Compile(string pattern)
    {
        var text = new StringBuilder("^");
        for (var i = 0; i < pattern.Length; i++)
        {
            var close = pattern[i] == '[' ? pattern.IndexOf(']', i + 1) : -1;
            if (close > i + 1)
            {
                text.Append('[').Append(pattern[(i + 1)..close].Replace("[", "\\[", StringComparison.Ordinal)).Append(']');
                i = close;
                continue;
            }

            text.Append(pattern[i] switch
            {
                '*' => ".*",
                '?' => ".",
                var letter => Regex.Escape(letter.ToString()),
            });
        }

        try
        {
            return new(text.Append("\\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.Singleline, RegexTimeout);
        }
        catch (ArgumentException exception)
        {
            throw new KustomizeException($"components: '{pattern}' is no pattern: {exception.Message}", exception);
        }
    }
}
