using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Diff;
using GitOps.Operator.Health;
using GitOps.Operator.Model;

namespace GitOps.Operator.Controllers.Observing;

/// <summary>
/// Every object of every inventory, and how the watches see it: the place where an event becomes "no drift" or a reason to
/// reconcile. Also the register of claims: an object has at most one Application. All state is behind one lock; what happens
/// under it takes microseconds and never waits.
/// </summary>
internal sealed partial class ManagedObjects : IWriteJournal
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, ManagedObject> _objects = [];
    private readonly Dictionary<NamespacedName, Dictionary<ObjectKey, ManagedObject>> _byOwner = [];
    private readonly Dictionary<NamespacedName, long> _versions = [];
    private readonly LabelledObjects _labelledByOthers = new();
    private readonly OverwrittenEdits _overwritten;
    private readonly DriftJudge _judge;
    private readonly TimeProvider _time;
    private readonly IObservationListener _listener;
    private long _watchability;

    public ManagedObjects(DriftJudge judge, TimeProvider time, IObservationListener listener)
    {
        _judge = judge;
        _time = time;
        _listener = listener;
        _overwritten = new(listener);
    }

    /// <summary>Whether there is such an Application, as far as this operator can tell; asked under the lock.</summary>
    public Func<NamespacedName, bool> ApplicationExists { get; set; } = static _ => true;

    /// <summary>By which the health of an object is told.</summary>
    public HealthRules Health { get; init; } = HealthRules.BuiltIn;

    /// <summary>How many objects all Applications have.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _objects.Count;
            }
        }
    }

    public ObjectState? StateOf(ObjectKey key)
    {
        lock (_lock)
        {
            return _objects.TryGetValue(key, out var known) ? known.State : null;
        }
    }

    /// <summary>Null where another Application has the object too: how it stands there says nothing of what this one wants.</summary>
    public ObjectState? StateOf(NamespacedName owner, ObjectKey key)
    {
        lock (_lock)
        {
            return _objects.TryGetValue(key, out var known) && known.Owner == owner ? known.State : null;
        }
    }

    /// <summary>Moves whenever something that is known of the Application's objects does, or a kind can be watched no more, or again.</summary>
    public long VersionOf(NamespacedName owner)
    {
        lock (_lock)
        {
            return _versions.GetValueOrDefault(owner) + _watchability;
        }
    }

    /// <summary>A watch begins or ceases to fail: a pass that found nothing to do has not seen that.</summary>
    public void WatchabilityChanged()
    {
        lock (_lock)
        {
            _watchability++;
        }
    }

    /// <summary>The objects of an Application with their states, in no order.</summary>
    public ImmutableArray<(ObjectKey Key, ObjectState State, Fingerprint? Recorded)> Of(NamespacedName owner)
    {
        lock (_lock)
        {
            return _byOwner.TryGetValue(owner, out var owned)
                ? [.. owned.Values.Select(static item => (item.Key, item.State, item.Recorded))]
                : [];
        }
    }

    /// <summary>The objects of an Application with another reconciler's mark, in no order.</summary>
    public ImmutableArray<(ObjectKey Key, ForeignMark Mark)> ForeignOf(NamespacedName owner)
    {
        lock (_lock)
        {
            return _byOwner.TryGetValue(owner, out var owned)
                ? [.. owned.Values.Where(static item => item.State.Foreign is not null).Select(static item => (item.Key, item.State.Foreign!))]
                : [];
        }
    }

    /// <summary>Our write is on its way: events of this object wait for its answer.</summary>
    public void BeginWrite(ObjectKey key)
    {
        lock (_lock)
        {
            if (_objects.TryGetValue(key, out var known))
            {
                known.BeginWrite();
            }
        }
    }

    /// <summary>
    /// Our write was answered. Events up to the answer's version were before it; one after it counts. A foreign edit among
    /// the events before it has just been overwritten, and is told to the listener.
    /// </summary>
    public void EndWrite(ObjectKey key, KubernetesObject answer, Fingerprint fingerprint)
    {
        KubernetesObject? overwritten;
        NamespacedName owner;
        bool changed;
        lock (_lock)
        {
            if (!_objects.TryGetValue(key, out var known))
            {
                return;
            }

            owner = known.Owner;
            var before = known.Measure ?? known.Recorded;
            var (earlier, later, echo) = known.EndWrite(answer.ResourceVersion);
            overwritten = before is null ? null : FindOverwritten(known, before, earlier);
            known.Unechoed = echo == Echo.Awaited && before is not null ? (before, answer) : null;
            known.WasApplied(fingerprint);
            SetState_NeedsLock(known, StateFrom(answer, known.State));
            var hasForeign = LookForForeign_NeedsLock(known, answer);
            changed = echo switch
            {
                Echo.Missed => Ask_NeedsLock(known),
                Echo.Seen when later is { } newest => Judge_NeedsLock(known, newest.Object, newest.Deleted),
                _ => hasForeign,
            };
        }

        if (overwritten is not null)
        {
            _listener.Overwritten(owner, overwritten, answer);
        }

        Notify(changed ? owner : null);
    }

    /// <summary>Our write failed, or its answer never came: the events that waited count.</summary>
    public void AbortWrite(ObjectKey key)
    {
        NamespacedName? changed = null;
        lock (_lock)
        {
            if (_objects.TryGetValue(key, out var known))
            {
                var looks = false;
                var (waited, incomplete) = known.AbortWrite();
                foreach (var (seen, deleted) in waited)
                {
                    looks |= Take_NeedsLock(known, seen, deleted);
                }

                looks |= incomplete && Ask_NeedsLock(known);
                changed = looks ? known.Owner : null;
            }
        }

        Notify(changed);
    }

    /// <summary>What was seen of an object is being looked into: a write that comes next has not overwritten it unseen.</summary>
    public void Examined(ObjectKey key, KubernetesObject seen)
    {
        lock (_lock)
        {
            if (_objects.TryGetValue(key, out var known))
            {
                known.Examined = seen;
            }
        }
    }

    /// <summary>A suspicion was looked into: it is as it should be, seen through this fingerprint.</summary>
    public void Cleared(ObjectKey key, KubernetesObject seen, Fingerprint? refreshed)
    {
        lock (_lock)
        {
            if (_objects.TryGetValue(key, out var known) && ReferenceEquals(known.State.Suspect, seen))
            {
                known.Recorded = refreshed ?? known.Recorded;
                SetState_NeedsLock(known, StateFrom(seen, known.State));
            }
        }
    }

    /// <summary>
    /// A dry run has shown that the object as seen is what an apply would make of it: no drift, though we own less than we did.
    /// The recorded fingerprint stays; the next event is looked into again.
    /// </summary>
    public void Accept(ObjectKey key, KubernetesObject seen) => Cleared(key, seen, null);

    /// <summary>A GET has shown the object of which the watch left open how it is, or which it does not show without our label.</summary>
    public void FoundAgain(ObjectKey key, KubernetesObject seen)
    {
        lock (_lock)
        {
            if (_objects.TryGetValue(key, out var known)
                && (known.State.Presence == Presence.Vanished || IsStray(known.State)))
            {
                known.WasRead(seen.ResourceVersion);
                LookForForeign_NeedsLock(known, seen);
                var presence = seen.IsTerminating ? Presence.Terminating : Presence.Suspect;
                SetState_NeedsLock(known, known.State with { Presence = presence, ResourceVersion = seen.ResourceVersion, Suspect = seen });
            }
        }
    }

    /// <summary>
    /// An object whose kind is not watched was read: as if a watch had told of it.
    /// </summary>
    /// <param name="key">The object.</param>
    /// <param name="seen">Null: it is gone.</param>
    public void Read(ObjectKey key, KubernetesObject? seen)
    {
        NamespacedName? changed = null;
        lock (_lock)
        {
            if (_objects.TryGetValue(key, out var known) && !known.WriteInFlight)
            {
                known.WasRead(seen?.ResourceVersion);
                changed = (seen is null ? Ask_NeedsLock(known) : Judge_NeedsLock(known, seen, deleted: false)) ? known.Owner : null;
            }
        }

        Notify(changed);
    }

    /// <summary>Takes in one event of a watch of this kind and version.</summary>
    public void Observe(GroupVersionKind type, KubernetesObject seen, bool deleted)
    {
        NamespacedName? changed;
        lock (_lock)
        {
            changed = Observe_NeedsLock(type, seen, deleted);
        }

        Notify(changed);
    }

    /// <summary>Takes in one item of a list; <paramref name="present"/> collects the keys for <see cref="CompleteList"/>.</summary>
    public void ObserveListed(GroupVersionKind type, KubernetesObject seen, HashSet<ObjectKey> present)
    {
        NamespacedName? changed;
        lock (_lock)
        {
            present.Add(new ObjectKey(type.Group, type.Kind, seen.Namespace, seen.Name));
            changed = Observe_NeedsLock(type, seen, deleted: false);
        }

        Notify(changed);
    }

    /// <summary>The list is whole: what it lacks has vanished.</summary>
    /// <param name="type">Kind and version that were listed.</param>
    /// <param name="namespace">Where; empty: in all of the cluster.</param>
    /// <param name="present">What the list had.</param>
    public void CompleteList(GroupVersionKind type, string @namespace, IReadOnlySet<ObjectKey> present)
    {
        var changed = new HashSet<NamespacedName>();
        lock (_lock)
        {
            foreach (var known in _objects.Values.Where(known =>
                known.Key.GroupKind == type.GroupKind && known.Version == type.Version && (@namespace.Length == 0 || known.Key.Namespace == @namespace)))
            {
                if (known.WriteInFlight)
                {
                    known.MissedEvents();
                }
                else if (!present.Contains(known.Key) && known.State.Presence != Presence.Vanished && known.Recorded is not null)
                {
                    Ask_NeedsLock(known);
                    changed.Add(known.Owner);
                }
            }
        }

        foreach (var owner in changed)
        {
            _listener.ObjectChanged(owner);
        }
    }

    private KubernetesObject? FindOverwritten(ManagedObject known, Fingerprint before, IReadOnlyList<(KubernetesObject Object, bool Deleted)> earlier)
    {
        for (var i = earlier.Count - 1; i >= 0; i--)
        {
            var (seen, deleted) = earlier[i];
            if (!deleted && IsSuspicious(seen, before))
            {
                return seen;
            }
        }

        return known.State is { Presence: Presence.Suspect, Suspect: { } unexamined } && !ReferenceEquals(unexamined, known.Examined)
            ? unexamined
            : null;
    }

    private static bool IsStray(ObjectState state) =>
        state is { Presence: Presence.Suspect, Suspect: { } seen } && seen.Label(Names.ApplicationLabel) is null;

    private bool IsSuspicious(KubernetesObject seen, Fingerprint recorded) =>
        _judge.Judge(seen, recorded, desired: null) is not (Verdict.NoDrift or Verdict.NoDriftRefreshed);

    private ObjectState StateFrom(KubernetesObject seen, ObjectState previous) => (seen.IsTerminating
        ? new ObjectState(Presence.Terminating, seen.ResourceVersion, Health.Assess(seen), seen,
            previous.Presence == Presence.Terminating ? previous.Since : _time.GetUtcNow())
        : new(Presence.Present, seen.ResourceVersion, Health.Assess(seen), null,
            previous.Presence == Presence.Present ? previous.Since : _time.GetUtcNow())) with
    {
        Foreign = ForeignMarks.Find(seen, Names.FieldManager),
    };

    private NamespacedName? Observe_NeedsLock(GroupVersionKind type, KubernetesObject seen, bool deleted)
    {
        var key = new ObjectKey(type.Group, type.Kind, seen.Namespace, seen.Name);
        if (!_objects.TryGetValue(key, out var known))
        {
            _labelledByOthers.Take(key, seen, deleted);
            return null;
        }

        if (!string.Equals(known.Version, type.Version, StringComparison.Ordinal))
        {
            return null;
        }

        if (known.WriteInFlight)
        {
            known.Hold(seen, deleted);
            return null;
        }

        return Take_NeedsLock(known, seen, deleted) ? known.Owner : null;
    }

    /// <returns>Whether the Application has to look.</returns>
    private bool Take_NeedsLock(ManagedObject known, KubernetesObject seen, bool deleted)
    {
        // Before the echo of our write come writes that preceded it, and versions are not ordered. But a write of ours that
        // changed nothing has no echo, and what follows it must not be missed.
        if (known.TakeEcho(seen.ResourceVersion) is (var before, var answer, var earlier)
            && earlier.LastOrDefault(item => IsSuspicious(item, before)) is { } edit)
        {
            _overwritten.Add(known.Owner, edit, answer);
        }

        if (!known.IsEchoOrLater(seen.ResourceVersion))
        {
            known.Precedes(seen);
            return Ask_NeedsLock(known);
        }

        known.ForgetEcho();
        return Judge_NeedsLock(known, seen, deleted);
    }

    /// <summary>Only a GET can tell how the object is now.</summary>
    private bool Ask_NeedsLock(ManagedObject known)
    {
        SetState_NeedsLock(known, new(Presence.Vanished, Health: known.State.Health, Since: _time.GetUtcNow()) { Foreign = known.State.Foreign });
        return true;
    }

    /// <returns>Whether the Application has to look.</returns>
    private bool Judge_NeedsLock(ManagedObject known, KubernetesObject seen, bool deleted)
    {
        var previous = known.State;
        if (deleted)
        {
            return Ask_NeedsLock(known);
        }

        if (seen.IsTerminating)
        {
            SetState_NeedsLock(known, StateFrom(seen, previous));
            return previous is not { Presence: Presence.Terminating, Suspect: { } before } || !before.Finalizers.SequenceEqual(seen.Finalizers, StringComparer.Ordinal);
        }

        var health = Health.Assess(seen, known.Key.GroupKind);
        var foreign = ForeignMarks.Find(seen, Names.FieldManager);
        var hasForeign = LookForForeign_NeedsLock(known, seen);
        if (known.Recorded is null)
        {
            // Written ahead into the inventory, and the answer to the apply was never seen: only an apply can tell.
            SetState_NeedsLock(known, new(Presence.Suspect, seen.ResourceVersion, health, seen, _time.GetUtcNow()) { Foreign = foreign });
            return true;
        }

        if (!known.IsAsItShouldBe(_judge, seen))
        {
            var since = previous.Presence == Presence.Suspect ? previous.Since : _time.GetUtcNow();
            SetState_NeedsLock(known, new(Presence.Suspect, seen.ResourceVersion, health, seen, since) { Foreign = foreign });
            return true;
        }

        SetState_NeedsLock(known, new(Presence.Present, seen.ResourceVersion, health, null,
            previous.Presence == Presence.Present ? previous.Since : _time.GetUtcNow())
        { Foreign = foreign });
        return hasForeign || previous.Presence != Presence.Present || previous.Health != health || previous.Foreign != foreign;
    }

    private void SetState_NeedsLock(ManagedObject known, ObjectState state)
    {
        var before = known.State;
        known.State = state;
        if (state.Presence != Presence.Vanished && before.Presence == state.Presence && before.Health == state.Health && ReferenceEquals(before.Suspect, state.Suspect)
            && before.Foreign == state.Foreign)
        {
            return;
        }

        _versions[known.Owner] = _versions.GetValueOrDefault(known.Owner) + 1;
    }

    private Dictionary<ObjectKey, ManagedObject> OwnedBy_NeedsLock(NamespacedName owner)
    {
        if (!_byOwner.TryGetValue(owner, out var owned))
        {
            _byOwner[owner] = owned = [];
        }

        return owned;
    }

    private void Notify(NamespacedName? changed)
    {
        _overwritten.Tell();
        if (changed is { } owner)
        {
            _listener.ObjectChanged(owner);
        }
    }
}
