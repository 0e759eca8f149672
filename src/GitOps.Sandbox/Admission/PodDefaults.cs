using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Admission;

/// <summary>The defaults of pods and of the pod templates in workloads.</summary>
internal static class PodDefaults
{
    private const int FileMode = 420; // 0644

    private static readonly string[] ContainerLists = ["initContainers", "containers", "ephemeralContainers"];

    public static void Pod(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        Spec(spec);
        spec.Default("enableServiceLinks", true);
        foreach (var container in ContainerLists.SelectMany(list => spec.Objects(list)))
        {
            RequestLimits(container);
        }
    }

    public static void Template(JsonObject? template)
    {
        if (template.Object("spec") is { } spec)
        {
            Spec(spec);
        }
    }

    private static void Spec(JsonObject spec)
    {
        spec.Default("restartPolicy", "Always");
        spec.Default("terminationGracePeriodSeconds", 30);
        spec.Default("dnsPolicy", "ClusterFirst");
        spec.Default("securityContext", new JsonObject());
        spec.Default("schedulerName", "default-scheduler");
        if (spec.Text("serviceAccountName") is { } account)
        {
            spec["serviceAccount"] = account;
        }
        else if (spec.Text("serviceAccount") is { } deprecated)
        {
            spec["serviceAccountName"] = deprecated;
        }

        var usesHostPorts = spec.IsTrue("hostNetwork");
        foreach (var list in ContainerLists)
        {
            foreach (var container in spec.Objects(list))
            {
                Container(container, usesHostPorts);
            }
        }

        foreach (var volume in spec.Objects("volumes"))
        {
            Volume(volume);
        }
    }

    private static void Container(JsonObject container, bool usesHostPorts)
    {
        container.Default("terminationMessagePath", "/dev/termination-log");
        container.Default("terminationMessagePolicy", "File");
        container.Default("imagePullPolicy", IsLatest(container.Text("image") ?? string.Empty) ? "Always" : "IfNotPresent");
        foreach (var port in container.Objects("ports"))
        {
            port.Default("protocol", "TCP");
            if (usesHostPorts && port["containerPort"] is { } number)
            {
                port.Default("hostPort", number.DeepClone());
            }
        }

        foreach (var variable in container.Objects("env"))
        {
            variable.Object("valueFrom").Object("fieldRef")?.Default("apiVersion", "v1");
        }

        Probe(container.Object("livenessProbe"));
        Probe(container.Object("readinessProbe"));
        Probe(container.Object("startupProbe"));
        HttpGet(container.Object("lifecycle").Object("postStart").Object("httpGet"));
        HttpGet(container.Object("lifecycle").Object("preStop").Object("httpGet"));
    }

    /// <summary>An image without a tag is the latest one; a digest is never.</summary>
    private static bool IsLatest(string image)
    {
        if (image.Contains('@', StringComparison.Ordinal))
        {
            return false;
        }

        var name = image[(image.LastIndexOf('/') + 1)..];
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 || name[(colon + 1)..] == "latest";
    }

    private static void Probe(JsonObject? probe)
    {
        if (probe is null)
        {
            return;
        }

        DefaultNumber(probe, "timeoutSeconds", 1);
        DefaultNumber(probe, "periodSeconds", 10);
        DefaultNumber(probe, "successThreshold", 1);
        DefaultNumber(probe, "failureThreshold", 3);
        HttpGet(probe.Object("httpGet"));
        probe.Object("grpc")?.Default("service", string.Empty);
    }

    private static void DefaultNumber(JsonObject fields, string name, int value) => fields.Default(name, value);

    private static void HttpGet(JsonObject? action)
    {
        action?.Default("path", "/");
        action?.Default("scheme", "HTTP");
    }

    private static void RequestLimits(JsonObject container)
    {
        if (container.Object("resources") is not { } resources || resources.Object("limits") is not { } limits)
        {
            return;
        }

        var requests = resources.ObjectOrNew("requests");
        foreach (var (name, value) in limits)
        {
            requests.Default(name, value!.DeepClone());
        }
    }

    private static void Volume(JsonObject volume)
    {
        if (volume.Count == 1 && volume.ContainsKey("name"))
        {
            volume["emptyDir"] = new JsonObject();
        }

        foreach (var source in new[] { "secret", "configMap", "downwardAPI", "projected" })
        {
            volume.Object(source)?.Default("defaultMode", FileMode);
        }

        volume.Object("hostPath")?.Default("type", string.Empty);
        FieldReferences(volume.Object("downwardAPI"));
        foreach (var source in volume.Object("projected").Objects("sources"))
        {
            FieldReferences(source.Object("downwardAPI"));
            source.Object("serviceAccountToken")?.Default("expirationSeconds", 3600);
        }

        volume.Object("ephemeral").Object("volumeClaimTemplate").Object("spec")?.Default("volumeMode", "Filesystem");
    }

    private static void FieldReferences(JsonObject? downward)
    {
        foreach (var item in downward.Objects("items"))
        {
            item.Object("fieldRef")?.Default("apiVersion", "v1");
        }
    }
}
