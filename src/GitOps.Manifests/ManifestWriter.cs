using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests;

/// <summary>Writes objects as text that kubectl, kustomize and this program read back to the same JSON.</summary>
public static class ManifestWriter
{
    private static readonly JsonSerializerOptions Indented = new(KubernetesJson.WriteOptions) { WriteIndented = true };

    /// <summary>Documents separated by <c>---</c>, keys in the order they have, lists not indented.</summary>
    public static void WriteYaml(TextWriter writer, IEnumerable<KubernetesObject> objects)
    {
        var isFirst = true;
        foreach (var item in objects)
        {
            if (!isFirst)
            {
                writer.Write("---\n");
            }

            isFirst = false;
            new YamlWriter(writer).Write(item.Json);
        }
    }

    /// <summary>One object of kind List, however many there are, so that the shape does not depend on the number.</summary>
    public static void WriteJson(TextWriter writer, IEnumerable<KubernetesObject> objects)
    {
        var items = new JsonArray();
        foreach (var item in objects)
        {
            items.Add(item.Json.DeepClone());
        }

        var list = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = items };
        writer.Write(list.ToJsonString(Indented));
        writer.Write('\n');
    }
}
