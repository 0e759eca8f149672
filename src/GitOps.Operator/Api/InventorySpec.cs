using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Api;

/// <summary>What the entries were rendered from, so that a restart renders nothing that did not change.</summary>
internal sealed record InventoryHeader
{
    /// <summary>The commit.</summary>
    public string? Revision { get; init; }

    /// <summary>Of the recorded inputs.</summary>
    public string? InputsHash { get; init; }

    /// <summary>Paths that were read and the object id of each; they may be spread over the pages.</summary>
    public ImmutableArray<InventoryInput> Inputs { get; init => field = value.OrEmpty(); } = [];

    /// <summary>Of everything in the spec that changes what is rendered.</summary>
    public string? OptionsHash { get; init; }

    public string? RendererVersion { get; init; }

    /// <summary>Which key the hashes were made with.</summary>
    public string? KeyId { get; init; }

    /// <summary>Written ahead of an apply: the entries are the union of what was and what is to be.</summary>
    public bool? Pending { get; init; }

    /// <summary>The sync that brought the entries about, until another one does: the status says the same, a moment later.</summary>
    public InventorySync? Sync { get; init; }

    /// <summary>How many syncs have succeeded: what a page says of changes is about the one after as many. Absent: 0.</summary>
    public long? Syncs { get; init; }

    /// <summary>The hooks that a sync is running, or ran last: should the Application go, they are found here.</summary>
    public InventoryHooks? Hooks { get; init; }
}

/// <summary>A sync that succeeded.</summary>
internal sealed record InventorySync
{
    /// <summary>Of the operation.</summary>
    public required string Id { get; init; }

    /// <summary>What the history says of it; its id is 0.</summary>
    public required HistoryEntry Entry { get; init; }
}

/// <summary>The hooks of one attempt at a sync.</summary>
internal sealed record InventoryHooks
{
    /// <summary>What the annotation <see cref="Names.HookRunAnnotation"/> of each begins with.</summary>
    public required string Run { get; init; }

    public ImmutableArray<InventoryKey> Objects { get; init => field = value.OrEmpty(); } = [];
}

/// <summary>Names an object.</summary>
internal sealed record InventoryKey
{
    public string? Group { get; init; }

    public required string Kind { get; init; }

    public string? Namespace { get; init; }

    public required string Name { get; init; }

    public static InventoryKey Of(ObjectKey key) => new()
    {
        Group = key.Group.NullIfEmpty(),
        Kind = key.Kind,
        Namespace = key.Namespace.NullIfEmpty(),
        Name = key.Name,
    };

    public ObjectKey ToKey() => new(Group ?? string.Empty, Kind, Namespace ?? string.Empty, Name);
}

/// <summary>A path that was read.</summary>
internal sealed record InventoryInput
{
    public required string Path { get; init; }

    /// <summary>What is there: a Git object id, or less; null: nothing.</summary>
    public string? Id { get; init; }

    /// <summary>Which source was read, counted from 0 in the order of the spec; absent: the first.</summary>
    public int? Source { get; init; }
}

/// <summary><c>spec</c> of a ResourceInventory.</summary>
internal sealed record InventorySpec
{
    public required string Application { get; init; }

    public required int Page { get; init; }

    public required int Pages { get; init; }

    public InventoryHeader? Header { get; init; }

    public ImmutableArray<InventoryRow> Entries { get; init => field = value.OrEmpty(); } = [];

    /// <summary>How many syncs had succeeded when what is said here of changes was written; another number: it is of the past.</summary>
    public long? ChangesAfter { get; init; }

    /// <summary>What was deleted since the last sync that succeeded, and stood on this page.</summary>
    public ImmutableArray<InventoryKey> Deleted { get; init => field = value.OrEmpty(); } = [];

    public static InventorySpec Of(ResourceInventory page) => new()
    {
        Application = page.Application,
        Page = page.Page,
        Pages = page.Pages,
        Header = page.Header,
        Entries = [.. page.Entries.Select(InventoryRow.Of)],
        ChangesAfter = page.ChangesAfter == 0 ? null : page.ChangesAfter,
        Deleted = [.. page.Deleted.Select(InventoryKey.Of)],
    };
}

/// <summary>An <see cref="InventoryEntry"/> in JSON: flat, and without what can be told from the rest.</summary>
internal sealed record InventoryRow
{
    private static readonly ImmutableArray<EntryOptions> EntryOptionNames =
        [.. Enum.GetValues<EntryOptions>().Where(static option => option != EntryOptions.None)];

    public string? Group { get; init; }

    public required string Version { get; init; }

    public required string Kind { get; init; }

    public string? Namespace { get; init; }

    public required string Name { get; init; }

    public string? Uid { get; init; }

    public string? DesiredHash { get; init; }

    /// <summary>Absent: 0.</summary>
    public int? Wave { get; init; }

    /// <summary>Names of <see cref="EntryOptions"/>; what is not known is passed over.</summary>
    public ImmutableArray<string> Options { get; init => field = value.OrEmpty(); } = [];

    /// <summary>What was done to it since the last sync that succeeded; absent: nothing.</summary>
    public EntryChange? Change { get; init; }

    /// <summary>The wave in which the sync under way prunes it, if it prunes in several.</summary>
    public int? PruneWave { get; init; }

    public FingerprintRow? Fingerprint { get; init; }

    public static InventoryRow Of(InventoryEntry entry) => new()
    {
        Group = entry.Key.Group.NullIfEmpty(),
        Version = entry.Version,
        Kind = entry.Key.Kind,
        Namespace = entry.Key.Namespace.NullIfEmpty(),
        Name = entry.Key.Name,
        Uid = entry.Uid.NullIfEmpty(),
        DesiredHash = entry.DesiredHash.NullIfEmpty(),
        Wave = entry.Wave == 0 ? null : entry.Wave,
        Options = [.. EntryOptionNames.Where(option => entry.Options.HasFlag(option)).Select(static option => option.ToString())],
        Change = entry.Change,
        PruneWave = entry.PruneWave,
        Fingerprint = entry.Fingerprint is null ? null : FingerprintRow.Of(entry.Fingerprint, entry.Uid),
    };

    public InventoryEntry ToEntry() => new(
        new ObjectKey(Group ?? string.Empty, Kind, Namespace ?? string.Empty, Name),
        Version, Uid ?? string.Empty, DesiredHash ?? string.Empty, Fingerprint?.ToFingerprint(Uid ?? string.Empty))
    {
        Wave = Wave ?? 0,
        Options = EntryOptionNames.Where(option => Options.Contains(option.ToString(), StringComparer.Ordinal))
            .Aggregate(EntryOptions.None, static (all, option) => all | option),
        Change = Change,
        PruneWave = PruneWave,
    };
}

/// <summary>A <see cref="Fingerprint"/> in JSON; the uid is left out where it is the entry's own.</summary>
internal sealed record FingerprintRow
{
    public string? Uid { get; init; }

    public long? Generation { get; init; }

    public required string EntryHash { get; init; }

    public required string EntryTime { get; init; }

    public required string MetadataHash { get; init; }

    public required string ValuesHash { get; init; }

    public string? EmptyLeaves { get; init; }

    /// <summary>Absent: false.</summary>
    public bool? Holds { get; init; }

    public static FingerprintRow Of(Fingerprint fingerprint, string entryUid) => new()
    {
        Uid = fingerprint.Uid == entryUid ? null : fingerprint.Uid,
        Generation = fingerprint.Generation,
        EntryHash = fingerprint.EntryHash,
        EntryTime = fingerprint.EntryTime,
        MetadataHash = fingerprint.MetadataHash,
        ValuesHash = fingerprint.ValuesHash,
        EmptyLeaves = fingerprint.EmptyLeaves,
        Holds = fingerprint.Holds ? true : null,
    };

    public Fingerprint ToFingerprint(string entryUid) =>
        new(Uid ?? entryUid, Generation, EntryHash, EntryTime, MetadataHash, ValuesHash, EmptyLeaves) { Holds = Holds == true };
}
