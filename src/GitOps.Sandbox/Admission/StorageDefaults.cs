using System.Text;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Admission;

/// <summary>The defaults of the kinds that hold data.</summary>
internal static class StorageDefaults
{
    /// <summary>What was given as text is folded into the data, as base64.</summary>
    public static void Secret(JsonObject json)
    {
        json.Default("type", "Opaque");
        if (!json.Remove("stringData", out var texts) || texts is not JsonObject { Count: > 0 } given)
        {
            return;
        }

        var data = json.ObjectOrNew("data");
        foreach (var (name, value) in given)
        {
            var text = value is JsonValue scalar && scalar.TryGetValue(out string? plain) ? plain : string.Empty;
            data[name] = Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        }
    }

    public static void PersistentVolumeClaim(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        spec.Default("volumeMode", "Filesystem");
        json.ObjectOrNew("status").Default("phase", "Pending");
    }

    public static void PersistentVolume(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        spec.Default("persistentVolumeReclaimPolicy", "Retain");
        spec.Default("volumeMode", "Filesystem");
        spec.Object("hostPath")?.Default("type", string.Empty);
        spec.Object("azureDisk")?.Default("readOnly", false);
        json.ObjectOrNew("status").Default("phase", "Pending");
    }

    public static void CsiDriver(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        spec.Default("attachRequired", true);
        foreach (var name in new[] { "podInfoOnMount", "storageCapacity", "requiresRepublish", "seLinuxMount" })
        {
            spec.Default(name, false);
        }

        spec.Default("fsGroupPolicy", "ReadWriteOnceWithFSType");
        if (spec.IsEmptyList("volumeLifecycleModes"))
        {
            spec["volumeLifecycleModes"] = new JsonArray("Persistent");
        }
    }

    public static void LimitRange(JsonObject json)
    {
        foreach (var item in json.Object("spec").Objects("limits").Where(static item => item.Text("type") == "Container"))
        {
            var limits = item.ObjectOrNew("default");
            var requests = item.ObjectOrNew("defaultRequest");
            Fill(limits, item.Object("max"));
            Fill(requests, limits);
            Fill(requests, item.Object("min"));
            foreach (var name in new[] { "default", "defaultRequest" })
            {
                if (item[name] is JsonObject { Count: 0 })
                {
                    item.Remove(name);
                }
            }
        }
    }

    public static void StorageClass(JsonObject json)
    {
        json.Default("reclaimPolicy", "Delete");
        json.Default("volumeBindingMode", "Immediate");
    }

    private static void Fill(JsonObject amounts, JsonObject? from)
    {
        foreach (var (name, amount) in from ?? [])
        {
            amounts.Default(name, amount!.DeepClone());
        }
    }
}
