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
        json.ObjectOrNew("spec").Default("volumeMode", "Filesystem");
        json.ObjectOrNew("status").Default("phase", "Pending");
    }

    public static void PersistentVolume(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        spec.Default("persistentVolumeReclaimPolicy", "Retain");
        spec.Default("volumeMode", "Filesystem");
        spec.Object("hostPath")?.Default("type", string.Empty);
        json.ObjectOrNew("status").Default("phase", "Pending");
    }

    public static void StorageClass(JsonObject json)
    {
        json.Default("reclaimPolicy", "Delete");
        json.Default("volumeBindingMode", "Immediate");
    }
}
