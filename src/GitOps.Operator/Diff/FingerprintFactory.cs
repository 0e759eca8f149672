using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Model;

namespace GitOps.Operator.Diff;

/// <summary>
/// Makes the fingerprint of an object as the server answered our apply. Only the object is read: no schema, no request.
/// </summary>
internal static class FingerprintFactory
{
    /// <param name="answer">The server's answer, managedFields included.</param>
    /// <param name="manager">Our field manager.</param>
    /// <param name="desired">What was applied; null where it is not at hand: then no leaf counts as applied empty.</param>
    /// <param name="hash">The installation's hash.</param>
    public static Fingerprint From(KubernetesObject answer, string manager, KubernetesObject? desired, KeyedHash hash)
    {
        var entry = OwnEntry.Find(answer, manager);
        var emptyLeaves = desired is null || entry is null ? null : EmptyLeaves.Find(entry.FieldsV1, desired.Json);
        return new(
            answer.Uid ?? string.Empty,
            answer.Generation,
            EntryHash(entry, hash),
            entry?.Time ?? string.Empty,
            MetadataHash(entry, answer, hash),
            ValuesHash(entry, answer, emptyLeaves, hash),
            emptyLeaves);
    }

    /// <summary>Of the field set and the version it is written in; empty without an entry.</summary>
    public static string EntryHash(OwnEntry? entry, KeyedHash hash)
    {
        if (entry is null)
        {
            return string.Empty;
        }

        var writer = CanonicalWriter.Rent();
        writer.Text(entry.ApiVersion);
        writer.Node(entry.FieldsV1);
        return hash.Finish(writer);
    }

    public static string MetadataHash(OwnEntry? entry, KubernetesObject subject, KeyedHash hash)
    {
        var writer = CanonicalWriter.Rent();
        if (entry is not null)
        {
            OwnedValues.WriteMetadata(writer, entry.FieldsV1, subject.Metadata);
        }

        return hash.Finish(writer);
    }

    public static string ValuesHash(OwnEntry? entry, KubernetesObject subject, string? emptyLeaves, KeyedHash hash)
    {
        var writer = CanonicalWriter.Rent();
        if (entry is not null)
        {
            OwnedValues.WriteValues(writer, entry.FieldsV1, subject.Json, EmptyLeaves.Read(emptyLeaves));
        }

        return hash.Finish(writer);
    }
}

/// <summary>Our entry of managedFields: our manager, operation Apply, the object itself. The server keeps at most one.</summary>
internal sealed record OwnEntry(string ApiVersion, string Time, JsonObject FieldsV1)
{
    public static OwnEntry? Find(KubernetesObject subject, string manager)
    {
        if (subject.Metadata?["managedFields"] is not JsonArray entries)
        {
            return null;
        }

        for (var i = 0; i < entries.Count; i++)
        {
            if (entries[i] is JsonObject entry
                && KubernetesObject.GetString(entry, "manager") == manager
                && KubernetesObject.GetString(entry, "operation") == ManagedFieldsEntry.Apply
                && string.IsNullOrEmpty(KubernetesObject.GetString(entry, "subresource"))
                && entry["fieldsV1"] is JsonObject fields)
            {
                return new(
                    KubernetesObject.GetString(entry, "apiVersion") ?? string.Empty,
                    KubernetesObject.GetString(entry, "time") ?? string.Empty,
                    fields);
            }
        }

        return null;
    }
}
