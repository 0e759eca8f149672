using System.Collections.Immutable;
using GitOps.Operator.Model;

namespace GitOps.Operator.Api;

/// <summary>
/// What the finalizers of an Application ask for when it is deleted: its objects, and hooks before and after. Argo CD's names and
/// their twins mean the same.
/// </summary>
internal static class DeletionFinalizers
{
    private const string CleanupSuffix = "/cleanup";

    private static readonly ImmutableArray<string> PreDelete = [Names.PreDeleteFinalizer, Names.ArgoPreDeleteFinalizer];
    private static readonly ImmutableArray<string> PostDelete = [Names.PostDeleteFinalizer, Names.ArgoPostDeleteFinalizer];

    private static readonly ImmutableArray<string> Stems =
        [.. PreDelete, .. PostDelete, Names.ResourcesFinalizer, Names.ResourcesFinalizerTwin, Names.ArgoResourcesFinalizer];

    /// <summary>Whether it is one that the operator takes off when what it asks for is done.</summary>
    public static bool IsOne(string finalizer) =>
        ResourcesFinalizers.IsOne(finalizer) || IsOf(SyncPhase.PreDelete, finalizer) || IsOf(SyncPhase.PostDelete, finalizer);

    /// <summary>Whether it looks like one of these and is none: nobody would ever take it off.</summary>
    public static bool IsMisspelt(string finalizer) =>
        !IsOne(finalizer) && Stems.Any(stem => finalizer.StartsWith(stem, StringComparison.Ordinal));

    /// <param name="phase">PreDelete or PostDelete.</param>
    /// <param name="finalizer">Of an Application.</param>
    public static bool IsOf(SyncPhase phase, string finalizer) =>
        NamesOf(phase).Any(name => finalizer == name || finalizer == name + CleanupSuffix);

    /// <summary>Whether the hooks of this phase run.</summary>
    public static bool Runs(SyncPhase phase, ImmutableArray<string> finalizers) => NamesOf(phase).Any(name => finalizers.Contains(name, StringComparer.Ordinal));

    /// <summary>Whether they go afterwards, as their delete policies say.</summary>
    public static bool CleansUp(SyncPhase phase, ImmutableArray<string> finalizers) =>
        NamesOf(phase).Any(name => finalizers.Contains(name + CleanupSuffix, StringComparer.Ordinal));

    /// <summary>What the operator itself puts on an Application with hooks of these phases.</summary>
    public static ImmutableArray<string> Own(bool preDelete, bool postDelete) =>
    [
        .. preDelete ? (ReadOnlySpan<string>)[Names.PreDeleteFinalizer, Names.PreDeleteFinalizer + CleanupSuffix] : [],
        .. postDelete ? (ReadOnlySpan<string>)[Names.PostDeleteFinalizer, Names.PostDeleteFinalizer + CleanupSuffix] : [],
    ];

    private static ImmutableArray<string> NamesOf(SyncPhase phase) => phase == SyncPhase.PreDelete ? PreDelete : PostDelete;
}
