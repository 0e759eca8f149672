using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>Which Application depends on which, as their specs say. Thread-safe.</summary>
internal sealed class DependencyGraph
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NamespacedName, ImmutableArray<NamespacedName>> _dependencies = [];
    private readonly Dictionary<NamespacedName, HashSet<NamespacedName>> _dependents = [];

    public void Set(NamespacedName application, ImmutableArray<NamespacedName> dependencies)
    {
        lock (_lock)
        {
            Remove_NeedsLock(application);
            if (dependencies.IsEmpty)
            {
                return;
            }

            _dependencies[application] = dependencies;
            foreach (var dependency in dependencies)
            {
                (_dependents.TryGetValue(dependency, out var known) ? known : _dependents[dependency] = []).Add(application);
            }
        }
    }

    public void Remove(NamespacedName application)
    {
        lock (_lock)
        {
            Remove_NeedsLock(application);
        }
    }

    /// <summary>Those that name it, and those that name them, and so on.</summary>
    public ImmutableArray<NamespacedName> DependentsOf(NamespacedName application)
    {
        lock (_lock)
        {
            if (!_dependents.ContainsKey(application))
            {
                return [];
            }

            var found = new HashSet<NamespacedName>();
            var open = new Stack<NamespacedName>([application]);
            while (open.TryPop(out var next))
            {
                foreach (var dependent in _dependents.GetValueOrDefault(next) ?? [])
                {
                    if (found.Add(dependent))
                    {
                        open.Push(dependent);
                    }
                }
            }

            return [.. found];
        }
    }

    /// <summary>A circle that this Application is part of: from it back to itself, the shortest; empty: none.</summary>
    public ImmutableArray<NamespacedName> CycleOf(NamespacedName application)
    {
        lock (_lock)
        {
            var cameFrom = new Dictionary<NamespacedName, NamespacedName>();
            var open = new Queue<NamespacedName>([application]);
            while (open.TryDequeue(out var next))
            {
                foreach (var dependency in _dependencies.GetValueOrDefault(next, []))
                {
                    if (dependency == application)
                    {
                        return [application, .. PathTo(next), application];
                    }

                    if (cameFrom.TryAdd(dependency, next))
                    {
                        open.Enqueue(dependency);
                    }
                }
            }

            return [];

            IEnumerable<NamespacedName> PathTo(NamespacedName last)
            {
                var path = new Stack<NamespacedName>();
                for (var step = last; step != application; step = cameFrom[step])
                {
                    path.Push(step);
                }

                return path;
            }
        }
    }

    private void Remove_NeedsLock(NamespacedName application)
    {
        if (!_dependencies.Remove(application, out var dependencies))
        {
            return;
        }

        foreach (var dependency in dependencies)
        {
            if (_dependents.TryGetValue(dependency, out var known) && known.Remove(application) && known.Count == 0)
            {
                _dependents.Remove(dependency);
            }
        }
    }
}
