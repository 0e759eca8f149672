using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Model;

/// <summary>Whether an object that is not wanted any more may be deleted.</summary>
internal enum DeletionConsent
{
    /// <summary>Nothing is said: what is said elsewhere counts.</summary>
    Unsaid,

    Yes,

    No,

    /// <summary>When a person has approved it.</summary>
    Confirm,
}

/// <summary>How one object is written.</summary>
/// <param name="Replaces">As a whole: what stands in it and not in its manifest goes, whoever set it.</param>
/// <param name="Recreates">Deleted and made again where the server refuses the change of a field that cannot change.</param>
/// <param name="Validates">False: fields that the server does not know are no error.</param>
internal readonly record struct WriteMode(bool Replaces, bool Recreates, bool Validates)
{
    public static readonly WriteMode Standard = new(Replaces: false, Recreates: false, Validates: true);
}

/// <summary>The sync options of an Application, or of one operation.</summary>
internal sealed record SyncOptions
{
    public static readonly SyncOptions None = new();

    public bool CreateNamespace { get; init; }

    public DeletionConsent Prune { get; init; }

    public DeletionConsent Delete { get; init; }

    public bool PruneLast { get; init; }

    /// <summary><c>Foreground</c>, <c>Background</c> or <c>Orphan</c>.</summary>
    public string PrunePropagation { get; init; } = "Foreground";

    public bool Replace { get; init; }

    public bool Force { get; init; }

    public bool Validate { get; init; } = true;

    public bool SkipDryRunOnMissingResource { get; init; }

    /// <summary>Whether a sync, too, leaves ignored fields of existing objects as they are.</summary>
    public bool RespectIgnoreDifferences { get; init; }

    /// <summary>Whether former tools' shares of what is applied are ended.</summary>
    public bool ClientSideApplyMigration { get; init; } = true;

    /// <summary>How an object with these options of its own is written.</summary>
    public WriteMode ModeOf(GroupKind kind, ObjectOptions own) => new(
        own.Replace ?? Replace,
        // What goes with them cannot be brought back by making them anew.
        kind is not (("", "Namespace") or ("apiextensions.k8s.io", "CustomResourceDefinition"))
            && (own.Force ?? (Force && kind is not (("", "PersistentVolumeClaim") or ("", "PersistentVolume")))),
        own.Validate ?? Validate);
}

/// <summary>What an object's own annotations say of how it is written, compared and deleted; null: the Application's options count.</summary>
internal sealed record ObjectOptions
{
    public static readonly ObjectOptions None = new();

    public DeletionConsent Prune { get; init; }

    public DeletionConsent Delete { get; init; }

    public bool? PruneLast { get; init; }

    public bool? Replace { get; init; }

    public bool? Force { get; init; }

    public bool? Validate { get; init; }

    public bool? SkipDryRunOnMissingResource { get; init; }

    /// <summary>Of these, what has to be known when the manifest is gone or not at hand.</summary>
    public EntryOptions Remembered { get; init; }
}

/// <summary>What an inventory remembers of an object's options.</summary>
[Flags]
internal enum EntryOptions
{
    None = 0,

    /// <summary>It is pruned after everything else.</summary>
    PruneLast = 1,

    /// <summary>Not desired any more, it does not make the Application OutOfSync.</summary>
    IgnoreExtraneous = 2,

    /// <summary>Its health does not count for the Application's.</summary>
    IgnoreHealthCheck = 4,

    /// <summary>It is the namespace that <c>managedNamespaceMetadata</c> describes: never deleted, only let go.</summary>
    ManagedNamespace = 8,

    /// <summary>Former tools still have shares in it: whoever writes it next has to end them.</summary>
    SharesLeft = 16,

    /// <summary>It says of itself that it is not deleted unless a person has confirmed it.</summary>
    ConfirmDeletion = 32,
}

/// <summary>Labels and annotations of the namespace that CreateNamespace makes.</summary>
internal sealed record NamespaceMetadata(ImmutableSortedDictionary<string, string> Labels, ImmutableSortedDictionary<string, string> Annotations);
