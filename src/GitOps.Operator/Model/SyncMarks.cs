using System.Collections.Immutable;
using System.Text.Json.Serialization;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Operator.Model;

/// <summary>When an object is written, in the order of a sync. The last three are beside it: on failure, and on deletion.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SyncPhase>))]
internal enum SyncPhase
{
    PreSync,
    Sync,
    PostSync,
    SyncFail,
    PreDelete,
    PostDelete,
}

/// <summary>When a hook's object is deleted. None and all of these may be asked for.</summary>
[Flags]
internal enum HookDeletion
{
    None = 0,

    /// <summary>One that is left from before goes, and is waited for, before the hook is created.</summary>
    BeforeHookCreation = 1,

    /// <summary>When the whole sync has succeeded.</summary>
    HookSucceeded = 2,

    /// <summary>When the sync has failed.</summary>
    HookFailed = 4,
}

/// <summary>What the annotations of a manifest say about when it is written.</summary>
/// <param name="Wave">Within its phase, ascending; what is not annotated is in wave 0.</param>
/// <param name="Phases">Of a hook; default (no array) for an ordinary object.</param>
/// <param name="Deletion">Of a hook.</param>
/// <param name="IsLeftOut">It is never applied (<c>hook: Skip</c>, Helm's tests).</param>
internal sealed record SyncMarks(int Wave, ImmutableArray<SyncPhase> Phases, HookDeletion Deletion, bool IsLeftOut)
{
    public static readonly SyncMarks None = new(0, default, HookDeletion.None, IsLeftOut: false);

    public bool IsHook => !Phases.IsDefaultOrEmpty;
}

/// <summary>A manifest that runs at a point of the sync instead of being kept in the cluster.</summary>
/// <param name="Key">Its name is what stands in the manifest; empty where it is made from <paramref name="GenerateName"/>.</param>
/// <param name="Type">As it stands in the manifest, version included.</param>
/// <param name="Json">UTF-8, normalised; without name where it is generated.</param>
/// <param name="GenerateName">Null where the manifest has a name.</param>
/// <param name="Marks">When it runs, when it goes.</param>
/// <param name="Location">Where it came from, for messages: file and document.</param>
internal sealed record HookObject(
    ObjectKey Key, GroupVersionKind Type, byte[] Json, string? GenerateName, SyncMarks Marks, string Location)
{
    /// <summary>Keyed, of <see cref="Json"/>; independent of the order of its keys.</summary>
    public string DesiredHash { get; init; } = string.Empty;

    /// <summary>The name in one run: a restart has to find what was created before it.</summary>
    /// <param name="phase">In which it runs.</param>
    /// <param name="revision">What is synced.</param>
    /// <param name="startedAt">Of the attempt, as it was stored before the first hook was created.</param>
    public ObjectKey KeyIn(SyncPhase phase, string revision, DateTimeOffset startedAt) => GenerateName is null
        ? Key
        : Key with
        {
            Name = $"{GenerateName}{Revisions.Tag(revision)}-{phase}-{startedAt.ToUnixTimeSeconds()}".ToLowerInvariant(),
        };
}
