using System.Collections.Immutable;
using System.Text.Json.Serialization;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Api;

/// <summary>Why a sync runs.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SyncTrigger>))]
internal enum SyncTrigger
{
    /// <summary>A commit that changed what is desired.</summary>
    Commit,

    /// <summary>The same commit, and something else than what was synced: the spec changed, or a sync was not finished.</summary>
    Spec,

    /// <summary>The field <c>operation</c>.</summary>
    Operation,

    /// <summary>The annotation <c>sync</c>.</summary>
    Annotation,

    /// <summary>The annotation <c>rollback-to</c>.</summary>
    Rollback,
}

/// <summary>A sync that somebody asked for, as it was asked for.</summary>
/// <param name="Trigger">Operation or Annotation.</param>
/// <param name="Operation">What is asked; of an annotation, what stands for it.</param>
/// <param name="Token">The annotation's value; null: it is none.</param>
/// <param name="InitiatedBy">Who asked.</param>
internal sealed record AskedSync(SyncTrigger Trigger, OperationSpec Operation, string? Token, Initiator InitiatedBy)
{
    private string? _text;

    /// <summary>The same request has the same text.</summary>
    public string Text => _text ??= $"{Trigger}\n{Token}\n{KubernetesJson.ToText(ApiJson.ToJson(Operation, ApiJson.Default.OperationSpec))}";
}

/// <summary>A sync that was asked for, checked.</summary>
/// <param name="Asked">As it was asked for.</param>
/// <param name="Spec">The Application's spec with what the request says otherwise: options, retries, pruning.</param>
internal sealed record SyncRequest(AskedSync Asked, ValidatedSpec Spec)
{
    /// <summary>To sync to, one for each source; null, or empty: the newest.</summary>
    public ImmutableArray<string?> Revisions { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>The field that names them.</summary>
    public string RevisionField => Asked.Operation.Sync?.Revisions.IsEmpty == false ? "operation.sync.revisions" : "operation.sync.revision";

    /// <summary>Only say what a sync would do.</summary>
    public bool DryRun => Asked.Operation.Sync?.DryRun == true;

    /// <summary>Only these objects; empty: all.</summary>
    public ImmutableArray<ResourceSelector> Resources => Asked.Operation.Sync?.Resources ?? [];

    public bool IsSelective => Resources.Length > 0;

    /// <summary>As in Argo CD, neither a selective sync nor one with the strategy <c>apply</c> runs hooks.</summary>
    public bool RunsHooks => !IsSelective && Asked.Operation.Sync?.SyncStrategy?.Apply is null;

    public bool Selects(ObjectKey key) => !IsSelective || Resources.Any(selector => Selects(selector, key));

    public static bool Selects(ResourceSelector selector, ObjectKey key) =>
        (selector.Group ?? string.Empty) == key.Group && selector.Kind == key.Kind && selector.Name == key.Name
        && (string.IsNullOrEmpty(selector.Namespace) || selector.Namespace == key.Namespace);
}
