using System.Net;
using System.Net.Http.Headers;

namespace GitOps.Sandbox.Tests.Fuzz;

/// <summary>A body that ends before it is over: its sender breaks off.</summary>
public sealed class HalfBody : HttpContent
{
    private const int Announced = 1000;

    public HalfBody() => Headers.ContentType = new MediaTypeHeaderValue("application/json");

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"""u8.ToArray());
        await stream.FlushAsync();
        throw new IOException("the sender broke off");
    }

    protected override bool TryComputeLength(out long length)
    {
        length = Announced;
        return true;
    }
}
