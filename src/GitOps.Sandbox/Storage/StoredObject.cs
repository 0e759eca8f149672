using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Storage;

/// <summary>
/// One immutable state of an object. The JSON is kept as bytes behind a fixed head (type, then resourceVersion), so that the
/// same bytes serve every version of a kind, lists, watches, metadata-only answers and the event of a deletion, whose
/// resourceVersion differs, without being written again.
/// </summary>
internal sealed class StoredObject
{
    private static readonly string[] MetadataOrder =
    [
        "name", "generateName", "namespace", "uid", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers", "managedFields",
    ];

    private readonly byte[] _rest;
    private readonly int _metadataLength;

    private StoredObject(StoredObject source, long resourceVersion)
    {
        (Namespace, Name, Uid) = (source.Namespace, source.Name, source.Uid);
        (Labels, OwnerUids, ControllerUid, IsTerminating) = (source.Labels, source.OwnerUids, source.ControllerUid, source.IsTerminating);
        (_rest, _metadataLength) = (source._rest, source._metadataLength);
        ResourceVersion = resourceVersion;
    }

    private StoredObject(StoredObject source, string uid, byte[] rest)
        : this(source, 0)
    {
        (Uid, _rest) = (uid, rest);
    }

    private StoredObject(KubernetesObject source, byte[] rest, int metadataLength)
    {
        (Namespace, Name, Uid) = (source.Namespace, source.Name, source.Uid ?? string.Empty);
        Labels = LabelSet.Of(source.Labels);
        OwnerUids = source.Metadata?["ownerReferences"] is JsonArray owners
            ? [.. owners.OfType<JsonObject>().Select(static owner => KubernetesObject.GetString(owner, "uid") ?? string.Empty)]
            : [];
        ControllerUid = ControllerOf(source);
        IsTerminating = source.IsTerminating;
        (_rest, _metadataLength) = (rest, metadataLength);
    }

    public string Namespace { get; }

    public string Name { get; }

    public string Uid { get; }

    public LabelSet Labels { get; }

    public IReadOnlyList<string> OwnerUids { get; }

    /// <summary>The owner that is its controller; null if it has none.</summary>
    public string? ControllerUid { get; }

    public bool IsTerminating { get; }

    /// <summary>0 until it is committed.</summary>
    public long ResourceVersion { get; }

    /// <summary>Serialises an object in its storage version. What is stored does not change with the argument afterwards.</summary>
    public static StoredObject Draft(JsonObject json)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        var metadata = json["metadata"] as JsonObject ?? [];
        int metadataLength;
        using (var writer = new Utf8JsonWriter(buffer, KubernetesJson.WriterOptions))
        {
            WriteMetadata(writer, metadata);
        }

        metadataLength = buffer.WrittenCount;
        using (var writer = new Utf8JsonWriter(buffer, KubernetesJson.WriterOptions))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in json)
            {
                if (name is not ("kind" or "apiVersion" or "metadata"))
                {
                    WriteMember(writer, name, value);
                }
            }

            writer.WriteEndObject();
        }

        return new(new KubernetesObject(json), Join(buffer.WrittenSpan, ref metadataLength), metadataLength);
    }

    /// <summary>The same content at another resourceVersion.</summary>
    public StoredObject At(long resourceVersion) => new(this, resourceVersion);

    /// <summary>A draft made of a template.</summary>
    /// <param name="uid">Its uid, as long as the template's.</param>
    /// <param name="placeholder">What stands in the template for each timestamp.</param>
    /// <param name="timestamp">What is put there; as long.</param>
    public StoredObject Stamp(string uid, string placeholder, string timestamp)
    {
        var rest = (byte[])_rest.Clone();
        Overwrite(rest, Uid, uid);
        Overwrite(rest, placeholder, timestamp);
        return new(this, uid, rest);
    }

    /// <summary>Writes the object; <paramref name="head"/> is the opening brace and the type.</summary>
    public void WriteTo(IBufferWriter<byte> output, ReadOnlySpan<byte> head)
    {
        WriteHead(output, head);
        output.Write(_rest);
    }

    /// <summary>Writes type and metadata alone.</summary>
    public void WriteMetadataTo(IBufferWriter<byte> output, ReadOnlySpan<byte> head)
    {
        WriteHead(output, head);
        output.Write(_rest.AsSpan(0, _metadataLength));
        output.Write("}"u8);
    }

    /// <summary>A copy of its own to work on.</summary>
    public JsonObject Read(ReadOnlySpan<byte> head)
    {
        var buffer = new ArrayBufferWriter<byte>(head.Length + _rest.Length + 48);
        WriteTo(buffer, head);
        return KubernetesJson.ParseObject(buffer.WrittenSpan);
    }

    private static void Overwrite(Span<byte> text, string old, string next)
    {
        if (next.Length != old.Length)
        {
            throw new ArgumentException("has to be as long as what it replaces", nameof(next));
        }

        var (wanted, replacement) = (Encoding.ASCII.GetBytes(old), Encoding.ASCII.GetBytes(next));
        for (var i = text.IndexOf(wanted); i >= 0; i = text.IndexOf(wanted))
        {
            replacement.CopyTo(text[i..]);
            text = text[(i + wanted.Length)..];
        }
    }

    private static string? ControllerOf(KubernetesObject source)
    {
        var controller = (source.Metadata?["ownerReferences"] as JsonArray)?.OfType<JsonObject>()
            .FirstOrDefault(static owner => owner["controller"] is JsonValue value && value.TryGetValue(out bool isController) && isController);
        return KubernetesObject.GetString(controller, "uid");
    }

    private void WriteHead(IBufferWriter<byte> output, ReadOnlySpan<byte> head)
    {
        output.Write(head);
        output.Write("\"metadata\":{\"resourceVersion\":\""u8);
        var digits = output.GetSpan(20);
        ResourceVersion.TryFormat(digits, out var written, provider: CultureInfo.InvariantCulture);
        output.Advance(written);
        output.Write("\","u8);
    }

    private static void WriteMetadata(Utf8JsonWriter writer, JsonObject metadata)
    {
        writer.WriteStartObject();
        foreach (var name in MetadataOrder)
        {
            if (metadata.TryGetPropertyValue(name, out var value))
            {
                WriteMember(writer, name, value);
            }
        }

        foreach (var (name, value) in metadata)
        {
            if (name != "resourceVersion" && !MetadataOrder.Contains(name, StringComparer.Ordinal))
            {
                WriteMember(writer, name, value);
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter writer, string name, JsonNode? value)
    {
        writer.WritePropertyName(name);
        if (value is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            value.WriteTo(writer, KubernetesJson.WriteOptions);
        }
    }

    /// <summary>From <c>{metadata…}{other…}</c> to <c>metadata…},other…}</c>, the metadata's opening brace belonging to the head.</summary>
    private static byte[] Join(ReadOnlySpan<byte> written, ref int metadataLength)
    {
        var metadata = written[1..metadataLength];
        var others = written[(metadataLength + 1)..];
        var rest = new byte[metadata.Length + others.Length + (others.Length > 1 ? 1 : 0)];
        metadata.CopyTo(rest);
        if (others.Length > 1)
        {
            rest[metadata.Length] = (byte)',';
        }

        others.CopyTo(rest.AsSpan(rest.Length - others.Length));
        metadataLength = metadata.Length;
        return rest;
    }
}
