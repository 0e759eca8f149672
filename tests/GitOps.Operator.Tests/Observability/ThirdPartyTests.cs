using System.Collections.Concurrent;
using System.Diagnostics;
using GitOps.Operator.Charts.Http;
using GitOps.Operator.Credentials;
using GitOps.Operator.Git;
using GitOps.Operator.Tests.Architecture;
using GitOps.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Tests.Observability;

/// <summary>Only the Kubernetes API is told of which trace a request is.</summary>
public sealed class ThirdPartyTests
{
    private static readonly string[] OfTraces = ["traceparent", "tracestate", "baggage", "Request-Id", "Correlation-Context"];

    [Theory]
    [InlineData("charts")]
    [InlineData("git")]
    [InlineData("credentials")]
    public async Task Servers_of_others_are_told_nothing_of_a_trace(string what)
    {
        var headers = new ConcurrentQueue<string>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var server = builder.Build();
        server.MapGet("/", (RequestDelegate)(context =>
        {
            headers.Enqueue(string.Join(' ', context.Request.Headers.Keys));
            return Task.CompletedTask;
        }));
        await server.StartAsync(TestContext.Current.CancellationToken);
        using var charts = new ChartHandlers(new ManualTimeProvider());
        using var http = what switch
        {
            "charts" => charts.For(null, null, HostRole.Own),
            "git" => new HttpMessageInvoker(HttpRefProbe.CreateHandler()),
            _ => new HttpMessageInvoker(CredentialHttp.Prepare(new(), null, SharedTrust.None, "127.0.0.1")),
        };

        using var span = new Activity("a pass").SetIdFormat(ActivityIdFormat.W3C).AddBaggage("application", "web").Start();
        span.TraceStateString = "team=a";
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Urls.Single());
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);

        answer.EnsureSuccessStatusCode();
        headers.ShouldHaveSingleItem().Split(' ').Intersect(OfTraces, StringComparer.OrdinalIgnoreCase).ShouldBeEmpty();
    }

    [Fact]
    public void Whatever_makes_connections_says_so()
    {
        var making = Repository.SourceFiles("src").Select(static path => (Path: path, Text: File.ReadAllText(Path.Combine(Repository.Root, path))))
            .Where(static file => file.Text.Contains("new SocketsHttpHandler", StringComparison.Ordinal) || file.Text.Contains("SocketsHttpHandler CreateHandler() => new()", StringComparison.Ordinal))
            .Where(static file => !file.Path.Contains("GitOps.Sandbox", StringComparison.Ordinal)).ToList();

        making.Count.ShouldBeGreaterThan(3);
        making.Where(static file => !file.Text.Contains("ActivityHeadersPropagator = null", StringComparison.Ordinal)).Select(static file => file.Path).ShouldBeEmpty();
    }
}
