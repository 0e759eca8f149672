using System.Runtime.InteropServices;

namespace GitOps.Kubernetes.Http;

public sealed record KubernetesClientOptions
{
    /// <summary><c>name/version (os/arch) commit</c>; the server's default field manager is its first part.</summary>
    public string UserAgent { get; init; } = Agent("gitops-kubernetes", "1.0");

    /// <summary>Requests in flight, watches not counted.</summary>
    public int MaxConcurrentRequests { get; init; } = 64;

    /// <summary>From sending to the end of the answer's body, of one attempt.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>All attempts of one request together; a wait that would go past it is not begun.</summary>
    public TimeSpan RetryBudget { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A watch that brings neither event nor bookmark for this long is opened again; a server sends a bookmark every minute.</summary>
    public TimeSpan WatchIdleTimeout { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>An answer beyond this is refused, in bytes.</summary>
    public int MaxResponseBytes { get; init; } = 512 * 1024 * 1024;

    /// <summary>
    /// When to stop asking a cluster that does not answer. Null: never, as for the cluster that a program runs in, without which
    /// it has nothing to do anyway.
    /// </summary>
    public CircuitOptions? Circuit { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gives numbers in [0, 1), for jitter.</summary>
    public Func<double> Random { get; init; } = System.Random.Shared.NextDouble;

    public IRequestObserver? Observer { get; init; }

    /// <summary>
    /// Called inline, in the asker's own flow, with each write that was sent and is no dry run: it must be quick and must not throw.
    /// </summary>
    public Action<CompletedWrite>? OnWritten { get; init; }

    /// <summary>Asked before each write; null: writes are always allowed.</summary>
    public IWriteGuard? WriteGuard { get; init; }

    /// <summary>Whether requests tell the server of which trace they are.</summary>
    public bool SendsTraceParent { get; init; } = true;

    /// <summary>HTTP/1.1 alone: one request per connection, which a time-out closes.</summary>
    internal bool UseHttp11 { get; init; }

    /// <summary>A user agent as Kubernetes' own programs have it.</summary>
    /// <param name="name">The program's.</param>
    /// <param name="version">The program's.</param>
    /// <param name="commit">What it was built from; null: not known.</param>
    public static string Agent(string name, string version, string? commit = null)
    {
        var system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        var agent = $"{name}/{version} ({system}/{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()})";
        return string.IsNullOrEmpty(commit) ? agent : $"{agent} {commit}";
    }

    internal void Notify(NoticeKind kind, string message) => Observer?.OnNotice(new ClientNotice(kind, message));
}
