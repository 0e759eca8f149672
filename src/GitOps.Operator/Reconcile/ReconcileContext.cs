using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile;

/// <summary>One pass over one Application: what the steps hand on to each other and to the report.</summary>
internal sealed class ReconcileContext
{
    public ReconcileContext(ApplicationRuntime runtime, ApplicationResource application, DateTimeOffset now)
    {
        Runtime = runtime;
        Application = application;
        Now = now;
    }

    public ApplicationRuntime Runtime { get; }

    /// <summary>As read at the start of the pass.</summary>
    public ApplicationResource Application { get; }

    /// <summary>The start of the pass.</summary>
    public DateTimeOffset Now { get; }

    public NamespacedName Key => Runtime.Key;

    /// <summary>Of the Application's objects, when they were looked at.</summary>
    public long ObjectsVersion { get; set; }

    /// <summary>Set by Admit.</summary>
    public ValidatedSpec Spec { get; set; } = null!;

    /// <summary>Acts as the Application's identity; set by Admit.</summary>
    public IKubernetesClient Writer { get; set; } = null!;

    /// <summary>The commit to be at; null if it could not be resolved.</summary>
    public string? Revision { get; set; }

    public DateTimeOffset DetectedAt { get; set; }

    /// <summary>Why the repository gives no commit or the commit gives no manifests; the last good rendering stays.</summary>
    public SourceProblem? SourceProblem { get; set; }

    /// <summary>A remark on the source that is no failure (an ambiguous name, a warning of the renderer).</summary>
    public string? SourceWarning { get; set; }

    public SyncPlan Plan { get; set; } = SyncPlan.Empty;

    /// <summary>Objects to be put right now, with what was seen of them.</summary>
    public List<HealCandidate> Heals { get; } = [];

    /// <summary>Why drift cannot be put right although it should be.</summary>
    public string? HealBlocked { get; set; }

    /// <summary>When drift has to be looked at again, though no watch may tell: the next heal of a fight, a failed reading.</summary>
    public DateTimeOffset? NextLook { get; private set; }

    /// <summary>Objects of other Applications, with their holders.</summary>
    public Dictionary<ObjectKey, string> Shared { get; } = [];

    /// <summary>Why nothing is deleted although something should be.</summary>
    public (string Reason, string Message)? PruneBlocked { get; set; }

    /// <summary>Why nothing is written although something should be; null: write.</summary>
    public (string Reason, string Message)? SyncBlocked { get; set; }

    /// <summary>Whether this pass syncs (creates, updates, prunes), beyond healing.</summary>
    public bool Syncing { get; set; }

    public ImmutableArray<ApplyResult> Applied { get; set; } = [];

    public ImmutableArray<PruneResult> Pruned { get; set; } = [];

    /// <summary>Kinds that cannot be watched, with the reason: drift of their objects is not seen.</summary>
    public SortedDictionary<string, string> Unwatched { get; } = new(StringComparer.Ordinal);

    /// <summary>Drift that this pass has put right, with when it was seen.</summary>
    public List<DriftRow> Healed { get; } = [];

    /// <summary>Asks for another pass at this time, at the latest.</summary>
    public void LookAgain(DateTimeOffset at) => NextLook = NextLook is { } next && next < at ? next : at;
}

/// <summary>Why there is no new rendering.</summary>
/// <param name="Reason">A word in CamelCase.</param>
/// <param name="Message">For people.</param>
/// <param name="NeedsUser">Only another commit or spec helps.</param>
internal sealed record SourceProblem(string Reason, string Message, bool NeedsUser)
{
    public static SourceProblem Of(Git.GitException failure) => new(failure.Kind.ToString(), failure.Message, failure.NeedsUser);

    public static SourceProblem RenderFailed(string message) => new("RenderFailed", message, NeedsUser: true);
}

/// <summary>An object that is to be put right.</summary>
/// <param name="Desired">With content.</param>
/// <param name="Observed">As it was seen; null: it is gone.</param>
/// <param name="Row">What is reported; null: it is as desired, and only has to be owned again.</param>
internal sealed record HealCandidate(DesiredObject Desired, KubernetesObject? Observed, DriftRow? Row);
