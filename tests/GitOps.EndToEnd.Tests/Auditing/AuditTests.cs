using System.Diagnostics;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.FirstContact;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Syncing;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Options;

namespace GitOps.EndToEnd.Tests.Auditing;

/// <summary>One change of each kind, made with the programs that people use: the audit log has exactly one line of each, and no secret.</summary>
public sealed class AuditTests(Cluster cluster)
{
    private const string Alice = "alice@example.com";
    private const string Category = "GitOps.Audit";
    private const string Hidden = "hunter2-in-plain-text";
    private const string HiddenToo = "correct-horse-battery";

    [Fact]
    public async Task Each_change_has_one_line_that_says_who_and_why()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "audit");
        var kubectl = Tool.Kubectl(space);
        await using var player = new WorkloadPlayer(space);
        await space.LetEverybodyApproveAsync();
        await cluster.ApplyAsync(Kinds.ConfigMap, KubernetesObject.Parse($$"""
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "{{space.Target}}", "name": "theirs"}, "data": {"key": "before"} }
            """));
        space.Options = space.Options with { LogFormat = LogFormat.Json };
        var process = space.StartProcess(null, "--audit-log", "stderr");
        var repository = space.NewRepository();
        var first = repository.Commit(
            ("a.yaml", Manifests.ConfigMap("a", "one")), ("gone.yaml", Manifests.ConfigMap("gone", "x")), ("secret.yaml", Manifests.Secret("secret", Hidden)),
            ("theirs.yaml", Manifests.ConfigMap("theirs", "after")), ("hook.yaml", Workloads.Job("name: hook", Workloads.Argo("hook=PreSync"))));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.UntilSyncedAsync(application, first);

        // Somebody edits, in a terminal; what it was is put back.
        await kubectl.RunAsync([("KUBE_EDITOR", "sed -i s/one/by-hand/")], "edit", "configmap", "a");
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "a", "is healed", static found => Value(found) == "one");
        await kubectl.RunAsync("patch", "secret", "secret", "-p", $$"""{"stringData": {"key": "{{HiddenToo}}"} }""");
        await UntilAsync(space, process, "the Secret is healed", static line => Text(line, "Reason") == "heal" && Text(line, "Kind") == "Secret");

        // A commit changes one object and removes another.
        var second = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")), ("gone.yaml", null), ("hook.yaml", null), ("secret.yaml", Manifests.Secret("secret", HiddenToo)));
        await space.UntilSyncedAsync(application, second);

        // A plan that a person approves.
        var gatedRepository = space.NewRepository();
        var gatedHead = gatedRepository.Commit(("gated.yaml", Manifests.ConfigMap("gated", "x")));
        var gated = await space.CreateApplicationAsync("gated", gatedRepository, change: static json => json["spec"]!["approval"] = new JsonObject { ["required"] = true });
        var plan = await space.UntilPlanWaitsAsync(gated, gatedHead);
        await space.ApproveAsync(gated, gatedHead, plan.Hash!, Alice);
        await space.UntilSyncedAsync(gated, gatedHead);

        // What somebody asks for.
        await kubectl.RunAsync("delete", "configmap", "gated");
        await UntilAsync(space, process, "the object comes back", static line => Text(line, "Reason") == "heal" && Text(line, "Name") == "gated");
        await process.SignalAsync("TERM");
        (await process.WaitForExitAsync()).ShouldBe(0);

        var lines = Audit(process);
        string[] changes = [.. lines.Where(line => Text(line, "Namespace") == space.Target).Select(static line =>
            $"{Text(line, "Reason")} {Text(line, "Verb")} {Text(line, "Kind")}/{Text(line, "Name")} {Text(line, "Outcome")} [{Text(line, "Fields")}]")];
        changes.Where(static change => !change.StartsWith("hook", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ShouldBe(
        [
            "adopt apply ConfigMap/theirs changed []",
            "heal apply ConfigMap/a changed [data.key]",
            "heal apply ConfigMap/gated created []",
            "heal apply Secret/secret changed [data.key]",
            "prune delete ConfigMap/gone deleting []",
            "sync apply ConfigMap/a changed [data.key]",
            "sync apply ConfigMap/a created []",
            "sync apply ConfigMap/gated created []",
            "sync apply ConfigMap/gone created []",
            "sync apply Secret/secret changed [data.key]",
            "sync apply Secret/secret created []",
        ]);
        changes.Count(static change => change.StartsWith("hook apply Job/hook created", StringComparison.Ordinal)).ShouldBe(1);
        lines.Where(static line => !Guid.TryParse(Text(line, "RequestId"), out _)).ShouldBeEmpty("each names its request");
        var prune = lines.Single(static line => Text(line, "Reason") == "prune");
        (Text(prune, "Application"), Text(prune, "Revision"), Text(prune, "Initiator")).ShouldBe((application.ToString(), second, "automated"));
        Text(prune, "Author").ShouldNotBeEmpty();
        Text(lines.Single(static line => Text(line, "Name") == "gated" && Text(line, "Reason") == "sync"), "Approver").ShouldBe(Alice);
        process.Log.Except(process.Errors, StringComparer.Ordinal).ShouldNotContain(static line => line.Contains(Category, StringComparison.Ordinal), "it has a stream of its own");
        foreach (var secret in (string[])[Hidden, HiddenToo, Convert.ToBase64String("hunter2"u8.ToArray())[..8]])
        {
            string.Join('\n', process.Log).ShouldNotContain(secret);
        }

        var events = (await cluster.ListAsync(Kinds.Event, space.ApplicationNamespace)).ToList();
        events.Count(static item => item.At("reason")?.ToString() == "ObjectHealed" && item.At("related", "name")?.ToString() == "a").ShouldBe(1);
        events.Count(static item => item.At("reason")?.ToString() == "ObjectDeleted" && item.At("related", "name")?.ToString() == "gone").ShouldBe(1);
        string.Join('\n', events.Select(static item => item.Json.ToJsonString())).ShouldNotContain(HiddenToo);

        // Who changed this at 03:14?
        var answer = await JqAsync(process.Errors, $"""
            select(.Category == "{Category}") | select(.State.Kind == "ConfigMap" and .State.Namespace == "{space.Target}" and .State.Name == "a")
            | [.State.Reason, .State.Verb, .State.Outcome, .State.Revision[0:7], .State.Fields] | join(" ")
            """);
        answer.ShouldBe([$"sync apply created {first[..7]} ", $"heal apply changed {first[..7]} data.key", $"sync apply changed {second[..7]} data.key"]);
    }

    [Fact]
    public async Task A_sync_of_many_objects_has_a_line_of_each_and_few_events_and_the_level_is_set_without_a_restart()
    {
        const int Objects = 60;
        await using var space = await TestSpace.CreateAsync(cluster, "audit");
        space.Options = space.Options with { LogFormat = LogFormat.Json };
        var process = space.StartProcess();
        var repository = space.NewRepository();
        var head = repository.Commit(Many(0, Objects));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.UntilSyncedAsync(application, head);
        Audit(process).Count(line => Text(line, "Namespace") == space.Target).ShouldBe(Objects);
        await space.UntilAsync("the first sync is told of", async () => (await EventsAsync(space, "ObjectsCreated")).Count == 1);
        (await EventsAsync(space, "ObjectChanged")).ShouldBeEmpty("a first sync is told of as a whole");

        await space.UntilSyncedAsync(application, repository.Commit(Many(1, Objects)));
        Audit(process).Count(line => Text(line, "Namespace") == space.Target).ShouldBe(2 * Objects);
        await space.UntilAsync("the last event is there", async () => (await EventsAsync(space, "ManyChanges")).Count == 1);
        (await EventsAsync(space, "ObjectChanged")).Count.ShouldBe(20);

        // The level goes up, and audit stays whatever it is.
        await SetLevelAsync(space, "error");
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "many-1-1", """{"data": {"key": "by-hand"} }""");
        await UntilAsync(space, process, "it is told of all the same", static line => Text(line, "Reason") == "heal");
        await SetLevelAsync(space, "debug");
        await space.UntilAsync("it tells more", () => Task.FromResult(Logs(process, "the log level is debug").Any()));
        await SetLevelAsync(space, "loud");
        await space.UntilAsync("it says what is wrong", () => Task.FromResult(Logs(process, "level is none of trace").Any()));
    }

    private static (string, string?) Many(int number, int objects) =>
        ($"many-{number}.yaml", string.Join("---\n", Enumerable.Range(0, objects).Select(i => Manifests.ConfigMap($"many-{number}-{i}", "x"))));

    private static IEnumerable<string> Logs(OperatorProcess process, string text) => process.Log.Where(line => line.Contains(text, StringComparison.Ordinal));

    private Task<KubernetesObject> SetLevelAsync(TestSpace space, string level) => cluster.ApplyAsync(Kinds.ConfigMap, KubernetesObject.Parse($$"""
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "{{space.Options.OperatorNamespace}}", "name": "gitops-operator-logging"}, "data": {"level": "{{level}}"} }
        """));

    private async Task<List<KubernetesObject>> EventsAsync(TestSpace space, string reason) =>
        [.. (await cluster.ListAsync(Kinds.Event, space.ApplicationNamespace)).Where(item => item.At("reason")?.ToString() == reason)];

    private static Task UntilAsync(TestSpace space, OperatorProcess process, string what, Func<JsonNode, bool> isSo) =>
        space.UntilAsync(what, () => Task.FromResult(Audit(process).Exists(line => isSo(line))));

    private static List<JsonNode> Audit(OperatorProcess process) =>
        [.. process.Log.Where(static line => line.Contains(Category, StringComparison.Ordinal)).Select(static line => JsonNode.Parse(line)!["State"]!)];

    private static string Text(JsonNode line, string name) => line[name]!.ToString();

    private static string? Value(KubernetesObject found) => found.At("data", "key")?.ToString();

    private static async Task<string[]> JqAsync(IEnumerable<string> lines, string filter)
    {
        var jq = Environment.GetEnvironmentVariable("GITOPS_TEST_JQ");
        if (string.IsNullOrEmpty(jq))
        {
            Environment.GetEnvironmentVariable("CI").ShouldBeNullOrEmpty("GITOPS_TEST_JQ has to name a program in CI");
            Assert.Skip("GITOPS_TEST_JQ names no program");
        }

        using var process = Process.Start(new ProcessStartInfo(jq, ["-r", filter]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        foreach (var line in lines)
        {
            await process.StandardInput.WriteLineAsync(line);
        }

        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
