using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;

namespace GitOps.Sandbox.Tests.Client.Watching;

/// <summary>Follows a watch and keeps its events.</summary>
internal sealed class WatchRecorder : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly List<WatchEvent> _events = [];
    private readonly Task _following;

    public WatchRecorder(IKubernetesClient client, ApiResource resource, string @namespace, WatchOptions? options = null) =>
        _following = FollowAsync(client.WatchAsync(resource, @namespace, options ?? new(), _end.Token));

    public IReadOnlyList<WatchEvent> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>As short texts: <c>Applied a</c>, <c>InitDone</c>; what concerns the stream alone is left out.</summary>
    public IReadOnlyList<string> Texts =>
        [.. Events.Where(static item => item.Type is not (WatchEventType.Interrupted or WatchEventType.Resumed)).Select(Text)];

    public Exception? LastError => Events.LastOrDefault(static item => item.Error is not null).Error;

    public int Count(WatchEventType type) => Events.Count(item => item.Type == type);

    public bool Has(string text) => Texts.Contains(text, StringComparer.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private static string Text(WatchEvent item) => item.Object is { } found ? $"{item.Type} {found.Name}" : $"{item.Type}";

    private async Task FollowAsync(IAsyncEnumerable<WatchEvent> events)
    {
        await foreach (var item in events)
        {
            lock (_lock)
            {
                _events.Add(item);
            }
        }
    }
}
