using System.Text.Json.Nodes;
using GitOps.Manifests.Tests.Kustomize.Generation;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>
/// A random repository: bases, perhaps a layer over some of them, components, and an overlay over all. The same seed makes the same
/// files.
/// </summary>
internal sealed class GeneratedKustomization
{
    public const string Entry = "overlay";

    private static readonly string[] Names = ["web", "api", "db"];
    private static readonly string[] OddNames = ["web", "web.v1", "123"];

    private readonly Draw _draw;
    private readonly GeneratedFiles _files;
    private readonly GeneratedObjects _objects;
    private readonly GeneratedPatches _patches;
    private readonly GeneratedData _data;
    private readonly GeneratedReferences _references;
    private readonly GeneratedPlugins _plugins;
    private readonly List<KnownObject> _known = [];
    private readonly List<KnownObject> _ofFirst = [];
    private readonly List<string> _generated = [];

    private GeneratedKustomization(int seed)
    {
        _draw = new(seed);
        _files = new(_draw);
        _objects = new(_draw);
        _patches = new(_draw, _files);
        _data = new(_draw, _files);
        _references = new(_draw, _files);
        _plugins = new(_draw, _files, _patches);
    }

    /// <returns>Path to text.</returns>
    public static IReadOnlyDictionary<string, string> Make(int seed)
    {
        var generated = new GeneratedKustomization(seed);
        generated.Fill();
        return generated._files.Texts;
    }

    /// <summary>The content of a file, which is no text in some.</summary>
    public static byte[] BytesOf(string text) => GeneratedFiles.BytesOf(text);

    private void Fill()
    {
        var bases = _draw.Next(3) + 1;
        var names = _draw.Uses("odd names", 10) ? OddNames : Names;
        for (var i = 0; i < bases; i++)
        {
            Base($"base{i}", names[i], names[(i + 1) % names.Length]);
        }

        var roots = Enumerable.Range(0, bases).Select(static i => $"../base{i}").ToList();
        if (_draw.Uses("middle layer", 4))
        {
            var middle = Layer("middle", _ofFirst, isTop: false);
            middle["resources"] = Array([roots[0]]);
            Save("middle", middle);
            roots[0] = "../middle";
        }

        if (_draw.Uses("components", 4))
        {
            Component("component", _draw.Chance(3) ? "inner" : null);
        }

        Overlay(roots);
    }

    private void Overlay(List<string> roots)
    {
        var overlay = Layer(Entry, _known, isTop: true);
        if (_draw.Chance(12) && roots.Count > 1)
        {
            overlay["bases"] = Array(roots[1..]);
            overlay["resources"] = Array(roots[..1]);
        }
        else
        {
            overlay["resources"] = Array(roots);
        }

        if (_draw.Chance(3))
        {
            var extra = _objects.Other(_draw.Chance(15) ? "web" : "extra", "web");
            ((JsonArray)overlay["resources"]!).Insert(_draw.Next(2), _files.WriteObjects(Entry, [extra])[0]!.DeepClone());
        }

        if (_draw.Uses("components", 4))
        {
            overlay["components"] = new JsonArray("../component");
        }

        Save(Entry, overlay);
    }

    private void Base(string directory, string name, string peer)
    {
        var (kind, apiVersion) = _draw.Pick(WorkloadTemplates.Kinds);
        var own = new List<KnownObject> { new(_objects.Workload(kind, apiVersion, name, peer), hasPods: true) };
        for (var i = _draw.Next(6); i > 0; i--)
        {
            var other = _objects.Other(_draw.Chance(6) ? $"{name}-more" : name, peer);
            var known = new KnownObject(other, hasPods: false);
            if (own.TrueForAll(one => one.Kind != known.Kind || one.Name != known.Name) || _draw.Chance(100))
            {
                own.Add(known);
            }
        }

        var kustomization = Layer(directory, own, isTop: false, name);
        kustomization["resources"] = _files.WriteObjects(directory, [.. own.Select(static one => (JsonObject)one.Json.DeepClone())]);
        Save(directory, kustomization);
        _known.AddRange(own);
        if (_ofFirst.Count == 0)
        {
            _ofFirst.AddRange(own);
        }
    }

    private void Component(string directory, string? inner)
    {
        var component = Layer(directory, _known, isTop: false);
        component.Remove("bases");
        component["apiVersion"] = "kustomize.config.k8s.io/v1alpha1";
        component["kind"] = "Component";
        if (component.Count == 2)
        {
            component["commonAnnotations"] = new JsonObject { ["component"] = "yes" };
        }

        if (inner is not null)
        {
            Component(inner, null);
            component["components"] = new JsonArray($"../{inner}");
        }

        Save(directory, component);
    }

    private JsonObject Layer(string directory, IReadOnlyList<KnownObject> known, bool isTop, string? name = null)
    {
        var result = _draw.Template(SettingTemplates.Layer, directory, "settings");
        if (isTop)
        {
            Top(result);
        }

        if (_draw.Chance(2))
        {
            Patches(result, directory, known);
        }

        var generated = _data.Add(result, directory, name ?? directory, name is null && directory != "middle" ? _generated : []);
        if (name is not null)
        {
            _generated.AddRange(generated);
        }

        if (name is null || _draw.Chance(4))
        {
            _references.Add(result, directory, known);
            _plugins.Add(result, directory, known);
        }

        Schemas(result, directory, isTop);
        return result;
    }

    private void Top(JsonObject result)
    {
        foreach (var (field, value) in _draw.Template(SettingTemplates.Top, "top", "top"))
        {
            result[field] = field switch
            {
                "sortOptions" => _draw.Template(_draw.Pick(SettingTemplates.SortOptions), "top", "top"),
                "buildMetadata" => _draw.Template(_draw.Pick(SettingTemplates.BuildMetadata), "top", "top")["b"]!.DeepClone(),
                _ => value?.DeepClone(),
            };
        }

        var scaled = _known.Find(known => known.Kind is "Deployment" or "StatefulSet" or "ReplicaSet" or "ReplicationController" || _draw.Chance(40));
        if (scaled is not null && _draw.Chance(4))
        {
            result["replicas"] = new JsonArray(new JsonObject { ["name"] = scaled.Name, ["count"] = _draw.Next(9) });
        }
    }

    private void Patches(JsonObject result, string directory, IReadOnlyList<KnownObject> known)
    {
        switch (_draw.Next(6))
        {
            case 0:
                result["patchesStrategicMerge"] = Array([.. Some(one => _files.InPlaceOrFile(directory, _patches.Merge(one)))]);
                break;
            case 1:
                result["patchesJson6902"] = new JsonArray([.. Some(one => (JsonNode)_patches.Json6902(directory, one))]);
                break;
            default:
                result["patches"] = new JsonArray([.. Some(one => (JsonNode)_patches.Patch(directory, one))]);
                break;
        }

        IEnumerable<T> Some<T>(Func<KnownObject, T> make) => Enumerable.Range(0, _draw.Next(2) + 1).Select(_ => make(_draw.Pick(known))).ToList();
    }

    private void Schemas(JsonObject result, string directory, bool isTop)
    {
        if (_draw.Uses("configurations", 5) && _draw.Chance(2))
        {
            result["configurations"] = Array([File(_draw.Pick(SettingTemplates.Configurations))]);
        }

        if (_draw.Uses("crds", 8) && _draw.Chance(2))
        {
            result["crds"] = Array([File(SettingTemplates.Crd)]);
        }

        if (_draw.Uses("openapi", 10) && (isTop || _draw.Chance(3)))
        {
            result["openapi"] = _draw.Chance(6) ? new JsonObject { ["version"] = "v1.21.2" } : new JsonObject { ["path"] = File(SettingTemplates.OpenApi) };
        }

        string File(string template)
        {
            var name = _files.NewName("yaml");
            var content = _draw.Template(template, "web", "settings");
            _files.Write($"{directory}/{name}", _draw.Chance(20) ? GeneratedText.Write(_draw, content) : _draw.Chance(3) ? GeneratedText.Json(content) : GeneratedText.WriteLines(_draw, content));
            return name;
        }
    }

    private void Save(string directory, JsonObject kustomization)
    {
        if (kustomization.Count == 0)
        {
            kustomization["namePrefix"] = "alone-";
        }

        _files.Write($"{directory}/{(_draw.Chance(8) ? _draw.Pick("kustomization.yml", "Kustomization") : "kustomization.yaml")}", kustomization);
    }

    private static JsonArray Array(IEnumerable<string> texts) => new([.. texts.Select(static text => JsonValue.Create(text))]);
}
