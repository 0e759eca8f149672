using System.Collections.Concurrent;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;

namespace GitOps.Operator.Controllers;

/// <summary>The keys of Applications that wait for a pass.</summary>
internal sealed class ReconcileQueue : IReconcileTrigger, IDisposable
{
    private readonly WorkQueue<NamespacedName> _queue;
    private readonly ConcurrentDictionary<NamespacedName, TraceCause> _causes = new();

    public ReconcileQueue(TimeProvider time) => _queue = new(time);

    public int Depth => _queue.Depth;

    public TimeSpan Oldest => _queue.Oldest;

    public void Trigger(NamespacedName application)
    {
        if ((OperatorTracing.Cause() ?? (Triggers.Current is { } name ? new(default, name) : null)) is { } cause)
        {
            _causes.TryAdd(application, cause);
        }

        _queue.Add(application);
    }

    /// <summary>What has put the key in line that was just taken; null: a watch, or time.</summary>
    public TraceCause? TakeCause(NamespacedName application) => _causes.TryRemove(application, out var cause) ? cause : null;

    public void TriggerAfter(NamespacedName application, TimeSpan delay) => _queue.AddAfter(application, delay);

    public ValueTask<(NamespacedName Key, TimeSpan Waited)> TakeAsync(CancellationToken cancellationToken) => _queue.TakeAsync(cancellationToken);

    public void Done(NamespacedName application) => _queue.Done(application);

    public void Dispose() => _queue.Dispose();
}
