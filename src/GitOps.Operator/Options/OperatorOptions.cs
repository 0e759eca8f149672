using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Helm;
using GitOps.Operator.Model;
using GitOps.Operator.Model.Ignoring;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Options;

internal enum LogFormat
{
    /// <summary>Text on a terminal, JSON elsewhere.</summary>
    Auto,
    Json,
    Text,
}

internal enum AuditStream
{
    /// <summary>With the rest of the log.</summary>
    Stdout,

    /// <summary>Alone, to standard error.</summary>
    Stderr,
}

/// <summary>Everything that can be set from outside, with its defaults. Made in one place, <see cref="OperatorOptionSet"/>.</summary>
internal sealed record OperatorOptions
{
    public const string DefaultOperatorNamespace = "gitops-system";

    /// <summary>Every address, IPv6 too where the machine has it.</summary>
    public const string DefaultListen = "http://*:8080";

    /// <summary>Null: <c>KUBECONFIG</c>, the service account of the pod, then the user's own file.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Where Applications are looked for; empty: everywhere.</summary>
    public ImmutableArray<string> Namespaces { get; init; } = [];

    /// <summary>Where an Application may do without a service account, beside <see cref="OperatorNamespace"/>.</summary>
    public ImmutableArray<string> TrustedNamespaces { get; init; } = [];

    /// <summary>For Applications that name none; it must exist in their own namespace.</summary>
    public string? DefaultServiceAccount { get; init; }

    /// <summary>Whether a repository may be a path or a <c>file://</c> URL.</summary>
    public bool AllowLocalRepositories { get; init; }

    /// <summary>For health and metrics; plain HTTP.</summary>
    public string Listen { get; init; } = DefaultListen;

    /// <summary>For webhooks alone, so that nothing else is reachable where Git servers call; plain HTTP. Null: beside health and metrics.</summary>
    public string? WebhooksListen { get; init; }

    /// <summary>The Secret of the operator's namespace with what proves who calls; webhooks are off without it.</summary>
    public string WebhooksSecret { get; init; } = "gitops-operator-webhooks";

    /// <summary>The operator's own namespace: its lease, its key, and Applications that are trusted.</summary>
    public string OperatorNamespace { get; init; } = DefaultOperatorNamespace;

    /// <summary>Applications reconciled at a time.</summary>
    public int Workers { get; init; } = 8;

    /// <summary>Objects of one Application written at a time.</summary>
    public int ApplyConcurrency { get; init; } = 16;

    /// <summary>For the mirrors of repositories; may be empty at every start.</summary>
    public string CacheDirectory { get; init; } = Path.Combine(Path.GetTempPath(), "gitops-operator");

    /// <summary>The kinds that are worked with.</summary>
    public ResourceFilter Resources { get; init; } = ResourceFilter.Everything;

    /// <summary>Field managers that may set what no manifest asks for, beside those of the control plane; globs.</summary>
    public ImmutableArray<string> ForeignFieldManagers { get; init; } = [];

    /// <summary>What is done about secrets in Git where an Application does not say; Deny holds for all.</summary>
    public SecretPolicy SecretPolicy { get; init; } = SecretPolicy.Warn;

    /// <summary>What is left out of comparisons whatever an Application says.</summary>
    public IgnoreRules Ignored { get; init; } = IgnoreRules.None;

    /// <summary>Keys of annotations whose values are shown nowhere.</summary>
    public ImmutableArray<string> SensitiveAnnotations { get; init; } = [];

    /// <summary>Field managers whose shares end when an object is adopted, beside kubectl's, Helm's, Argo CD's and Flux's.</summary>
    public ImmutableArray<string> FormerManagers { get; init; } = [];

    /// <summary>Program, by path or by name.</summary>
    public string Git { get; init; } = "git";

    /// <summary>Program, by path or by name.</summary>
    public string Helm { get; init; } = "helm";

    /// <summary>How long one fetch from a repository may take.</summary>
    public TimeSpan GitTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long one rendering of a Helm chart may take.</summary>
    public TimeSpan HelmTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How helm is kept apart from the operator.</summary>
    public HelmIsolation HelmIsolation { get; init; }

    /// <summary>Whether replicas elect one that works.</summary>
    public bool LeaderElection { get; init; }

    /// <summary>The name of the Lease in the operator's namespace.</summary>
    public string Lease { get; init; } = "gitops-operator-leader";

    /// <summary>Under which name this process contends; no other may have it.</summary>
    public string LeaseIdentity { get; init; } = Environment.MachineName;

    /// <summary>How long others wait after the last renewal that they saw; whole seconds.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long after its last renewal a leader stops.</summary>
    public TimeSpan LeaseRenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two attempts to get or renew the lease.</summary>
    public TimeSpan LeaseRetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Where other pods reach this one; null: not known.</summary>
    public string? PodAddress { get; init; }

    /// <summary>How long what is under way may take to end when the process is told to stop.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How many Applications may have metrics of their own; where there are more, none has.</summary>
    public int MetricsApplicationLimit { get; init; } = 5000;

    public LogFormat LogFormat { get; init; }

    /// <summary>Where the audit log goes.</summary>
    public AuditStream AuditLog { get; init; }

    public LogLevel LogLevel { get; init; } = LogLevel.Information;
}
