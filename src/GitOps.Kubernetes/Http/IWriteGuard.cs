namespace GitOps.Kubernetes.Http;

/// <summary>
/// Says whether this process may write at all. Every request of a client that is no read passes through it, right before each
/// attempt is sent and again before its body is: there is no way around it. Thread-safe, and as quick as reading a clock.
/// </summary>
public interface IWriteGuard
{
    /// <summary>Cancelled when the permission ends; writes that are under way then are cut off.</summary>
    CancellationToken Token { get; }

    /// <summary>Null: a write may be sent now; else why not.</summary>
    string? Refusal();
}
