namespace GitOps.Testing.Repositories;

/// <summary>What a path of a random repository holds.</summary>
public enum EntryKind
{
    File,
    Executable,

    /// <summary>The text is where it points to.</summary>
    Link,

    /// <summary>The text is nothing.</summary>
    Submodule,
}

/// <summary>One path of a random repository.</summary>
public sealed record RepositoryEntry(EntryKind Kind, string Text)
{
    public static RepositoryEntry File(string text) => new(EntryKind.File, text);

    public static RepositoryEntry Link(string target) => new(EntryKind.Link, target);
}

/// <summary>An Application over a random repository: what its source says.</summary>
/// <param name="Path">The directory.</param>
/// <param name="Recurse">Of a plain directory.</param>
/// <param name="Include">Of a plain directory.</param>
/// <param name="Exclude">Of a plain directory.</param>
/// <param name="NamePrefix">Of a kustomization.</param>
/// <param name="Components">Of a kustomization; those that are missing are ignored.</param>
/// <param name="PatchPath">Of a kustomization: a file.</param>
public sealed record RepositoryApplication(
    string Path, bool Recurse = false, string? Include = null, string? Exclude = null, string? NamePrefix = null, string? Components = null, string? PatchPath = null);
