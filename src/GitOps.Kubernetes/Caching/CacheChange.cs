using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.Caching;

public enum CacheChangeType
{
    /// <summary>An object that the reader has not seen, or one that took the place of another of the same name.</summary>
    Added,

    /// <summary>The same object, by its uid, in another state.</summary>
    Updated,

    /// <summary>Gone, or left the selection.</summary>
    Deleted,

    /// <summary>What has been told so far is the state of a complete list, and what followed it.</summary>
    Synced,
}

/// <summary>One step from what a reader knew to what is so now.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Before">What the reader was told last; for Updated and Deleted.</param>
/// <param name="After">For Added and Updated.</param>
public readonly record struct CacheChange(CacheChangeType Type, KubernetesObject? Before = null, KubernetesObject? After = null)
{
    /// <summary>The state that is known last; null for <see cref="CacheChangeType.Synced"/>.</summary>
    public KubernetesObject? Object => After ?? Before;

    /// <summary>The steps from one state to another of an object's name: none, one, or two where one object took another's place.</summary>
    internal static IEnumerable<CacheChange> Between(KubernetesObject? before, KubernetesObject? after)
    {
        if (ReferenceEquals(before, after))
        {
            yield break;
        }

        if (before is not null && after is not null && before.Uid == after.Uid)
        {
            yield return new(CacheChangeType.Updated, before, after);
            yield break;
        }

        if (before is not null)
        {
            yield return new(CacheChangeType.Deleted, before);
        }

        if (after is not null)
        {
            yield return new(CacheChangeType.Added, After: after);
        }
    }
}
