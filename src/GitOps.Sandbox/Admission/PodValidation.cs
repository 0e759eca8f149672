using System.Net;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What a pod's or a pod template's spec must have.</summary>
internal static class PodValidation
{
    private static readonly string[] AnyRestart = ["Always", "OnFailure", "Never"];

    /// <param name="spec">The spec.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="restarts">The restart policies that are allowed here; null for all.</param>
    /// <param name="causes">Takes what is wrong.</param>
    public static void Spec(JsonObject? spec, string path, string[]? restarts, Causes causes)
    {
        if (spec is null || spec.IsEmptyList("containers"))
        {
            causes.Required($"{path}.containers");
        }

        if (spec is null)
        {
            return;
        }

        causes.OneOf($"{path}.restartPolicy", spec["restartPolicy"], AnyRestart);
        if (restarts is not null && AnyRestart.Contains(spec.Text("restartPolicy"), StringComparer.Ordinal))
        {
            causes.OneOf($"{path}.restartPolicy", spec["restartPolicy"], restarts);
        }

        VolumeValidation.Check(spec, path, causes);
        ContainerValidation.Check(spec, path, causes);
        NamesOf(spec, path, causes);
        Dns(spec, path, causes);
        Hosts(spec, path, causes);
        SchedulingValidation.Check(spec, path, causes);
        PodSecurityValidation.Check(spec, path, causes);
        Claims(spec, path, causes);
        if (KubernetesObject.GetInt64(spec, "activeDeadlineSeconds") is < 1)
        {
            causes.Invalid($"{path}.activeDeadlineSeconds", spec["activeDeadlineSeconds"], "must be between 1 and 2147483647, inclusive");
        }

        foreach (var (gate, place) in spec.Each("readinessGates", path))
        {
            var type = gate.Text("conditionType") ?? string.Empty;
            causes.Check($"{place}.conditionType", type, Names.Qualified(type));
        }

        ResourceValidation.Amounts(spec.Object("overhead"), $"{path}.overhead.limits", causes);
        if (spec.Object("os") is { } os)
        {
            causes.OneOf($"{path}.os", os["name"], "linux", "windows");
        }
    }

    private static void NamesOf(JsonObject spec, string path, Causes causes)
    {
        causes.CheckOptional($"{path}.nodeName", spec.Text("nodeName"), Names.Subdomain);
        causes.CheckOptional($"{path}.serviceAccountName", spec.Text("serviceAccountName"), Names.Subdomain);
        causes.CheckOptional($"{path}.hostname", spec.Text("hostname"), Names.Label);
        causes.CheckOptional($"{path}.subdomain", spec.Text("subdomain"), Names.Label);
        causes.CheckOptional($"{path}.priorityClassName", spec.Text("priorityClassName"), Names.Subdomain);
        causes.CheckOptional($"{path}.runtimeClassName", spec.Text("runtimeClassName"), Names.Subdomain);
        MetadataValidation.Labels(spec.Object("nodeSelector"), $"{path}.nodeSelector", causes);
        causes.OneOf($"{path}.preemptionPolicy", spec["preemptionPolicy"], "Never", "PreemptLowerPriority");
    }

    private static void Dns(JsonObject spec, string path, Causes causes)
    {
        causes.OneOf($"{path}.dnsPolicy", spec["dnsPolicy"], "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None");
        var config = spec.Object("dnsConfig");
        var servers = config.Texts("nameservers");
        if (spec.Text("dnsPolicy") == "None")
        {
            if (config is null)
            {
                causes.Required($"{path}.dnsConfig", "must provide `dnsConfig` when `dnsPolicy` is None");
            }
            else if (servers.Count == 0)
            {
                causes.Required($"{path}.dnsConfig.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None");
            }
        }

        if (servers.Count > 3)
        {
            causes.Invalid($"{path}.dnsConfig.nameservers", config!["nameservers"], "must not have more than 3 nameservers");
        }

        for (var i = 0; i < servers.Count; i++)
        {
            Address($"{path}.dnsConfig.nameservers[{i}]", servers[i], causes);
        }

        var searches = config.Texts("searches");
        for (var i = 0; i < searches.Count; i++)
        {
            var search = searches[i].TrimEnd('.');
            if (search.Length > 0)
            {
                causes.Check($"{path}.dnsConfig.searches[{i}]", searches[i], Names.Subdomain(search.Replace('_', 'x')));
            }
        }

        foreach (var (option, place) in config.Each("options", $"{path}.dnsConfig"))
        {
            causes.RequireText(place, option.Text("name"));
        }
    }

    private static void Hosts(JsonObject spec, string path, Causes causes)
    {
        foreach (var (alias, place) in spec.Each("hostAliases", path))
        {
            Address($"{place}.ip", alias.Text("ip") ?? string.Empty, causes);
            var names = alias.Texts("hostnames");
            for (var i = 0; i < names.Count; i++)
            {
                causes.Check($"{place}.hostnames[{i}]", names[i], Names.Subdomain(names[i]));
            }
        }
    }

    private static void Claims(JsonObject spec, string path, Causes causes)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (claim, place) in spec.Each("resourceClaims", path))
        {
            var name = claim.Text("name") ?? string.Empty;
            causes.CheckRequired($"{place}.name", name, Names.Label);
            if (!seen.Add(name))
            {
                causes.Duplicate($"{place}.name", name);
            }

            if (claim["resourceClaimName"] is null == claim["resourceClaimTemplateName"] is null)
            {
                causes.Invalid(place, name, claim["resourceClaimName"] is null
                    ? "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
                    : "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified");
            }
        }
    }

    private static void Address(string field, string text, Causes causes)
    {
        if (!IPAddress.TryParse(text, out _))
        {
            causes.Invalid(field, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
        }
    }
}
