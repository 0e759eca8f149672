using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>A random repository with bases, a component and an overlay over them. The same seed makes the same files.</summary>
internal sealed class GeneratedKustomization
{
    public const string Entry = "overlay";

    private static readonly string[] Names = ["web", "api", "db", "cache"];

    private readonly Random _random;
    private readonly GeneratedObjects _objects;
    private readonly SortedDictionary<string, string> _files = new(StringComparer.Ordinal);
    private readonly List<(string Kind, string Name)> _workloads = [];
    private int _patches;
    private bool _isBase;
    private bool _hasSettings;

    private GeneratedKustomization(int seed)
    {
        _random = new Random(seed);
        _objects = new(_random);
    }

    /// <returns>Path to text.</returns>
    public static IReadOnlyDictionary<string, string> Make(int seed)
    {
        var generated = new GeneratedKustomization(seed);
        generated.Fill();
        return generated._files;
    }

    private void Fill()
    {
        var bases = _random.Next(1, 4);
        for (var i = 0; i < bases; i++)
        {
            Base($"base{i}", Names[i]);
        }

        var overlay = Settings(Entry, isTop: true);
        overlay["resources"] = new JsonArray([.. Enumerable.Range(0, bases).Select(static i => JsonValue.Create($"../base{i}"))]);
        if (Chance(2))
        {
            Write($"{Entry}/extra.yaml", _objects.Other("extra"));
            ((JsonArray)overlay["resources"]!).Add("extra.yaml");
        }

        if (Chance(2))
        {
            var component = Settings("component", isTop: false);
            component["commonAnnotations"] ??= new JsonObject { ["component"] = "yes" };
            component["apiVersion"] = "kustomize.config.k8s.io/v1alpha1";
            component["kind"] = "Component";
            Write("component/kustomization.yaml", component);
            overlay["components"] = new JsonArray("../component");
        }

        Write($"{Entry}/kustomization.yaml", overlay);
    }

    private void Base(string directory, string name)
    {
        var resources = new JsonArray();
        var kind = GeneratedObjects.WorkloadKinds[_random.Next(GeneratedObjects.WorkloadKinds.Length)];
        var kinds = new HashSet<string>(StringComparer.Ordinal);
        _workloads.Add((kind, name));
        Write($"{directory}/workload.yaml", _objects.Workload(kind, name));
        resources.Add("workload.yaml");
        for (var i = _random.Next(1, 7); i > 0; i--)
        {
            var other = _objects.Other(name);
            if (kinds.Add(KubernetesObject.GetString(other, "kind")!))
            {
                Write($"{directory}/other{i}.yaml", other);
                resources.Add($"other{i}.yaml");
            }
        }

        _isBase = true;
        var kustomization = Settings(directory, isTop: false);
        _isBase = false;
        kustomization["resources"] = resources;
        Generators(kustomization, directory, name, isTop: false);
        Write($"{directory}/kustomization.yaml", kustomization);
    }

    private JsonObject Settings(string directory, bool isTop)
    {
        var result = new JsonObject();
        Maybe(3, "namePrefix", () => $"p{_random.Next(3)}-");
        Maybe(4, "nameSuffix", () => $"-s{_random.Next(3)}");
        Maybe(3, "namespace", () => Chance(2) ? "team" : "prod");
        Maybe(4, "commonLabels", () => new JsonObject { ["owner"] = Chance(2) ? "a" : "true", ["tier"] = "common" });
        Maybe(3, "labels", () => new JsonArray(
            new JsonObject { ["pairs"] = new JsonObject { ["part"] = "x", ["n"] = "1" }, ["includeSelectors"] = Chance(3), ["includeTemplates"] = Chance(2) },
            new JsonObject { ["pairs"] = new JsonObject { ["deep"] = "y" }, ["fields"] = new JsonArray(new JsonObject { ["path"] = "spec/template/metadata/labels", ["kind"] = "Deployment", ["create"] = true }) }));
        Maybe(3, "commonAnnotations", () => new JsonObject { ["note"] = _objects.Value(), ["level"] = directory });
        Maybe(3, "images", Images);
        Maybe(2, "patches", () => new JsonArray([.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Patch(directory))]));
        if (isTop)
        {
            Generators(result, directory, "top", isTop: true);
            var scaled = _workloads.FirstOrDefault(workload => workload.Kind is "Deployment" or "StatefulSet" or "ReplicaSet" || Chance(30));
            if (scaled.Name is not null)
            {
                Maybe(3, "replicas", () => new JsonArray(new JsonObject { ["name"] = scaled.Name, ["count"] = _random.Next(9) }));
            }

            Maybe(2, "replacements", () => new JsonArray(Replacement()));
            Maybe(4, "vars", () => new JsonArray(Variable()));
            Maybe(3, "sortOptions", () => new JsonObject { ["order"] = Chance(2) ? "fifo" : "legacy" });
            Maybe(8, "buildMetadata", () => new JsonArray("originAnnotations", "managedByLabel", "transformerAnnotations"));
            Maybe(6, "patchesStrategicMerge", () => new JsonArray(KubernetesJson.ToText(Merge(AnyWorkload()))));
        }

        return result;

        void Maybe(int oneIn, string field, Func<JsonNode> make)
        {
            if (Chance(oneIn))
            {
                result[field] = make();
            }
        }
    }

    private void Generators(JsonObject kustomization, string directory, string name, bool isTop)
    {
        if (Chance(2))
        {
            Write($"{directory}/app.env", "A=1\n# comment\nB=two words\nC=\n");
            Write($"{directory}/file.txt", "some\ntext\n");
            var settings = new JsonObject { ["name"] = isTop || name == "web" ? "settings" : $"{name}-settings", ["literals"] = new JsonArray("k=v", "q=\"quoted\"", $"from={directory}") };
            Add(settings, "files", new JsonArray("file.txt", "other=file.txt"));
            Add(settings, "envs", new JsonArray("app.env"));
            Add(settings, "options", new JsonObject { ["disableNameSuffixHash"] = Chance(2), ["labels"] = new JsonObject { ["generated"] = "yes" }, ["annotations"] = new JsonObject { ["g"] = "1" } });
            if (isTop && (_hasSettings || Chance(20)))
            {
                settings["behavior"] = Chance(2) ? "merge" : "replace";
            }

            _hasSettings |= name == "web";
            kustomization["configMapGenerator"] = new JsonArray(settings);
        }

        if (Chance(3))
        {
            kustomization["secretGenerator"] = new JsonArray(new JsonObject
            {
                ["name"] = isTop ? "top-credentials" : name == "web" ? "credentials" : $"{name}-credentials",
                ["type"] = Chance(2) ? "Opaque" : "kubernetes.io/tls",
                ["literals"] = new JsonArray("user=me", "pass=été"),
            });
        }

        if (Chance(5))
        {
            kustomization["generatorOptions"] = new JsonObject { ["disableNameSuffixHash"] = Chance(2), ["immutable"] = Chance(2), ["labels"] = new JsonObject { ["all"] = "generated" } };
        }

        void Add(JsonObject target, string field, JsonNode value)
        {
            if (Chance(2))
            {
                target[field] = value;
            }
        }
    }

    private JsonArray Images()
    {
        var image = new JsonObject { ["name"] = Pick("nginx", "busybox", "redis", "registry.example.org:5000/team/app", "app", "ngin.*") };
        foreach (var (field, value) in ((string, string)[])[("newName", "mirror.example.org/x"), ("newTag", "v9"), ("newTag", "1.10"), ("digest", "sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3")])
        {
            if (Chance(3))
            {
                image[field] = value;
            }
        }

        return new JsonArray(image);
    }

    private JsonObject Patch(string directory)
    {
        var patch = new JsonObject();
        var workload = AnyWorkload();
        if (Chance(2))
        {
            Place(Merge(workload));
            if (Chance(2))
            {
                patch["target"] = Target(workload);
            }
        }
        else
        {
            Place(Operations(workload.Kind));
            patch["target"] = Target(workload);
        }

        if (Chance(8))
        {
            patch["options"] = new JsonObject { ["allowNameChange"] = true, ["allowKindChange"] = Chance(2) };
        }

        return patch;

        void Place(JsonNode content)
        {
            if (Chance(2))
            {
                patch["patch"] = KubernetesJson.ToText(content);
                return;
            }

            var name = string.Create(CultureInfo.InvariantCulture, $"patch{_patches++}.yaml");
            Write($"{directory}/{name}", content);
            patch["path"] = name;
        }
    }

    private JsonObject Target((string Kind, string Name) workload) => _random.Next(5) switch
    {
        0 => new() { ["kind"] = workload.Kind },
        1 => new() { ["kind"] = workload.Kind, ["name"] = workload.Name },
        2 => new() { ["group"] = "apps", ["kind"] = "Deployment|StatefulSet|DaemonSet|ReplicaSet", ["name"] = ".*" },
        3 => new() { ["kind"] = workload.Kind, ["labelSelector"] = Pick("tier=front", "app", "tier in (front, back)", "!app", "tier!=back") },
        _ => new() { ["kind"] = workload.Kind, ["annotationSelector"] = "note" },
    };

    private JsonObject Merge((string Kind, string Name) workload)
    {
        var item = new JsonObject
        {
            ["apiVersion"] = GeneratedObjects.ApiVersionOf(workload.Kind),
            ["kind"] = workload.Kind,
            ["metadata"] = new JsonObject { ["name"] = workload.Name },
        };
        if (Chance(12))
        {
            item["$patch"] = "delete";
            return item;
        }

        if (Chance(3))
        {
            item["metadata"]!["annotations"] = new JsonObject { ["patched"] = "yes", ["note"] = null };
        }

        JsonObject spec = new() { ["containers"] = Containers() };
        if (Chance(4))
        {
            spec["volumes"] = new JsonArray(new JsonObject { ["name"] = "claim", ["$patch"] = "delete" }, new JsonObject { ["name"] = "more", ["emptyDir"] = new JsonObject() });
        }

        if (Chance(5))
        {
            spec["nodeSelector"] = new JsonObject { ["disk"] = "ssd", ["$patch"] = "replace" };
        }

        spec = workload.Kind == "Pod" ? spec : new() { ["template"] = new JsonObject { ["spec"] = spec } };
        if (workload.Kind is "Deployment" or "StatefulSet" && Chance(2))
        {
            spec["replicas"] = Chance(3) ? null : _random.Next(9);
        }

        item["spec"] = workload.Kind == "CronJob" ? new JsonObject { ["jobTemplate"] = new JsonObject { ["spec"] = spec } } : spec;
        return item;
    }

    private JsonArray Containers() => _random.Next(5) switch
    {
        0 => new(new JsonObject { ["name"] = "helper", ["$patch"] = "delete" }),
        1 => new(new JsonObject { ["$patch"] = "replace" }, _objects.Container("only", "settings")),
        2 => new(new JsonObject { ["name"] = "side", ["image"] = _objects.Image() }, new JsonObject { ["name"] = "app", ["command"] = new JsonArray("run"), ["args"] = null }),
        3 => new(new JsonObject
        {
            ["name"] = "app",
            ["env"] = new JsonArray(new JsonObject { ["name"] = "A", ["value"] = _objects.Value() }, new JsonObject { ["name"] = "Z", ["value"] = "new" }),
            ["ports"] = new JsonArray(new JsonObject { ["containerPort"] = 80, ["name"] = "web" }, new JsonObject { ["containerPort"] = 9090 }),
        }),
        _ => new(new JsonObject { ["name"] = "app", ["image"] = _objects.Image(), ["resources"] = new JsonObject { ["limits"] = new JsonObject { ["cpu"] = 1, ["memory"] = "1Gi" } } }),
    };

    private JsonArray Operations(string kind)
    {
        var containers = (kind == "Pod" ? string.Empty : kind == "CronJob" ? "/spec/jobTemplate" : string.Empty) + (kind == "Pod" ? "/spec/containers" : "/spec/template/spec/containers");
        var operations = new JsonArray();
        for (var i = _random.Next(1, 4); i > 0; i--)
        {
            operations.Add(_random.Next(8) switch
            {
                0 => Operation("replace", $"{containers}/0/image", JsonValue.Create(_objects.Image())),
                1 => Operation("add", $"{containers}/-", _objects.Container("appended", "settings")),
                2 => Operation("add", "/metadata/annotations", new JsonObject { ["set~by"] = "json", ["a/b"] = _objects.Value() }),
                3 => Operation("add", $"{containers}/0/env/0", new JsonObject { ["name"] = "FIRST", ["value"] = _objects.Value() }),
                4 => Operation("test", $"{containers}/0/name", "app"),
                5 => new JsonObject { ["op"] = "copy", ["from"] = $"{containers}/0/image", ["path"] = $"{containers}/0/workingDir" },
                6 => Chance(3) ? new JsonObject { ["op"] = "remove", ["path"] = $"{containers}/0/args" } : Operation("add", "/spec/paused", true),
                _ => new JsonObject { ["op"] = "move", ["from"] = $"{containers}/0/ports", ["path"] = $"{containers}/0/moved" },
            });
        }

        return operations;

        static JsonObject Operation(string name, string path, JsonNode value) => new() { ["op"] = name, ["path"] = path, ["value"] = value };
    }

    private JsonObject Replacement()
    {
        var source = AnyWorkload();
        var target = AnyWorkload();
        var from = new JsonObject { ["kind"] = source.Kind, ["name"] = source.Name };
        if (Chance(2))
        {
            from["fieldPath"] = Pick("metadata.name", "apiVersion", "spec.template.spec.containers.[name=app].image", "spec.template.spec.containers.0.image", "metadata.labels.app", "spec.replicas");
        }

        var options = new JsonObject { ["create"] = Chance(2) };
        if (Chance(3))
        {
            options["delimiter"] = Pick(":", "/", "-");
            options["index"] = _random.Next(-1, 3);
        }

        return new JsonObject
        {
            ["source"] = from,
            ["targets"] = new JsonArray(new JsonObject
            {
                ["select"] = Chance(2) ? new JsonObject { ["kind"] = target.Kind } : new JsonObject { ["name"] = target.Name, ["kind"] = target.Kind },
                ["reject"] = Chance(4) ? new JsonArray(new JsonObject { ["name"] = "api" }) : null,
                ["fieldPaths"] = new JsonArray(Pick(
                    "metadata.annotations.from", "metadata.annotations.[config/x.y]", "spec.template.spec.containers.*.image", "spec.template.spec.containers.[name=app].env.[name=A].value",
                    "spec.template.metadata.labels.copied", "metadata.annotations.note", "spec.template.spec.containers.[name=app].env.[name=NEW].value")),
                ["options"] = options,
            }),
        };
    }

    private JsonObject Variable()
    {
        var (kind, name) = AnyWorkload();
        var variable = new JsonObject
        {
            ["name"] = "WEB_NAME",
            ["objref"] = new JsonObject { ["kind"] = kind, ["name"] = name, ["apiVersion"] = GeneratedObjects.ApiVersionOf(kind) },
        };
        if (Chance(2))
        {
            variable["fieldref"] = new JsonObject { ["fieldpath"] = Pick("metadata.name", "metadata.name", "spec.template.spec.containers[0].image", "apiVersion", "spec.replicas") };
        }

        return variable;
    }

    /// <summary>Of a base that comes before; of its own for a base, most of the time.</summary>
    private (string Kind, string Name) AnyWorkload() =>
        _isBase && !Chance(40) ? _workloads[^1] : _workloads[_random.Next(_workloads.Count)];

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    private string Pick(params string[] choices) => choices[_random.Next(choices.Length)];

    private void Write(string path, JsonNode content)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        if (content is JsonObject fields && _random.Next(4) > 0)
        {
            new Manifests.Yaml.YamlWriter(text).Write(fields);
        }
        else
        {
            text.Write(KubernetesJson.ToText(content));
        }

        _files[path] = text.ToString();
    }

    private void Write(string path, string text) => _files[path] = text;
}
