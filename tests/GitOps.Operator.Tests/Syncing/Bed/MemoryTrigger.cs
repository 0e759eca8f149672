using System.Collections.Concurrent;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Controllers;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>Who was put in line, and when.</summary>
internal sealed class MemoryTrigger : IReconcileTrigger
{
    private readonly ConcurrentDictionary<NamespacedName, TimeSpan> _waiting = new();

    public void Trigger(NamespacedName application) => TriggerAfter(application, TimeSpan.Zero);

    public void TriggerAfter(NamespacedName application, TimeSpan delay) =>
        _waiting.AddOrUpdate(application, delay, (_, known) => delay < known ? delay : known);

    /// <summary>How long until an Application is looked at again; null: nothing says so. Asked once, it is forgotten.</summary>
    public TimeSpan? Take(NamespacedName application) => _waiting.TryRemove(application, out var delay) ? delay : null;
}
