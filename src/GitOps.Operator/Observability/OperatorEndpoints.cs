using System.Collections.Immutable;
using System.IO.Compression;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOps.Operator.Observability;

/// <summary>What the operator serves: <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c>. Nothing of it needs a credential or tells one.</summary>
internal static class OperatorEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, HealthRegistry health, MetricsScraper metrics)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        routes.MapMethods("/healthz", methods, (RequestDelegate)(context => AnswerAsync(context, health.LivenessProblems())));
        routes.MapMethods("/readyz", methods, (RequestDelegate)(context => AnswerAsync(context, health.ReadinessProblems())));
        routes.MapMethods("/metrics", methods, (RequestDelegate)(async context =>
        {
            var format = MetricsFormats.Negotiate(context.Request.Headers.Accept);
            var body = await metrics.ScrapeAsync(format).WaitAsync(context.RequestAborted);
            context.Response.ContentType = format.ContentType();
            context.Response.Headers.Vary = "Accept, Accept-Encoding";
            if (MetricsFormats.WantsGzip(context.Request.Headers.AcceptEncoding))
            {
                context.Response.Headers.ContentEncoding = "gzip";
                body = Compress(body);
            }

            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }));
    }

    private static byte[] Compress(byte[] body)
    {
        using var compressed = new MemoryStream(body.Length / 8);
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(body);
        }

        return compressed.ToArray();
    }

    private static Task AnswerAsync(HttpContext context, ImmutableArray<string> problems)
    {
        context.Response.StatusCode = problems.IsEmpty ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        var body = problems.IsEmpty ? "ok\n" : string.Join('\n', problems) + "\n";
        return context.Response.WriteAsync(body, context.RequestAborted);
    }
}
