using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Tests.Syncing.Bed;

namespace GitOps.Operator.Tests.Sources;

/// <summary>
/// The operator dies at each request of a sync of two sources, before it reaches the server or after, and another one takes over:
/// with the same commits as before, or with a newer one of either source. Objects go from one source to the other meanwhile.
/// </summary>
public sealed class KilledSourcesTests
{
    private const string Both = """
        {"source":null,"sources":[{"repoURL":"https://example.org/a.git","path":"apps/web"},{"repoURL":"https://example.org/b.git","path":"apps/web"}],"syncPolicy":{"automated":{"prune":true,"selfHeal":true}}}
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What comes in between the death and the next life: nothing, or a commit in one of the sources.</summary>
    public static TheoryData<string> Meanwhile => ["nothing", "a", "b"];

    [Theory]
    [MemberData(nameof(Meanwhile))]
    public async Task A_sync_of_two_sources_that_is_killed_at_any_request_comes_to_the_same_end(string meanwhile)
    {
        var undisturbed = await PlayAsync(meanwhile, die: null, isAfter: false);
        undisturbed.Requests.ShouldBeGreaterThan(5);
        undisturbed.State.ShouldContain(meanwhile == "b" ? "moved b3" : "moved b2");
        for (var request = 1; request <= undisturbed.Requests; request++)
        {
            foreach (var isAfter in (bool[])[false, true])
            {
                var killed = await PlayAsync(meanwhile, request, isAfter);
                var place = string.Create(CultureInfo.InvariantCulture, $"dies {(isAfter ? "after" : "before")} request {request}, meanwhile {meanwhile}");
                killed.Died.ShouldBeTrue(place);
                Differences(undisturbed.State, killed.State).ShouldBeEmpty(place);
                killed.Mixed.ShouldBeEmpty(place);
                killed.Deleted.ShouldAllBe(static name => name == "gone", place);
            }
        }
    }

    private static async Task<Ending> PlayAsync(string meanwhile, int? die, bool isAfter)
    {
        await using var scene = new Scene();
        var commands = new SceneCommands(scene);
        foreach (var line in (string[])["begin", $"spec {Both}", "commit ConfigMap kept value=a1; ConfigMap moved value=a1; ConfigMap gone value=a1", "commit-in b ConfigMap other value=b1; ConfigMap back value=b1", "run"])
        {
            await commands.RunAsync(line, Cancellation);
        }

        // One object goes from the first source to the second, one the other way, one from both.
        await commands.RunAsync("commit ConfigMap kept value=a2; ConfigMap back value=a2", Cancellation);
        await commands.RunAsync("commit-in b ConfigMap other value=b2; ConfigMap moved value=b2; ConfigMap new value=b2", Cancellation);
        var (requests, mixed, deleted) = (0, new List<string>(), new List<string>());
        var (asked, answered) = (scene.Cluster.Asked, scene.Cluster.Answered);
        var one = new Lock();
        scene.Cluster.Asked = call =>
        {
            lock (one)
            {
                // Events are told at the end, and nobody waits for them.
                requests += call.Key.Kind == "Event" ? 0 : 1;
                if (requests == die && scene.Faults.Life is { IsCancellationRequested: false })
                {
                    scene.Faults.Add("*", "*", 1, null, isAfter);
                }
            }

            asked(call);
        };
        var heads = new Dictionary<char, char> { ['a'] = '2', ['b'] = '2' };
        scene.Cluster.Answered = call =>
        {
            lock (one)
            {
                if (call is { Verb: "delete", Key.Kind: "ConfigMap" })
                {
                    deleted.Add(call.Key.Name);
                }
                else if (call is { Verb: "apply", Key.Kind: "ConfigMap", IsDryRun: false, Body: { } body } && body["data"]?["value"]?.GetValue<string>() is { Length: 2 } value
                    && heads[value[0]] != value[1])
                {
                    mixed.Add($"{call.Key.Name} {value}, not {value[0]}{heads[value[0]]}");
                }
            }

            answered(call);
        };
        var lived = await scene.PassAsync(Cancellation);
        var counted = requests;
        if (meanwhile == "a")
        {
            heads['a'] = '3';
            await commands.RunAsync("commit ConfigMap kept value=a3; ConfigMap back value=a3", Cancellation);
        }
        else if (meanwhile == "b")
        {
            heads['b'] = '3';
            await commands.RunAsync("commit-in b ConfigMap other value=b3; ConfigMap moved value=b3; ConfigMap new value=b3", Cancellation);
        }

        scene.Faults.Clear();
        await commands.RunAsync("run", Cancellation);
        await commands.RunAsync("restart", Cancellation);
        await commands.RunAsync("run", Cancellation);
        return new(counted, !lived, StateOf(scene), mixed, deleted);
    }

    private static IEnumerable<string> Differences(string expected, string actual) =>
    [
        .. expected.Split('\n').Except(actual.Split('\n'), StringComparer.Ordinal).Select(static line => "- " + line),
        .. actual.Split('\n').Except(expected.Split('\n'), StringComparer.Ordinal).Select(static line => "+ " + line),
    ];

    /// <summary>The objects, and what is said of them, without when and by how many tries.</summary>
    private static string StateOf(Scene scene)
    {
        var status = (JsonObject)scene.Cluster.Find(scene.ApplicationKey)!.Json["status"]!;
        var pages = scene.Cluster.List(Names.ResourceInventory, string.Empty, null).Select(static page => ResourceInventory.TryParse(page, out var read, out _) ? read : null);
        return string.Join('\n', [
            .. scene.Cluster.Objects.Where(static item => item.Kind == "ConfigMap").Select(static item => $"{item.Name} {item.At("data", "value")}"),
            $"{status["sync"]!["status"]} {KubernetesJson.ToText(status["sync"]!["revisions"])}",
            $"history at {KubernetesJson.ToText(status["history"]!.AsArray()[^1]!["revisions"])}",
            $"operation {status["operationState"]!["phase"]}",
            .. status["conditions"]!.AsArray().Select(static item => $"{item!["type"]} {item["status"]}"),
            .. pages.SelectMany(static page => page!.Entries).Select(static entry => $"{entry.Key} {entry.DesiredHash} {entry.Fingerprint is not null}"),
        ]);
    }

    private sealed record Ending(int Requests, bool Died, string State, IReadOnlyList<string> Mixed, IReadOnlyList<string> Deleted);
}
