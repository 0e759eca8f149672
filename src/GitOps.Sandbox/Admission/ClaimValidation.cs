using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What a PersistentVolumeClaim must have, and what of it cannot change.</summary>
internal static class ClaimValidation
{
    private static readonly string[] AccessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

    public static void Check(KubernetesObject? live, JsonObject? spec, Causes causes)
    {
        Spec(spec, "spec", causes);
        if (live?.Json.Object("spec") is not { } before || spec is null)
        {
            return;
        }

        var status = live.Json.Object("status");
        var isBound = status.Text("phase") == "Bound";
        var isChanged = before.Select(static member => member.Key).Union(spec.Select(static member => member.Key), StringComparer.Ordinal)
            .Any(name => !JsonNode.DeepEquals(before[name], spec[name]) && !MayChange(name, before, spec, isBound));
        if (isChanged)
        {
            causes.Forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims");
        }

        BuiltInValidation.Unchanged(before, spec, "volumeMode", "volumeMode", "field is immutable", causes);
        var isSmaller = Quantity.TryRead(spec.Object("resources").Object("requests")?["storage"], out var wanted)
            && Quantity.TryRead(before.Object("resources").Object("requests")?["storage"], out var was) && wanted < was
            && (!Quantity.TryRead(status.Object("capacity")?["storage"], out var present) || wanted <= present);
        if (isBound && isSmaller)
        {
            causes.Forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
        }
    }

    private static bool MayChange(string name, JsonObject before, JsonObject spec, bool isBound) => name switch
    {
        // Both are settled once, by a controller.
        "volumeName" => before.Text("volumeName") is null or "",
        "storageClassName" => before["storageClassName"] is null,
        "volumeAttributesClassName" => isBound,
        "resources" => isBound && JsonNode.DeepEquals(before.Object("resources")?["limits"], spec.Object("resources")?["limits"]),
        _ => false,
    };

    /// <param name="spec">A claim's spec.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="causes">Takes what is wrong.</param>
    public static void Spec(JsonObject? spec, string path, Causes causes)
    {
        var modes = spec.Texts("accessModes");
        if (modes.Count == 0)
        {
            causes.Required($"{path}.accessModes", "at least 1 access mode is required");
        }

        foreach (var mode in modes)
        {
            causes.OneOf($"{path}.accessModes", JsonValue.Create(mode), AccessModes);
        }

        if (modes.Contains("ReadWriteOncePod", StringComparer.Ordinal) && modes.Count > 1)
        {
            causes.Forbidden($"{path}.accessModes", "may not use ReadWriteOncePod with other access modes");
        }

        SelectorValidation.Labels(spec.Object("selector"), $"{path}.selector", causes);
        var storage = spec.Object("resources").Object("requests")?["storage"];
        if (storage is null)
        {
            causes.Required($"{path}.resources[storage]");
        }
        else if (Quantity.TryRead(storage, out var amount) && amount <= 0)
        {
            causes.Invalid($"{path}.resources[storage]", storage, "must be greater than zero");
        }

        causes.OneOf($"{path}.volumeMode", spec?["volumeMode"], "Block", "Filesystem");
        causes.CheckOptional($"{path}.storageClassName", spec.Text("storageClassName"), Names.Subdomain);
    }
}
