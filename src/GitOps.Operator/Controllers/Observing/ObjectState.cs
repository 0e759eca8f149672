using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Controllers.Observing;

internal enum Presence
{
    /// <summary>In the inventory, but not seen yet: its watch has not listed.</summary>
    Unseen,

    /// <summary>Seen, and as it was applied as far as is known.</summary>
    Present,

    /// <summary>Seen, and not as it was applied: <see cref="ObjectState.Suspect"/> is what was seen.</summary>
    Suspect,

    /// <summary>
    /// The watch says it is gone from the selection: deleted, or its label was taken off. Only a GET can tell which.
    /// </summary>
    Vanished,

    /// <summary>It has a deletionTimestamp.</summary>
    Terminating,
}

/// <summary>What the watches know of one managed object.</summary>
/// <param name="Presence">How it stands.</param>
/// <param name="ResourceVersion">Of the last event that counted; opaque.</param>
/// <param name="Health">Null: the kind has no check, or the object was not seen.</param>
/// <param name="Suspect">The object, while a difference has not been explained; else null.</param>
/// <param name="Since">When the presence became what it is.</param>
internal sealed record ObjectState(
    Presence Presence,
    string? ResourceVersion = null,
    HealthStatus? Health = null,
    KubernetesObject? Suspect = null,
    DateTimeOffset Since = default)
{
    /// <summary>Another reconciler's mark on it; null: there is none, or the object was not seen.</summary>
    public ForeignMark? Foreign { get; init; }
}
