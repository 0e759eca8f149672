using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Controllers;

/// <summary>The keys of Applications that wait for a pass.</summary>
internal sealed class ReconcileQueue : IReconcileTrigger, IDisposable
{
    private readonly WorkQueue<NamespacedName> _queue;

    public ReconcileQueue(TimeProvider time) => _queue = new(time);

    public int Depth => _queue.Depth;

    public void Trigger(NamespacedName application) => _queue.Add(application);

    public void TriggerAfter(NamespacedName application, TimeSpan delay) => _queue.AddAfter(application, delay);

    public ValueTask<(NamespacedName Key, TimeSpan Waited)> TakeAsync(CancellationToken cancellationToken) => _queue.TakeAsync(cancellationToken);

    public void Done(NamespacedName application) => _queue.Done(application);

    public void Dispose() => _queue.Dispose();
}
