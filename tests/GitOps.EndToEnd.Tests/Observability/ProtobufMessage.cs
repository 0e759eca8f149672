using System.Buffers.Binary;
using System.Text;

namespace GitOps.EndToEnd.Tests.Observability;

/// <summary>The fields of a protobuf message, by number, as they stand on the wire.</summary>
internal sealed class ProtobufMessage
{
    private readonly List<(int Number, ulong Value, ReadOnlyMemory<byte> Bytes)> _fields = [];

    private ProtobufMessage()
    {
    }

    public static ProtobufMessage Parse(ReadOnlyMemory<byte> bytes)
    {
        var message = new ProtobufMessage();
        while (bytes.Length > 0)
        {
            var tag = Varint(ref bytes);
            var number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    message._fields.Add((number, Varint(ref bytes), default));
                    break;
                case 1:
                    message._fields.Add((number, BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span), default));
                    bytes = bytes[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref bytes);
                    message._fields.Add((number, 0, bytes[..length]));
                    bytes = bytes[length..];
                    break;
                case 5:
                    message._fields.Add((number, BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span), default));
                    bytes = bytes[4..];
                    break;
                default:
                    throw new InvalidDataException($"wire type {tag & 7}");
            }
        }

        return message;
    }

    /// <summary>All messages in a field.</summary>
    public IEnumerable<ProtobufMessage> All(int number) => _fields.Where(field => field.Number == number).Select(static field => Parse(field.Bytes));

    /// <summary>The same, of fields within each other.</summary>
    public IEnumerable<ProtobufMessage> Within(params int[] path) =>
        path.Aggregate((IEnumerable<ProtobufMessage>)[this], static (messages, number) => messages.SelectMany(message => message.All(number)));

    public string Text(int number) => Encoding.UTF8.GetString(Bytes(number));

    public string Hex(int number) => Convert.ToHexStringLower(Bytes(number));

    public ulong Number(int number) => _fields.LastOrDefault(field => field.Number == number).Value;

    /// <summary>Pairs of key and value; numbers as text.</summary>
    public Dictionary<string, string> Attributes(int number) => All(number).ToDictionary(
        static pair => pair.Text(1),
        static pair => pair.All(2).Single() is var value && value.Has(1) ? value.Text(1) : value.Number(3).ToString(System.Globalization.CultureInfo.InvariantCulture),
        StringComparer.Ordinal);

    private bool Has(int number) => _fields.Exists(field => field.Number == number);

    private byte[] Bytes(int number) => _fields.LastOrDefault(field => field.Number == number).Bytes.ToArray();

    private static ulong Varint(ref ReadOnlyMemory<byte> bytes)
    {
        var (value, shift) = (0UL, 0);
        while (true)
        {
            var next = bytes.Span[0];
            bytes = bytes[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }

            shift += 7;
        }
    }
}
