using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Controllers.Observing;

/// <content>What the rules of an Application make of its objects: what they ignore, and what others may add.</content>
internal sealed partial class ManagedObjects
{
    private readonly Dictionary<NamespacedName, ForeignManagers> _foreignManagers = [];

    /// <summary>What is not as recorded is ignored: the object is as it should be for as long as it stays like this.</summary>
    public void Accept(ObjectKey key, KubernetesObject seen, Fingerprint asSeen)
    {
        lock (_lock)
        {
            if (_objects.TryGetValue(key, out var known) && ReferenceEquals(known.State.Suspect, seen))
            {
                known.Accepted = asSeen;
                SetState_NeedsLock(known, StateFrom(seen, known.State));
            }
        }
    }

    /// <summary>The manifest changed in what is ignored, and nothing was written: what is recorded is not all that it says.</summary>
    public void Hold(ObjectKey key)
    {
        lock (_lock)
        {
            _objects.GetValueOrDefault(key)?.Hold();
        }
    }

    /// <summary>Looks for what others add to the Application's objects; null: for nothing.</summary>
    public void LookForForeign(NamespacedName owner, ForeignManagers? managers)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_foreignManagers.GetValueOrDefault(owner), managers))
            {
                // Each object was told when it was claimed.
                return;
            }

            if (managers is null)
            {
                _foreignManagers.Remove(owner);
            }
            else
            {
                _foreignManagers[owner] = managers;
            }

            foreach (var known in _byOwner.GetValueOrDefault(owner)?.Values ?? Enumerable.Empty<ManagedObject>())
            {
                if (known.ForeignFields.Ask(managers) && known.State.Presence == Presence.Present)
                {
                    Ask_NeedsLock(known);
                }
            }
        }
    }

    /// <summary>
    /// Objects in which somebody's fields are others than they were, in no order. Not those with drift: what somebody has taken
    /// over of ours would pass for his own.
    /// </summary>
    public ImmutableArray<(ObjectKey Key, KubernetesObject Live)> UnjudgedOf(NamespacedName owner)
    {
        lock (_lock)
        {
            return [.. from known in _byOwner.GetValueOrDefault(owner)?.Values ?? Enumerable.Empty<ManagedObject>()
                       where known.ForeignFields.Unjudged is not null && known.State.Presence == Presence.Present
                       select (known.Key, known.ForeignFields.Unjudged)];
        }
    }

    /// <summary>The foreign fields of an object were looked at.</summary>
    /// <param name="key">The object.</param>
    /// <param name="seen">What was looked at.</param>
    /// <param name="after">What it was made then; null: it was left as it is.</param>
    public void JudgedForeign(ObjectKey key, KubernetesObject seen, KubernetesObject? after = null)
    {
        lock (_lock)
        {
            _objects.GetValueOrDefault(key)?.ForeignFields.Judged(seen, after ?? seen);
        }
    }

    /// <summary>The rules of an Application are others: what only they explained has to be looked at again.</summary>
    public void Reconsider(NamespacedName owner)
    {
        lock (_lock)
        {
            foreach (var known in _byOwner.GetValueOrDefault(owner)?.Values.Where(static known => known.TakeAccepted()) ?? [])
            {
                Ask_NeedsLock(known);
            }
        }
    }

    private bool LookForForeign_NeedsLock(ManagedObject known, KubernetesObject seen)
    {
        var isNew = known.ForeignFields.Saw(seen);
        if (isNew)
        {
            _versions[known.Owner] = _versions.GetValueOrDefault(known.Owner) + 1;
        }

        return isNew;
    }
}
