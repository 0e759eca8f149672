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

    /// <summary>Delete what its owners have left behind, and carry out foreground and orphan deletion.</summary>
    public bool EnableGarbageCollector { get; init; }

    /// <summary>Empty namespaces that are being deleted, and let them go.</summary>
    public bool EnableNamespaceController { get; init; }

    /// <summary>Evaluate roles and bindings; off: everybody who is authenticated may do everything.</summary>
    public bool EnableRbac { get; init; } = true;

    /// <summary>Changes kept per resource for watches and continued lists.</summary>
    public int HistoryLength { get; init; } = 10_000;

    /// <summary>How often a watch that allows it gets a bookmark.</summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether requests are kept in the log; the hooks are called either way.</summary>
    public bool RecordRequests { get; init; } = true;

    /// <summary>The administrator's token; null: a random one.</summary>
    public string? AdminToken { get; init; }
}
