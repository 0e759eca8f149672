namespace GitOps.Kubernetes.Config;

/// <summary>Who wrote a kubeconfig.</summary>
public enum KubeconfigTrust
{
    /// <summary>The user or administrator of this process: everything is allowed.</summary>
    Own,

    /// <summary>
    /// Somebody whom the process serves. Whatever runs programs, reads files of this machine, skips verification or
    /// reaches into this host's own network is refused.
    /// </summary>
    Hostile,
}

/// <summary>
/// Where to look for the configuration of a cluster: <see cref="Content"/>, else <see cref="Path"/>, else the files of
/// KUBECONFIG, else <c>~/.kube/config</c>, else the pod's service account.
/// </summary>
public sealed record KubeconfigRequest
{
    /// <summary>A file that has to exist.</summary>
    public string? Path { get; init; }

    /// <summary>The content itself, as from a Secret.</summary>
    public ReadOnlyMemory<byte>? Content { get; init; }

    /// <summary>How errors name <see cref="Content"/>: <c>Secret team-a/cluster, key kubeconfig</c>.</summary>
    public string ContentName { get; init; } = "kubeconfig";

    /// <summary>Null: the file's current-context.</summary>
    public string? Context { get; init; }

    public KubeconfigTrust Trust { get; init; }

    /// <summary>
    /// The only programs that <c>exec</c> may name, as they stand in the kubeconfig or, for those with a path, as absolute paths.
    /// Null: all.
    /// </summary>
    public IReadOnlyCollection<string>? AllowedPlugins { get; init; }

    /// <summary>Reads an environment variable.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Where <c>.kube/config</c> is looked for; null: nowhere.</summary>
    public string? HomeDirectory { get; init; } =
        System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile) is { Length: > 0 } home ? home : null;

    /// <summary>Where a pod's token, ca.crt and namespace lie.</summary>
    public string ServiceAccountDirectory { get; init; } = InClusterConfig.Directory;
}
