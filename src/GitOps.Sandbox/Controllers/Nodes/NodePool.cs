using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Controllers.Nodes;

/// <summary>The nodes that are pretended: their names, addresses and objects.</summary>
internal sealed class NodePool
{
    private const string Prefix = "node-";

    private readonly int _count;
    private int _next;

    public NodePool(int count) => _count = count;

    public IEnumerable<string> Names => Enumerable.Range(0, _count).Select(static index => Prefix + Fields.Invariant(index));

    public bool Has(string name) => Index(name) is { } index && index < _count;

    /// <summary>The node for a pod: the one it insists on, else each in its turn; null if there is none.</summary>
    public string? Choose(KubernetesObject pod)
    {
        if (PodFacts.InsistsOn(pod) is { Length: > 0 } wanted)
        {
            return Has(wanted) ? wanted : null;
        }

        return _count == 0 ? null : Prefix + Fields.Invariant((uint)Interlocked.Increment(ref _next) % (uint)_count);
    }

    public static string AddressOf(string node) => $"10.0.0.{((Index(node) ?? 0) % 250) + 1}";

    public static string AddressOfPod(string uid)
    {
        var bits = StableHash.Of(uid);
        return $"10.244.{(bits >> 8) % 256}.{(bits % 254) + 1}";
    }

    public static JsonObject NodeObject(string name) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["labels"] = new JsonObject
            {
                ["kubernetes.io/arch"] = "amd64",
                ["kubernetes.io/hostname"] = name,
                ["kubernetes.io/os"] = "linux",
            },
        },
        ["spec"] = new JsonObject { ["podCIDR"] = "10.244.0.0/16" },
    };

    public static JsonObject NodeStatus(string name, string now)
    {
        var capacity = new JsonObject { ["cpu"] = "16", ["memory"] = "64Gi", ["pods"] = "1000" };
        return new()
        {
            ["addresses"] = new JsonArray(
                new JsonObject { ["type"] = "InternalIP", ["address"] = AddressOf(name) }, new JsonObject { ["type"] = "Hostname", ["address"] = name }),
            ["capacity"] = capacity,
            ["allocatable"] = capacity.DeepClone(),
            ["conditions"] = new JsonArray(
                Condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available", now),
                Condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", now),
                Condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available", now),
                Condition("Ready", "True", "KubeletReady", "kubelet is posting ready status", now)),
            ["nodeInfo"] = new JsonObject
            {
                ["machineID"] = name,
                ["systemUUID"] = name,
                ["bootID"] = name,
                ["kernelVersion"] = "6.1.0",
                ["osImage"] = "sandbox",
                ["containerRuntimeVersion"] = "containerd://2.0.0",
                ["kubeletVersion"] = "v1.36.2",
                ["kubeProxyVersion"] = string.Empty,
                ["operatingSystem"] = "linux",
                ["architecture"] = "amd64",
            },
            ["daemonEndpoints"] = new JsonObject { ["kubeletEndpoint"] = new JsonObject { ["Port"] = 10250 } },
        };
    }

    private static int? Index(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && int.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : null;

    private static JsonObject Condition(string type, string status, string reason, string message, string now) => new()
    {
        ["type"] = type,
        ["status"] = status,
        ["lastHeartbeatTime"] = now,
        ["lastTransitionTime"] = now,
        ["reason"] = reason,
        ["message"] = message,
    };
}
