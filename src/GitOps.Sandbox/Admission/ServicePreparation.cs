using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>Addresses, families and node ports of Services, on a server whose network is IPv4 only.</summary>
internal static class ServicePreparation
{
    private const string Headless = "None";
    private const string Single = "SingleStack";
    private const string Required = "RequireDualStack";
    private const string OnlyFamily = "IPv4";

    private static readonly IPNetwork Range = new(IPAddress.Parse("10.96.0.0"), 16);

    /// <summary>Hands out what is missing.</summary>
    /// <param name="service">The Service, complete but for what is handed out.</param>
    /// <param name="spec">Its spec.</param>
    /// <param name="allocations">What is handed out.</param>
    /// <param name="causes">Why it cannot be; to be told only if nothing else is wrong.</param>
    public static void Allocate(KubernetesObject service, JsonObject spec, ServiceAllocations allocations, Causes causes)
    {
        if (spec.Text("type") == "ExternalName" || !IsConsistent(spec))
        {
            return;
        }

        if (spec.Text("clusterIP") is { Length: > 0 } given && spec.IsEmptyList("clusterIPs"))
        {
            spec["clusterIPs"] = new JsonArray(given);
        }

        Families(spec, causes);
        if (causes.Count > 0)
        {
            return;
        }

        ClusterIP(service, spec, allocations, causes);
        NodePorts(service, spec, allocations, causes);
    }

    /// <summary>Carries over what an update left out, and drops what another type has no use for.</summary>
    public static void KeepAllocated(JsonObject? live, JsonObject next)
    {
        if (live is null)
        {
            return;
        }

        KeepClusterIPs(live, next);
        if (HasNodePorts(live) && HasNodePorts(next))
        {
            KeepNodePorts(live, next);
        }

        if (NeedsHealthCheck(live) && NeedsHealthCheck(next) && live["healthCheckNodePort"] is { } port)
        {
            next.DefaultNumber("healthCheckNodePort", port.GetValue<long>());
        }

        DropUseless(live, next);
    }

    internal static bool NeedsHealthCheck(JsonObject? spec) => spec.Text("type") == "LoadBalancer" && spec.Text("externalTrafficPolicy") == "Local";

    private static bool HasNodePorts(JsonObject spec) => spec.Text("type") is "NodePort" or "LoadBalancer";

    private static bool IsExternal(JsonObject spec) =>
        HasNodePorts(spec) || (spec.Text("type") == "ClusterIP" && !spec.IsEmptyList("externalIPs"));

    /// <summary>Addresses that contradict each other are left to validation.</summary>
    private static bool IsConsistent(JsonObject spec) => spec.IsEmptyList("clusterIPs") || FirstOf(spec["clusterIPs"]) == (spec.Text("clusterIP") ?? string.Empty);

    private static void KeepClusterIPs(JsonObject live, JsonObject next)
    {
        if (live.Text("type") == "ExternalName" || next.Text("type") == "ExternalName")
        {
            return;
        }

        var isAddressKept = Same(live, next, "clusterIP");
        if (next.Text("clusterIP") is null or "" && (next.IsEmptyList("clusterIPs") || Same(live, next, "clusterIPs")))
        {
            next["clusterIP"] = live["clusterIP"]?.DeepClone();
            next["clusterIPs"] = live["clusterIPs"]?.DeepClone();
        }
        else if (next.IsEmptyList("clusterIPs") && isAddressKept)
        {
            next["clusterIPs"] = live["clusterIPs"]?.DeepClone();
        }
        else if (!isAddressKept && Same(live, next, "clusterIPs"))
        {
            next["clusterIPs"] = new JsonArray(next["clusterIP"]?.DeepClone());
        }

        if (next.IsEmptyList("ipFamilies") && live["ipFamilies"] is { } families)
        {
            next["ipFamilies"] = families.DeepClone();
        }

        if (live["ipFamilyPolicy"] is { } policy)
        {
            next.Default("ipFamilyPolicy", policy.DeepClone());
        }

        if (next.Text("ipFamilyPolicy") == Single && next["ipFamilies"] is JsonArray { Count: > 1 } both && JsonNode.DeepEquals(both, live["ipFamilies"]))
        {
            both.RemoveAt(1);
        }
    }

    private static void DropUseless(JsonObject live, JsonObject next)
    {
        var (was, @is) = (live.Text("type"), next.Text("type"));
        if (was != "ExternalName" && @is == "ExternalName")
        {
            if (Same(live, next, "clusterIP") && Same(live, next, "clusterIPs"))
            {
                next.Remove("clusterIP");
                next.Remove("clusterIPs");
            }

            Drop(live, next, "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy");
        }

        if (HasNodePorts(live) && !HasNodePorts(next))
        {
            var former = live.Objects("ports").Select(static port => KubernetesObject.GetInt64(port, "nodePort") ?? 0).ToHashSet();
            var ports = next.Objects("ports").ToList();
            if (ports.TrueForAll(port => (KubernetesObject.GetInt64(port, "nodePort") ?? 0) is var number && (number == 0 || former.Contains(number))))
            {
                ports.ForEach(static port => port.Remove("nodePort"));
            }
        }

        if (NeedsHealthCheck(live) && !NeedsHealthCheck(next))
        {
            Drop(live, next, "healthCheckNodePort");
        }

        if (was == "LoadBalancer" && @is != "LoadBalancer")
        {
            Drop(live, next, "allocateLoadBalancerNodePorts", "loadBalancerClass");
        }

        if (IsExternal(live) && !IsExternal(next))
        {
            Drop(live, next, "externalTrafficPolicy");
        }
    }

    private static void Drop(JsonObject live, JsonObject next, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Same(live, next, name))
            {
                next.Remove(name);
            }
        }
    }

    private static bool Same(JsonObject live, JsonObject next, string name) => JsonNode.DeepEquals(live[name], next[name]);

    private static void Families(JsonObject spec, Causes causes)
    {
        // A headless Service without a selector may have endpoints of both families.
        var isUnselected = spec.Text("clusterIP") == Headless && spec.Object("selector") is null or { Count: 0 };
        spec.Default("ipFamilyPolicy", isUnselected ? Required : Single);
        var policy = spec.Text("ipFamilyPolicy")!;
        if (policy == Single)
        {
            foreach (var (name, what) in new[] { ("clusterIPs", "cluster IPs"), ("ipFamilies", "IP families") })
            {
                if (spec[name] is JsonArray { Count: 2 })
                {
                    causes.Invalid("spec.ipFamilyPolicy", policy, $"must be '{Required}' or 'PreferDualStack' when multiple {what} are specified");
                }
            }
        }

        if (causes.Count > 0)
        {
            return;
        }

        if (isUnselected)
        {
            var families = spec.IsEmptyList("ipFamilies") ? new JsonArray(OnlyFamily) : spec["ipFamilies"]!.DeepClone().AsArray();
            if (families.Count < 2 && policy != Single)
            {
                families.Add(JsonValue.Create(families[0]!.GetValue<string>() == OnlyFamily ? "IPv6" : OnlyFamily));
            }

            spec["ipFamilies"] = families;
            return;
        }

        if (policy == Required)
        {
            causes.Invalid("spec.ipFamilyPolicy", policy, "this cluster is not configured for dual-stack services");
        }

        var asked = spec["ipFamilies"] as JsonArray ?? [];
        for (var i = 0; i < asked.Count; i++)
        {
            if (asked[i]?.ToString() != OnlyFamily)
            {
                causes.Invalid($"spec.ipFamilies[{i}]", asked[i], "not configured on this cluster");
            }
        }

        if (asked.Count == 0)
        {
            spec["ipFamilies"] = new JsonArray(OnlyFamily);
        }
    }

    private static void ClusterIP(KubernetesObject service, JsonObject spec, ServiceAllocations allocations, Causes causes)
    {
        switch (spec.Text("clusterIP"))
        {
            case null or "":
                var address = allocations.NextAddress(service);
                spec["clusterIP"] = address;
                spec["clusterIPs"] = new JsonArray(address);
                break;
            case Headless:
                break;
            case var given when !IPAddress.TryParse(given, out var parsed):
                break;
            case var given when !Range.Contains(IPAddress.Parse(given)):
                causes.Invalid("spec.clusterIPs", spec["clusterIPs"], $"failed to allocate IP {given}: the provided network does not match the current range");
                break;
            case var given when !allocations.TryTake(service, given):
                causes.Invalid("spec.clusterIPs", spec["clusterIPs"], $"failed to allocate IP {given}: provided IP is already allocated");
                break;
            default:
                break;
        }
    }

    private static string FirstOf(JsonNode? addresses) =>
        addresses is JsonArray { Count: > 0 } list && list[0] is JsonValue first && first.TryGetValue(out string? text) ? text : string.Empty;

    private static void KeepNodePorts(JsonObject live, JsonObject next)
    {
        var used = next.Objects("ports").Select(static port => KubernetesObject.GetInt64(port, "nodePort") ?? 0).ToHashSet();
        foreach (var port in next.Objects("ports").Where(static port => KubernetesObject.GetInt64(port, "nodePort") is null or 0))
        {
            var former = live.Objects("ports").FirstOrDefault(other =>
                JsonNode.DeepEquals(other["port"], port["port"]) && other.Text("protocol") == port.Text("protocol"));
            if (former?["nodePort"] is { } number && used.Add(number.GetValue<long>()))
            {
                port["nodePort"] = number.DeepClone();
            }
        }
    }

    private static void NodePorts(KubernetesObject service, JsonObject spec, ServiceAllocations allocations, Causes causes)
    {
        var allocates = spec.Text("type") == "NodePort" || (spec.Text("type") == "LoadBalancer" && spec["allocateLoadBalancerNodePorts"]?.ToJsonString() != "false");
        var index = 0;
        foreach (var port in spec.Objects("ports"))
        {
            if (KubernetesObject.GetInt64(port, "nodePort") is { } asked and not 0)
            {
                Take(service, asked, $"spec.ports[{index}].nodePort", allocations, causes);
            }
            else if (allocates)
            {
                port["nodePort"] = allocations.NextPort(service);
            }

            index++;
        }

        if (!NeedsHealthCheck(spec))
        {
            return;
        }

        if (KubernetesObject.GetInt64(spec, "healthCheckNodePort") is { } check and not 0)
        {
            Take(service, check, "spec.healthCheckNodePort", allocations, causes);
        }
        else
        {
            spec["healthCheckNodePort"] = allocations.NextPort(service);
        }
    }

    private static void Take(KubernetesObject service, long port, string field, ServiceAllocations allocations, Causes causes)
    {
        if (port is < 30_000 or > 32_767)
        {
            causes.Invalid(field, port, "provided port is not in the valid range. The range of valid ports is 30000-32767");
        }
        else if (!allocations.TryTake(service, port.ToString(CultureInfo.InvariantCulture)))
        {
            causes.Invalid(field, port, "provided port is already allocated");
        }
    }
}
