using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace GitOps.Kubernetes.Config;

/// <summary>A program that prints credentials: <c>users[].user.exec</c> of a kubeconfig.</summary>
public sealed record ExecPlugin
{
    /// <summary><c>client.authentication.k8s.io/v1</c> or <c>/v1beta1</c>; the answer has to be in the same.</summary>
    public required string ApiVersion { get; init; }

    /// <summary>A name to be found on the PATH, or an absolute path.</summary>
    public required string Command { get; init; }

    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>Added to the environment of this process.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Environment { get; init; } = [];

    /// <summary>For people, when the program is missing.</summary>
    public string? InstallHint { get; init; }

    /// <summary>What the program is told about the cluster; null unless <c>provideClusterInfo</c> is set.</summary>
    public JsonObject? ClusterInfo { get; init; }

    /// <summary>The program is killed when it takes longer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Arguments and environment often hold secrets: only the command is shown.</summary>
    public override string ToString() => $"exec {Command}";
}
