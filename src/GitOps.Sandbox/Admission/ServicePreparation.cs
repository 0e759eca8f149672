using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Admission;

/// <summary>Addresses, families and node ports of Services, on a server whose network is IPv4 only.</summary>
internal static class ServicePreparation
{
    private const string Headless = "None";

    public static void Allocate(JsonObject spec, ServiceAllocations allocations)
    {
        if (spec.Text("type") == "ExternalName")
        {
            return;
        }

        if (spec.Text("clusterIP") is null or "")
        {
            spec["clusterIP"] = FirstOf(spec["clusterIPs"]) ?? allocations.ClusterIP();
        }

        if (spec.IsEmptyList("clusterIPs"))
        {
            spec["clusterIPs"] = new JsonArray(spec["clusterIP"]!.DeepClone());
        }

        // A headless Service without a selector may have endpoints of both families.
        var isUnselected = spec.Text("clusterIP") == Headless && spec.Object("selector") is null or { Count: 0 };
        spec.Default("ipFamilyPolicy", isUnselected ? "RequireDualStack" : "SingleStack");
        if (spec.IsEmptyList("ipFamilies"))
        {
            spec["ipFamilies"] = isUnselected ? new JsonArray("IPv4", "IPv6") : new JsonArray("IPv4");
        }

        AllocateNodePorts(spec, allocations);
    }

    public static void KeepAllocated(JsonObject? live, JsonObject next, ServiceAllocations allocations)
    {
        if (next.Text("type") == "ExternalName")
        {
            foreach (var name in new[] { "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy" })
            {
                next.Remove(name);
            }

            return;
        }

        if (live is not null && live.Text("type") != "ExternalName")
        {
            foreach (var name in new[] { "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy" })
            {
                if (live[name] is { } value)
                {
                    next.Default(name, value.DeepClone());
                }
            }

            KeepNodePorts(live, next);
        }

        Allocate(next, allocations);
    }

    private static string? FirstOf(JsonNode? addresses) =>
        addresses is JsonArray { Count: > 0 } list && list[0] is JsonValue first && first.TryGetValue(out string? text) ? text : null;

    private static bool UsesNodePorts(JsonObject spec) =>
        spec.Text("type") == "NodePort" || (spec.Text("type") == "LoadBalancer" && spec["allocateLoadBalancerNodePorts"]?.ToJsonString() != "false");

    private static void KeepNodePorts(JsonObject live, JsonObject next)
    {
        if (!UsesNodePorts(next))
        {
            if (UsesNodePorts(live))
            {
                foreach (var port in next.Objects("ports"))
                {
                    port.Remove("nodePort");
                }
            }

            return;
        }

        foreach (var port in next.Objects("ports"))
        {
            var former = live.Objects("ports").FirstOrDefault(other =>
                JsonNode.DeepEquals(other["port"], port["port"]) && other.Text("protocol") == port.Text("protocol"));
            if (former?["nodePort"] is { } number)
            {
                port.Default("nodePort", number.DeepClone());
            }
        }
    }

    private static void AllocateNodePorts(JsonObject spec, ServiceAllocations allocations)
    {
        if (UsesNodePorts(spec))
        {
            foreach (var port in spec.Objects("ports").Where(static port => port["nodePort"] is null))
            {
                port["nodePort"] = allocations.NodePort();
            }
        }
    }
}
