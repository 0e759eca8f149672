using System.Net;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What a Service must have, and what of it cannot change.</summary>
internal static class ServiceValidation
{
    private const string None = "None";
    private const string AddressRule = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

    public static void Check(JsonObject? before, JsonObject? spec, Causes causes)
    {
        var type = spec.Text("type") ?? string.Empty;
        causes.OneOf("spec.type", spec?["type"], "ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
        var isHeadless = spec.Text("clusterIP") == None;
        if (spec is null || (spec.IsEmptyList("ports") && !isHeadless && type != "ExternalName"))
        {
            causes.Required("spec.ports");
        }

        switch (type)
        {
            case "LoadBalancer" or "NodePort" when isHeadless:
                causes.Invalid("spec.clusterIPs[0]", None, $"may not be set to 'None' for {type} services");
                break;
            case "ExternalName":
                ExternalName(spec, causes);
                break;
            default:
                break;
        }

        Ports(spec, type, causes);
        MetadataValidation.Labels(spec.Object("selector"), "spec.selector", causes);
        Affinity(spec, causes);
        Addresses(spec, type, causes);
        Traffic(spec, type, causes);
        Balancer(before, spec, type, causes);
        if (before is not null)
        {
            Update(before, spec, type, isHeadless, causes);
        }
    }

    private static void ExternalName(JsonObject? spec, Causes causes)
    {
        if (spec.Text("clusterIP") is { Length: > 0 })
        {
            causes.Forbidden("spec.clusterIPs[0]", "may not be set for ExternalName services");
        }

        var name = (spec.Text("externalName") ?? string.Empty).TrimEnd('.');
        if (name.Length == 0)
        {
            causes.Required("spec.externalName");
        }
        else
        {
            causes.Check("spec.externalName", name, Names.Subdomain(name));
        }
    }

    private static void Ports(JsonObject? spec, string type, Causes causes)
    {
        var ports = spec.Each("ports", "spec").ToList();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var nodePorts = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (port, place) in ports)
        {
            var name = port.Text("name") ?? string.Empty;
            if (ports.Count > 1 && name.Length == 0)
            {
                causes.Required($"{place}.name");
            }
            else if (name.Length > 0)
            {
                causes.Check($"{place}.name", name, Names.Label(name));
                if (!names.Add(name))
                {
                    causes.Duplicate($"{place}.name", name);
                }
            }

            causes.Port($"{place}.port", port["port"]);
            causes.OneOf($"{place}.protocol", port["protocol"], "SCTP", "TCP", "UDP");
            causes.PortOrName($"{place}.targetPort", port["targetPort"]);
            causes.CheckOptional($"{place}.appProtocol", port.Text("appProtocol"), Names.Qualified);
            var protocol = port.Text("protocol");
            if (!seen.Add($"{protocol}/{port["port"]}"))
            {
                causes.Duplicate(place, new JsonObject { ["protocol"] = protocol, ["port"] = port["port"]?.DeepClone() });
            }

            if (KubernetesObject.GetInt64(port, "nodePort") is not { } nodePort || nodePort == 0)
            {
                continue;
            }

            if (type is "ClusterIP" or "ExternalName")
            {
                causes.Forbidden($"{place}.nodePort", "may not be used when `type` is 'ClusterIP'");
            }
            else if (!nodePorts.Add($"{protocol}/{nodePort}"))
            {
                causes.Duplicate($"{place}.nodePort", nodePort);
            }
        }
    }

    private static void Affinity(JsonObject? spec, Causes causes)
    {
        causes.OneOf("spec.sessionAffinity", spec?["sessionAffinity"], "ClientIP", None);
        var seconds = KubernetesObject.GetInt64(spec.Object("sessionAffinityConfig").Object("clientIP"), "timeoutSeconds");
        if (spec.Text("sessionAffinity") == "ClientIP" && seconds is not (> 0 and <= 86_400))
        {
            causes.Invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", seconds, "must be greater than 0 and less than 86400");
        }
        else if (spec.Text("sessionAffinity") == None && spec?["sessionAffinityConfig"] is not null)
        {
            causes.Forbidden("spec.sessionAffinityConfig", "must not be set when session affinity is None");
        }
    }

    private static void Addresses(JsonObject? spec, string type, Causes causes)
    {
        var externals = spec.Texts("externalIPs");
        for (var i = 0; i < externals.Count; i++)
        {
            if (!IPAddress.TryParse(externals[i], out var address))
            {
                causes.Invalid($"spec.externalIPs[{i}]", externals[i], AddressRule);
            }
            else if (IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any))
            {
                causes.Invalid($"spec.externalIPs[{i}]", externals[i], "may not be in the loopback range (127.0.0.0/8, ::1/128)");
            }
        }

        if (type == "ExternalName")
        {
            return;
        }

        causes.OneOf("spec.ipFamilyPolicy", spec?["ipFamilyPolicy"], "PreferDualStack", "RequireDualStack", "SingleStack");
        var families = spec.Texts("ipFamilies");
        for (var i = 0; i < families.Count; i++)
        {
            causes.OneOf($"spec.ipFamilies[{i}]", JsonValue.Create(families[i]), "IPv4", "IPv6");
            if (families.Take(i).Contains(families[i], StringComparer.Ordinal))
            {
                causes.Duplicate($"spec.ipFamilies[{i}]", families[i]);
            }
        }

        ClusterIPs(spec, causes);
    }

    private static void ClusterIPs(JsonObject? spec, Causes causes)
    {
        var (one, all) = (spec.Text("clusterIP") ?? string.Empty, spec.Texts("clusterIPs"));
        if (all.Count > 0 && one.Length == 0)
        {
            causes.Invalid("spec.clusterIPs", spec!["clusterIPs"], "must be empty when `clusterIP` is not specified");
        }
        else if (all.Count > 0 && all[0] != one)
        {
            causes.Invalid("spec.clusterIPs", spec!["clusterIPs"], "first value must match `clusterIP`");
        }

        for (var i = 0; i < all.Count; i++)
        {
            if (all[i] != None && !IPAddress.TryParse(all[i], out _))
            {
                causes.Invalid($"spec.clusterIPs[{i}]", all[i], AddressRule);
            }
        }

        if (all.Count == 2 && IPAddress.TryParse(all[0], out var first) && IPAddress.TryParse(all[1], out var second) && first.AddressFamily == second.AddressFamily)
        {
            causes.Invalid("spec.clusterIPs", spec!["clusterIPs"], "may specify no more than one IP for each IP family");
        }
    }

    private static void Traffic(JsonObject? spec, string type, Causes causes)
    {
        var isExternal = type is "LoadBalancer" or "NodePort" || (type == "ClusterIP" && spec is not null && !spec.IsEmptyList("externalIPs"));
        var policy = spec.Text("externalTrafficPolicy") ?? string.Empty;
        if (!isExternal && policy.Length > 0)
        {
            causes.Invalid("spec.externalTrafficPolicy", policy, "may only be set for externally-accessible services");
        }
        else if (isExternal)
        {
            causes.OneOf("spec.externalTrafficPolicy", spec?["externalTrafficPolicy"], "Cluster", "Local");
        }

        if (!ServicePreparation.NeedsHealthCheck(spec) && KubernetesObject.GetInt64(spec, "healthCheckNodePort") is { } port && port != 0)
        {
            causes.Invalid("spec.healthCheckNodePort", port, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
        }

        causes.OneOf("spec.internalTrafficPolicy", spec?["internalTrafficPolicy"], "Cluster", "Local");
        causes.OneOf("spec.trafficDistribution", spec?["trafficDistribution"], "PreferClose", "PreferSameNode", "PreferSameZone");
    }

    private static void Balancer(JsonObject? before, JsonObject? spec, string type, Causes causes)
    {
        var ranges = spec.Texts("loadBalancerSourceRanges");
        if (ranges.Count > 0 && type != "LoadBalancer")
        {
            causes.Forbidden("spec.LoadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'");
        }

        for (var i = 0; i < ranges.Count; i++)
        {
            if (!IPNetwork.TryParse(ranges[i].Trim(), out _))
            {
                causes.Invalid($"spec.LoadBalancerSourceRanges[{i}]", ranges[i], "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
            }
        }

        if (type != "LoadBalancer" && spec?["allocateLoadBalancerNodePorts"] is not null)
        {
            causes.Forbidden("spec.allocateLoadBalancerNodePorts", "may only be used when `type` is 'LoadBalancer'");
        }

        if (spec?["loadBalancerClass"] is not { } balancer)
        {
            return;
        }

        if (type != "LoadBalancer")
        {
            causes.Forbidden("spec.loadBalancerClass", "may only be used when `type` is 'LoadBalancer'");
        }
        else
        {
            causes.Check("spec.loadBalancerClass", balancer.ToString(), Names.Qualified(balancer.ToString()));
        }

        if (before.Text("type") == "LoadBalancer" && type == "LoadBalancer" && !JsonNode.DeepEquals(before!["loadBalancerClass"], balancer))
        {
            causes.Invalid("spec.loadBalancerClass", balancer, "may not change once set");
        }
    }

    private static void Update(JsonObject before, JsonObject? spec, string type, bool isHeadless, Causes causes)
    {
        var wasHeadless = before.Text("type") == "ClusterIP" && before.Text("clusterIP") == None;
        if (type == "ExternalName" || before.Text("type") == "ExternalName" || (isHeadless && wasHeadless))
        {
            return;
        }

        var (was, now) = (before.Texts("clusterIPs"), spec.Texts("clusterIPs"));
        if (was.Count > 0 && now.Count > 0 && was[0] != now[0])
        {
            causes.Invalid("spec.clusterIPs[0]", spec?["clusterIPs"], "may not change once set");
        }

        var (families, asked) = (before.Texts("ipFamilies"), spec.Texts("ipFamilies"));
        if (isHeadless == wasHeadless && families.Count > 0 && asked.Count > 0 && families[0] != asked[0])
        {
            causes.Invalid("spec.ipFamilies[0]", spec?["ipFamilies"], "may not change once set");
        }
    }
}
