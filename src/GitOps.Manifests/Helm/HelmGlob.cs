using System.Text;
using System.Text.RegularExpressions;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Helm;

/// <summary>
/// Globs over paths: <c>*</c> and <c>?</c> within a name, <c>**</c> over directories, <c>[abc]</c>, <c>[!a-z]</c>, <c>{a,b}</c>.
/// Files come by ordinal order of their paths.
/// </summary>
internal static class HelmGlob
{
    private const int MaxLength = 1024;
    private const int MaxDepth = 32;
    private const int MaxEntries = 20_000;

    public static bool IsGlob(string path) => path.AsSpan().IndexOfAny("*?[{") >= 0;

    /// <exception cref="ManifestException">The glob is malformed, or there is too much to look through.</exception>
    public static async Task<List<string>> FindAsync(ISourceTree tree, string glob, string written, CancellationToken cancellationToken)
    {
        var regex = Compile(glob, written);
        var first = glob.Split('/').TakeWhile(static part => !IsGlob(part)).ToList();
        var root = string.Join('/', first);
        if (await tree.FindAsync(root, cancellationToken) is not { Kind: TreeEntryKind.Directory })
        {
            return [];
        }

        var isDeep = glob.Contains("**", StringComparison.Ordinal) || glob.Contains('{', StringComparison.Ordinal);
        var levels = glob.Split('/').Length - first.Count;
        var found = new List<string>();
        await WalkAsync(new(tree, regex, isDeep ? MaxDepth : levels, written, found), root, 1, 0, cancellationToken);
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private static async Task<int> WalkAsync(Walk walk, string directory, int level, int seen, CancellationToken cancellationToken)
    {
        foreach (var entry in await walk.Tree.ListAsync(directory, cancellationToken))
        {
            if (++seen > MaxEntries)
            {
                throw new ManifestException(new ManifestError(walk.Written, null, $"the glob looks at more than {MaxEntries} files: begin it with a directory"));
            }

            if (entry.Kind == TreeEntryKind.File && walk.Regex.IsMatch(entry.Path))
            {
                walk.Found.Add(entry.Path);
            }

            // Links to directories are not entered, so no loop can form.
            if (entry is { Kind: TreeEntryKind.Directory, LinkTarget: null } && level < walk.Levels)
            {
                seen = await WalkAsync(walk, entry.Path, level + 1, seen, cancellationToken);
            }
        }

        return seen;
    }

    private static Regex Compile(string glob, string written)
    {
        if (glob.Length > MaxLength)
        {
            throw new ManifestException(new ManifestError(written[..100], null, $"the glob is longer than {MaxLength} characters"));
        }

        var regex = new StringBuilder(@"\A");
        var depth = 0;
        for (var i = 0; i < glob.Length; i++)
        {
            switch (glob[i])
            {
                case '*' when Next(i) == '*' && (i == 0 || glob[i - 1] == '/') && (i + 2 == glob.Length || glob[i + 2] == '/'):
                    regex.Append(i + 2 == glob.Length ? ".*" : "(?:.*/)?");
                    i += 2;
                    break;
                case '*':
                    regex.Append("[^/]*");
                    break;
                case '?':
                    regex.Append("[^/]");
                    break;
                case '{':
                    depth++;
                    regex.Append("(?:");
                    break;
                case '}' when depth > 0:
                    depth--;
                    regex.Append(')');
                    break;
                case ',' when depth > 0:
                    regex.Append('|');
                    break;
                case '[' when glob.IndexOf(']', i + 1) is var close && close > i + 1:
                    var body = glob[(i + 1)..close];
                    regex.Append('[').Append(body[0] is '!' or '^' ? "^/" : string.Empty)
                        .Append(string.Concat(body[(body[0] is '!' or '^' ? 1 : 0)..].Select(static c => c == '-' ? "-" : Escape(c)))).Append(']');
                    i = close;
                    break;
                case '\\' when i + 1 < glob.Length:
                    regex.Append(Escape(glob[++i]));
                    break;
                default:
                    regex.Append(Escape(glob[i]));
                    break;
            }
        }

        try
        {
            return new(regex.Append(@"\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);
        }
        catch (ArgumentException)
        {
            throw new ManifestException(new ManifestError(written, null, "the glob is malformed: a bracket or brace does not close"));
        }

        char Next(int index) => index + 1 < glob.Length ? glob[index + 1] : '\0';
    }

    private static string Escape(char c) => $@"\u{(int)c:X4}";

    private sealed record Walk(ISourceTree Tree, Regex Regex, int Levels, string Written, List<string> Found);
}
