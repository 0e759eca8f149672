using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What a PersistentVolume must have.</summary>
internal static class StorageValidation
{
    private static readonly string[] AccessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

    /// <summary>What of a spec says nothing about where the data is.</summary>
    private static readonly string[] NoSources =
        ["capacity", "accessModes", "claimRef", "persistentVolumeReclaimPolicy", "storageClassName", "mountOptions", "volumeMode", "nodeAffinity", "volumeAttributesClassName"];

    public static void Volume(KubernetesObject? live, JsonObject? spec, Causes causes)
    {
        var modes = spec.Texts("accessModes");
        if (modes.Count == 0)
        {
            causes.Required("spec.accessModes");
        }

        foreach (var mode in modes)
        {
            causes.OneOf("spec.accessModes", JsonValue.Create(mode), AccessModes);
        }

        var capacity = spec.Object("capacity");
        if (capacity is null or { Count: 0 })
        {
            causes.Required("spec.capacity");
        }

        if (capacity?["storage"] is null || capacity.Count > 1)
        {
            causes.NotSupported("spec.capacity", capacity, ["\"storage\""]);
        }

        foreach (var (name, amount) in capacity ?? [])
        {
            if (Quantity.TryRead(amount, out var value) && value <= 0)
            {
                causes.Invalid($"spec.capacity[{name}]", amount, "must be greater than zero");
            }
        }

        causes.OneOf("spec.persistentVolumeReclaimPolicy", spec?["persistentVolumeReclaimPolicy"], "Delete", "Recycle", "Retain");
        causes.OneOf("spec.volumeMode", spec?["volumeMode"], "Block", "Filesystem");
        causes.CheckOptional("spec.storageClassName", spec.Text("storageClassName"), Names.Subdomain);
        SelectorValidation.Nodes(spec.Object("nodeAffinity").Object("required"), "spec.nodeAffinity.required", causes);
        Sources(spec, causes);
        if (live?.Json.Object("spec") is { } before && !Source(before).SequenceEqual(Source(spec), StringComparer.Ordinal))
        {
            causes.Forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation");
        }
    }

    private static IEnumerable<string> Source(JsonObject? spec) =>
        (spec ?? []).Where(static member => member.Value is JsonObject && !NoSources.Contains(member.Key, StringComparer.Ordinal))
            .Select(static member => member.Key + member.Value!.ToJsonString()).Order(StringComparer.Ordinal);

    private static void Sources(JsonObject? spec, Causes causes)
    {
        var sources = (spec ?? []).Where(static member => member.Value is JsonObject && !NoSources.Contains(member.Key, StringComparer.Ordinal))
            .Select(static member => member.Key).ToList();
        if (sources.Count == 0)
        {
            causes.Required("spec", "must specify a volume type");
        }

        foreach (var extra in sources.Skip(1))
        {
            causes.Forbidden($"spec.{extra}", "may not specify more than 1 volume type");
        }

        if (spec.Object("hostPath") is { } path)
        {
            causes.RequireText("spec.hostPath.path", path.Text("path"));
            if ((path.Text("path") ?? string.Empty).Split('/').Contains("..", StringComparer.Ordinal))
            {
                causes.Invalid("spec.hostPath.path", path["path"], "must not contain '..'");
            }
        }

        if (spec.Object("local") is not null && spec.Object("nodeAffinity") is null)
        {
            causes.Required("spec.nodeAffinity", "Local volume requires node affinity");
        }
    }
}
