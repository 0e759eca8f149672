using GitOps.Kubernetes.Objects;
using GitOps.Operator.Diff;
using GitOps.Operator.Model;

namespace GitOps.Operator.Controllers.Observing;

/// <summary>Whether a watch has told of a write of ours by the time it is answered.</summary>
internal enum Echo
{
    /// <summary>It is still to come.</summary>
    Awaited,

    Seen,

    /// <summary>It may have been among events that were not kept, and so may what followed it.</summary>
    Missed,
}

/// <summary>
/// One object of one Application's inventory, as the watches see it, and where they are relative to our own writes. Belongs to
/// <see cref="ManagedObjects"/>, whose lock guards every member.
/// </summary>
internal sealed class ManagedObject
{
    private const int MaxHeld = 32;

    private readonly List<(KubernetesObject Object, bool Deleted)> _held = [];
    private readonly List<KubernetesObject> _precursors = [];
    private string? _awaited;
    private string? _newest;
    private string? _newestBeforeWrite;
    private bool _missedEvents;

    public ManagedObject(NamespacedName owner, ObjectKey key, string version)
    {
        Owner = owner;
        Key = key;
        Version = version;
    }

    public NamespacedName Owner { get; }

    public ObjectKey Key { get; }

    /// <summary>The version it was applied in; events of other versions say nothing about our fields.</summary>
    public string Version { get; set; }

    public Fingerprint? Recorded { get; set; }

    /// <summary>
    /// The object as it was when the rules of its Application were found to explain all that is not as recorded; null: they were
    /// not asked, or are others by now.
    /// </summary>
    public Fingerprint? Accepted { get; set; }

    /// <summary>What an event has to match to be no drift; null: only the rules can tell.</summary>
    public Fingerprint? Measure => Accepted ?? (Recorded is { Holds: true } ? null : Recorded);

    public ForeignWatch ForeignFields { get; } = new();

    public ObjectState State { get; set; } = new(Presence.Unseen);

    /// <summary>The suspicious object that was looked into last.</summary>
    public KubernetesObject? Examined { get; set; }

    public bool WriteInFlight { get; private set; }

    /// <summary>The write whose echo is awaited: the fingerprint before it, and its answer. A watch that is late has yet to tell what it overwrote.</summary>
    public (Fingerprint Before, KubernetesObject Answer)? Unechoed { get; set; }

    /// <summary>
    /// Whether an event shows no drift: the object is as it was applied, or as its rules have accepted it. What moved without
    /// being drift is taken in, so that the next event is told at once.
    /// </summary>
    public bool IsAsItShouldBe(DriftJudge judge, KubernetesObject seen)
    {
        if (Measure is not { } measure)
        {
            return false;
        }

        var verdict = judge.Judge(seen, measure, desired: null);
        if (verdict is not (Verdict.NoDrift or Verdict.NoDriftRefreshed) && this is { Accepted: not null, Recorded: { Holds: false } recorded })
        {
            verdict = judge.Judge(seen, recorded, desired: null);
            if (verdict is Verdict.NoDrift or Verdict.NoDriftRefreshed)
            {
                // It is again as it was applied: nothing has to be ignored any more.
                Accepted = null;
            }
        }

        if (verdict is Verdict.NoDriftRefreshed refreshed)
        {
            (Accepted, Recorded) = Accepted is null ? (null, refreshed.Fingerprint) : (refreshed.Fingerprint, Recorded);
        }

        return verdict is Verdict.NoDrift or Verdict.NoDriftRefreshed;
    }

    public void WasApplied(Fingerprint fingerprint)
    {
        Recorded = fingerprint;
        Accepted = fingerprint.Holds ? fingerprint : null;
    }

    /// <summary>What was applied is not all that the manifest says any more.</summary>
    public void Hold()
    {
        if (Recorded is { Holds: false } recorded)
        {
            Accepted ??= recorded;
            Recorded = recorded with { Holds = true };
        }
    }

    /// <summary>The rules are others. Whether the object was as it should be by the former ones, so that it has to be looked at.</summary>
    public bool TakeAccepted()
    {
        var wasAccepted = Accepted is not null;
        Accepted = null;
        return (ForeignFields.Reset() || wasAccepted) && State.Presence == Presence.Present;
    }

    public void BeginWrite()
    {
        ForgetEcho();
        WriteInFlight = true;
        _newestBeforeWrite = _newest;
        _missedEvents = false;
        _held.Clear();
    }

    /// <summary>Keeps an event until the write that is in flight is answered.</summary>
    public void Hold(KubernetesObject seen, bool deleted)
    {
        _newest = seen.ResourceVersion;
        if (_held.Count == MaxHeld)
        {
            _held.RemoveAt(0);
            _missedEvents = true;
        }

        _held.Add((seen, deleted));
    }

    /// <summary>The kind was listed while a write was in flight: events may have been skipped.</summary>
    public void MissedEvents() => _missedEvents = true;

    /// <summary>Ends a write that was answered.</summary>
    /// <param name="version">Of the answer.</param>
    /// <returns>The events that came before our write, and the newest after it.</returns>
    public (IReadOnlyList<(KubernetesObject Object, bool Deleted)> Earlier, (KubernetesObject Object, bool Deleted)? Later, Echo Echo) EndWrite(string? version)
    {
        var held = TakeHeld();
        var position = held.FindIndex(item => string.Equals(item.Object.ResourceVersion, version, StringComparison.Ordinal));
        var changedNothing = position < 0 && version is not null && string.Equals(_newestBeforeWrite, version, StringComparison.Ordinal);
        var echo = position >= 0 || changedNothing ? Echo.Seen : _missedEvents ? Echo.Missed : Echo.Awaited;
        _awaited = echo == Echo.Awaited ? version : null;
        var earlier = changedNothing ? 0 : position < 0 ? held.Count : position;
        return (held[..earlier], echo == Echo.Seen && held.Count > position + 1 ? held[^1] : null, echo);
    }

    /// <summary>Ends a write that was not answered with the object.</summary>
    /// <returns>The events that waited, and whether some of them were not kept.</returns>
    public (IReadOnlyList<(KubernetesObject Object, bool Deleted)> Waited, bool Incomplete) AbortWrite() => (TakeHeld(), _missedEvents);

    /// <summary>Takes note of an event; whether it counts, or precedes a write of ours as far as can be told.</summary>
    public bool IsEchoOrLater(string? version)
    {
        _newest = version;
        if (_awaited is not null && !string.Equals(_awaited, version, StringComparison.Ordinal))
        {
            return false;
        }

        _awaited = null;
        return true;
    }

    /// <summary>Keeps an event that came before the echo that is awaited, if it is one.</summary>
    public void Precedes(KubernetesObject seen)
    {
        if (Unechoed is not null)
        {
            if (_precursors.Count == MaxHeld)
            {
                _precursors.RemoveAt(0);
            }

            _precursors.Add(seen);
        }
    }

    /// <summary>If this is the echo, what came before it was overwritten by our write.</summary>
    /// <returns>Newest last, without what was looked into before; null if it is not the echo.</returns>
    public (Fingerprint Before, KubernetesObject Answer, IReadOnlyList<KubernetesObject> Overwritten)? TakeEcho(string? version)
    {
        if (_precursors.Count == 0 || Unechoed is not (var before, var answer) || !string.Equals(answer.ResourceVersion, version, StringComparison.Ordinal))
        {
            return null;
        }

        var known = _precursors.FindLastIndex(item => item.ResourceVersion == Examined?.ResourceVersion);
        return (before, answer, _precursors[(known + 1)..]);
    }

    /// <summary>No echo is to come any more.</summary>
    public void ForgetEcho()
    {
        Unechoed = null;
        _precursors.Clear();
    }

    /// <summary>The object was read in this version: what the watch has still to tell before it is older.</summary>
    public void WasRead(string? version) =>
        _awaited = string.Equals(_newest, version, StringComparison.Ordinal) ? null : version;

    private List<(KubernetesObject Object, bool Deleted)> TakeHeld()
    {
        WriteInFlight = false;
        var held = _held.ToList();
        _held.Clear();
        return held;
    }
}
