using GitOps.Kubernetes.Events;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Charts;
using GitOps.Operator.Git;
using GitOps.Operator.Observability;
using GitOps.Operator.Options;
using GitOps.Operator.Reconcile.Inventories;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Controllers;

/// <summary>What the operator's parts stand between; all of it belongs to whoever made it.</summary>
internal sealed record OperatorSurroundings
{
    /// <summary>Of the cluster, by who uses it: tests tell the watches apart by that.</summary>
    public required Func<ClientUse, IKubernetesClient> Client { get; init; }

    public required OperatorOptions Options { get; init; }

    public required InstallationKey Key { get; init; }

    /// <summary>The admission policy without which no approval counts.</summary>
    public required KubernetesObject ApprovalPolicy { get; init; }

    public required IGitRepositories Repositories { get; init; }

    public required IChartRepositories Charts { get; init; }

    /// <summary>Null: charts are not rendered.</summary>
    public HelmStage? Helm { get; init; }

    public required EventRecorder Recorder { get; init; }

    public required IReconcileTrigger Queue { get; init; }

    public required OperatorMetrics Metrics { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILoggerFactory Logs { get; init; }

    /// <summary>Ends what goes on beside the passes.</summary>
    public required CancellationToken Cut { get; init; }
}

/// <summary>Who uses a client of the cluster.</summary>
internal enum ClientUse
{
    /// <summary>The passes.</summary>
    Passes,

    /// <summary>The watches of managed objects.</summary>
    Objects,

    /// <summary>The watches of objects that would be taken over.</summary>
    Previews,

    Hooks,
    Accounts,
    Releases,

    /// <summary>The watches of what signatures are verified with.</summary>
    Keys,

    Approvals,
}
