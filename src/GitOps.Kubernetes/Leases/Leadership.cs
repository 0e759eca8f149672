namespace GitOps.Kubernetes.Leases;

/// <summary>
/// One term of leading. Its token is what all work done as the leader hangs on; it is cancelled at the renew deadline after
/// the last renewal, before anybody else can have the lease, and never comes back to life.
/// </summary>
#pragma warning disable CA1001 // Its only disposable is cancelled at the end of every term, which releases all that it holds.
public sealed class Leadership
#pragma warning restore CA1001
{
    private readonly LeaderElectionOptions _options;
    private readonly CancellationTokenSource _end;
    private readonly Lock _lock = new();
    private long _renewedAt;

    internal Leadership(LeaderElectionOptions options, long since)
    {
        _options = options;
        _renewedAt = since;
        var left = Left;
        _end = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, options.TimeProvider);
        Token = _end.Token;
    }

    /// <summary>Cancelled when the work has to stop.</summary>
    public CancellationToken Token { get; }

    /// <summary>
    /// Whether this process leads at this moment. Asks the clock too: after a pause of the whole process the timer that cancels
    /// the token may not have run yet.
    /// </summary>
    public bool IsHeld => !Token.IsCancellationRequested && Left > TimeSpan.Zero;

    /// <summary>Why it ended; null: it was not renewed in time, or goes on.</summary>
    public string? EndReason { get; private set; }

    /// <summary>Since the last renewal that counts.</summary>
    public TimeSpan Age => _options.TimeProvider.GetElapsedTime(Interlocked.Read(ref _renewedAt));

    private TimeSpan Left => _options.RenewDeadline - Age;

    /// <summary>Counts a renewal, unless the term is over.</summary>
    /// <param name="since">When the write that renewed was begun: the others count from a later moment.</param>
    internal void Renew(long since)
    {
        lock (_lock)
        {
            if (IsHeld)
            {
                Interlocked.Exchange(ref _renewedAt, since);
                var left = Left;
                _end.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
            }
        }
    }

    internal void End(string reason)
    {
        lock (_lock)
        {
            EndReason ??= reason;
        }

        _end.Cancel();
    }
}
