using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Manifests;
using GitOps.Operator.Model;
using GitOps.Operator.Model.Ignoring;
using GitOps.Operator.Model.Schedules;

namespace GitOps.Operator.Api;

/// <summary>A spec without an error, defaults filled in: what the pipeline works with.</summary>
internal sealed record ValidatedSpec
{
    /// <summary>At least one, in the order of the spec.</summary>
    public required ImmutableArray<CheckedSource> Sources { get; init; }

    /// <summary>Whether any commit may be deployed, whoever made it.</summary>
    public bool AllowsAnyCommit => Sources.All(static source => source.Policy.IsNone);

    public bool HasSeveralSources => Sources.Length > 1;

    /// <summary>What the spec calls the revisions of its sources.</summary>
    public string RevisionNames => HasSeveralSources
        ? Revisions.Join(Sources.Select(static source => source.FullRevision))
        : Sources[0].FullRevision;

    /// <summary>Of the first source, as all down to <see cref="Source"/>.</summary>
    public string RepoUrl => Sources[0].RepoUrl;

    public RepositoryAddress Repository => Sources[0].Repository;

    public string Revision => Sources[0].Revision;

    public RevisionName RevisionName => Sources[0].RevisionName;

    public string Path => Sources[0].Path;

    public SourceKind? SourceKind => Sources[0].Kind;

    public DirectoryOptions Directory => Sources[0].Directory;

    public KustomizeSettings Kustomize => Sources[0].Kustomize;

    public BuildIdentity Build => Sources[0].Build;

    public RenderedSource Source => Sources[0].Rendered;

    /// <summary>For manifests that name no namespace; null: such manifests are refused.</summary>
    public string? DestinationNamespace { get; init; }

    /// <summary>False: nothing is written, the status says what would be.</summary>
    public bool Automated { get; init; }

    public bool Prune { get; init; }

    /// <summary>Prune to nothing where the directory holds no manifest.</summary>
    public bool AllowEmpty { get; init; }

    /// <summary>Set drift back at once. Never true unless <see cref="Automated"/>.</summary>
    public bool Heal { get; init; }

    /// <summary><c>syncPolicy.syncOptions</c>.</summary>
    public SyncOptions Options { get; init; } = SyncOptions.None;

    /// <summary>What is left out of comparisons: by the spec, and by the operator's options.</summary>
    public IgnoreRules Ignored { get; init; } = IgnoreRules.None;

    /// <summary>What becomes of fields that only others have set. Never Remove unless <see cref="Heal"/>.</summary>
    public ForeignFields ForeignFields { get; init; }

    /// <summary>Who may set anything, by the operator's options.</summary>
    public ForeignManagers ForeignManagers { get; init; } = ForeignManagers.Default;

    /// <summary>Of the namespace that <c>CreateNamespace</c> makes; null: it is made without any, and left alone afterwards.</summary>
    public NamespaceMetadata? ManagedNamespace { get; init; }

    /// <summary>Another field manager whose shares end when an object is adopted; null: only those that are known.</summary>
    public string? MigrationManager { get; init; }

    public bool Suspended { get; init; }

    /// <summary>What is done about secrets in plain text.</summary>
    public SecretPolicy SecretPolicy { get; init; } = SecretPolicy.Warn;

    /// <summary>Between two looks at the repository.</summary>
    public required TimeSpan Interval { get; init; }

    public required RetryPolicy Retry { get; init; }

    public SyncDeadlines Deadlines { get; init; } = SyncDeadlines.Default;

    /// <summary>Null: none.</summary>
    public DeletionBudget? DeletionBudget { get; init; }

    /// <summary>When syncs may run; empty: always.</summary>
    public ImmutableArray<SyncWindow> SyncWindows { get; init; } = [];

    /// <summary>Each sync waits for a person's approval of just what it does.</summary>
    public bool ApprovalRequired { get; init; }

    /// <summary>Applications that have to be synced and healthy before a sync begins.</summary>
    public ImmutableArray<NamespacedName> DependsOn { get; init; } = [];

    /// <summary>Whom to write, delete and dry-run as; null: the operator itself.</summary>
    public Impersonation? Impersonation { get; init; }

    public int RevisionHistoryLimit { get; init; }
}

/// <summary>What is rendered, and how.</summary>
/// <param name="Path">Of the directory, normalised.</param>
/// <param name="Kind">What it is; null: its files say.</param>
/// <param name="Directory">Options of plain manifests.</param>
/// <param name="Kustomize">Options of a kustomization.</param>
/// <param name="Build">For whom.</param>
internal sealed record RenderedSource(string Path, SourceKind? Kind, DirectoryOptions Directory, KustomizeSettings Kustomize, BuildIdentity Build)
{
    /// <summary>Options of a chart.</summary>
    public HelmSettings Helm { get; init; } = HelmSettings.None;

    /// <summary>Whose credentials may be used for what it needs.</summary>
    public string Tenant { get; init; } = string.Empty;
}

/// <param name="Recurse">Also directories below.</param>
/// <param name="Include">Glob of files to take; null: all.</param>
/// <param name="Exclude">Glob of files to leave; null: none.</param>
internal sealed record DirectoryOptions(bool Recurse, string? Include, string? Exclude)
{
    public static readonly DirectoryOptions None = new(Recurse: false, null, null);
}

/// <param name="Limit">Attempts after the first; null: without end.</param>
/// <param name="Duration">Before the first of them.</param>
/// <param name="Factor">What each wait is multiplied by for the next.</param>
/// <param name="MaxDuration">No wait is longer.</param>
internal sealed record RetryPolicy(long? Limit, TimeSpan Duration, long Factor, TimeSpan MaxDuration)
{
    public static readonly RetryPolicy Default = new(5, TimeSpan.FromSeconds(5), 2, TimeSpan.FromMinutes(3));

    /// <param name="retries">How many retries there have been.</param>
    /// <returns>How long to wait for the next one; null: it was the last.</returns>
    public TimeSpan? Next(long retries) => retries >= Limit ? null : Wait(retries);

    /// <summary>How long to wait after so many retries, whether or not there is to be another.</summary>
    public TimeSpan Wait(long retries)
    {
        var ticks = Duration.Ticks * Math.Pow(Factor, retries);
        return ticks >= MaxDuration.Ticks ? MaxDuration : TimeSpan.FromTicks((long)ticks);
    }
}

/// <summary>How much one sync may delete; exceeding either limit blocks it.</summary>
internal sealed record DeletionBudget(long? MaxObjects, long? MaxPercent)
{
    /// <param name="managed">How many objects the Application has.</param>
    /// <returns>How many of them may go at once. A percentage is rounded up to one object, unless it is 0.</returns>
    public long Allowed(long managed)
    {
        var byCount = MaxObjects ?? long.MaxValue;
        var byPercent = MaxPercent is { } percent ? ((managed * percent) + 99) / 100 : long.MaxValue;
        return Math.Min(byCount, byPercent);
    }
}

/// <summary>How long a sync waits before it has failed.</summary>
/// <param name="Wave">For the objects of one wave to become healthy, and for what is pruned to go.</param>
/// <param name="Hook">For one hook to end.</param>
/// <param name="Operation">For one attempt at the whole.</param>
internal sealed record SyncDeadlines(TimeSpan Wave, TimeSpan Hook, TimeSpan Operation)
{
    public static readonly SyncDeadlines Default = new(TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2));
}
