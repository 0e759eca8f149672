using GitOps.Kubernetes.Resources;
using GitOps.Manifests;

namespace GitOps.Operator.Api;

/// <summary>A spec without an error, defaults filled in: what the pipeline works with.</summary>
internal sealed record ValidatedSpec
{
    public required string RepoUrl { get; init; }

    /// <summary>Branch, tag, SHA or <c>HEAD</c>.</summary>
    public required string Revision { get; init; }

    /// <summary>Of the directory, without leading or trailing slash; empty: the repository's root.</summary>
    public required string Path { get; init; }

    /// <summary>What the options of the source say that the directory is; null: its files say.</summary>
    public SourceKind? SourceKind { get; init; }

    public required DirectoryOptions Directory { get; init; }

    public KustomizeSettings Kustomize { get; init; } = KustomizeSettings.None;

    public required BuildIdentity Build { get; init; }

    public RenderedSource Source => new(Path, SourceKind, Directory, Kustomize, Build);

    /// <summary>For manifests that name no namespace; null: such manifests are refused.</summary>
    public string? DestinationNamespace { get; init; }

    /// <summary>False: nothing is written, the status says what would be.</summary>
    public bool Automated { get; init; }

    public bool Prune { get; init; }

    /// <summary>Prune to nothing where the directory holds no manifest.</summary>
    public bool AllowEmpty { get; init; }

    /// <summary>Set drift back at once. Never true unless <see cref="Automated"/>.</summary>
    public bool Heal { get; init; }

    /// <summary>False: only objects that say <c>Prune=true</c> themselves are pruned (sync option <c>Prune=false</c>).</summary>
    public bool PruneUnmarked { get; init; } = true;

    public bool CreateNamespace { get; init; }

    public bool Suspended { get; init; }

    /// <summary>Between two looks at the repository.</summary>
    public required TimeSpan Interval { get; init; }

    public required RetryPolicy Retry { get; init; }

    /// <summary>Null: none.</summary>
    public DeletionBudget? DeletionBudget { get; init; }

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
internal sealed record RenderedSource(string Path, SourceKind? Kind, DirectoryOptions Directory, KustomizeSettings Kustomize, BuildIdentity Build);

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
    public TimeSpan? Next(long retries)
    {
        if (retries >= Limit)
        {
            return null;
        }

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
