using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Controllers.Observing;

/// <summary>Edits that our writes have overwritten, found under a lock and told outside of it. Thread-safe.</summary>
internal sealed class OverwrittenEdits
{
    private readonly Lock _lock = new();
    private readonly List<(NamespacedName Owner, KubernetesObject Seen, KubernetesObject Answer)> _found = [];
    private readonly IObservationListener _listener;
    private volatile bool _hasAny;

    public OverwrittenEdits(IObservationListener listener) => _listener = listener;

    public void Add(NamespacedName owner, KubernetesObject seen, KubernetesObject answer)
    {
        lock (_lock)
        {
            _found.Add((owner, seen, answer));
            _hasAny = true;
        }
    }

    /// <summary>Tells what has been found; costs nothing where nothing was.</summary>
    public void Tell()
    {
        if (!_hasAny)
        {
            return;
        }

        (NamespacedName Owner, KubernetesObject Seen, KubernetesObject Answer)[] all;
        lock (_lock)
        {
            all = [.. _found];
            _found.Clear();
            _hasAny = false;
        }

        foreach (var (owner, seen, answer) in all)
        {
            _listener.Overwritten(owner, seen, answer);
        }
    }
}
