using GitOps.Operator.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace GitOps.Operator.Tests.Webhooks;

public sealed class WebhookEndpointsTests
{
    [Theory]
    [InlineData(8081, "/webhooks/github", true)]
    [InlineData(8081, "/metrics", false)]
    [InlineData(8081, "/healthz", false)]
    [InlineData(8081, "/WEBHOOKS/github", true)]
    [InlineData(8080, "/webhooks/github", false)]
    [InlineData(8080, "/Webhooks/github", false)]
    [InlineData(8080, "/metrics", true)]
    public async Task On_a_port_of_their_own_webhooks_are_alone(int port, string path, bool isServed)
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        var application = new ApplicationBuilder(services);
        WebhookEndpoints.KeepApart(application, 8081);
        application.Run(static context =>
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        });
        var call = new DefaultHttpContext();
        call.Connection.LocalPort = port;
        call.Request.Path = path;
        await application.Build()(call);
        call.Response.StatusCode.ShouldBe(isServed ? 204 : 404);
    }
}
