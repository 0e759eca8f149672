using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Protobuf;

/// <summary>The values of single fields, and those messages that are a plain value in JSON.</summary>
internal static class MessageValues
{
    public static JsonNode IntOrString(ReadOnlySpan<byte> message)
    {
        var (isText, number, text) = (false, 0, string.Empty);
        var reader = new WireReader(message);
        while (!reader.IsAtEnd)
        {
            var (field, wire) = reader.ReadTag();
            switch (field)
            {
                case 1:
                    isText = Varint(ref reader, wire, "type") != 0;
                    break;
                case 2:
                    number = (int)Varint(ref reader, wire, "intVal");
                    break;
                case 3:
                    text = Text(Bytes(ref reader, wire, "strVal"));
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        return isText ? text : number;
    }

    public static JsonValue? Time(ReadOnlySpan<byte> message, bool isMicro)
    {
        if (message.IsEmpty)
        {
            return null;
        }

        var (seconds, nanos) = (0L, 0L);
        var reader = new WireReader(message);
        while (!reader.IsAtEnd)
        {
            var (field, wire) = reader.ReadTag();
            switch (field)
            {
                case 1:
                    seconds = (long)Varint(ref reader, wire, "seconds");
                    break;
                case 2:
                    nanos = (long)Varint(ref reader, wire, "nanos");
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        try
        {
            var time = DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(isMicro ? nanos / 100 : 0);
            return JsonValue.Create(time.UtcDateTime.ToString(
                isMicro ? "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'" : "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        }
        catch (ArgumentOutOfRangeException exception)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"a time of {seconds} seconds is out of range"), exception);
        }
    }

    public static JsonNode? Raw(ReadOnlySpan<byte> json)
    {
        try
        {
            return json.IsEmpty ? null : KubernetesJson.Parse(json);
        }
        catch (JsonException exception)
        {
            throw new FormatException($"an embedded object is no JSON: {exception.Message}", exception);
        }
    }

    /// <summary>The only field of a message that wraps bytes or a text.</summary>
    public static ReadOnlySpan<byte> Inner(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> inner = default;
        var reader = new WireReader(message);
        while (!reader.IsAtEnd)
        {
            var (number, wire) = reader.ReadTag();
            if (number == 1 && wire == WireType.Bytes)
            {
                inner = reader.ReadBytes();
            }
            else
            {
                reader.Skip(wire);
            }
        }

        return inner;
    }

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    public static ulong Varint(ref WireReader reader, WireType wire, string name) =>
        wire == WireType.Varint ? reader.ReadVarint() : throw WrongType(wire, name);

    public static ReadOnlySpan<byte> Bytes(ref WireReader reader, WireType wire, string name) =>
        wire == WireType.Bytes ? reader.ReadBytes() : throw WrongType(wire, name);

    public static FormatException WrongType(WireType wire, string name) => new($"proto: wrong wireType = {(int)wire} for field {name}");
}
