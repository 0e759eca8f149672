using System.Text;

namespace GitOps.Operator.Git.Submodules;

/// <param name="Path">From the root of the repository that has it.</param>
/// <param name="Url">As it is written; null: none is.</param>
internal sealed record GitModule(string Path, string? Url);

/// <summary>What <c>.gitmodules</c> says: which paths are other repositories.</summary>
internal sealed class GitModules
{
    public const string FileName = ".gitmodules";
    public const int MaxBytes = 1024 * 1024;

    public static readonly GitModules None = new([], null);

    private readonly Dictionary<string, GitModule> _byPath;

    private GitModules(Dictionary<string, GitModule> byPath, string? problem)
    {
        _byPath = byPath;
        Problem = problem;
    }

    public bool IsEmpty => _byPath.Count == 0;

    /// <summary>Why the file says nothing; null: it does.</summary>
    public string? Problem { get; }

    /// <summary>A file that cannot be read: it hurts only who looks into a submodule.</summary>
    public static GitModules Unreadable(string problem) => new([], problem);

    public static GitModules Parse(ReadOnlySpan<byte> content)
    {
        try
        {
            return Of(GitConfigText.Parse(Encoding.UTF8.GetString(content)));
        }
        catch (FormatException failure)
        {
            return Unreadable($"{FileName}, {failure.Message}");
        }
    }

    /// <returns>The submodule that a path is, or lies in; null: none.</returns>
    public GitModule? Find(string path)
    {
        if (IsEmpty)
        {
            return null;
        }

        for (var end = path.Length; end > 0; end = path.LastIndexOf('/', end - 1))
        {
            if (_byPath.TryGetValue(path[..end], out var module))
            {
                return module;
            }
        }

        return null;
    }

    // Of a setting that is there twice the last counts, as for Git.
    private static GitModules Of(IReadOnlyList<GitConfigEntry> entries)
    {
        var byPath = new Dictionary<string, GitModule>(StringComparer.Ordinal);
        foreach (var module in entries.Where(static entry => entry is { Section: "submodule", Subsection.Length: > 0 })
            .GroupBy(static entry => entry.Subsection, StringComparer.Ordinal))
        {
            var path = module.LastOrDefault(static entry => entry.Key == "path").Value?.TrimEnd('/');
            if (!string.IsNullOrEmpty(path))
            {
                byPath[path] = new(path, module.LastOrDefault(static entry => entry.Key == "url").Value);
            }
        }

        return new(byPath, null);
    }
}
