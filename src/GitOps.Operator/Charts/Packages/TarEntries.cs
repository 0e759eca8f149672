using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace GitOps.Operator.Charts.Packages;

internal enum TarKind
{
    File,
    Directory,
    SymbolicLink,

    /// <summary>Hard links, devices, pipes, sparse files, parts of other volumes.</summary>
    Other,
}

/// <param name="Name">As it is written; anything may be in it.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Size">Of its content, in bytes.</param>
/// <param name="Link">What a link says.</param>
internal sealed record TarEntry(string Name, TarKind Kind, long Size, string Link);

/// <summary>
/// The entries of a tar (ustar, with the long names of GNU's and of POSIX' extended headers). Of the runtime's own reader it differs
/// in what it takes for an extended header: that one reserves as much memory as the header says that it has.
/// </summary>
internal sealed class TarEntries
{
    private const int BlockSize = 512;
    private const int MaxExtended = 64 * 1024;

    private static readonly UTF8Encoding Text = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Stream _stream;
    private readonly byte[] _block = new byte[BlockSize];
    private long _left;
    private long _padding;

    public TarEntries(Stream stream) => _stream = stream;

    /// <returns>Null at the end.</returns>
    /// <exception cref="InvalidDataException">It is no tar.</exception>
    public TarEntry? Next()
    {
        string? name = null;
        string? link = null;
        long? size = null;
        while (true)
        {
            Skip();
            if (!ReadBlock() || _block.AsSpan().IndexOfAnyExcept((byte)0) < 0)
            {
                return null;
            }

            CheckSum();
            var type = (char)_block[156];
            var length = Number(_block.AsSpan(124, 12));
            switch (type)
            {
                case 'L':
                    name = Trimmed(Extended(length));
                    continue;
                case 'K':
                    link = Trimmed(Extended(length));
                    continue;
                case 'x' or 'X':
                    (name, link, size) = Records(Extended(length), name, link, size);
                    continue;
                case 'g':
                    Extended(length);
                    continue;
                default:
                    break;
            }

            var kind = KindOf(type, name ?? Field(0, 100));
            _left = kind is TarKind.File or TarKind.Other ? size ?? length : 0;
            _padding = Padding(_left);
            return new(name ?? NameOf(), kind, _left, link ?? Field(157, 100));
        }
    }

    /// <summary>The whole content of the entry that was returned last; its size was checked before.</summary>
    /// <exception cref="EndOfStreamException">It breaks off.</exception>
    public byte[] Content()
    {
        var content = new byte[_left];
        _stream.ReadExactly(content);
        _left = 0;
        return content;
    }

    private static TarKind KindOf(char type, string name) => type switch
    {
        // Before there were types, a directory was a file whose name ends with a slash.
        '0' or '\0' or '7' => name.EndsWith('/') ? TarKind.Directory : TarKind.File,
        '5' => TarKind.Directory,
        '2' => TarKind.SymbolicLink,
        _ => TarKind.Other,
    };

    private static long Padding(long size) => (BlockSize - (size % BlockSize)) % BlockSize;

    private static string Trimmed(byte[] bytes) => Text.GetString(bytes.AsSpan().TrimEnd((byte)0));

    // Octal digits, or with the highest bit set a binary number.
    private static long Number(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
        {
            return field[0] == 0x80 && field[1..4].IndexOfAnyExcept((byte)0) < 0 && BinaryPrimitives.ReadInt64BigEndian(field[4..]) is >= 0 and var large
                ? large
                : throw new InvalidDataException("a number is too large");
        }

        long number = 0;
        foreach (var digit in field.Trim(" \0"u8))
        {
            number = digit is >= (byte)'0' and <= (byte)'7' ? (number << 3) | (uint)(digit - '0') : throw new InvalidDataException("not a number");
        }

        return number;
    }

    private static (string? Name, string? Link, long? Size) Records(byte[] bytes, string? name, string? link, long? size)
    {
        var rest = bytes.AsSpan().TrimEnd((byte)0);
        while (!rest.IsEmpty)
        {
            var space = rest.IndexOf((byte)' ');
            if (space <= 0 || !int.TryParse(rest[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                || length <= space + 1 || length > rest.Length || rest[length - 1] != '\n')
            {
                throw new InvalidDataException("an extended header cannot be read");
            }

            var record = Text.GetString(rest[(space + 1)..(length - 1)]);
            var equals = record.IndexOf('=', StringComparison.Ordinal);
            var value = record[(equals + 1)..];
            switch (equals < 0 ? string.Empty : record[..equals])
            {
                case "path":
                    name = value;
                    break;
                case "linkpath":
                    link = value;
                    break;
                case "size":
                    size = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var told) ? told : throw new InvalidDataException("not a size");
                    break;
                case var key when key.StartsWith("GNU.sparse", StringComparison.Ordinal):
                    throw new InvalidDataException("a sparse file");
                default:
                    break;
            }

            rest = rest[length..];
        }

        return (name, link, size);
    }

    private byte[] Extended(long length)
    {
        if (length > MaxExtended)
        {
            throw new InvalidDataException("an extended header is too large");
        }

        var content = new byte[length];
        _stream.ReadExactly(content);
        (_left, _padding) = (0, Padding(length));
        return content;
    }

    private void Skip()
    {
        var left = _left + _padding;
        (_left, _padding) = (0, 0);
        while (left > 0)
        {
            var count = (int)Math.Min(left, BlockSize);
            _stream.ReadExactly(_block, 0, count);
            left -= count;
        }
    }

    private bool ReadBlock()
    {
        var count = _stream.ReadAtLeast(_block, BlockSize, throwOnEndOfStream: false);
        return count switch
        {
            BlockSize => true,
            0 => false,
            _ => throw new EndOfStreamException(),
        };
    }

    private void CheckSum()
    {
        var sum = 8 * ' ';
        for (var i = 0; i < BlockSize; i++)
        {
            sum += i is >= 148 and < 156 ? 0 : _block[i];
        }

        if (Number(_block.AsSpan(148, 8)) != sum)
        {
            throw new InvalidDataException("a header is damaged");
        }
    }

    private string NameOf()
    {
        var isUstar = _block.AsSpan(257, 6).SequenceEqual("ustar\0"u8);
        var prefix = isUstar ? Field(345, 155) : string.Empty;
        return prefix.Length == 0 ? Field(0, 100) : $"{prefix}/{Field(0, 100)}";
    }

    private string Field(int start, int length)
    {
        var field = _block.AsSpan(start, length);
        var end = field.IndexOf((byte)0);
        return Text.GetString(end < 0 ? field : field[..end]);
    }
}
