namespace GitOps.Sandbox;

/// <summary>How a sandbox behaves. The defaults are a bare API server: no controllers beside it.</summary>
public sealed record SandboxOptions
{
    /// <summary>Address to listen on.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>Port to listen on; 0: any free one.</summary>
    public int Port { get; init; }

    /// <summary>Timestamps, latencies, time limits and bookmarks run on it.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Which controllers run beside the API server.</summary>
    public SandboxControllers Controllers { get; init; } = SandboxControllers.None;

    /// <summary>Evaluate roles and bindings; off: everybody who is authenticated may do everything, and nobody else gets in.</summary>
    public bool EnableRbac { get; init; } = true;

    /// <summary>Changes kept per resource for watches and continued lists.</summary>
    public int HistoryLength { get; init; } = 10_000;

    /// <summary>How often a watch that allows it gets a bookmark.</summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether requests are kept in the log; the hooks are called either way.</summary>
    public bool RecordRequests { get; init; } = true;

    /// <summary>
    /// A file of YAML documents to begin with: what <see cref="SandboxServer.SaveAsync"/> wrote, <c>kubectl get -o yaml</c> of another
    /// cluster, or objects written by hand; null: the namespaces that every cluster has.
    /// </summary>
    public string? StateFile { get; init; }

    /// <summary>The administrator's token; null: a random one.</summary>
    public string? AdminToken { get; init; }
}
