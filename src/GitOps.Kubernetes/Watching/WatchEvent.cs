using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.Watching;

public enum WatchEventType
{
    /// <summary>A list begins: what follows up to <see cref="InitDone"/> is the whole present state.</summary>
    Restarted,

    /// <summary>An object of the list. Nothing may be concluded from absence before <see cref="InitDone"/>.</summary>
    InitItem,

    /// <summary>The list is complete: what was known before and was not in it has been deleted.</summary>
    InitDone,

    /// <summary>Added or modified.</summary>
    Applied,

    /// <summary>Deleted, or left the selection; the object is its last state.</summary>
    Deleted,

    /// <summary>The stream is broken, and is being opened again; <see cref="WatchEvent.Error"/> says why.</summary>
    Interrupted,

    /// <summary>After <see cref="Interrupted"/>: the stream is open again at the last seen version.</summary>
    Resumed,
}

/// <summary>One event of a watch. Errors are values: they do not end the stream.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Object">For InitItem, Applied and Deleted; else null.</param>
/// <param name="Error">For Interrupted; else null.</param>
public readonly record struct WatchEvent(WatchEventType Type, KubernetesObject? Object = null, Exception? Error = null);

/// <param name="LabelSelector">Null: all.</param>
/// <param name="FieldSelector">Null: all.</param>
/// <param name="MetadataOnly">Ask for PartialObjectMetadata.</param>
/// <param name="StreamingList">Begin with sendInitialEvents, falling back to a paged list.</param>
/// <param name="PageSize">Objects per request of a paged list; 0: all at once.</param>
public sealed record WatchOptions(
    string? LabelSelector = null, string? FieldSelector = null, bool MetadataOnly = false, bool StreamingList = true,
    int PageSize = 500);
