using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Watching;
using GitOps.Sandbox;

namespace GitOps.EndToEnd.Tests.Guides;

/// <summary>
/// The node that a sandbox lacks, for one Deployment: the operator's. Its Pods are processes with the arguments that stand in the
/// Pod template and the rights of its service account; they come, change and go with it.
/// </summary>
internal sealed partial class OperatorNode : IAsyncDisposable
{
    private const string Container = "operator";

    private readonly SandboxServer _server;
    private readonly IReadOnlyList<string> _program;
    private readonly string _directory;
    private readonly KubernetesClient _client;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Dictionary<string, (string Template, List<Process> Pods)> _deployments = new(StringComparer.Ordinal);
    private Task _following = Task.CompletedTask;
    private int _pods;

    private OperatorNode(SandboxServer server, IReadOnlyList<string> program, string directory)
    {
        (_server, _program, _directory) = (server, program, directory);
        _client = server.CreateClient("kubelet-of-the-tests");
    }

    /// <summary>What its Pods have said.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>Where its Pods serve what the container's port <c>metrics</c> stands for; of all Pods that there ever were.</summary>
    public IReadOnlyList<Uri> Addresses => [.. _lines.Select(static line => ListenAddress().Match(line)).Where(static match => match.Success).Select(static match => new Uri(match.Groups["address"].Value))];

    /// <param name="server">The cluster.</param>
    /// <param name="program">The command line of <c>gitops-operator</c>: what the image holds.</param>
    /// <param name="directory">Its own.</param>
    public static OperatorNode Start(SandboxServer server, IReadOnlyList<string> program, string directory)
    {
        var node = new OperatorNode(server, program, directory);
        node._following = Task.Run(node.FollowAsync, CancellationToken.None);
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        try
        {
            await _following;
        }
        catch (OperationCanceledException)
        {
            // It was told to stop.
        }
        finally
        {
            foreach (var pod in _deployments.Values.SelectMany(static one => one.Pods))
            {
                await EndAsync(pod, graceful: false);
            }

            await _client.DisposeAsync();
            _stopping.Dispose();
        }
    }

    private async Task FollowAsync()
    {
        await foreach (var change in _client.WatchAsync(Kinds.Deployment, string.Empty, new WatchOptions(), _stopping.Token))
        {
            if (change.Object is not { } deployment || ContainerOf(deployment) is not { } container)
            {
                continue;
            }

            if (change.Type is WatchEventType.Deleted)
            {
                await ScaleAsync(deployment, container, 0);
            }
            else if (change.Type is WatchEventType.Applied or WatchEventType.InitItem)
            {
                await ScaleAsync(deployment, container, deployment.At("spec", "replicas")?.GetValue<long>() ?? 1);
            }
        }
    }

    private static JsonObject? ContainerOf(KubernetesObject deployment) =>
        (deployment.At("spec", "template", "spec", "containers") as JsonArray ?? []).OfType<JsonObject>()
        .FirstOrDefault(static one => one["name"]?.GetValue<string>() == Container);

    private async Task ScaleAsync(KubernetesObject deployment, JsonObject container, long replicas)
    {
        var template = deployment.At("spec", "template")!.ToJsonString();
        var key = deployment.Key.ToString();
        if (_deployments.TryGetValue(key, out var running) && (running.Template != template || replicas == 0))
        {
            foreach (var pod in running.Pods)
            {
                await EndAsync(pod, graceful: true);
            }

            _deployments.Remove(key);
        }

        if (replicas == 0)
        {
            return;
        }

        if (!_deployments.TryGetValue(key, out running))
        {
            _deployments[key] = running = (template, []);
        }

        while (running.Pods.Count < replicas)
        {
            running.Pods.Add(Start(deployment, container));
        }
    }

    private Process Start(KubernetesObject deployment, JsonObject container)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_directory, $"pod-{++_pods}")).FullName;
        var kubeconfig = Path.Combine(directory, "kubeconfig");
        var account = deployment.At("spec", "template", "spec", "serviceAccountName")!.GetValue<string>();
        File.WriteAllText(kubeconfig, _server.KubeconfigFor(
            $"system:serviceaccount:{deployment.Namespace}:{account}", "system:serviceaccounts", $"system:serviceaccounts:{deployment.Namespace}"));
        var start = new ProcessStartInfo(_program[0]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])[.. _program.Skip(1), .. container["args"]!.AsArray().Select(static one => one!.GetValue<string>())])
        {
            start.ArgumentList.Add(Local(argument, directory));
        }

        start.ArgumentList.Add($"--kubeconfig={kubeconfig}");
        start.ArgumentList.Add("--allow-local-repositories");
        if (!start.ArgumentList.Any(static one => one.StartsWith("--leader-election=", StringComparison.Ordinal)))
        {
            // On by itself in a Pod, which this is not.
            start.ArgumentList.Add("--leader-election=true");
        }

        start.Environment["TMPDIR"] = directory;
        start.Environment["POD_NAME"] = $"{deployment.Name}-{_pods}";
        start.Environment["POD_UID"] = Guid.NewGuid().ToString();
        start.Environment["POD_NAMESPACE"] = deployment.Namespace;
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Ports and paths of a Pod are its own; those of a process are not.</summary>
    private static string Local(string argument, string directory) => argument.Split('=', 2) switch
    {
        ["--listen" or "--webhooks-listen", _] => argument.Split('=')[0] + "=http://127.0.0.1:0",
        ["--cache-directory", _] => $"--cache-directory={Path.Combine(directory, "cache")}",
        _ => argument,
    };

    private static async Task EndAsync(Process pod, bool graceful)
    {
        if (!pod.HasExited && graceful)
        {
            using var kill = Process.Start("kill", ["-TERM", pod.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
        }
        else if (!pod.HasExited)
        {
            pod.Kill();
        }

        await pod.WaitForExitAsync();
        pod.Dispose();
    }

    private void Take(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
        }
    }

    [GeneratedRegex(@"serving /healthz.*?(?<address>http://127\.0\.0\.1:[1-9]\d*)", RegexOptions.CultureInvariant)]
    private static partial Regex ListenAddress();
}
