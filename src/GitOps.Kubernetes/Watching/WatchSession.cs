using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Watching;

/// <summary>
/// One open watch stream, read frame by frame straight from the pipe's bytes. Nothing but the caller's own cancellation is
/// thrown: every way a stream can end is a frame.
/// </summary>
internal sealed class WatchSession : IAsyncDisposable
{
    private const int MaxLine = 32 * 1024 * 1024;
    private const int ReadSize = 16 * 1024;

    private readonly OpenStream _stream;
    private readonly PipeReader _pipe;
    private readonly ApiResource _resource;
    private readonly bool _metadataOnly;
    private readonly CancellationTokenSource _silence;
    private ReadOnlySequence<byte> _unread;
    private bool _isCompleted;

    private WatchSession(OpenStream stream, ApiResource resource, bool metadataOnly, TimeSpan idle, CancellationTokenSource silence)
    {
        _stream = stream;
        _pipe = PipeReader.Create(stream.Body, new StreamPipeReaderOptions(bufferSize: ReadSize, leaveOpen: true));
        _resource = resource;
        _metadataOnly = metadataOnly;
        Idle = idle;
        _silence = silence;
    }

    /// <summary>How long silence may last, from the next read on.</summary>
    public TimeSpan Idle { get; set; }

    /// <param name="sender">Over which to ask.</param>
    /// <param name="request">The watch.</param>
    /// <param name="resource">What is watched.</param>
    /// <param name="metadataOnly">Whether metadata alone is asked for.</param>
    /// <param name="options">For the clock.</param>
    /// <param name="idle">How long silence may last. The clock starts before the request: some proxies hold the headers back until the first event.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="ApiException">The server refused.</exception>
    /// <exception cref="ApiConnectionException">There was no answer.</exception>
    public static async Task<WatchSession> OpenAsync(
        RequestSender sender, ApiRequest request, ApiResource resource, bool metadataOnly, KubernetesClientOptions options, TimeSpan idle,
        CancellationToken cancellationToken)
    {
        var silence = new CancellationTokenSource(idle, options.TimeProvider);
        try
        {
            await using (cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), silence))
            {
                var stream = await sender.OpenAsync(request, silence.Token);
                silence.CancelAfter(Timeout.InfiniteTimeSpan);
                if (stream.MediaType is { } type && !type.EndsWith("json", StringComparison.Ordinal))
                {
                    await stream.DisposeAsync();
                    throw new ApiConnectionException($"the answer to watch {resource.Plural} is {type}; was it a proxy that answered?", inner: null);
                }

                return new WatchSession(stream, resource, metadataOnly, idle, silence);
            }
        }
        catch (OperationCanceledException exception)
        {
            silence.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw new ApiConnectionException($"no answer to watch {resource.Plural}", exception, isTimeout: true);
        }
        catch
        {
            silence.Dispose();
            throw;
        }
    }

    /// <summary>The next frame; after End, Error or Broken there is none.</summary>
    public async ValueTask<WatchFrame> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (TryReadLine(out var line))
                {
                    if (line.Length > 0)
                    {
                        return Parse(line);
                    }
                }
                else if (_isCompleted)
                {
                    // Half a line at the end is an end: the next stream brings the event again.
                    return new(FrameKind.End);
                }
                else
                {
                    await ReadMoreAsync(cancellationToken);
                }
            }
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            return Broken($"the watch of {_resource.Plural} was silent for {Idle.TotalSeconds:0} s", exception, isTimeout: true);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return Broken($"the watch of {_resource.Plural} broke: {exception.GetBaseException().Message}", exception, isTimeout: false);
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException)
        {
            return new(FrameKind.Broken, Failure: new InvalidDataException($"the watch of {_resource.Plural} brought what is no event", exception));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _pipe.CompleteAsync();
        await _stream.DisposeAsync();
        _silence.Dispose();
    }

    private static WatchFrame Broken(string message, Exception cause, bool isTimeout) =>
        new(FrameKind.Broken, Failure: new ApiConnectionException(message, cause, isTimeout));

    private async ValueTask ReadMoreAsync(CancellationToken cancellationToken)
    {
        if (_unread.Length > MaxLine)
        {
            throw new InvalidDataException("a line without an end");
        }

        _pipe.AdvanceTo(_unread.Start, _unread.End);
        await using (cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _silence))
        {
            _silence.CancelAfter(Idle);
            var result = await _pipe.ReadAsync(_silence.Token);

            // The time that the reader of the events takes is not the server's silence.
            _silence.CancelAfter(Timeout.InfiniteTimeSpan);
            _unread = result.Buffer;
            _isCompleted = result.IsCompleted;
        }
    }

    private bool TryReadLine(out ReadOnlySequence<byte> line)
    {
        if (_unread.PositionOf((byte)'\n') is { } end)
        {
            line = _unread.Slice(0, end);
            _unread = _unread.Slice(_unread.GetPosition(1, end));
            return true;
        }

        line = default;
        return false;
    }

    private WatchFrame Parse(in ReadOnlySequence<byte> line)
    {
        if (line.IsSingleSegment)
        {
            return WatchFrame.Parse(line.FirstSpan, _resource, _metadataOnly);
        }

        var length = (int)line.Length;
        var joined = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            line.CopyTo(joined);
            return WatchFrame.Parse(joined.AsSpan(0, length), _resource, _metadataOnly);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined);
        }
    }
}
