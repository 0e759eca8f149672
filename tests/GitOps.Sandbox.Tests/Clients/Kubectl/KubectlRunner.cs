using System.Text;
using GitOps.Sandbox.Tests.Replay;
using GitOps.Testing;

namespace GitOps.Sandbox.Tests.Clients.Kubectl;

/// <summary>The real kubectl, as the administrator of a cluster, in a directory and a home of its own.</summary>
internal sealed class KubectlRunner : IAsyncDisposable
{
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private readonly TestProgram _program;

    private KubectlRunner(TestCluster cluster, TestProgram program, string directory)
    {
        (Cluster, _program, WorkingDirectory) = (cluster, program, directory);
        _environment["HOME"] = directory;
    }

    public TestCluster Cluster { get; }

    public string WorkingDirectory { get; }

    private string Kubeconfig => Path.Combine(WorkingDirectory, "kubeconfig");

    /// <summary>A sandbox, or the server that the environment names, and a namespace in it.</summary>
    public static async Task<KubectlRunner> StartAsync(string @namespace, SandboxOptions? options = null)
    {
        var program = TestProgram.Require("GITOPS_TEST_KUBECTL");
        var directory = Directory.CreateTempSubdirectory("kubectl-").FullName;
        var cluster = await TestCluster.ConnectAsync(options);
        var runner = new KubectlRunner(cluster, program, directory);
        if (cluster.Server is { } server)
        {
            server.WriteKubeconfig(runner.Kubeconfig);
        }
        else
        {
            File.Copy(Environment.GetEnvironmentVariable(TestCluster.KubeconfigVariable)!, runner.Kubeconfig);
        }

        await cluster.CreateNamespaceAsync(@namespace);
        await runner.RunAsync(["config", "set-context", "--current", $"--namespace={@namespace}"]);
        return runner;
    }

    public void Set(string variable, string value) => _environment[variable] = value;

    /// <summary>Runs it, however it ends.</summary>
    public Task<ProgramResult> RunAsync(IReadOnlyList<string> arguments, string input = "") =>
        _program.With([$"--kubeconfig={Kubeconfig}"], _environment, WorkingDirectory).TryAsync(input, [.. arguments]);

    /// <summary>Runs it, and expects that all goes well.</summary>
    public async Task<string> OutputAsync(params string[] arguments)
    {
        var result = await RunAsync(arguments);
        result.ExitCode.ShouldBe(0, result.Error);
        return result.Output;
    }

    public string AddFile(string name, string content)
    {
        var path = Path.Combine(WorkingDirectory, name);
        File.WriteAllText(path, content, new UTF8Encoding(false));
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        Directory.Delete(WorkingDirectory, recursive: true);
    }
}
