using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Leases;

namespace GitOps.Operator.Leading;

/// <summary>
/// Shut until this process leads, and shut for good when it leads no more. The Kubernetes client asks it before every write, of
/// whatever part of the program: none can forget to.
/// </summary>
internal sealed class WriteGate : IWriteGuard
{
    private static readonly CancellationToken Shut = new(canceled: true);

    private volatile Leadership? _term;

    public CancellationToken Token => _term?.Token ?? Shut;

    public string? Refusal() => _term switch
    {
        null => "this process does not lead",
        { IsHeld: true } => null,
        { EndReason: { } reason } => $"this process leads no more: {reason}",
        _ => "this process leads no more: its lease was not renewed in time",
    };

    /// <summary>Open for as long as the term is held.</summary>
    public void Open(Leadership term) => _term = term;
}
