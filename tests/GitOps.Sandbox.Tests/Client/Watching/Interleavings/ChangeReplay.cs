using GitOps.Kubernetes.Caching;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tests.Client.Watching.Interleavings;

/// <summary>A reader of an informer's changes that keeps books, and complains of a change that does not fit them.</summary>
internal sealed class ChangeReplay
{
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, KubernetesObject> _known = new(StringComparer.Ordinal);
    private readonly Task _reading;

    public ChangeReplay(Informer informer) => _reading = ReadAsync(informer);

    public bool IsAt(CacheSnapshot snapshot)
    {
        if (_reading.IsFaulted)
        {
            throw _reading.Exception!;
        }

        lock (_lock)
        {
            return snapshot.Count == _known.Count && snapshot.All.All(item => ReferenceEquals(_known.GetValueOrDefault(item.Name), item));
        }
    }

    public async Task StopAsync()
    {
        await _end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => _reading);
        _end.Dispose();
    }

    private async Task ReadAsync(Informer informer)
    {
        await foreach (var (type, before, after) in informer.ChangesAsync(_end.Token))
        {
            lock (_lock)
            {
                switch (type)
                {
                    case CacheChangeType.Added:
                        _known.TryAdd(after!.Name, after).ShouldBeTrue($"added twice: {after.Name}");
                        break;
                    case CacheChangeType.Updated:
                        _known[before!.Name].ShouldBeSameAs(before, "an update of another state than was told");
                        after!.Uid.ShouldBe(before.Uid, "an update of another object");
                        _known[before.Name] = after;
                        break;
                    case CacheChangeType.Deleted:
                        _known.Remove(before!.Name, out var known).ShouldBeTrue($"deleted twice: {before.Name}");
                        known.ShouldBeSameAs(before);
                        break;
                    default:
                        break;
                }
            }
        }
    }
}
