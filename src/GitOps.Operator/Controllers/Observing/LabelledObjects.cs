using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Operator.Controllers.Observing;

/// <summary>Objects that no inventory has and whose label names an Application. Belongs to <see cref="ManagedObjects"/>, whose lock guards it.</summary>
internal sealed class LabelledObjects
{
    private readonly Dictionary<ObjectKey, NamespacedName> _owners = [];

    public NamespacedName? OwnerOf(ObjectKey key) => _owners.TryGetValue(key, out var owner) ? owner : null;

    public void Take(ObjectKey key, KubernetesObject seen, bool deleted)
    {
        if (deleted)
        {
            _owners.Remove(key);
            return;
        }

        // A tracking id that names another object was copied along by somebody: such an object is nobody's.
        if (Marks.Owner(seen) is { } owner)
        {
            _owners[key] = owner;
        }
    }

    public void Forget(NamespacedName owner)
    {
        foreach (var key in _owners.Where(pair => pair.Value == owner).Select(static pair => pair.Key).ToList())
        {
            _owners.Remove(key);
        }
    }
}
