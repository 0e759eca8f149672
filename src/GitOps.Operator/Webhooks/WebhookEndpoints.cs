using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOps.Operator.Webhooks;

/// <summary>Serves <c>POST /webhooks/{provider}</c>.</summary>
internal static class WebhookEndpoints
{
    private const string Path = "/webhooks";

    /// <param name="routes">Where they are added.</param>
    /// <param name="handle">Answers one call of a provider.</param>
    public static void Map(IEndpointRouteBuilder routes, Func<HttpContext, string, Task> handle) =>
        routes.MapMethods(Path + "/{provider}", [HttpMethods.Post], (RequestDelegate)(context =>
            handle(context, (string)context.Request.RouteValues["provider"]!)));

    /// <summary>Where webhooks have an address of their own, nothing else is served there, and they nowhere else.</summary>
    public static void KeepApart(IApplicationBuilder application, int port) => application.Use((context, next) =>
    {
        if (context.Request.Path.StartsWithSegments(Path, StringComparison.OrdinalIgnoreCase) == (context.Connection.LocalPort == port))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });
}
