using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using GitOps.Operator.Charts;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Charts;

/// <summary>The distribution project's registry over https, filled by the real helm.</summary>
public sealed class RealRegistryTests : IAsyncLifetime
{
    private readonly ChartBed _bed = new();
    private readonly int _port = FreePort();
    private TestProgram _helm = null!;
    private Process? _registry;

    private string Authority => Path.Combine(_bed.Root, "ca.pem");

    public async ValueTask InitializeAsync()
    {
        _helm = TestProgram.Require("GITOPS_TEST_HELM");
        var registry = TestProgram.Require("GITOPS_TEST_REGISTRY");
        await File.WriteAllTextAsync(Authority, ChartServer.Authority, ChartBed.Cancellation);
        await File.WriteAllTextAsync(Path.Combine(_bed.Root, "key.pem"), ChartServer.AuthorityKey, ChartBed.Cancellation);
        await File.WriteAllTextAsync(
            Path.Combine(_bed.Root, "registry.yml"),
            $"""
            version: 0.1
            log: {"{level: error, accesslog: {disabled: true}}"}
            storage: {"{"}filesystem: {"{"}rootdirectory: {_bed.Root}/registry{"}}"}
            http:
              addr: localhost:{_port}
              tls: {"{"}certificate: {Authority}, key: {_bed.Root}/key.pem{"}"}
            """,
            ChartBed.Cancellation);
        _registry = Process.Start(new ProcessStartInfo(registry.Path, ["serve", Path.Combine(_bed.Root, "registry.yml")])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _registry.OutputDataReceived += static (_, _) => { };
        _registry.ErrorDataReceived += static (_, _) => { };
        _registry.BeginOutputReadLine();
        _registry.BeginErrorReadLine();
        await ChartBed.UntilAsync(Listens, "the registry");
    }

    public async ValueTask DisposeAsync()
    {
        if (_registry is not null)
        {
            _registry.Kill(entireProcessTree: true);
            await _registry.WaitForExitAsync(CancellationToken.None);
            _registry.Dispose();
        }

        await _bed.DisposeAsync();
    }

    [Fact]
    public async Task Charts_that_helm_has_pushed_are_found_and_opened()
    {
        await PushAsync("1.0.0");
        await PushAsync("1.1.0+build.7");
        await PushAsync("2.0.0-rc.1");
        (await _bed.ResolveAsync(Web("^1"))).Version.ShouldBe("1.1.0+build.7");
        (await _bed.ResolveAsync(Web(""))).Version.ShouldBe("1.1.0+build.7");
        var tree = await _bed.OpenAsync(Web("1.0.0"));
        (await ChartBed.TextAsync(tree, "templates/config.yaml")).ShouldContain("ConfigMap");
        (await _bed.ResolveAsync(Web("1.0.0"))).Digest.ShouldBe(
            ChartPackage.Digest(await File.ReadAllBytesAsync(Path.Combine(_bed.Root, "web-1.0.0.tgz"), ChartBed.Cancellation)));
        var failure = await _bed.FailureAsync(Web("9.9.9"));
        failure.Kind.ShouldBe(GitFailure.RevisionNotFound);
        (await _bed.FailureAsync(Web("1.0.0") with { Name = "nothing" })).Message.ShouldContain("HTTP 404");
    }

    [Fact]
    public async Task What_is_pushed_later_is_seen_by_those_who_follow_a_range()
    {
        await PushAsync("1.0.0");
        var told = 0;
        await _bed.Repositories.StartAsync(ChartBed.Cancellation);
        using var subscription = _bed.Repositories.Subscribe(new(Web("*"), TimeSpan.FromSeconds(30), () => Interlocked.Increment(ref told)));
        (await _bed.ResolveAsync(Web("*"))).Version.ShouldBe("1.0.0");
        await PushAsync("1.0.1");

        // It is told of a poll that fails too, as one may while the clock runs ahead of the registry.
        await _bed.AdvanceUntilAsync(
            () => Volatile.Read(ref told) > 0 && _bed.ResolveAsync(Web("*")).AsTask() is { IsCompletedSuccessfully: true, Result.Version: "1.0.1" },
            "the new version", TimeSpan.FromSeconds(5));
        await _bed.Repositories.StopAsync(CancellationToken.None);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private bool Listens()
    {
        _registry!.HasExited.ShouldBeFalse();
        using var client = new TcpClient();
        try
        {
            client.Connect("localhost", _port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task PushAsync(string version)
    {
        var chart = Path.Combine(_bed.Root, "web");
        Directory.CreateDirectory(Path.Combine(chart, "templates"));
        await File.WriteAllTextAsync(Path.Combine(chart, "Chart.yaml"), $"apiVersion: v2\nname: web\nversion: {version}\n", ChartBed.Cancellation);
        await File.WriteAllTextAsync(Path.Combine(chart, "templates", "config.yaml"), "kind: ConfigMap\n", Encoding.UTF8, ChartBed.Cancellation);
        await _helm.RunAsync("package", chart, "--destination", _bed.Root);
        await _helm.RunAsync("push", Path.Combine(_bed.Root, $"web-{version}.tgz"), $"oci://localhost:{_port}/charts", "--ca-file", Authority);
    }

    private ChartReference Web(string version) => new(new RepositoryAddress($"oci://localhost:{_port}/charts", "team-a"), "web", version);
}
