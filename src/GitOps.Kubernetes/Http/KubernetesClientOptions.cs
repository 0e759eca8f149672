using System.Runtime.InteropServices;

namespace GitOps.Kubernetes.Http;

public sealed record KubernetesClientOptions
{
    /// <summary><c>name/version (os/arch) commit</c>; the server's default field manager is its first part.</summary>
    public string UserAgent { get; init; } =
        $"gitops-kubernetes/1.0 ({(OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux")}/{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()})";

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

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gives numbers in [0, 1), for jitter.</summary>
    public Func<double> Random { get; init; } = System.Random.Shared.NextDouble;

    public IRequestObserver? Observer { get; init; }

    internal void Notify(NoticeKind kind, string message) => Observer?.OnNotice(new ClientNotice(kind, message));
}
