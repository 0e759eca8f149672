using GitOps.Kubernetes.Watching;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Support;

/// <summary>Takes a watch's events one by one, as short texts: <c>Applied a</c>, <c>InitDone</c>, <c>Interrupted</c>.</summary>
internal sealed class WatchLog : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly IAsyncEnumerator<WatchEvent> _events;

    public WatchLog(Func<CancellationToken, IAsyncEnumerable<WatchEvent>> watch) => _events = watch(_end.Token).GetAsyncEnumerator(_end.Token);

    public Exception? LastError { get; private set; }

    public async Task<string[]> TakeAsync(int count, ManualTimeProvider? time = null)
    {
        var texts = new List<string>();
        while (texts.Count < count)
        {
            var next = _events.MoveNextAsync().AsTask();
            (await (time is null ? next.Soon() : next.WithAsync(time, TimeSpan.FromSeconds(1)))).ShouldBeTrue();
            var item = _events.Current;
            LastError = item.Error ?? LastError;
            texts.Add(item.Object is null ? $"{item.Type}" : $"{item.Type} {item.Object.Name}");
        }

        return [.. texts];
    }

    /// <summary>Begins to wait for the next event.</summary>
    public Task<bool> BeginNext() => _events.MoveNextAsync().AsTask();

    public string Current => $"{_events.Current.Type}";

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        try
        {
            await _events.DisposeAsync();
        }
        catch (NotSupportedException)
        {
            // A step is still under way; it ends by the cancellation.
        }

        _end.Dispose();
    }
}
