using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>Ports of a pod's containers that get in each other's way.</summary>
internal static class PodPortWarnings
{
    public static IEnumerable<string> Of(JsonObject spec, string prefix)
    {
        var ports = PodWarnings.AllContainers(spec, prefix)
            .SelectMany(static item => item.Container.Objects("ports").Select((port, index) => (Port: port, Path: $"{item.Path}.ports[{index}]")))
            .ToList();
        var seen = new List<(JsonObject Port, string Path)>();
        foreach (var (port, path) in ports)
        {
            foreach (var (other, where) in seen.Where(other => Number(other.Port, "containerPort") == Number(port, "containerPort") && other.Port.Text("protocol") == port.Text("protocol")))
            {
                if (Problem(port, other) is { } problem)
                {
                    yield return $"{path}: {problem} port definition with {where}";
                }
            }

            seen.Add((port, path));
        }

        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (port, path) in ports)
        {
            if (port.Text("name") is not { Length: > 0 } name || names.TryAdd(name, path))
            {
                continue;
            }

            var first = names[name];
            yield return $"{path}: duplicate port name \"{name}\" with {first}, services and probes that select ports by name will use {first}";
        }
    }

    private static string? Problem(JsonObject port, JsonObject other)
    {
        var (ip, otherIp) = (port.Text("hostIP") ?? string.Empty, other.Text("hostIP") ?? string.Empty);
        var (host, otherHost) = (Number(port, "hostPort"), Number(other, "hostPort"));
        return ip == otherIp && host == otherHost ? "duplicate"
            : host == 0 || otherHost == 0 ? "overlapping"
            : host == otherHost && ip.Length == 0 != (otherIp.Length == 0) ? "dangerously ambiguous"
            : null;
    }

    private static long Number(JsonObject port, string name) => KubernetesObject.GetInt64(port, name) ?? 0;
}
