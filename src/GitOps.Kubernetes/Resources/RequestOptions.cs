using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.Resources;

/// <summary>Whom a request is made as; sent as headers, never part of a connection.</summary>
/// <param name="User"><c>system:serviceaccount:NAMESPACE:NAME</c> for a service account.</param>
/// <param name="Groups">Left empty for a service account: the server adds its groups.</param>
/// <param name="Uid">Null: none.</param>
/// <param name="Extra">Further attributes, by key in lower case; null: none.</param>
public sealed record Impersonation(
    string User,
    ImmutableArray<string> Groups,
    string? Uid = null,
    ImmutableSortedDictionary<string, ImmutableArray<string>>? Extra = null)
{
    internal static ImmutableSortedDictionary<string, ImmutableArray<string>> NoExtra { get; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    public static Impersonation ServiceAccount(string @namespace, string name) =>
        new($"system:serviceaccount:{@namespace}:{name}", []);
}

/// <summary>Selection and paging of a list.</summary>
/// <param name="LabelSelector">Null: all.</param>
/// <param name="FieldSelector">Null: all.</param>
/// <param name="PageSize">Objects per request; 0: all at once.</param>
/// <param name="MetadataOnly">Ask for PartialObjectMetadata.</param>
public sealed record ListOptions(
    string? LabelSelector = null, string? FieldSelector = null, int PageSize = 500, bool MetadataOnly = false);

/// <summary>A consistent list: every item has its apiVersion and kind filled in.</summary>
/// <param name="Items">The objects.</param>
/// <param name="ResourceVersion">Where a watch may start.</param>
public sealed record ObjectList(ImmutableArray<KubernetesObject> Items, string ResourceVersion);

/// <param name="FieldManager">Who owns what is written.</param>
/// <param name="Force">Take fields over from other managers.</param>
/// <param name="DryRun">Ask what would be, store nothing.</param>
/// <param name="Subresource">Null: the object itself.</param>
/// <param name="FieldValidation"><c>Strict</c>, <c>Warn</c> or <c>Ignore</c>.</param>
/// <param name="MetadataOnly">Ask for PartialObjectMetadata in answer.</param>
public sealed record ApplyOptions(
    string FieldManager, bool Force = true, bool DryRun = false, string? Subresource = null, string FieldValidation = "Strict", bool MetadataOnly = false);

/// <param name="FieldManager">Null: the server takes the first part of the user agent.</param>
/// <param name="DryRun">Ask what would be, store nothing.</param>
/// <param name="Subresource">Null: the object itself.</param>
/// <param name="FieldValidation"><c>Strict</c>, <c>Warn</c> or <c>Ignore</c>; null: as the server does by itself, <c>Warn</c>. Not of deletions.</param>
/// <param name="MetadataOnly">Ask for PartialObjectMetadata in answer. Not of deletions.</param>
public sealed record WriteOptions(
    string? FieldManager = null, bool DryRun = false, string? Subresource = null, string? FieldValidation = null, bool MetadataOnly = false);

/// <param name="Propagation"><c>Foreground</c>, <c>Background</c> or <c>Orphan</c>; null: the kind's default.</param>
/// <param name="Uid">Only that very object; else 409.</param>
/// <param name="ResourceVersion">Only in that state; else 409.</param>
/// <param name="DryRun">Ask what would be, delete nothing.</param>
public sealed record DeleteOptions(
    string? Propagation = null, string? Uid = null, string? ResourceVersion = null, bool DryRun = false);

public enum PatchType
{
    /// <summary>RFC 7386.</summary>
    Merge,

    /// <summary>RFC 6902.</summary>
    Json,

    /// <summary>Kubernetes' own; built-in kinds only.</summary>
    StrategicMerge,
}

/// <summary>The answer to a write.</summary>
/// <param name="Object">As the server stored it (or, in a dry run, would); its metadata alone, where no more was asked for.</param>
/// <param name="Created">201 rather than 200.</param>
/// <param name="Warnings">Texts of the answer's Warning headers, each once.</param>
public sealed record WriteResult(KubernetesObject Object, bool Created, ImmutableArray<string> Warnings);

public enum DeleteOutcome
{
    /// <summary>The object is gone, or was never there.</summary>
    Gone,

    /// <summary>Finalizers or dependents hold it; it has a deletionTimestamp now.</summary>
    Pending,
}
