using System.Net;
using System.Net.Sockets;

namespace GitOps.Operator.Tests.Commands;

public sealed class RunCommandTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gitops-run-tests-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Wrong_options_are_all_listed_and_nothing_is_started()
    {
        var run = await CommandRun.OfAsync("run", "--workers", "0", "--listen", "nowhere");
        run.Code.ShouldBe(1);
        run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(
        [
            "error: --listen: 'nowhere' is not a URL such as http://0.0.0.0:8080",
            "error: --workers: 0 is not between 1 and 256",
        ]);
    }

    [Fact]
    public async Task A_kubeconfig_that_makes_no_sense_is_one_line()
    {
        var run = await CommandRun.OfAsync("run", "--kubeconfig", Kubeconfig("apiVersion: v1\nkind: Config\n"));
        run.Code.ShouldBe(1);
        run.Error.ShouldStartWith("error: " + Path.Combine(_directory.FullName, "kubeconfig"));
        run.Error.TrimEnd().ShouldNotContain("\n");
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named_in_one_line()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var kubeconfig = Kubeconfig(
            $$"""
            apiVersion: v1
            kind: Config
            current-context: a
            contexts: [{name: a, context: {cluster: a} }]
            clusters:
            - name: a
              cluster:
                server: "https://127.0.0.1:{{port}}"
            """);

        var run = await CommandRun.OfAsync(
            "run", "--kubeconfig", kubeconfig, "--listen", "http://127.0.0.1:0", "--cache-directory", Path.Combine(_directory.FullName, "cache"));

        run.Code.ShouldBe(1);
        run.Error.ShouldStartWith($"error: cannot reach the API server https://127.0.0.1:{port}/");
        run.Error.TrimEnd().ShouldNotContain("\n");
    }

    private string Kubeconfig(string content)
    {
        var path = Path.Combine(_directory.FullName, "kubeconfig");
        File.WriteAllText(path, content);
        return path;
    }
}
