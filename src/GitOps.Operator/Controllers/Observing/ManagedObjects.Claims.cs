using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Controllers.Observing;

/// <content>Whose the objects are.</content>
internal sealed partial class ManagedObjects
{
    /// <summary>
    /// Makes an object this Application's, unless another one has it. <paramref name="holder"/> names who.
    /// </summary>
    public bool TryClaim(NamespacedName owner, ObjectKey key, string version, Fingerprint? recorded, out string holder)
    {
        lock (_lock)
        {
            holder = string.Empty;
            if (_objects.TryGetValue(key, out var known))
            {
                if (known.Owner != owner)
                {
                    holder = known.Owner.ToString();
                    return false;
                }

                if (!string.Equals(known.Version, version, StringComparison.Ordinal))
                {
                    // Another version is another watch: what was seen through the old one says nothing here.
                    known.Version = version;
                    known.Accepted = null;
                    SetState_NeedsLock(known, new(Presence.Unseen));
                }

                known.Recorded ??= recorded;
                return true;
            }

            // An Application that is gone has left its objects behind, marks and all: they are nobody's.
            if (_labelledByOthers.OwnerOf(key) is { } other && other != owner && ApplicationExists(other))
            {
                holder = other.ToString();
                return false;
            }

            var added = new ManagedObject(owner, key, version) { Recorded = recorded };
            added.ForeignFields.Ask(_foreignManagers.GetValueOrDefault(owner));
            _objects[key] = added;
            OwnedBy_NeedsLock(owner)[key] = added;
            return true;
        }
    }

    /// <summary>The object is nobody's any more.</summary>
    public void Release(ObjectKey key)
    {
        lock (_lock)
        {
            if (_objects.Remove(key, out var removed) && _byOwner.TryGetValue(removed.Owner, out var owned))
            {
                owned.Remove(key);
                if (owned.Count == 0)
                {
                    _byOwner.Remove(removed.Owner);
                }
            }
        }
    }

    /// <summary>Nothing is this Application's any more.</summary>
    public void ReleaseAll(NamespacedName owner)
    {
        lock (_lock)
        {
            _foreignManagers.Remove(owner);
            if (_byOwner.Remove(owner, out var owned))
            {
                foreach (var key in owned.Keys)
                {
                    _objects.Remove(key);
                }
            }
        }
    }

    /// <summary>An Application that does not exist any more holds nothing that it had labelled.</summary>
    public void ForgetLabels(NamespacedName owner)
    {
        lock (_lock)
        {
            _labelledByOthers.Forget(owner);
        }
    }
}
