using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tests.Replay;

/// <summary>Nothing is made to measure for the recorded names, values and order.</summary>
public sealed class RenamedTraceTests
{
    /// <summary>Not renamed are those whose names stand in texts that are compared, or that know only paths.</summary>
    public static TheoryData<string> Renamable =>
    [
        "crud-basics", "optimistic-concurrency", "apply-configmap", "apply-drift-by-update", "apply-lists", "watch-basics",
        "watch-initial-events", "list-selectors", "dry-run", "finalizers", "generation-and-status", "field-validation", "patch-types",
        "defaulting", "leases-and-events", "namespaces", "watch-expired",
    ];

    /// <summary>Those that do not compare a list's resourceVersion, which moves with every write to the server.</summary>
    public static TheoryData<string> Interleavable =>
    [
        "crud-basics", "optimistic-concurrency", "apply-configmap", "apply-drift-by-update", "apply-lists", "dry-run", "finalizers",
        "generation-and-status", "patch-types", "defaulting", "leases-and-events",
    ];

    [Theory]
    [MemberData(nameof(Renamable))]
    public async Task Other_names_values_and_order_of_creates_give_the_same_answers(string name)
    {
        await using var cluster = await StartAsync("another");
        var trace = Trace.Load(name);
        var renaming = new TraceRenaming(trace, "q");
        await using var player = new TracePlayer(cluster, "another", renaming.UserAgent);
        var differences = new List<string>();
        var steps = Shuffled([.. trace.Steps.Select(renaming.Apply)], new Random(name.Length));
        for (var i = 0; i < steps.Count; i++)
        {
            differences.AddRange((await player.PlayAsync(steps[i])).Select(difference => Trace.Describe(steps[i], i, difference)));
        }

        differences.ShouldBeEmpty(string.Join('\n', differences));
    }

    [Theory]
    [MemberData(nameof(Interleavable))]
    public async Task Two_scenarios_at_once_do_not_disturb_each_other(string name)
    {
        await using var cluster = await StartAsync("first", "second");
        var trace = Trace.Load(name);
        var renaming = new TraceRenaming(trace, "z");
        await using var first = new TracePlayer(cluster, "first");
        await using var second = new TracePlayer(cluster, "second", renaming.UserAgent);
        var random = new Random(name.Length);
        var (a, b) = (0, 0);
        var differences = new List<string>();
        while (a < trace.Steps.Count || b < trace.Steps.Count)
        {
            var isFirst = b == trace.Steps.Count || (a < trace.Steps.Count && random.Next(2) == 0);
            var index = isFirst ? a++ : b++;
            var step = isFirst ? trace.Steps[index] : renaming.Apply(trace.Steps[index]);
            differences.AddRange((await (isFirst ? first : second).PlayAsync(step)).Select(difference => Trace.Describe(step, index, difference)));
        }

        differences.ShouldBeEmpty(string.Join('\n', differences));
    }

    [Fact]
    public void Renaming_changes_requests_and_expectations()
    {
        var trace = Trace.Load("list-selectors");
        var renamed = trace.Steps.Select(new TraceRenaming(trace, "q").Apply).ToList();

        renamed[0]["request"]!["body"]!["metadata"]!["name"]!.GetValue<string>().ShouldBe("qa");
        renamed[6]["request"]!["path"]!.GetValue<string>().ShouldEndWith("?labelSelector=app%20in%20(qx,qy),tier");
        renamed[11]["request"]!["path"]!.GetValue<string>().ShouldContain("metadata.name!%3Dqc,metadata.namespace%3D${ns}");
        var item = renamed[4]["expect"]!["body"]!["items"]![0]!;
        item["metadata"]!["labels"]!["app"]!.GetValue<string>().ShouldBe("qx");
        item["metadata"]!["managedFields"]![0]!["manager"]!.GetValue<string>().ShouldBe("qrecorder");
        item["data"]!["a"]!.GetValue<string>().ShouldBe("q1");
    }

    private static async Task<TestCluster> StartAsync(params string[] namespaces)
    {
        var cluster = await TestCluster.StartAsync(new() { TimeProvider = new FixedClock() });
        foreach (var ns in namespaces)
        {
            await cluster.CreateNamespaceAsync(ns);
        }

        return cluster;
    }

    /// <summary>
    /// Creates that follow each other are independent of each other: they come in another order, but for the last one, whose
    /// resourceVersion a following list has.
    /// </summary>
    private static List<JsonObject> Shuffled(List<JsonObject> steps, Random random)
    {
        for (var start = 0; start < steps.Count;)
        {
            var end = start;
            while (end < steps.Count && IsCreate(steps[end]))
            {
                end++;
            }

            if (end - start > 2)
            {
                var run = steps.GetRange(start, end - start - 1).ToArray();
                random.Shuffle(run);
                for (var i = 0; i < run.Length; i++)
                {
                    steps[start + i] = run[i];
                }
            }

            start = Math.Max(end, start + 1);
        }

        return steps;
    }

    private static bool IsCreate(JsonObject step) =>
        KubernetesObject.GetString(step["request"] as JsonObject, "method") == "POST"
        && step["expect"] is JsonObject expected && KubernetesObject.GetInt64(expected, "status") == 201
        && !step.ContainsKey("capture");
}
