using System.Net.Http.Headers;
using System.Text;

namespace GitOps.Kubernetes.Http;

/// <summary>
/// Sends one header several times. The runtime joins the values of a header with commas, in HTTP/1.1 and HTTP/2 alike, but
/// to an API server <c>Impersonate-Group: a, b</c> is one group of that name. So the values go out joined by a character
/// that stands in no header and in no JSON text, and this stream, below an HTTP/1.1 connection, makes lines of them.
/// </summary>
internal sealed class RepeatedHeaders : Stream
{
    /// <summary>Control characters are escaped in JSON and refused in impersonation headers.</summary>
    private const char Separator = '\u001f';

    private readonly Stream _inner;

    private RepeatedHeaders(Stream inner) => _inner = inner;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static ValueTask<Stream> FilterAsync(SocketsHttpPlaintextStreamFilterContext context, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Stream>(new RepeatedHeaders(context.PlaintextStream));

    /// <summary>Adds a header whose values become lines of their own; needs a connection with this filter.</summary>
    public static void Add(HttpRequestHeaders headers, string name, IReadOnlyList<string> values) =>
        headers.TryAddWithoutValidation(name, string.Join(Separator + name + ": ", values));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        buffer.Span.Contains((byte)Separator)
            ? _inner.WriteAsync(Split(buffer.Span), cancellationToken)
            : _inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => _inner.Write(Split(buffer.AsSpan(offset, count)));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _inner.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        _inner.ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => _inner.Read(buffer, offset, count);

    public override void Flush() => _inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>The name stands behind the separator already, so a line break is all that is missing, wherever a buffer ends.</summary>
    private static byte[] Split(ReadOnlySpan<byte> bytes) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(bytes).Replace($"{Separator}", "\r\n", StringComparison.Ordinal));
}
