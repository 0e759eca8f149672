using GitOps.Kubernetes.Objects;
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

    public ObjectState State { get; set; } = new(Presence.Unseen);

    /// <summary>The suspicious object that was looked into last.</summary>
    public KubernetesObject? Examined { get; set; }

    public bool WriteInFlight { get; private set; }

    public void BeginWrite()
    {
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
