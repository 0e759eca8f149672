using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>Makes pods of the templates of workloads. Pure.</summary>
internal static class PodTemplates
{
    private const int LongestPrefix = 57;

    /// <param name="owner">The workload.</param>
    /// <param name="reference">The reference to it.</param>
    /// <returns>A pod whose name the server is to complete.</returns>
    public static JsonObject Pod(KubernetesObject owner, JsonObject reference)
    {
        var prefix = owner.Name + "-";
        var metadata = new JsonObject
        {
            ["generateName"] = prefix.Length > LongestPrefix ? prefix[..LongestPrefix] : prefix,
            ["namespace"] = owner.Namespace,
        };
        foreach (var name in (ReadOnlySpan<string>)["labels", "annotations", "finalizers"])
        {
            if (owner.At("spec", "template", "metadata", name) is { } value)
            {
                metadata[name] = value.DeepClone();
            }
        }

        metadata["ownerReferences"] = new JsonArray(reference);
        return new() { ["metadata"] = metadata, ["spec"] = owner.At("spec", "template", "spec")?.DeepClone() ?? new JsonObject() };
    }

    public static void Label(JsonObject pod, string name, string value) => Fields.Child(Fields.Metadata(pod), "labels")[name] = value;

    /// <summary>A template's hash, which names what is made of it. It is not the number that a real cluster would give.</summary>
    /// <param name="template">A pod template.</param>
    /// <param name="collisions">How often the name was taken by another template.</param>
    public static string Hash(JsonNode? template, long? collisions) =>
        StableHash.Text(StableHash.Of([.. KubernetesJson.ToUtf8(template), .. KubernetesJson.ToUtf8(collisions is { } count ? JsonValue.Create(count) : null)]));
}
