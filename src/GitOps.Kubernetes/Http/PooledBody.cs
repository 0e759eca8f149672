using System.Buffers;

namespace GitOps.Kubernetes.Http;

/// <summary>The bytes of a body in a buffer of the shared pool.</summary>
internal sealed class PooledBody : IDisposable
{
    private const int FirstSize = 16 * 1024;

    private byte[] _buffer;
    private int _length;

    private PooledBody(int size) => _buffer = ArrayPool<byte>.Shared.Rent(size);

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, _length);

    /// <param name="content">The body.</param>
    /// <param name="limit">In bytes.</param>
    /// <param name="truncate">At the limit: true ends reading, false is an error.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ApiConnectionException">The body is larger than the limit.</exception>
    public static async Task<PooledBody> ReadAsync(HttpContent content, int limit, bool truncate, CancellationToken cancellationToken)
    {
        var announced = content.Headers.ContentLength;

        // One byte more than announced: the read that finds the end needs room.
        var body = new PooledBody(announced is { } length && length < limit ? (int)length + 1 : FirstSize);
        try
        {
            await using var stream = await content.ReadAsStreamAsync(cancellationToken);
            while (await stream.ReadAsync(body.Room(limit), cancellationToken) is var read and > 0)
            {
                body._length += read;
                if (body._length >= limit)
                {
                    return truncate ? body : throw new ApiConnectionException($"the answer is larger than {limit} bytes", inner: null);
                }
            }

            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            _length = 0;
        }
    }

    private Memory<byte> Room(int limit)
    {
        if (_length == _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min((long)_buffer.Length * 2, Array.MaxLength));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        var room = _buffer.AsMemory(_length);
        return room.Length > limit - _length ? room[..(limit - _length)] : room;
    }
}
