using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Admission;

/// <summary>The defaults of the networking kinds.</summary>
internal static class NetworkDefaults
{
    private const int StickySeconds = 10_800;

    public static void Service(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        spec.DefaultText("sessionAffinity", "None");
        if (spec.Text("sessionAffinity") == "ClientIP")
        {
            spec.ObjectOrNew("sessionAffinityConfig").ObjectOrNew("clientIP").Default("timeoutSeconds", StickySeconds);
        }

        else if (spec.Text("sessionAffinity") == "None")
        {
            spec.Remove("sessionAffinityConfig");
        }

        spec.DefaultText("type", "ClusterIP");
        foreach (var port in spec.Objects("ports"))
        {
            port.DefaultText("protocol", "TCP");
            if (IsUnset(port["targetPort"]) && port["port"] is { } number)
            {
                port["targetPort"] = number.DeepClone();
            }
        }

        var type = spec.Text("type");
        foreach (var ingress in json.Object("status").Object("loadBalancer").Objects("ingress").Where(_ => type == "LoadBalancer"))
        {
            if (ingress.Text("ip") is { Length: > 0 })
            {
                ingress.Default("ipMode", "VIP");
            }
        }

        if (type is "NodePort" or "LoadBalancer" || (type == "ClusterIP" && !spec.IsEmptyList("externalIPs")))
        {
            spec.Default("externalTrafficPolicy", "Cluster");
        }

        if (type is "NodePort" or "LoadBalancer" or "ClusterIP")
        {
            spec.Default("internalTrafficPolicy", "Cluster");
        }

        if (type == "LoadBalancer")
        {
            spec.Default("allocateLoadBalancerNodePorts", true);
        }
    }

    public static void NetworkPolicy(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        foreach (var port in spec.Objects("ingress").Concat(spec.Objects("egress")).SelectMany(static rule => rule.Objects("ports")))
        {
            port.Default("protocol", "TCP");
        }

        if (spec.IsEmptyList("policyTypes"))
        {
            spec["policyTypes"] = spec.IsEmptyList("egress") ? new JsonArray("Ingress") : new JsonArray("Ingress", "Egress");
        }
    }

    public static void IngressClass(JsonObject json) =>
        json.Object("spec").Object("parameters")?.DefaultText("scope", "Cluster");

    public static void Endpoints(JsonObject json)
    {
        foreach (var port in json.Objects("subsets").SelectMany(static subset => subset.Objects("ports")))
        {
            port.DefaultText("protocol", "TCP");
        }
    }

    public static void EndpointSlice(JsonObject json)
    {
        foreach (var port in json.Objects("ports"))
        {
            port.Default("name", string.Empty);
            port.Default("protocol", "TCP");
        }
    }

    private static bool IsUnset(JsonNode? port) => port is null || port.ToJsonString() is "0" or "\"\"";
}
