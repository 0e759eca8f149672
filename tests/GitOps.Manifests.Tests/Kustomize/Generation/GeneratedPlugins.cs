using System.Text.Json.Nodes;

namespace GitOps.Manifests.Tests.Kustomize.Generation;

/// <summary>Generators, transformers and validators that are configured by objects: in place, in files, or in a kustomization of their own.</summary>
internal sealed class GeneratedPlugins(Draw draw, GeneratedFiles files, GeneratedPatches patches)
{
    private int _count;

    public void Add(JsonObject kustomization, string directory, IReadOnlyList<KnownObject> known)
    {
        if (draw.Uses("transformers", 3) && draw.Chance(2))
        {
            kustomization["transformers"] = Entries(directory, known, PluginTemplates.Transformers, draw.Next(3) + 1);
        }

        if (draw.Uses("generators", 6) && draw.Chance(2))
        {
            kustomization["generators"] = Entries(directory, known, PluginTemplates.Generators, 1);
        }

        if (draw.Uses("validators", 10) && draw.Chance(2))
        {
            kustomization["validators"] = Entries(directory, known, draw.Chance(6) ? PluginTemplates.Validators : [.. PluginTemplates.Validators.Skip(1).SkipLast(1)], 1);
        }
    }

    private JsonArray Entries(string directory, IReadOnlyList<KnownObject> known, IReadOnlyList<string> templates, int count)
    {
        var objects = Enumerable.Range(0, count).Select(_ => Config(directory, draw.Pick(known), draw.Pick(templates))).ToList();
        switch (draw.Next(4))
        {
            case 0:
                return new JsonArray([.. objects.Select(item => JsonValue.Create(GeneratedText.Write(draw, item)))]);
            case 1:
                var root = $"{directory}-plugins{_count++}";
                files.Write($"{root}/kustomization.yaml", new JsonObject { ["resources"] = files.WriteObjects(root, objects) });
                return new JsonArray($"../{root}");
            default:
                return files.WriteObjects(directory, objects);
        }
    }

    private JsonObject Config(string directory, KnownObject known, string template)
    {
        var config = draw.Template(template.Replace("kind: Kind", $"kind: {known.Kind}", StringComparison.Ordinal), known.Name, draw.Pick("settings", "web"));
        if (draw.Chance(6) && templateIsTransformer())
        {
            config = draw.Chance(2)
                ? new JsonObject { ["kind"] = "PatchJson6902Transformer", ["target"] = patches.Exactly(known), ["jsonOp"] = patches.Operations(known) }
                : new JsonObject { ["kind"] = "PatchStrategicMergeTransformer", ["paths"] = new JsonArray(files.InPlaceOrFile(directory, patches.Merge(known))) };
        }

        config["apiVersion"] = "builtin";
        config["metadata"] = new JsonObject { ["name"] = $"plugin{_count++}" };
        if (config.Remove("namespace", out var value))
        {
            config["metadata"]!["namespace"] = value;
        }

        return config;

        bool templateIsTransformer() => PluginTemplates.Transformers.Contains(template, StringComparer.Ordinal);
    }
}
