using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Api;
using GitOps.Operator.Diff;

namespace GitOps.Operator.Tests.Diff.Attribution;

/// <summary>
/// Random manifests, and random work of others on them. The referee compares nothing but values, at the paths that the
/// server said were ours: each that differs has to be reported with the program that wrote it last, and no other.
/// </summary>
public sealed class RandomEditTests
{
    private static readonly string[] Managers = ["vi", "nano", "kubectl-edit", "helm", "controller"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void No_change_is_missed_and_none_is_made_up(int seed)
    {
        var random = new Random(seed);
        var (drifts, quiet) = (0, 0);
        for (var round = 0; round < 150; round++)
        {
            var scene = new Scene(KubernetesJson.ToText(Manifest(random))).Applied();
            var ours = Leaves(OwnEntry.Find(scene.Answer, Names.FieldManager)!);
            var story = new List<string>();
            var writers = new Dictionary<string, string>(StringComparer.Ordinal);
            for (var step = random.Next(1, 6); step > 0; step--)
            {
                var before = scene.Live.DeepClone();
                var (manager, what) = Edit(random, scene);
                story.Add($"{manager}: {what}");
                foreach (var path in ours.Where(path => !Same(path, before, scene.Live)))
                {
                    writers[path.ToString()] = manager;
                }

                var told = $"seed {seed}, round {round}: {scene.Desired.Json.ToJsonString()}; {string.Join("; ", story)}";
                var changed = ours.Where(path => !Same(path, scene.Answer, scene.Live)).ToList();
                Judge(scene, changed, writers, told);
                (drifts, quiet) = changed.Count > 0 ? (drifts + 1, quiet) : (drifts, quiet + 1);
            }
        }

        // Else nothing was shown.
        drifts.ShouldBeGreaterThan(100);
        quiet.ShouldBeGreaterThan(30);
    }

    private static void Judge(Scene scene, List<FieldPath> changed, Dictionary<string, string> writers, string told)
    {
        var verdict = scene.Judged();
        if (changed.Count == 0)
        {
            Scene.Text(verdict).ShouldBeOneOf(told, "none", "own again");
            return;
        }

        var fields = verdict.ShouldBeOfType<Verdict.Modified>(told).Fields;
        foreach (var path in changed)
        {
            var field = fields.FirstOrDefault(field => IsAt(field.Field, path));
            field.ShouldNotBeNull($"missed {path} in {Scene.Text(verdict)}; {told}");
            if (path.TryGet(scene.Live.Json, out _))
            {
                field.Manager.ShouldBe(writers[path.ToString()], $"{path}; {told}");
            }
            else
            {
                field.Manager.ShouldBeEmpty($"{path}; {told}");
                field.Live.ShouldBeNull();
            }
        }

        foreach (var field in fields)
        {
            changed.ShouldContain(path => IsAt(field.Field, path), $"made up {field.Path}; {told}");
        }
    }

    // What is reported may be the item or map around what is gone.
    private static bool IsAt(FieldPath reported, FieldPath path) =>
        reported.Elements.Length <= path.Elements.Length
        && reported.Elements.AsSpan().SequenceEqual(path.Elements.AsSpan()[..reported.Elements.Length]);

    private static bool Same(FieldPath path, KubernetesObject left, KubernetesObject right) =>
        path.TryGet(left.Json, out var first) == path.TryGet(right.Json, out var second) && JsonNode.DeepEquals(first, second);

    private static List<FieldPath> Leaves(OwnEntry entry)
    {
        var set = FieldSet.Parse(entry.FieldsV1);
        return [.. set.Paths().Where(path => path.Elements.Aggregate(set, static (below, element) => below.Below(element).Children).IsEmpty)];
    }

    private static JsonObject Manifest(Random random)
    {
        var container = new JsonObject { ["name"] = "main", ["image"] = $"nginx:{random.Next(3)}" };
        if (random.Next(2) == 0)
        {
            container["env"] = Environment(random);
        }

        if (random.Next(2) == 0)
        {
            container["ports"] = new JsonArray(new JsonObject { ["containerPort"] = 80, ["protocol"] = "TCP" }, new JsonObject { ["containerPort"] = 53, ["protocol"] = "UDP" });
        }

        if (random.Next(2) == 0)
        {
            container["resources"] = new JsonObject { ["requests"] = new JsonObject { ["cpu"] = "100m" }, ["limits"] = new JsonObject { ["memory"] = "64Mi" } };
        }

        if (random.Next(3) == 0)
        {
            container["command"] = new JsonArray("a", "b");
        }

        var containers = new JsonArray(container);
        if (random.Next(2) == 0)
        {
            containers.Add(new JsonObject { ["name"] = "side", ["image"] = "side:1" });
        }

        var spec = new JsonObject
        {
            ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = "web" } },
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = "web" } },
                ["spec"] = new JsonObject { ["containers"] = containers },
            },
        };
        if (random.Next(2) == 0)
        {
            spec["replicas"] = random.Next(1, 5);
        }

        if (random.Next(2) == 0)
        {
            spec["minReadySeconds"] = random.Next(1, 5);
        }

        var metadata = new JsonObject { ["name"] = "web", ["namespace"] = "ns", ["labels"] = new JsonObject { ["app"] = "web", ["team"] = "a" } };
        if (random.Next(2) == 0)
        {
            metadata["annotations"] = new JsonObject { ["note"] = "x", ["example.com/y"] = "z" };
        }

        return new() { ["apiVersion"] = "apps/v1", ["kind"] = "Deployment", ["metadata"] = metadata, ["spec"] = spec };
    }

    private static JsonArray Environment(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 4)).Select(i => new JsonObject { ["name"] = $"V{i}", ["value"] = $"{random.Next(3)}" })];

    /// <summary>One thing that somebody does: by edit, replace, scale or a forced apply.</summary>
    private static (string Manager, string What) Edit(Random random, Scene scene)
    {
        while (true)
        {
            var manager = Managers[random.Next(Managers.Length)];
            try
            {
                switch (random.Next(12))
                {
                    case 0:
                        var replicas = random.Next(1, 6);
                        scene.Scaled("kubectl", replicas);
                        return ("kubectl", $"scaled to {replicas}");
                    case 1:
                        var fields = $"{{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{{\"name\":\"web\",\"namespace\":\"ns\",\"labels\":{{\"team\":\"{random.Next(3)}\"}}}},\"spec\":{{\"replicas\":{random.Next(1, 5)}}}}}";
                        scene.ForceApplied("rival", fields);
                        return ("rival", fields);
                    default:
                        string? what = null;
                        scene.Replaced(manager, json => what = Change(random, json));
                        return (manager, what!);
                }
            }
            catch (ApiException)
            {
                // The server refuses it: something else, then.
            }
        }
    }

    private static string Change(Random random, JsonObject json)
    {
        var spec = (JsonObject)json["spec"]!;
        var metadata = (JsonObject)json["metadata"]!;
        var containers = spec["template"]!["spec"]!["containers"]!.AsArray();
        var container = (JsonObject)containers[random.Next(containers.Count)]!;
        var value = random.Next(4).ToString(System.Globalization.CultureInfo.InvariantCulture);
        switch (random.Next(14))
        {
            case 0:
                container["image"] = $"nginx:{value}";
                return $"{container["name"]} image {value}";
            case 1 when container["env"] is JsonArray { Count: > 0 } env:
                var variable = env[random.Next(env.Count)]!;
                variable["value"] = value;
                return $"env {variable["name"]} = {value}";
            case 2 when container["env"] is JsonArray { Count: > 0 } env:
                env.RemoveAt(random.Next(env.Count));
                return "an env less";
            case 3 when container["env"] is JsonArray env:
                env.Add(new JsonObject { ["name"] = $"X{value}{env.Count}", ["value"] = "x" });
                return "an env more";
            case 4:
                metadata["labels"]!["team"] = value;
                return $"team {value}";
            case 5:
                metadata["labels"]!.AsObject().Remove("team");
                return "no team";
            case 6:
                (metadata["annotations"] ??= new JsonObject())["other"] = value;
                return $"annotation other {value}";
            case 7 when metadata["annotations"] is JsonObject { Count: > 1 } annotations:
                annotations.Remove(annotations.GetAt(random.Next(annotations.Count)).Key);
                return "an annotation less";
            case 8:
                spec["minReadySeconds"] = random.Next(1, 5);
                return $"minReadySeconds {spec["minReadySeconds"]}";
            case 9 when containers.Count == 2:
                containers.RemoveAt(1);
                return "a container less";
            case 10 when containers.Count < 3:
                containers.Add(new JsonObject { ["name"] = $"c{value}", ["image"] = "x:1" });
                return $"container c{value}";
            case 11 when Requests(container) is { } requests:
                requests["cpu"] = $"{random.Next(1, 5) * 100}m";
                return $"cpu {requests["cpu"]}";
            case 12 when container["command"] is JsonArray command:
                command[1] = value;
                return $"command {value}";
            case 13 when container["ports"] is JsonArray { Count: > 1 } ports:
                ports.RemoveAt(random.Next(ports.Count));
                return "a port less";
            default:
                spec["replicas"] = random.Next(1, 5);
                return $"replicas {spec["replicas"]}";
        }
    }

    private static JsonObject? Requests(JsonObject container) => container["resources"] is JsonObject resources ? resources["requests"] as JsonObject : null;
}
