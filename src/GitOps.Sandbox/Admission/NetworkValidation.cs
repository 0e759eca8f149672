using System.Net;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What Ingresses, network policies and the lists of endpoints must have.</summary>
internal static class NetworkValidation
{
    private const string ClassAnnotation = "kubernetes.io/ingress.class";
    private static readonly string[] PathSymbols = ["//", "/./", "/../", "%2f", "%2F"];
    private static readonly string[] PathEnds = ["/..", "/."];

    public static void Ingress(KubernetesObject? live, KubernetesObject next, Causes causes)
    {
        var spec = next.Json.Object("spec");
        if (spec?["defaultBackend"] is null && (spec is null || spec.IsEmptyList("rules")))
        {
            causes.Invalid("spec", new JsonArray(), "either `defaultBackend` or `rules` must be specified");
        }

        if (spec.Object("defaultBackend") is { } standard)
        {
            Backend(standard, "spec.defaultBackend", causes);
        }

        foreach (var (tls, place) in spec.Each("tls", "spec"))
        {
            var hosts = tls.Texts("hosts");
            for (var i = 0; i < hosts.Count; i++)
            {
                Host(hosts[i], $"{place}.hosts[{i}]", causes);
            }

            causes.CheckOptional($"{place}.secretName", tls.Text("secretName"), Names.Subdomain);
        }

        foreach (var (rule, place) in spec.Each("rules", "spec"))
        {
            if (rule.Text("host") is { Length: > 0 } host)
            {
                Host(host, $"{place}.host", causes);
            }

            if (rule.Object("http") is { } http)
            {
                if (http.IsEmptyList("paths"))
                {
                    causes.Required($"{place}.http.paths");
                }

                foreach (var (path, where) in http.Each("paths", $"{place}.http"))
                {
                    Path(path, where, causes);
                }
            }
        }

        causes.CheckOptional("spec.ingressClassName", spec.Text("ingressClassName"), Names.Subdomain);
        if (live is null && spec.Text("ingressClassName") is not null && next.Annotations?.ContainsKey(ClassAnnotation) is true
            && next.Annotations.Text(ClassAnnotation) != spec.Text("ingressClassName"))
        {
            causes.Invalid($"annotations.{ClassAnnotation}", next.Annotations[ClassAnnotation], "must match `ingressClassName` when both are specified");
        }
    }

    public static void Policy(JsonObject? spec, Causes causes)
    {
        SelectorValidation.Labels(spec.Object("podSelector"), "spec.podSelector", causes);
        foreach (var (list, peers) in new[] { ("ingress", "from"), ("egress", "to") })
        {
            foreach (var (rule, place) in spec.Each(list, "spec"))
            {
                foreach (var (port, where) in rule.Each("ports", place))
                {
                    PolicyPort(port, where, causes);
                }

                foreach (var (peer, where) in rule.Each(peers, place))
                {
                    Peer(peer, where, causes);
                }
            }
        }

        var types = spec.Texts("policyTypes");
        if (types.Count > 2)
        {
            causes.Invalid("spec.policyTypes", spec!["policyTypes"], "may not specify more than two policyTypes");
            return;
        }

        for (var i = 0; i < types.Count; i++)
        {
            causes.OneOf($"spec.policyTypes[{i}]", JsonValue.Create(types[i]), "Egress", "Ingress");
        }
    }

    public static void IngressClass(JsonObject? before, JsonObject? spec, Causes causes)
    {
        var controller = spec.Text("controller") ?? string.Empty;
        if (!controller.Contains('/', StringComparison.Ordinal))
        {
            causes.Invalid("spec.controller", controller, "must be a domain-prefixed path (such as \"acme.io/foo\")");
        }

        BuiltInValidation.Unchanged(before, spec, "controller", "spec.controller", "field is immutable", causes);
        if (spec.Object("parameters") is not { } parameters)
        {
            return;
        }

        causes.RequireText("spec.parameters.kind", parameters.Text("kind"));
        causes.RequireText("spec.parameters.name", parameters.Text("name"));
        causes.OneOf("spec.parameters.scope", parameters["scope"], "Cluster", "Namespace");
        if (parameters.Text("scope") == "Namespace")
        {
            causes.RequireText("spec.parameters.namespace", parameters.Text("namespace"));
        }
        else if (parameters.Text("scope") == "Cluster" && parameters["namespace"] is not null)
        {
            causes.Forbidden("spec.parameters.namespace", "`parameters.scope` is set to 'Cluster'");
        }
    }

    public static void Endpoints(JsonObject json, Causes causes)
    {
        var index = 0;
        foreach (var subset in json.Objects("subsets"))
        {
            var path = $"subsets[{index++}]";
            if (subset.IsEmptyList("addresses") && subset.IsEmptyList("notReadyAddresses"))
            {
                causes.Required(path, "must specify `addresses` or `notReadyAddresses`");
            }

            foreach (var (address, place) in subset.Each("addresses", path).Concat(subset.Each("notReadyAddresses", path)))
            {
                if (!IPAddress.TryParse(address.Text("ip"), out _))
                {
                    causes.Invalid($"{place}.ip", address["ip"], "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
                    causes.Invalid($"{place}.ip", address["ip"], "must be a valid IP address");
                }
            }

            var ports = subset.Each("ports", path).ToList();
            foreach (var (port, place) in ports)
            {
                if (ports.Count > 1)
                {
                    causes.RequireText($"{place}.name", port.Text("name"));
                }

                causes.CheckOptional($"{place}.name", port.Text("name"), Names.Label);
                causes.Port($"{place}.port", port["port"]);
                causes.OneOf($"{place}.protocol", port["protocol"], "SCTP", "TCP", "UDP");
            }
        }
    }

    public static void EndpointSlice(JsonObject? before, JsonObject json, Causes causes)
    {
        if (json.Text("addressType") is { Length: > 0 })
        {
            causes.OneOf("addressType", json["addressType"], "FQDN", "IPv4", "IPv6");
        }
        else
        {
            causes.Required("addressType");
        }

        BuiltInValidation.Unchanged(before, json, "addressType", "addressType", "field is immutable", causes);
        var index = 0;
        foreach (var endpoint in json.Objects("endpoints"))
        {
            var addresses = endpoint.Texts("addresses");
            if (addresses.Count == 0)
            {
                causes.Required($"endpoints[{index}].addresses", "must contain at least 1 address");
            }

            for (var i = 0; i < addresses.Count; i++)
            {
                if (json.Text("addressType") is "IPv4" or "IPv6" && !IPAddress.TryParse(addresses[i], out _))
                {
                    causes.Invalid($"endpoints[{index}].addresses[{i}]", addresses[i], "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
                }
            }

            index++;
        }
    }

    private static void Backend(JsonObject backend, string path, Causes causes)
    {
        var (service, resource) = (backend.Object("service"), backend.Object("resource"));
        if (service is not null && resource is not null)
        {
            causes.Invalid(path, new JsonObject(), "cannot set both resource and service backends");
            return;
        }

        if (service is null)
        {
            if (resource is null)
            {
                causes.Invalid(path, new JsonObject(), "resource or service backend is required");
            }

            return;
        }

        causes.CheckRequired($"{path}.service.name", service.Text("name"), Names.Label1035);
        var port = service.Object("port");
        var (number, name) = (KubernetesObject.GetInt64(port, "number") ?? 0, port.Text("name") ?? string.Empty);
        switch (number != 0, name.Length > 0)
        {
            case (true, true):
                causes.Invalid(path, new JsonObject(), "cannot set both port name & port number");
                break;
            case (false, false):
                causes.Required(path, "port name or number is required");
                break;
            case (true, false):
                causes.Port($"{path}.service.port.number", number);
                break;
            default:
                causes.Check($"{path}.service.port.name", name, Names.Port(name));
                break;
        }
    }

    private static void Path(JsonObject path, string place, Causes causes)
    {
        var text = path.Text("path") ?? string.Empty;
        switch (path.Text("pathType"))
        {
            case null or "":
                causes.Required($"{place}.pathType", "pathType must be specified");
                break;
            case "Exact" or "Prefix":
                if (!text.StartsWith('/'))
                {
                    causes.Invalid($"{place}.path", text, "must be an absolute path");
                }

                foreach (var symbol in PathSymbols.Where(symbol => text.Contains(symbol, StringComparison.Ordinal)))
                {
                    causes.Invalid($"{place}.path", text, $"must not contain '{symbol}'");
                }

                foreach (var end in PathEnds.Where(end => text.EndsWith(end, StringComparison.Ordinal)))
                {
                    causes.Invalid($"{place}.path", text, $"cannot end with '{end}'");
                }

                break;
            case "ImplementationSpecific":
                if (text.Length > 0 && !text.StartsWith('/'))
                {
                    causes.Invalid($"{place}.path", text, "must be an absolute path");
                }

                break;
            default:
                causes.OneOf($"{place}.pathType", path["pathType"], "Exact", "ImplementationSpecific", "Prefix");
                break;
        }

        if (path.Object("backend") is { } backend)
        {
            Backend(backend, $"{place}.backend", causes);
        }
    }

    private static void Host(string host, string field, Causes causes)
    {
        if (IPAddress.TryParse(host, out _) && host.Contains('.', StringComparison.Ordinal))
        {
            causes.Invalid(field, host, "must be a DNS name, not an IP address");
        }
        else
        {
            causes.Check(field, host, Names.Subdomain(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host));
        }
    }

    private static void PolicyPort(JsonObject port, string path, Causes causes)
    {
        causes.OneOf($"{path}.protocol", port["protocol"], "SCTP", "TCP", "UDP");
        if (port["port"] is { } value)
        {
            causes.PortOrName($"{path}.port", value);
        }

        if (KubernetesObject.GetInt64(port, "endPort") is not { } end)
        {
            return;
        }

        if (KubernetesObject.GetInt64(port, "port") is not { } first)
        {
            causes.Invalid($"{path}.endPort", end, port["port"] is null ? "may not be specified when `port` is not specified" : "may not be specified when `port` is non-numeric");
        }
        else if (end < first)
        {
            causes.Invalid($"{path}.endPort", end, "must be greater than or equal to `port`");
        }
    }

    private static void Peer(JsonObject peer, string path, Causes causes)
    {
        if (peer.Count == 0)
        {
            causes.Required(path, "must specify a peer");
        }
        else if (peer["ipBlock"] is not null && peer.Count > 1)
        {
            causes.Forbidden(path, "may not specify both ipBlock and another peer");
        }

        SelectorValidation.Labels(peer.Object("podSelector"), $"{path}.podSelector", causes);
        SelectorValidation.Labels(peer.Object("namespaceSelector"), $"{path}.namespaceSelector", causes);
        if (peer.Object("ipBlock") is not { } block)
        {
            return;
        }

        if (block.Text("cidr") is not { Length: > 0 } range)
        {
            causes.Required($"{path}.ipBlock.cidr");
            return;
        }

        if (!IPNetwork.TryParse(range, out var network))
        {
            causes.Invalid($"{path}.ipBlock.cidr", range, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
            return;
        }

        var exceptions = block.Texts("except");
        for (var i = 0; i < exceptions.Count; i++)
        {
            if (!IPNetwork.TryParse(exceptions[i], out var exception) || !network.Contains(exception.BaseAddress) || exception.PrefixLength <= network.PrefixLength)
            {
                causes.Invalid($"{path}.ipBlock.except[{i}]", exceptions[i], $"must be a strict subset of `cidr`: \"{range}\"");
            }
        }
    }
}
