using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace GitOps.Sandbox.Protobuf;

/// <summary>Writes the fields of one message. Messages within it are written first, and then put in as a whole.</summary>
internal sealed class WireWriter
{
    private readonly ArrayBufferWriter<byte> _output = new();

    public ReadOnlyMemory<byte> Written => _output.WrittenMemory;

    public void Text(int number, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Tag(number, WireType.Bytes);
        Varint((ulong)length);
        Encoding.UTF8.GetBytes(text, _output.GetSpan(length));
        _output.Advance(length);
    }

    public void Flag(int number, bool value)
    {
        Tag(number, WireType.Varint);
        Varint(value ? 1u : 0u);
    }

    public void Double(int number, double value)
    {
        Tag(number, WireType.Fixed64);
        BinaryPrimitives.WriteDoubleLittleEndian(_output.GetSpan(sizeof(double)), value);
        _output.Advance(sizeof(double));
    }

    public void Bytes(int number, ReadOnlySpan<byte> bytes)
    {
        Tag(number, WireType.Bytes);
        Varint((ulong)bytes.Length);
        _output.Write(bytes);
    }

    public void Message(int number, Action<WireWriter> write)
    {
        var message = new WireWriter();
        write(message);
        Bytes(number, message._output.WrittenSpan);
    }

    private void Tag(int number, WireType type) => Varint(((ulong)number << 3) | (ulong)type);

    private void Varint(ulong value)
    {
        var span = _output.GetSpan(10);
        var length = 0;
        while (value >= 0x80)
        {
            span[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[length++] = (byte)value;
        _output.Advance(length);
    }
}
