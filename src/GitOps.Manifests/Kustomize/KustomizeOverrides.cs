using System.Collections.Immutable;

namespace GitOps.Manifests.Kustomize;

/// <summary>
/// What an Application adds to its kustomization, as Argo CD does with <c>kustomize edit</c>: the file is read as if this stood
/// in it.
/// </summary>
public sealed record KustomizeOverrides
{
    /// <summary>Instead of that of the file; null or empty: that of the file.</summary>
    public string? NamePrefix { get; init; }

    public string? NameSuffix { get; init; }

    public string? Namespace { get; init; }

    /// <summary>
    /// <c>[NAME=]NEWNAME[:TAG][@DIGEST]</c>; replaces the whole entry of that name. <c>*</c> in the place of a part keeps that part of
    /// the file's entry.
    /// </summary>
    public ImmutableArray<string> Images { get; init; } = [];

    /// <summary>Replaces the entry of that name.</summary>
    public ImmutableSortedDictionary<string, long> Replicas { get; init; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, string> CommonLabels { get; init; } = NoTexts;

    /// <summary>Replace labels of the file; else a label that stands already where these go is an error.</summary>
    public bool ForceCommonLabels { get; init; }

    /// <summary>Only to the objects themselves; else to selectors and pod templates too.</summary>
    public bool LabelWithoutSelector { get; init; }

    /// <summary>To pod templates as well; only with <see cref="LabelWithoutSelector"/>.</summary>
    public bool LabelIncludeTemplates { get; init; }

    public ImmutableSortedDictionary<string, string> CommonAnnotations { get; init; } = NoTexts;

    public bool ForceCommonAnnotations { get; init; }

    public ImmutableArray<KustomizePatch> Patches { get; init; } = [];

    /// <summary>Directories, relative to the kustomization, or patterns of them.</summary>
    public ImmutableArray<string> Components { get; init; } = [];

    public bool IgnoreMissingComponents { get; init; }

    /// <summary>Whether something is written into the file before it is read: then it may be empty.</summary>
    internal bool HasEdits => !string.IsNullOrEmpty(NamePrefix) || !string.IsNullOrEmpty(NameSuffix) || !string.IsNullOrEmpty(Namespace)
        || !Images.IsEmpty || !Replicas.IsEmpty || !CommonLabels.IsEmpty || !CommonAnnotations.IsEmpty || !Components.IsEmpty;

    private static ImmutableSortedDictionary<string, string> NoTexts { get; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}

/// <param name="Path">A file, relative to the kustomization; or</param>
/// <param name="Patch">the patch itself.</param>
/// <param name="Target">Null: the object that the patch names.</param>
/// <param name="AllowNameChange">It may rename its target.</param>
/// <param name="AllowKindChange">It may make another kind of its target.</param>
public sealed record KustomizePatch(string? Path, string? Patch, KustomizeTarget? Target, bool AllowNameChange, bool AllowKindChange);

/// <summary>Regular expressions over what objects are, and label selectors; an empty part is any.</summary>
public sealed record KustomizeTarget(
    string Group, string Version, string Kind, string Name, string Namespace, string LabelSelector, string AnnotationSelector);
