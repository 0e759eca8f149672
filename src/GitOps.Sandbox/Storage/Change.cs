namespace GitOps.Sandbox.Storage;

internal enum ChangeType
{
    Added,
    Modified,
    Deleted,
}

/// <summary>
/// One write to a resource, a link of its history. Watches walk from link to link; a link that has been trimmed from the
/// history lives on as long as a watch stands on it or before it.
/// </summary>
internal sealed class Change
{
    public Change(ChangeType type, StoredObject? before, StoredObject? after, long resourceVersion)
    {
        (Type, Before, After, ResourceVersion) = (type, before, after, resourceVersion);
    }

    public ChangeType Type { get; }

    public StoredObject? Before { get; }

    /// <summary>For a deletion the last state, at the resourceVersion of the deletion.</summary>
    public StoredObject? After { get; }

    public long ResourceVersion { get; }

    /// <summary>Its place in the whole history of the resource, trimmed or not.</summary>
    public long Ordinal { get; private set; }

    public Change? Previous { get; private set; }

    public Change? Next { get; private set; }

    public void Append_NeedsLock(Change next)
    {
        next.Previous = this;
        next.Ordinal = Ordinal + 1;
        Next = next;
    }

    /// <summary>Forgets what came before, so that it can be collected.</summary>
    public void CutOff_NeedsLock() => Previous = null;
}
