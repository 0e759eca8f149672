using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>The defaults of pods and of the pod templates in workloads.</summary>
internal static class PodDefaults
{
    private const int FileMode = 420; // 0644

    private static readonly string[] PodResources = ["cpu", "memory"];
    private static readonly string[] ContainerLists = ["initContainers", "containers", "ephemeralContainers"];

    public static void Pod(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        Spec(spec);
        if (json.Object("status") is { } status && status.Text("podIP") is { Length: > 0 } address && status.IsEmptyList("podIPs"))
        {
            status["podIPs"] = new JsonArray(new JsonObject { ["ip"] = address });
        }

        foreach (var container in spec.Objects("initContainers").Concat(spec.Objects("containers")))
        {
            RequestLimits(container);
            if (spec.IsTrue("hostNetwork"))
            {
                HostPorts(container);
            }
        }

        RequestForPod(spec);
        spec.Default("enableServiceLinks", true);
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
        spec.DefaultText("restartPolicy", "Always");
        spec.Default("terminationGracePeriodSeconds", 30);
        spec.DefaultText("dnsPolicy", "ClusterFirst");
        spec.Default("securityContext", new JsonObject());
        spec.DefaultText("schedulerName", "default-scheduler");
        if (spec.Text("serviceAccountName") is { } account)
        {
            spec["serviceAccount"] = account;
        }
        else if (spec.Text("serviceAccount") is { } deprecated)
        {
            spec["serviceAccountName"] = deprecated;
        }

        foreach (var list in ContainerLists)
        {
            foreach (var container in spec.Objects(list))
            {
                Container(container);
            }
        }

        foreach (var volume in spec.Objects("volumes"))
        {
            Volume(volume);
        }
    }

    private static void Container(JsonObject container)
    {
        container.DefaultText("terminationMessagePath", "/dev/termination-log");
        container.DefaultText("terminationMessagePolicy", "File");
        container.DefaultText("imagePullPolicy", PullPolicy(container.Text("image")));
        foreach (var port in container.Objects("ports"))
        {
            port.DefaultText("protocol", "TCP");
        }

        foreach (var variable in container.Objects("env"))
        {
            variable.Object("valueFrom").Object("fieldRef")?.DefaultText("apiVersion", "v1");
        }

        Probe(container.Object("livenessProbe"));
        Probe(container.Object("readinessProbe"));
        Probe(container.Object("startupProbe"));
        HttpGet(container.Object("lifecycle").Object("postStart").Object("httpGet"));
        HttpGet(container.Object("lifecycle").Object("preStop").Object("httpGet"));
        if (container.Object("lifecycle") is { } lifecycle && lifecycle.Remove("stopSignal") && lifecycle.Count == 0)
        {
            container.Remove("lifecycle");
        }
    }

    private static string PullPolicy(string? image) => IsLatest(image ?? string.Empty) ? "Always" : "IfNotPresent";

    private static void HostPorts(JsonObject container)
    {
        foreach (var port in container.Objects("ports"))
        {
            port.DefaultNumber("hostPort", KubernetesObject.GetInt64(port, "containerPort") ?? 0);
        }
    }

    /// <summary>A pod with limits of its own asks for what its containers ask for together, or else for its limits.</summary>
    private static void RequestForPod(JsonObject spec)
    {
        if (spec.Object("resources") is not { } resources || resources.Object("limits") is not { } limits)
        {
            return;
        }

        var requests = resources.ObjectOrNew("requests");
        foreach (var name in PodResources.Where(limits.ContainsKey))
        {
            requests.Default(name, PodRequests.Together(spec, name) ?? limits[name]!.DeepClone());
        }
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

        probe.DefaultNumber("timeoutSeconds", 1);
        probe.DefaultNumber("periodSeconds", 10);
        probe.DefaultNumber("successThreshold", 1);
        probe.DefaultNumber("failureThreshold", 3);
        HttpGet(probe.Object("httpGet"));
        probe.Object("grpc")?.Default("service", string.Empty);
    }

    private static void HttpGet(JsonObject? action)
    {
        action?.DefaultText("path", "/");
        action?.DefaultText("scheme", "HTTP");
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
        volume.Object("azureDisk")?.Default("readOnly", false);
        if (volume.Object("image") is { } image && image.Text("reference") is { Length: > 0 } reference)
        {
            image.DefaultText("pullPolicy", PullPolicy(reference));
        }

        FieldReferences(volume.Object("downwardAPI"));
        foreach (var source in volume.Object("projected").Objects("sources"))
        {
            FieldReferences(source.Object("downwardAPI"));
            source.Remove("clusterTrustBundle");
            source.Object("serviceAccountToken")?.Default("expirationSeconds", 3600);
        }

        volume.Object("ephemeral").Object("volumeClaimTemplate").Object("spec")?.Default("volumeMode", "Filesystem");
    }

    private static void FieldReferences(JsonObject? downward)
    {
        foreach (var item in downward.Objects("items"))
        {
            item.Object("fieldRef")?.DefaultText("apiVersion", "v1");
        }
    }
}
