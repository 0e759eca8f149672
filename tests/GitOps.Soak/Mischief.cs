using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Referee;

namespace GitOps.Soak;

/// <summary>One thing that somebody does to an object.</summary>
/// <param name="Name">For the record of the run.</param>
/// <param name="Weight">How often, against the others.</param>
/// <param name="Does">Does it.</param>
internal sealed record Mischief(string Name, int Weight, Func<Hand, Target, Random, Task> Does)
{
    private const string Strategic = "application/strategic-merge-patch+json";

    private static readonly string[] Managers = ["kubectl-edit", "k9s", "lens", "terraform", "some-controller"];

    public static IReadOnlyList<Mischief> All { get; } =
    [
        new("edit", 30, static (hand, target, dice) => hand.MergeAsync(target, Edit(target, dice), Who(dice))),
        new("edit two fields", 6, static (hand, target, dice) => hand.MergeAsync(target, With(Edit(target, dice), Labels("team", Word(dice))), Who(dice))),
        new("scale", 10, static (hand, target, dice) => target.Kind.Kind == "Deployment"
            ? hand.PatchAsync(target, Hand.Merge, new JsonObject { ["spec"] = new JsonObject { ["replicas"] = dice.Next(3, 90) } }, "kubectl", "/scale")
            : hand.MergeAsync(target, Edit(target, dice), Who(dice))),
        new("edit a list's item", 8, static (hand, target, dice) => EditItemAsync(hand, target, dice)),
        new("remove a field", 8, static (hand, target, dice) => hand.MergeAsync(target, Removal(target), Who(dice))),
        new("label", 8, static (hand, target, dice) => hand.MergeAsync(target, Labels("team", Word(dice)), "kubectl-label")),
        new("take a label away", 4, static (hand, target, dice) => hand.MergeAsync(target, Labels("app.example.com/part", null), "kubectl-label")),
        new("strip our label", 4, static (hand, target, dice) => hand.MergeAsync(target, Labels("gitops-operator.dev/application", null), "kubectl-label")),
        new("add something foreign", 12, static (hand, target, dice) => hand.MergeAsync(target, Foreign(target, dice), Who(dice))),
        new("write the status", 8, static (hand, target, dice) => target.Kind.Kind is "Deployment" or "Widget"
            ? hand.PatchAsync(target, Hand.Merge, JsonNode.Parse($$"""{"status": {"observedGeneration": {{dice.Next(100)}} } }""")!, "controller", "/status")
            : hand.MergeAsync(target, Foreign(target, dice), Who(dice))),
        new("delete", 6, static (hand, target, _) => hand.DeleteAsync(target)),
        new("delete with a finalizer", 2, static async (hand, target, _) =>
        {
            await hand.MergeAsync(target, Finalizers("example.com/hold"), "holder");
            await hand.DeleteAsync(target);
            await hand.PauseAsync(TimeSpan.FromSeconds(2));
            await hand.MergeAsync(target, Finalizers(null), "holder");
        }),
        new("delete and make again", 2, static (hand, target, dice) => hand.RemakeAsync(target, "kubectl-replace")),
        new("replace", 6, static (hand, target, dice) => hand.ReplaceAsync(target, live => Apply(live, Edit(target, dice)), "kubectl-replace")),
        new("reorder", 3, static (hand, target, dice) => target.Kind.Kind == "Deployment"
            ? hand.ReplaceAsync(target, static live => Reverse(live["spec"]!["template"]!["spec"]!["containers"]![0]!["env"]), "kubectl-replace")
            : hand.MergeAsync(target, Edit(target, dice), Who(dice))),
        new("apply with force", 6, static (hand, target, dice) => hand.ApplyAsync(target, Sparse(target, dice), "rival")),
        new("edit and set back", 4, static async (hand, target, dice) =>
        {
            await hand.MergeAsync(target, Labels("team", Word(dice)), "undecided");
            await hand.PauseAsync(TimeSpan.FromMilliseconds(dice.Next(300)));
            await hand.MergeAsync(target, Labels("team", "a"), "undecided");
        }),
        new("edit, and another edits too", 3, static async (hand, target, dice) =>
        {
            await hand.MergeAsync(target, Labels("team", Word(dice)), "first");
            await hand.PauseAsync(TimeSpan.FromMilliseconds(dice.Next(60)));
            await hand.MergeAsync(target, Edit(target, dice), "second");
        }),
        new("have a webhook rewrite it", 10, static (hand, target, dice) => hand.MergeAsync(
            target, new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Tampering.Annotation] = Word(dice) } } }, "trigger")),
        new("set everything back", 16, static (hand, target, _) => hand.RestoreAsync(target, "kubectl-replace")),
    ];

    private static string Who(Random dice) => Managers[dice.Next(Managers.Length)];

    private static string Word(Random dice) => string.Create(CultureInfo.InvariantCulture, $"w{dice.Next(1_000_000)}");

    private static JsonObject Edit(Target target, Random dice) => target.Kind.Kind switch
    {
        "ConfigMap" => new() { ["data"] = new JsonObject { ["color"] = Word(dice) } },
        "Secret" => new() { ["stringData"] = new JsonObject { ["password"] = Word(dice) } },
        "Service" => new() { ["spec"] = new JsonObject { ["selector"] = new JsonObject { ["app"] = Word(dice) } } },
        "ServiceAccount" => new() { ["automountServiceAccountToken"] = true },
        "Deployment" => new() { ["spec"] = new JsonObject { ["replicas"] = dice.Next(3, 90) } },
        _ => new() { ["spec"] = new JsonObject { ["color"] = Word(dice), ["steps"] = new JsonArray("cut", Word(dice)) } },
    };

    private static JsonObject Removal(Target target) => target.Kind.Kind switch
    {
        "ConfigMap" => new() { ["data"] = new JsonObject { ["size"] = null } },
        "Secret" => new() { ["data"] = new JsonObject { ["user"] = null } },
        "ServiceAccount" => new() { ["automountServiceAccountToken"] = null },
        "Widget" => new() { ["spec"] = new JsonObject { ["size"] = null, ["tags"] = null } },
        _ => Labels("team", null),
    };

    private static JsonObject Foreign(Target target, Random dice) => target.Kind.Kind switch
    {
        "ConfigMap" => new() { ["data"] = new JsonObject { ["foreign"] = Word(dice) } },
        "Widget" => new() { ["spec"] = new JsonObject { ["shape"] = Word(dice) } },
        "Deployment" => new() { ["spec"] = new JsonObject { ["minReadySeconds"] = dice.Next(60) } },
        _ => new() { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["example.com/note"] = Word(dice) } } },
    };

    private static JsonObject Sparse(Target target, Random dice) => target.Kind.Kind == "Secret" ? Labels("team", Word(dice)) : Edit(target, dice);

    private static Task EditItemAsync(Hand hand, Target target, Random dice) => target.Kind.Kind switch
    {
        "Deployment" => hand.PatchAsync(target, Strategic, JsonNode.Parse(dice.Next(3) switch
        {
            0 => $$"""{"spec": {"template": {"spec": {"containers": [{"name": "helper", "image": "example.com/{{Word(dice)}}"}] } } } }""",
            1 => $$"""{"spec": {"template": {"spec": {"containers": [{"name": "main", "env": [{"name": "B", "value": "{{Word(dice)}}"}] }] } } } }""",
            _ => """{"spec": {"template": {"spec": {"containers": [{"name": "main", "env": [{"name": "C", "$patch": "delete"}] }] } } } }""",
        })!, Who(dice)),
        "Service" => hand.PatchAsync(
            target, Strategic, JsonNode.Parse($$"""{"spec": {"ports": [{"port": 81, "targetPort": {{dice.Next(2000, 60000)}} }] } }""")!, Who(dice)),
        "Widget" => hand.ReplaceAsync(target, live => Part(live, dice), Who(dice)),
        _ => hand.MergeAsync(target, Edit(target, dice), Who(dice)),
    };

    private static void Part(JsonObject live, Random dice)
    {
        if (live["spec"]?["parts"] is JsonArray { Count: > 0 } parts)
        {
            parts[0]!["count"] = dice.Next(5, 500);
        }
    }

    private static void Apply(JsonObject live, JsonObject change)
    {
        foreach (var (name, value) in change)
        {
            if (value is JsonObject inside && live[name] is JsonObject there)
            {
                Apply(there, inside);
            }
            else
            {
                live[name] = value?.DeepClone();
            }
        }
    }

    private static void Reverse(JsonNode? list)
    {
        if (list is JsonArray items)
        {
            var reversed = items.Reverse().Select(static item => item!.DeepClone()).ToList();
            items.Clear();
            reversed.ForEach(items.Add);
        }
    }

    private static JsonObject Labels(string name, string? value) =>
        new() { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [name] = value } } };

    private static JsonObject Finalizers(string? name) =>
        new() { ["metadata"] = new JsonObject { ["finalizers"] = name is null ? null : new JsonArray(name) } };

    private static JsonObject With(JsonObject change, JsonObject more)
    {
        Apply(change, more);
        return change;
    }
}

/// <summary>An object of the run.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Namespace">Where.</param>
/// <param name="Name">Its name.</param>
internal sealed record Target(WatchedKind Kind, string Namespace, string Name)
{
    public Subject Subject => new(Kind.Kind, Namespace, Name);

    public string Path => Kind.PathIn(Namespace, Name);
}
