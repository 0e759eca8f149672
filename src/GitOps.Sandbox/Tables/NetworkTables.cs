using System.Globalization;

namespace GitOps.Sandbox.Tables;

/// <summary>Services and what leads to them.</summary>
internal static class NetworkTables
{
    private const int Most = 3;
    private const string None = "<none>";
    private const string Unset = "<unset>";

    public static KindTable Service { get; } = new("Name!, Type, Cluster-IP, External-IP, Port(s), Age, Selector?", static row =>
    [
        row.Name,
        row.Text("spec", "type"),
        row.Texts("spec", "clusterIPs") is [var first, ..] ? first : None,
        ExternalAddress(row),
        ServicePorts(row),
        row.Age,
        Selectors.Labels(row.Members("spec", "selector")),
    ]);

    public static KindTable Endpoints { get; } = new("Name!, Endpoints, Age", static row => [row.Name, EndpointAddresses(row), row.Age]);

    public static KindTable EndpointSlice { get; } = new("Name!, AddressType, Ports, Endpoints, Age", static row =>
    [
        row.Name,
        row.Text("addressType"),
        Limited([.. row.Items("ports").Select(static port => port.AnyOr(port.AnyOr("*", "name"), "port"))], Unset),
        Limited([.. row.Items("endpoints").SelectMany(static endpoint => endpoint.Texts("addresses"))], Unset),
        row.Age,
    ]);

    public static KindTable Ingress { get; } = new("Name!, Class, Hosts, Address, Ports, Age", static row =>
    [
        row.Name,
        row.TextOr(None, "spec", "ingressClassName"),
        Hosts(row.Items("spec", "rules")),
        LoadBalancer(row),
        row.Count("spec", "tls") > 0 ? "80, 443" : "80",
        row.Age,
    ]);

    public static KindTable IngressClass { get; } = new("Name!, Controller, Parameters, Age", static row =>
    [
        row.Name + (row.Text("metadata", "annotations", "ingressclass.kubernetes.io/is-default-class") == "true" ? " (default)" : string.Empty),
        row.Text("spec", "controller"),
        row.Has("spec", "parameters") ? Parameters(row.Part("spec", "parameters")) : None,
        row.Age,
    ]);

    public static KindTable NetworkPolicy { get; } = new("Name!, Pod-Selector, Age", static row =>
        [row.Name, Selectors.TextOrNone(row.Members("spec", "podSelector")), row.Age]);

    public static KindTable ServiceCidr { get; } = new("Name!, CIDRs, Age", static row =>
        [row.Name, string.Join(',', row.Texts("spec", "cidrs")), row.Age]);

    // A real server sends a third cell, the age, without a column for it.
    public static KindTable IpAddress { get; } = new("Name!, ParentRef", static row =>
        [row.Name, row.Has("spec", "parentRef") ? Parent(row.Part("spec", "parentRef")) : None, row.Age]);

    private static string ExternalAddress(TableSource row)
    {
        var given = row.Texts("spec", "externalIPs");
        var balanced = LoadBalancer(row);
        return row.Text("spec", "type") switch
        {
            "ClusterIP" or "NodePort" => given.Count > 0 ? string.Join(',', given) : None,
            "LoadBalancer" when given.Count > 0 => string.Join(',', balanced.Length > 0 ? given.Prepend(balanced) : given),
            "LoadBalancer" => balanced.Length > 0 ? balanced : "<pending>",
            "ExternalName" => row.Text("spec", "externalName"),
            _ => "<unknown>",
        };
    }

    private static string LoadBalancer(TableSource row) => string.Join(',', row.Items("status", "loadBalancer", "ingress")
        .Select(static point => point.TextOr(point.Text("hostname"), "ip"))
        .Where(static address => address.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    private static string ServicePorts(TableSource row)
    {
        var ports = row.Items("spec", "ports");
        return ports.Count == 0 ? None : string.Join(',', ports.Select(static port => string.Create(
            CultureInfo.InvariantCulture,
            $"{port.Number("port")}{(port.Number("nodePort") > 0 ? $":{port.Number("nodePort")}" : string.Empty)}/{port.Text("protocol")}")));
    }

    private static string EndpointAddresses(TableSource row)
    {
        var subsets = row.Items("subsets");
        if (subsets.Count == 0)
        {
            return None;
        }

        var addresses = subsets.SelectMany(static subset =>
        {
            var hosts = subset.Items("addresses").Select(static address => address.Text("ip")).ToList();
            return subset.Count("ports") == 0
                ? hosts
                : subset.Items("ports").SelectMany(port => hosts.Select(host => string.Create(
                    CultureInfo.InvariantCulture, $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port.Number("port")}")));
        });
        return Limited([.. addresses], string.Empty);
    }

    private static string Limited(IReadOnlyList<string> texts, string otherwise)
    {
        var shown = string.Join(',', texts.Take(Most));
        return texts.Count > Most ? string.Create(CultureInfo.InvariantCulture, $"{shown} + {texts.Count - Most} more...")
            : shown.Length > 0 ? shown
            : otherwise;
    }

    private static string Hosts(IReadOnlyList<TableSource> rules)
    {
        var (hosts, isCut) = (new List<string>(), false);
        foreach (var rule in rules)
        {
            isCut |= hosts.Count == Most;
            if (!isCut && rule.Text("host") is { Length: > 0 } host)
            {
                hosts.Add(host);
            }
        }

        var shown = hosts.Count == 0 ? "*" : string.Join(',', hosts);
        return isCut ? string.Create(CultureInfo.InvariantCulture, $"{shown} + {rules.Count - Most} more...") : shown;
    }

    private static string Parameters(TableSource parameters)
    {
        var group = parameters.Text("apiGroup") is { Length: > 0 } name ? "." + name : string.Empty;
        return $"{parameters.Text("kind")}{group}/{parameters.Text("name")}";
    }

    private static string Parent(TableSource parent)
    {
        var group = parent.Text("group") is { Length: > 0 } name ? "." + name : string.Empty;
        var within = parent.Text("namespace") is { Length: > 0 } ns ? "/" + ns : string.Empty;
        return $"{(parent.Text("resource") + group).ToLowerInvariant()}{within}/{parent.Text("name")}";
    }
}
