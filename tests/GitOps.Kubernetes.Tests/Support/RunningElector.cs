using System.Collections.Concurrent;
using GitOps.Kubernetes.Leases;
using GitOps.Kubernetes.Resources;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Support;

/// <summary>A contender whose work waits for its token, and then for permission to end.</summary>
internal sealed class RunningElector : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ManualTimeProvider? _time;
    private readonly Task _run;

    public RunningElector(IKubernetesClient client, LeaderElectionOptions options, Func<Leadership, Task>? work = null)
    {
        _time = options.TimeProvider as ManualTimeProvider;
        Elector = new LeaderElector(client, options with { OnNotice = Notices.Enqueue });
        _run = Elector.RunAsync(work ?? WorkAsync, _stop.Token);
    }

    public LeaderElector Elector { get; }

    public Task Run => _run;

    public ConcurrentQueue<LeaderElectionNotice> Notices { get; } = new();

    public ConcurrentQueue<Leadership> Terms { get; } = new();

    /// <summary>What the work waits for after it was told to stop.</summary>
    public Task MayEnd { get; set; } = Task.CompletedTask;

    public static LeaderElectionOptions Options(ManualTimeProvider time, string identity = "me") => new()
    {
        Namespace = "ns",
        Name = "l",
        Identity = identity,
        TimeProvider = time,
        Random = static () => 0,
    };

    public async Task<Leadership> LeadsAsync(int term = 1)
    {
        await Waiting.UntilAsync(() => Terms.Count >= term);
        return Terms.ElementAt(term - 1);
    }

    public Task BeginStop() => _stop.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Waiting.UntilAsync(() =>
        {
            // To hand the lease back may take attempts with waits between them.
            _time?.Advance(TimeSpan.FromMilliseconds(100));
            return _run.IsCompleted;
        });
        await _run;
        await Elector.DisposeAsync();
        _stop.Dispose();
    }

    private async Task WorkAsync(Leadership leadership)
    {
        Terms.Enqueue(leadership);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = leadership.Token.Register(told.SetResult);
        await told.Task;
        await MayEnd;
        leadership.Token.ThrowIfCancellationRequested();
    }
}
