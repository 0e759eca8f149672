namespace GitOps.Manifests.Trees;

/// <summary>Paths of a source tree: relative to its root, with slashes, the root itself being empty.</summary>
public static class TreePath
{
    /// <summary>Of a path; what an operating system allows.</summary>
    private const int MaxLength = 4096;

    /// <summary>Resolves <c>.</c>, <c>..</c>, doubled and trailing slashes by text alone.</summary>
    /// <exception cref="SourceTreeException">It is absolute, too long, or leads out of the tree.</exception>
    public static string Normalize(string path)
    {
        if (path.Length > MaxLength)
        {
            throw new SourceTreeException(path[..100], $"the path '{path[..100]}…' is longer than {MaxLength} characters");
        }

        if (path.StartsWith('/'))
        {
            throw new SourceTreeException(path, $"the path '{path}' is absolute: paths are relative to the root of the repository");
        }

        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new SourceTreeException(path, "a path must not contain a NUL character");
        }

        if (IsNormal(path))
        {
            return path;
        }

        var parts = new List<string>();
        foreach (var part in path.Split('/'))
        {
            switch (part)
            {
                case "" or ".":
                    break;
                case ".." when parts.Count == 0:
                    throw new SourceTreeException(path, $"the path '{path}' leads out of the repository");
                case "..":
                    parts.RemoveAt(parts.Count - 1);
                    break;
                default:
                    parts.Add(part);
                    break;
            }
        }

        return string.Join('/', parts);
    }

    public static string Combine(string directory, string name) => directory.Length == 0 ? name : $"{directory}/{name}";

    /// <returns>The directory of a path; empty for the root and its direct entries.</returns>
    public static string Parent(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash < 0 ? string.Empty : path[..slash];
    }

    private static bool IsNormal(string path)
    {
        foreach (var range in path.AsSpan().Split('/'))
        {
            var part = path.AsSpan(range);
            if (part is "" or "." or "..")
            {
                return path.Length == 0;
            }
        }

        return true;
    }
}
