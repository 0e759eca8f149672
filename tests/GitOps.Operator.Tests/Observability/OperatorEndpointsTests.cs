using System.Net;
using GitOps.Operator.Observability;
using GitOps.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Tests.Observability;

public sealed class OperatorEndpointsTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly OperatorMetrics _metrics;
    private readonly HealthRegistry _health;
    private readonly WebApplication _application;
    private readonly HttpClient _client = new();

    public OperatorEndpointsTests()
    {
        _metrics = new OperatorMetrics(_time);
        _health = new HealthRegistry(_time);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _application = builder.Build();
        OperatorEndpoints.Map(_application, _health, _metrics.Scraper);
    }

    public async ValueTask InitializeAsync()
    {
        await _application.StartAsync();
        var addresses = _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>().ShouldNotBeNull();
        _client.BaseAddress = new Uri(addresses.Addresses.Single());
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _application.DisposeAsync();
        _metrics.Dispose();
    }

    [Fact]
    public async Task Health_fails_while_a_worker_is_stuck()
    {
        var loop = _health.AddLoop("worker 1", TimeSpan.FromMinutes(1));
        (await GetAsync("/healthz")).ShouldBe((HttpStatusCode.OK, "ok\n"));
        loop.Beat();
        _time.Advance(TimeSpan.FromMinutes(2));
        (await GetAsync("/healthz")).ShouldBe((HttpStatusCode.ServiceUnavailable, "worker 1: no sign of life for 120 s\n"));
    }

    [Fact]
    public async Task Ready_waits_for_the_gates()
    {
        var gate = _health.AddGate("watches");
        (await GetAsync("/readyz")).ShouldBe((HttpStatusCode.ServiceUnavailable, "watches: not yet\n"));
        (await GetAsync("/healthz")).Status.ShouldBe(HttpStatusCode.OK);
        gate.Open();
        (await GetAsync("/readyz")).ShouldBe((HttpStatusCode.OK, "ok\n"));
    }

    [Fact]
    public async Task Metrics_are_served_as_prometheus_text()
    {
        using var response = await _client.GetAsync(new Uri("/metrics", UriKind.Relative));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType.ShouldNotBeNull().ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        var body = await response.Content.ReadAsStringAsync();
        body.ShouldContain("\nprocess_resident_memory_bytes ");
        body.ShouldContain("\ngitops_operator_build_info{");
        body.ShouldEndWith("\n");
    }

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using var response = await _client.GetAsync(new Uri(path, UriKind.Relative));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
