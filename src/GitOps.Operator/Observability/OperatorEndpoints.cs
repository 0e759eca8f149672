using System.Collections.Immutable;
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
            var body = await metrics.ScrapeAsync().WaitAsync(context.RequestAborted);
            context.Response.ContentType = PrometheusText.ContentType;
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }));
    }

    private static Task AnswerAsync(HttpContext context, ImmutableArray<string> problems)
    {
        context.Response.StatusCode = problems.IsEmpty ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        var body = problems.IsEmpty ? "ok\n" : string.Join('\n', problems) + "\n";
        return context.Response.WriteAsync(body, context.RequestAborted);
    }
}
