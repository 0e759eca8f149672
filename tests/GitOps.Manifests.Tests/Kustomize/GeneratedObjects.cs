using System.Text.Json.Nodes;
using GitOps.Manifests.Tests.Kustomize.Generation;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>Random objects, which refer to each other by name.</summary>
internal sealed class GeneratedObjects(Draw draw)
{
    private const string Metadata = """
        name: Self
        ?6 namespace: <pick team | default | other>
        ?labels: {app: Self, ?tier: <pick front | back>, ?6 n: <value>}
        ?4 annotations: {note: <value>, ?6 a.b/c: <value>, ?8 number: <number>, ?8 config.kubernetes.io/local-config: "false"}
        ?20 generateName: x-
        ?20 finalizers: [a/b, c/d]
        """;

    public string Value() => draw.Value();

    public string Image() => draw.Image();

    public JsonObject Other(string name, string peer)
    {
        var (kind, apiVersion, body) = draw.Pick(ObjectTemplates.All);
        var item = draw.Template($"apiVersion: {apiVersion}", name, peer);
        item["kind"] = kind;
        item["metadata"] = draw.Template(Metadata, name, peer);
        Add(item, draw.Template(body, name, peer));
        return item;
    }

    public JsonObject Workload(string kind, string apiVersion, string name, string peer)
    {
        var item = new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = kind, ["metadata"] = draw.Template(Metadata, name, peer) };
        if (kind == "Pod")
        {
            item["spec"] = PodSpec(name, peer);
            return item;
        }

        var template = draw.Template("metadata: {labels: {app: Self}, ?4 annotations: {note: <value>}}", name, peer);
        template["spec"] = PodSpec(name, peer);
        if (kind == "PodTemplate")
        {
            item["template"] = template;
            return item;
        }

        var spec = draw.Template(WorkloadTemplates.Spec(kind), name, peer);
        spec["template"] = template;
        item["spec"] = kind == "CronJob" ? new JsonObject { ["schedule"] = "0 * * * *", ["jobTemplate"] = new JsonObject { ["spec"] = spec } } : spec;
        return item;
    }

    public JsonObject Container(string name, string reference) => draw.Template(WorkloadTemplates.Container, name, reference);

    private JsonObject PodSpec(string name, string peer)
    {
        var containers = new JsonArray(Container("app", draw.Pick(name, peer, "settings")));
        if (draw.Chance(2))
        {
            containers.Add(Container("helper", "settings"));
        }

        var spec = new JsonObject { ["containers"] = containers };
        if (draw.Uses("initContainers") && draw.Chance(2))
        {
            spec["initContainers"] = new JsonArray(Container("init", name));
        }

        Add(spec, draw.Template(WorkloadTemplates.Pod, name, peer));
        return spec;
    }

    private static void Add(JsonObject item, JsonObject more)
    {
        foreach (var (field, value) in more)
        {
            item[field] = value?.DeepClone();
        }
    }
}
