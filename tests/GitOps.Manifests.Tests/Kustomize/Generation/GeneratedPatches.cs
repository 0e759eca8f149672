using System.Text.Json.Nodes;

namespace GitOps.Manifests.Tests.Kustomize.Generation;

/// <summary>Patches of all forms on objects that are known, and the selectors that find them.</summary>
internal sealed class GeneratedPatches(Draw draw, GeneratedFiles files)
{
    /// <summary>An item of <c>patches</c>.</summary>
    public JsonObject Patch(string directory, KnownObject known)
    {
        var patch = new JsonObject();
        if (draw.Chance(2))
        {
            Place(patch, "patch", directory, Merge(known));
            if (draw.Chance(3))
            {
                patch["target"] = Target(known);
            }
        }
        else
        {
            Place(patch, "patch", directory, Operations(known));
            patch["target"] = draw.Chance(4) ? Target(known) : Exactly(known);
        }

        if (draw.Uses("patch options", 6))
        {
            patch["options"] = new JsonObject { ["allowNameChange"] = draw.Chance(2), ["allowKindChange"] = draw.Chance(2) };
        }

        return patch;
    }

    /// <summary>An item of <c>patchesJson6902</c>.</summary>
    public JsonObject Json6902(string directory, KnownObject known)
    {
        var patch = new JsonObject { ["target"] = Exactly(known) };
        Place(patch, "patch", directory, Operations(known));
        return patch;
    }

    /// <summary>A strategic merge patch as text.</summary>
    public string Merge(KnownObject known)
    {
        var item = new JsonObject { ["apiVersion"] = known.ApiVersion, ["kind"] = known.Kind, ["metadata"] = new JsonObject { ["name"] = known.Name } };
        if (known.Namespace is { } space)
        {
            item["metadata"]!["namespace"] = space;
        }

        if (draw.Chance(15))
        {
            var strategy = draw.Pick("delete", "replace", "merge");
            item["$patch"] = strategy;
            known.IsGone |= strategy == "delete";
        }

        if (draw.Chance(3) || !PatchTemplates.Merges.ContainsKey(known.Kind))
        {
            foreach (var (field, value) in draw.Template(draw.Pick(PatchTemplates.Metadata), known.Name, "settings"))
            {
                item["metadata"]![field] = value?.DeepClone();
            }
        }

        if (known.HasPods)
        {
            AddPodPart(item, known);
        }
        else if (PatchTemplates.Merges.TryGetValue(known.Kind, out var bodies))
        {
            foreach (var (field, value) in draw.Template(draw.Pick(bodies), known.Name, "settings"))
            {
                item[field] = value?.DeepClone();
            }
        }

        return GeneratedText.Write(draw, item);
    }

    /// <summary>JSON patch operations as text.</summary>
    public string Operations(KnownObject known)
    {
        var operations = new JsonArray();
        for (var i = draw.Next(3); i >= 0; i--)
        {
            var templates = known.HasPods && draw.Chance(2) ? PatchTemplates.PodOperations : PatchTemplates.Operations;
            operations.Add(draw.PickFitting(() => draw.Template(draw.Pick(templates).Replace("POD", known.Pods, StringComparison.Ordinal).Replace("KIND", known.Kind, StringComparison.Ordinal), known.Name, "settings"), Fits));
        }

        return draw.Chance(2) ? GeneratedText.Json(operations) : GeneratedText.WriteLines(draw, operations);

        bool Fits(JsonObject operation)
        {
            var path = (string)operation["path"]!;
            return (string)operation["op"]! switch
            {
                "add" => known.HasParent(path),
                "copy" or "move" => known.Has((string)operation["from"]!) && known.HasParent(path),
                _ => known.Has(path),
            };
        }
    }

    public JsonObject Target(KnownObject known) => draw.Next(7) switch
    {
        0 => new() { ["kind"] = known.Kind },
        1 => new() { ["kind"] = known.Kind, ["name"] = known.Name },
        2 => new() { ["group"] = known.Group.Length > 0 ? known.Group : null, ["version"] = draw.Chance(2) ? known.Version : "v.*", ["name"] = draw.Pick(known.Name, $"{known.Name[..1]}.*", $".*-?{known.Name}", $"(x|{known.Name})") },
        3 => new() { ["kind"] = known.Kind, ["labelSelector"] = draw.Pick("tier=front", "app", "tier in (front, back)", "!app", "tier!=back", "app notin (a,b),tier") },
        4 => new() { ["kind"] = known.Kind, ["annotationSelector"] = draw.Pick("note", "note=plain", "!x", "note!=1") },
        5 => new() { ["name"] = known.Name, ["namespace"] = draw.Pick("team", "default", ".*", "t.*|d.*") },
        _ => Exactly(known),
    };

    public JsonObject Exactly(KnownObject known)
    {
        var target = new JsonObject { ["version"] = known.Version, ["kind"] = known.Kind, ["name"] = known.Name };
        if (known.Group.Length > 0)
        {
            target["group"] = known.Group;
        }

        return target;
    }

    private void AddPodPart(JsonObject item, KnownObject known)
    {
        var pod = draw.Template(draw.Pick(PatchTemplates.Pods), known.Name, "settings");
        if (known.Kind == "PodTemplate")
        {
            item["template"] = new JsonObject { ["spec"] = pod };
            return;
        }

        var spec = known.Kind == "Pod" ? pod : new() { ["template"] = new JsonObject { ["spec"] = pod } };
        if (known.Kind is "Deployment" or "StatefulSet" or "ReplicaSet" && draw.Chance(3))
        {
            foreach (var (field, value) in draw.Template(draw.Pick(PatchTemplates.Specs), known.Name, "settings"))
            {
                spec[field] = value?.DeepClone();
            }
        }

        item["spec"] = known.Kind == "CronJob" ? new JsonObject { ["jobTemplate"] = new JsonObject { ["spec"] = spec } } : spec;
    }

    private void Place(JsonObject patch, string field, string directory, string content)
    {
        if (draw.Chance(2))
        {
            patch[field] = content;
            return;
        }

        var name = files.NewName("yaml");
        files.Write($"{directory}/{name}", content);
        patch["path"] = name;
    }
}
