using GitOps.Operator.Git;

namespace GitOps.Operator.Charts.Http;

/// <summary>Reads another stream up to a limit, and fails with a <see cref="GitException"/> beyond it.</summary>
internal sealed class BoundedStream : Stream
{
    private readonly Stream _inner;
    private readonly long _limit;
    private readonly Func<long, string> _message;
    private long _read;

    /// <param name="inner">Disposed with this one.</param>
    /// <param name="limit">In bytes.</param>
    /// <param name="message">Given the limit: what to say.</param>
    public BoundedStream(Stream inner, long limit, Func<long, string> message)
    {
        _inner = inner;
        _limit = limit;
        _message = message;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Counted(_inner.Read(buffer, offset, count));

    public override int Read(Span<byte> buffer) => Counted(_inner.Read(buffer));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Counted(await _inner.ReadAsync(buffer, cancellationToken));

    public override async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Counted(await _inner.ReadAsync(buffer.AsMemory(offset, count), cancellationToken));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Counted(int count)
    {
        _read += count;
        return _read > _limit ? throw new GitException(GitFailure.TooLarge, _message(_limit)) : count;
    }
}
