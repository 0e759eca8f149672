using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Guides;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;
using GitOps.Sandbox;

namespace GitOps.EndToEnd.Tests.Install;

/// <summary>
/// The node, the DNS and the Service proxy that a sandbox lacks, for the Pods of <c>helm test</c>: the command of such a Pod runs
/// as a process, and what it calls HOST and PORT is led where the Service of that name leads, to an operator of an
/// <see cref="OperatorNode"/>. It becomes of the Pod what becomes of the process.
/// </summary>
internal sealed class HookNode : IAsyncDisposable
{
    private static readonly ApiResource Pods = ApiResource.Of("v1", "Pod", "pods", namespaced: true, "status");

    private readonly OperatorNode _operators;
    private readonly KubernetesClient _client;
    private readonly string _namespace;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<string> _told = [];
    private Task _following = Task.CompletedTask;

    private HookNode(OperatorNode operators, KubernetesClient client, string @namespace) => (_operators, _client, _namespace) = (operators, client, @namespace);

    /// <summary>What the Pods have said, both streams of each.</summary>
    public string Told => string.Join('\n', _told);

    public static HookNode Start(SandboxServer server, OperatorNode operators, string @namespace)
    {
        var node = new HookNode(operators, server.CreateClient("kubelet-of-the-hooks"), @namespace);
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
            await _client.DisposeAsync();
            _stopping.Dispose();
        }
    }

    private async Task FollowAsync()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var change in _client.WatchAsync(Pods, _namespace, new WatchOptions(), _stopping.Token))
        {
            if (change is { Type: WatchEventType.Applied or WatchEventType.InitItem, Object: { IsTerminating: false } pod }
                && pod.At("metadata", "annotations", "helm.sh/hook") is not null && seen.Add(pod.Uid!))
            {
                var succeeded = await RunAsync(pod);
                var patch = JsonNode.Parse($$"""{"status": {"phase": "{{(succeeded ? "Succeeded" : "Failed")}}"} }""")!;
                await _client.PatchAsync(Pods, _namespace, pod.Name, PatchType.Merge, patch, new("kubelet", Subresource: "status"), _stopping.Token);
            }
        }
    }

    private async Task<bool> RunAsync(KubernetesObject pod)
    {
        var container = pod.At("spec", "containers")![0]!;
        string[] command = [.. Texts(container["command"]), .. Texts(container["args"])];
        var environment = container["env"]!.AsArray().ToDictionary(static one => one!["name"]!.GetValue<string>(), static one => one!["value"]!.GetValue<string>(), StringComparer.Ordinal);
        if (await ReachAsync(environment["HOST"], environment["PORT"]) is not { } address)
        {
            _told.Add($"{environment["HOST"]}:{environment["PORT"]} leads nowhere");
            return false;
        }

        environment["HOST"] = address.Host;
        environment["PORT"] = address.Port.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var streams = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(_stopping.Token), process.StandardError.ReadToEndAsync(_stopping.Token));
        await process.WaitForExitAsync(_stopping.Token);
        _told.AddRange(streams);
        return process.ExitCode == 0;
    }

    /// <summary>NAME.NAMESPACE.svc and a port of that Service, to the container's port of the Pods that it selects; null: there is none.</summary>
    private async Task<Uri?> ReachAsync(string host, string port)
    {
        if (host.Split('.') is not [var name, var @namespace, "svc"]
            || await _client.GetAsync(Kinds.Service, @namespace, name, _stopping.Token) is not { } service
            || service.At("spec", "ports")!.AsArray().FirstOrDefault(one => one!["port"]!.ToJsonString() == port)?["targetPort"]?.GetValue<string>() is not { } target)
        {
            return null;
        }

        var deployments = await _client.ListAsync(Kinds.Deployment, @namespace, new(), _stopping.Token);
        return deployments.Items.Select(static one => one.At("spec", "template")!).Any(template => IsSelected(service, template) && HasPort(template, target))
            ? _operators.Addresses[^1]
            : null;
    }

    private static bool IsSelected(KubernetesObject service, JsonNode template) => service.At("spec", "selector")!.AsObject()
        .All(label => template["metadata"]!["labels"]![label.Key]?.GetValue<string>() == label.Value!.GetValue<string>());

    private static bool HasPort(JsonNode template, string name) => template["spec"]!["containers"]!.AsArray()
        .SelectMany(static container => container!["ports"]!.AsArray()).Any(port => port!["name"]!.GetValue<string>() == name);

    private static IEnumerable<string> Texts(JsonNode? list) => (list?.AsArray() ?? []).Select(static one => one!.GetValue<string>());
}
