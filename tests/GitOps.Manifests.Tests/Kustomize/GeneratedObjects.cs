using System.Text.Json.Nodes;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>Random objects of the kinds that kustomize knows, which refer to each other by name.</summary>
internal sealed class GeneratedObjects(Random random)
{
    public static readonly string[] WorkloadKinds = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod", "ReplicaSet"];

    private static readonly string[] Images =
    [
        "nginx", "nginx:1.25", "registry.example.org:5000/team/app:v1", "busybox@sha256:0f354ec1728d9ff32edcd7d1b8bbdfc798277ad36120dc3dc683be44524c8b60", "redis:7.2-alpine", "app:v1@sha256:abc",
    ];

    private static readonly string[] Values = ["plain", "1", "true", "yes", "null", "", "1.50", "a: b", "two\nlines\n", "$(WEB_NAME)", "x-$(WEB_NAME)-$(UNKNOWN)", "$$(WEB_NAME)", "0x1F", "host:80", "été", "#no"];

    private static readonly string[] Others =
    [
        "Service", "Service", "ConfigMap", "ConfigMap", "Secret", "ServiceAccount", "RoleBinding", "ClusterRoleBinding", "Role", "ClusterRole", "Ingress", "HorizontalPodAutoscaler", "PodDisruptionBudget",
        "NetworkPolicy", "PersistentVolumeClaim", "Namespace", "Widget", "ValidatingWebhookConfiguration", "PersistentVolume", "StorageClass",
    ];

    public string Value() => Values[random.Next(Values.Length)];

    public string Image() => Images[random.Next(Images.Length)];

    public static string ApiVersionOf(string kind) => kind switch
    {
        "Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet" => "apps/v1",
        "Job" or "CronJob" => "batch/v1",
        "Role" or "ClusterRole" or "RoleBinding" or "ClusterRoleBinding" => "rbac.authorization.k8s.io/v1",
        "Ingress" or "NetworkPolicy" => "networking.k8s.io/v1",
        "HorizontalPodAutoscaler" => "autoscaling/v2",
        "PodDisruptionBudget" => "policy/v1",
        "Widget" => "example.dev/v1",
        "ValidatingWebhookConfiguration" => "admissionregistration.k8s.io/v1",
        "StorageClass" => "storage.k8s.io/v1",
        _ => "v1",
    };

    public JsonObject Other(string name)
    {
        var kind = Others[random.Next(Others.Length)];
        var item = Head(kind, name);
        switch (kind)
        {
            case "Service":
                item["spec"] = new JsonObject { ["selector"] = random.Next(4) == 0 ? null : new JsonObject { ["app"] = name }, ["ports"] = Ports("port") };
                break;
            case "ConfigMap" or "Secret":
                item[kind == "Secret" && random.Next(2) == 0 ? "stringData" : "data"] = kind == "Secret"
                    ? new JsonObject { ["key"] = "c2VjcmV0", ["other"] = "eA==" }
                    : new JsonObject { ["key"] = Value(), ["app.properties"] = Value(), ["nested"] = "a:\n  b: 1\n  c: [x, y]\n" };
                break;
            case "RoleBinding" or "ClusterRoleBinding":
                item["roleRef"] = new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = random.Next(2) == 0 && kind == "RoleBinding" ? "Role" : "ClusterRole", ["name"] = name };
                item["subjects"] = new JsonArray(Subject(name), Subject("default"));
                break;
            case "Role" or "ClusterRole":
                item["rules"] = new JsonArray(new JsonObject
                {
                    ["apiGroups"] = new JsonArray(""),
                    ["resources"] = new JsonArray("configmaps"),
                    ["resourceNames"] = new JsonArray(name, "other"),
                    ["verbs"] = new JsonArray("get"),
                });
                break;
            case "Ingress":
                item["spec"] = new JsonObject
                {
                    ["defaultBackend"] = Backend(name),
                    ["tls"] = new JsonArray(new JsonObject { ["secretName"] = name, ["hosts"] = new JsonArray("web.example.org") }),
                    ["rules"] = new JsonArray(new JsonObject
                    {
                        ["host"] = "web.example.org",
                        ["http"] = new JsonObject { ["paths"] = new JsonArray(new JsonObject { ["path"] = "/", ["pathType"] = "Prefix", ["backend"] = Backend(name) }) },
                    }),
                };
                break;
            case "HorizontalPodAutoscaler":
                item["spec"] = new JsonObject { ["maxReplicas"] = 5, ["scaleTargetRef"] = new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = "Deployment", ["name"] = name } };
                break;
            case "PodDisruptionBudget":
                item["spec"] = new JsonObject { ["minAvailable"] = 1, ["selector"] = Selector(name) };
                break;
            case "NetworkPolicy":
                item["spec"] = new JsonObject
                {
                    ["podSelector"] = Selector(name),
                    ["ingress"] = new JsonArray(new JsonObject { ["from"] = new JsonArray(new JsonObject { ["podSelector"] = Selector(name) }) }),
                };
                break;
            case "PersistentVolumeClaim":
                item["spec"] = new JsonObject { ["storageClassName"] = name, ["volumeName"] = name, ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["storage"] = "1Gi" } } };
                break;
            case "Widget":
                item["spec"] = new JsonObject
                {
                    ["size"] = random.Next(100),
                    ["ratio"] = 1.5,
                    ["image"] = Image(),
                    ["on"] = true,
                    ["nothing"] = null,
                    ["list"] = new JsonArray("a", 1, new JsonObject { ["name"] = "x", ["value"] = Value() }),
                    ["containers"] = random.Next(2) == 0 ? new JsonArray(new JsonObject { ["name"] = "app", ["image"] = Image() }) : null,
                };
                break;
            case "ValidatingWebhookConfiguration":
                item["webhooks"] = new JsonArray(new JsonObject
                {
                    ["name"] = "a.example.dev",
                    ["clientConfig"] = new JsonObject { ["service"] = new JsonObject { ["name"] = name, ["namespace"] = random.Next(2) == 0 ? "default" : "team" } },
                });
                break;
        }

        return item;
    }

    public JsonObject Workload(string kind, string name)
    {
        var item = Head(kind, name);
        if (kind == "Pod")
        {
            item["spec"] = PodSpec(name);
            return item;
        }

        var template = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = name } }, ["spec"] = PodSpec(name) };
        var spec = new JsonObject { ["template"] = template };
        if (kind is "Deployment" or "StatefulSet" or "ReplicaSet" && random.Next(3) > 0)
        {
            spec["replicas"] = random.Next(5);
        }

        if (kind is not ("Job" or "CronJob"))
        {
            spec["selector"] = Selector(name);
        }

        if (kind == "StatefulSet")
        {
            spec["serviceName"] = name;
            spec["volumeClaimTemplates"] = new JsonArray(new JsonObject { ["metadata"] = new JsonObject { ["name"] = "data" }, ["spec"] = new JsonObject { ["storageClassName"] = name } });
        }

        item["spec"] = kind == "CronJob" ? new JsonObject { ["schedule"] = "0 * * * *", ["jobTemplate"] = new JsonObject { ["spec"] = spec } } : spec;
        return item;
    }

    public JsonObject Container(string name, string reference) => new()
    {
        ["name"] = name,
        ["image"] = Image(),
        ["args"] = new JsonArray("--name=$(WEB_NAME)", Value()),
        ["env"] = new JsonArray(
            new JsonObject { ["name"] = "A", ["value"] = Value() },
            new JsonObject { ["name"] = "B", ["valueFrom"] = new JsonObject { [random.Next(2) == 0 ? "configMapKeyRef" : "secretKeyRef"] = new JsonObject { ["name"] = reference, ["key"] = "key" } } }),
        ["envFrom"] = new JsonArray(
            new JsonObject { ["configMapRef"] = new JsonObject { ["name"] = "settings" } }, new JsonObject { ["secretRef"] = new JsonObject { ["name"] = "credentials", ["optional"] = true } }),
        ["ports"] = Ports("containerPort"),
    };

    private JsonObject PodSpec(string name)
    {
        var spec = new JsonObject { ["containers"] = new JsonArray(Container("app", name)) };
        if (random.Next(2) == 0)
        {
            ((JsonArray)spec["containers"]!).Add(Container("helper", "settings"));
        }

        if (random.Next(3) == 0)
        {
            spec["initContainers"] = new JsonArray(Container("init", name));
        }

        if (random.Next(2) == 0)
        {
            spec["serviceAccountName"] = name;
            spec["volumes"] = new JsonArray(
                new JsonObject { ["name"] = "settings", ["configMap"] = new JsonObject { ["name"] = "settings" } },
                new JsonObject { ["name"] = "secret", ["secret"] = new JsonObject { ["secretName"] = "credentials" } },
                new JsonObject { ["name"] = "claim", ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = name } },
                new JsonObject { ["name"] = "all", ["projected"] = new JsonObject { ["sources"] = new JsonArray(new JsonObject { ["configMap"] = new JsonObject { ["name"] = "settings" } }) } });
        }

        return spec;
    }

    private JsonObject Head(string kind, string name)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (random.Next(6) == 0)
        {
            metadata["namespace"] = random.Next(2) == 0 ? "team" : "default";
        }

        if (random.Next(2) == 0)
        {
            metadata["labels"] = new JsonObject { ["app"] = name, ["tier"] = random.Next(2) == 0 ? "front" : "back" };
        }

        if (random.Next(4) == 0)
        {
            metadata["annotations"] = new JsonObject { ["note"] = Value() };
        }

        return new JsonObject { ["apiVersion"] = ApiVersionOf(kind), ["kind"] = kind, ["metadata"] = metadata };
    }

    private JsonObject Subject(string name)
    {
        var subject = new JsonObject { ["kind"] = "ServiceAccount", ["name"] = name };
        if (random.Next(3) > 0)
        {
            subject["namespace"] = random.Next(2) == 0 ? "default" : "team";
        }

        return subject;
    }

    private static JsonObject Selector(string name) => new() { ["matchLabels"] = new JsonObject { ["app"] = name } };

    private static JsonObject Backend(string name) => new() { ["service"] = new JsonObject { ["name"] = name, ["port"] = new JsonObject { ["number"] = 80 } } };

    private JsonArray Ports(string field)
    {
        var ports = new JsonArray(new JsonObject { [field] = 80, ["name"] = "http" });
        if (random.Next(2) == 0)
        {
            ports.Add(new JsonObject { [field] = 53, ["protocol"] = "UDP", ["name"] = "dns" });
        }

        return ports;
    }
}
