using System.Net;
using System.Net.Http.Headers;

namespace GitOps.Kubernetes.Http;

/// <summary>
/// The body of a write, which goes out only if the permission to write still holds at that moment: a process may have stood
/// still since its request was begun, and without its body the server carries nothing out.
/// </summary>
internal sealed class GuardedContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _body;
    private readonly IWriteGuard _guard;

    public GuardedContent(ReadOnlyMemory<byte> body, MediaTypeHeaderValue? type, IWriteGuard guard)
    {
        _body = body;
        _guard = guard;
        Headers.ContentType = type;
    }

    /// <exception cref="ApiConnectionException">It does not hold.</exception>
    public static void Check(IWriteGuard guard)
    {
        if (guard.Refusal() is { } refusal)
        {
            throw new ApiConnectionException($"not sent: {refusal}", inner: null) { WasNotSent = true };
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Check(_guard);
        await stream.WriteAsync(_body, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
