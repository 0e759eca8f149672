using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Protobuf;

/// <summary>
/// Reads bodies of <c>application/vnd.kubernetes.protobuf</c>: four bytes that mark them, then an envelope that names the type
/// and holds the object's message.
/// </summary>
internal static class ProtobufBody
{
    private const string DeleteOptions = "DeleteOptions";

    private static readonly byte[] Mark = [.. "k8s\0"u8];

    /// <summary>Whether bodies of a kind can be read.</summary>
    public static bool Knows(GroupVersionKind kind) =>
        BuiltInSchemas.Instance.Kinds.TryGetValue(kind, out var component) && MessageFields.Of(component) is not null;

    /// <summary>The options of a deletion as JSON: a kind that every group has.</summary>
    /// <exception cref="ApiError">400: they are not in this encoding.</exception>
    public static JsonObject ReadDeleteOptions(ReadOnlySpan<byte> body)
    {
        var envelope = Open(body, DeleteOptions);
        return envelope.Kind == DeleteOptions
            ? Decode(envelope, BuiltInSchemas.Instance.Component("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"), DeleteOptions)
            : throw ApiError.BadRequest($"decoded object cannot be converted to {DeleteOptions}");
    }

    /// <summary>The object as JSON, with its type.</summary>
    /// <param name="body">What was sent.</param>
    /// <param name="expected">The kind that the path takes, for messages.</param>
    /// <exception cref="ApiError">400: it is not an object in this encoding.</exception>
    public static JsonObject Read(ReadOnlySpan<byte> body, string expected)
    {
        var envelope = Open(body, expected);
        var kind = GroupVersionKind.Parse(envelope.ApiVersion, envelope.Kind);
        if (kind.Kind.Length == 0 || BuiltInSchemas.Instance.Find(kind) is not { } type || !Knows(kind))
        {
            throw ApiError.BadRequest(
                $"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {expected}: no kind \"{kind.Kind}\" is registered for version \"{envelope.ApiVersion}\"");
        }

        return Decode(envelope, type, expected);
    }

    private static JsonObject Decode(Envelope envelope, TypeSchema type, string expected)
    {
        try
        {
            var json = MessageReader.Read(envelope.Raw, type);
            json.Insert(0, "kind", envelope.Kind);
            json.Insert(1, "apiVersion", envelope.ApiVersion);
            return json;
        }
        catch (FormatException exception)
        {
            var version = GroupVersionKind.Parse(envelope.ApiVersion, envelope.Kind).Version;
            throw ApiError.BadRequest($"{envelope.Kind} in version \"{version}\" cannot be handled as a {expected}: {exception.Message}");
        }
    }

    private static Envelope Open(ReadOnlySpan<byte> body, string expected)
    {
        var why = body.IsEmpty ? "empty data"
            : !body.StartsWith(Mark) ? "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"
            : body.Length == Mark.Length ? "empty body"
            : null;
        try
        {
            return why is null ? ReadEnvelope(body[Mark.Length..]) : throw new FormatException(why);
        }
        catch (FormatException exception)
        {
            throw ApiError.BadRequest($"the object provided is unrecognized (must be of type {expected}): {exception.Message}");
        }
    }

    private static Envelope ReadEnvelope(ReadOnlySpan<byte> message)
    {
        var envelope = default(Envelope);
        var reader = new WireReader(message);
        while (!reader.IsAtEnd)
        {
            var (number, wire) = reader.ReadTag();
            switch (number, wire)
            {
                case (1, WireType.Bytes):
                    var type = new WireReader(reader.ReadBytes());
                    while (!type.IsAtEnd)
                    {
                        ReadTypeField(ref type, ref envelope);
                    }

                    break;
                case (2, WireType.Bytes):
                    envelope.Raw = reader.ReadBytes();
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        return envelope;
    }

    private static void ReadTypeField(ref WireReader reader, ref Envelope envelope)
    {
        switch (reader.ReadTag())
        {
            case (1, WireType.Bytes):
                envelope.ApiVersion = Encoding.UTF8.GetString(reader.ReadBytes());
                break;
            case (2, WireType.Bytes):
                envelope.Kind = Encoding.UTF8.GetString(reader.ReadBytes());
                break;
            case (_, var wire):
                reader.Skip(wire);
                break;
        }
    }

    private ref struct Envelope
    {
        private string? _apiVersion;
        private string? _kind;

        public string ApiVersion
        {
            readonly get => _apiVersion ?? string.Empty;
            set => _apiVersion = value;
        }

        public string Kind
        {
            readonly get => _kind ?? string.Empty;
            set => _kind = value;
        }

        public ReadOnlySpan<byte> Raw { get; set; }
    }
}
