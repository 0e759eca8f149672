using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>The volumes of a pod or a pod template.</summary>
internal static class VolumeValidation
{
    private static readonly string[] HostPathTypes =
        ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

    /// <summary>In which order the sources are looked at: the first one stands, the others are too many.</summary>
    private static readonly string[] Order =
    [
        "emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs", "iscsi", "glusterfs",
        "persistentVolumeClaim", "rbd", "cinder", "cephfs", "flocker", "downwardAPI", "fc", "azureFile", "configMap", "vsphereVolume",
        "portworxVolume", "azureDisk", "photonPersistentDisk", "projected", "quobyte", "scaleIO", "storageos", "flexVolume", "csi", "ephemeral", "image",
    ];

    /// <summary>What a source cannot do without, by source.</summary>
    private static readonly Dictionary<string, string[]> RequiredTexts = new(StringComparer.Ordinal)
    {
        ["persistentVolumeClaim"] = ["claimName"],
        ["nfs"] = ["server", "path"],
        ["csi"] = ["driver"],
        ["iscsi"] = ["targetPortal", "iqn"],
        ["image"] = ["reference"],
        ["gitRepo"] = ["repository"],
        ["glusterfs"] = ["endpoints", "path"],
        ["cinder"] = ["volumeID"],
        ["vsphereVolume"] = ["volumePath"],
        ["awsElasticBlockStore"] = ["volumeID"],
        ["gcePersistentDisk"] = ["pdName"],
        ["azureFile"] = ["secretName", "shareName"],
        ["azureDisk"] = ["diskName", "diskURI"],
        ["portworxVolume"] = ["volumeID"],
        ["photonPersistentDisk"] = ["pdID"],
        ["flexVolume"] = ["driver"],
        ["rbd"] = ["image"],
    };

    public static void Check(JsonObject spec, string path, Causes causes)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (volume, place) in spec.Each("volumes", path))
        {
            if (path == "spec" && spec.Text("serviceAccountName") is null or "")
            {
                NoTokens(volume, place, causes);
            }

            var name = volume.Text("name") ?? string.Empty;
            causes.CheckRequired($"{place}.name", name, Names.Label);
            if (name.Length > 0 && !names.Add(name))
            {
                causes.Duplicate($"{place}.name", name);
            }

            Sources(volume, place, causes);
        }
    }

    /// <summary>A path that stays below where it begins.</summary>
    public static void InsidePath(string field, string text, Causes causes)
    {
        if (text.StartsWith('/'))
        {
            causes.Invalid(field, text, "must be a relative path");
        }

        NoBacksteps(field, text, causes);
    }

    /// <summary>A pod without an account has no token.</summary>
    private static void NoTokens(JsonObject volume, string path, Causes causes)
    {
        foreach (var (source, place) in volume.Object("projected").Each("sources", $"{path}.projected"))
        {
            if (source["serviceAccountToken"] is not null)
            {
                causes.Forbidden($"{place}.serviceAccountToken", "must not be specified when serviceAccountName is not set");
            }
        }
    }

    private static void NoBacksteps(string field, string text, Causes causes)
    {
        if (text.Split('/').Contains("..", StringComparer.Ordinal))
        {
            causes.Invalid(field, text, "must not contain '..'");
        }
    }

    private static void Sources(JsonObject volume, string path, Causes causes)
    {
        var isFirst = true;
        foreach (var (name, value) in volume.OrderBy(static member => Array.IndexOf(Order, member.Key)))
        {
            if (value is not JsonObject source)
            {
                continue;
            }

            if (!isFirst)
            {
                causes.Forbidden($"{path}.{name}", "may not specify more than 1 volume type");
                continue;
            }

            isFirst = false;
            Source(name, source, $"{path}.{name}", causes);
        }
    }

    private static void Source(string name, JsonObject source, string path, Causes causes)
    {
        switch (name)
        {
            case "hostPath":
                causes.RequireText($"{path}.path", source.Text("path"));
                NoBacksteps($"{path}.path", source.Text("path") ?? string.Empty, causes);
                causes.OneOf($"{path}.type", source["type"], HostPathTypes);
                break;
            case "emptyDir":
                if (Quantity.TryRead(source["sizeLimit"], out var size) && size < 0)
                {
                    causes.Forbidden($"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity");
                }

                break;
            case "secret":
                causes.RequireText($"{path}.secretName", source.Text("secretName"));
                Projection(source, path, causes);
                break;
            case "configMap":
                causes.RequireText($"{path}.name", source.Text("name"));
                Projection(source, path, causes);
                break;
            case "downwardAPI":
                Mode(source, "defaultMode", path, causes);
                Downward(source, path, causes);
                break;
            case "projected":
                Mode(source, "defaultMode", path, causes);
                Projected(source, path, causes);
                break;
            case "ephemeral":
                if (source.Object("volumeClaimTemplate") is not { } template)
                {
                    causes.Required($"{path}.volumeClaimTemplate");
                }
                else
                {
                    ClaimValidation.Spec(template.Object("spec"), $"{path}.volumeClaimTemplate.spec", causes);
                }

                break;
            case "iscsi":
                Iscsi(source, path, causes);
                break;
            default:
                break;
        }

        foreach (var field in RequiredTexts.GetValueOrDefault(name, []))
        {
            causes.RequireText($"{path}.{field}", source.Text(field));
        }

        if (name == "nfs" && source.Text("path") is { Length: > 0 } exported && !exported.StartsWith('/'))
        {
            causes.Invalid($"{path}.path", exported, "must be an absolute path");
        }
    }

    private static void Iscsi(JsonObject source, string path, Causes causes)
    {
        var qualifier = source.Text("iqn") ?? string.Empty;
        if (qualifier.Length > 0 && !qualifier.StartsWith("iqn.", StringComparison.Ordinal) && !qualifier.StartsWith("eui.", StringComparison.Ordinal)
            && !qualifier.StartsWith("naa.", StringComparison.Ordinal))
        {
            causes.Invalid($"{path}.iqn", qualifier, "must be valid format starting with iqn, eui, or naa");
        }

        if (KubernetesObject.GetInt64(source, "lun") is < 0 or > 255)
        {
            causes.Invalid($"{path}.lun", source["lun"], "must be between 0 and 255, inclusive");
        }
    }

    private static void Projection(JsonObject source, string path, Causes causes)
    {
        Mode(source, "defaultMode", path, causes);
        foreach (var (item, place) in source.Each("items", path))
        {
            causes.RequireText($"{place}.key", item.Text("key"));
            causes.RequireText($"{place}.path", item.Text("path"));
            InsidePath($"{place}.path", item.Text("path") ?? string.Empty, causes);
            Mode(item, "mode", place, causes);
        }
    }

    private static void Downward(JsonObject source, string path, Causes causes)
    {
        foreach (var item in source.Objects("items"))
        {
            causes.RequireText($"{path}.path", item.Text("path"));
            InsidePath($"{path}.path", item.Text("path") ?? string.Empty, causes);
            Mode(item, "mode", path, causes);
            if (item.Object("fieldRef") is { } field)
            {
                EnvironmentValidation.FileField(field, $"{path}.fieldRef", causes);
            }
            else if (item.Object("resourceFieldRef") is { } resource)
            {
                EnvironmentValidation.ResourceField(resource, $"{path}.resourceFieldRef", isInVolume: true, causes);
            }
            else
            {
                causes.Required(path, "one of fieldRef and resourceFieldRef is required");
            }
        }
    }

    private static void Projected(JsonObject source, string path, Causes causes)
    {
        foreach (var (projection, place) in source.Each("sources", path))
        {
            foreach (var name in new[] { "secret", "configMap" })
            {
                if (projection.Object(name) is { } inner)
                {
                    causes.RequireText($"{place}.{name}.name", inner.Text("name"));
                    Projection(inner, $"{place}.{name}", causes);
                }
            }

            if (projection.Object("downwardAPI") is { } downward)
            {
                Downward(downward, $"{place}.downwardAPI", causes);
            }

            if (projection.Object("serviceAccountToken") is { } token)
            {
                if (KubernetesObject.GetInt64(token, "expirationSeconds") is < 600 or > 1L << 32)
                {
                    causes.Invalid($"{place}.serviceAccountToken.expirationSeconds", token["expirationSeconds"], "may not specify a duration less than 10 minutes");
                }

                causes.RequireText($"{path}.path", token.Text("path"));
            }
        }
    }

    private static void Mode(JsonObject fields, string name, string path, Causes causes)
    {
        if (KubernetesObject.GetInt64(fields, name) is < 0 or > 511)
        {
            causes.Invalid($"{path}.{name}", fields[name], "must be a number between 0 and 0777 (octal), both inclusive");
        }
    }
}
