using System.Text.Json.Serialization;
using GitOps.Kubernetes.Objects;


namespace GitOps.Operator.Model;

/// <summary>
/// What the answer to our last apply of an object looked like. An event that matches it is no drift.
/// Hashes are HMAC-SHA256 under the installation's key.
/// </summary>
/// <param name="Uid">The object's uid.</param>
/// <param name="Generation">Null where the kind has none.</param>
/// <param name="EntryHash">Of the field set of our managedFields entry.</param>
/// <param name="EntryTime">The <c>time</c> of that entry, as the server wrote it.</param>
/// <param name="MetadataHash">Of the metadata values we own.</param>
/// <param name="ValuesHash">Of the other values we own.</param>
/// <param name="EmptyLeaves">Leaves that were applied as <c>{}</c>, <c>[]</c> or null, judged by ownership alone; null: none.</param>
internal sealed record Fingerprint(
    string Uid, long? Generation, string EntryHash, string EntryTime, string MetadataHash, string ValuesHash, string? EmptyLeaves)
{
    /// <summary>
    /// What was applied is not all that the manifest says: ignored fields were held as they were. Whether the object is as it
    /// should be depends on the rules, too.
    /// </summary>
    public bool Holds { get; init; }
}

/// <summary>One object that an Application manages.</summary>
/// <param name="Key">Group, kind, namespace and name.</param>
/// <param name="Version">The API version it was applied in.</param>
/// <param name="Uid">The uid it had when we wrote it; empty before the first write.</param>
/// <param name="DesiredHash">HMAC-SHA256 of what was applied.</param>
/// <param name="Fingerprint">Null until an apply was answered.</param>
internal sealed record InventoryEntry(ObjectKey Key, string Version, string Uid, string DesiredHash, Fingerprint? Fingerprint)
{
    /// <summary>In which it was applied: what is not desired any more goes in the reverse order.</summary>
    public int Wave { get; init; }

    /// <summary>What its manifest said when it was applied.</summary>
    public EntryOptions Options { get; init; }

    /// <summary>What was done to it since the last sync that succeeded; null: nothing.</summary>
    public EntryChange? Change { get; init; }

    /// <summary>The wave in which the sync under way prunes it; null: it does not, or there is but one.</summary>
    public int? PruneWave { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<EntryChange>))]
internal enum EntryChange
{
    Created,

    /// <summary>It was there, and others had made it.</summary>
    Adopted,
    Updated,
}
