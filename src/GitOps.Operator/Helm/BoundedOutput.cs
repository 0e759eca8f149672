using System.Text;

namespace GitOps.Operator.Helm;

/// <summary>Reads what a program writes, and no more than is wanted.</summary>
internal static class BoundedOutput
{
    private const int MaxEnd = 32 * 1024;

    /// <returns>Null: it is more.</returns>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(Stream stream, int maxBytes, CancellationToken cancellationToken)
    {
        using var output = new MemoryStream();
        var buffer = new byte[32 * 1024];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (output.Length + count > maxBytes)
            {
                return null;
            }

            output.Write(buffer.AsSpan(0, count));
        }

        return output.ToArray();
    }

    /// <summary>The begin and the end: what comes between is read, and forgotten.</summary>
    public static async Task<string> ReadEndsAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[2 * MaxEnd];
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
            {
                buffer.AsSpan(MaxEnd + (MaxEnd / 2)).CopyTo(buffer.AsSpan(MaxEnd));
                length = MaxEnd + (MaxEnd / 2);
            }

            var count = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (count == 0)
            {
                return Encoding.UTF8.GetString(buffer, 0, length);
            }

            length += count;
        }
    }
}
