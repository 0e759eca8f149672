using System.Net;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Sources;
using GitOps.EndToEnd.Tests.Syncing;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Options;

namespace GitOps.EndToEnd.Tests.Auditing;

/// <summary>Every kind of change that the operator makes: its line in the audit log, with what began it, and its event.</summary>
public sealed class ChangeKindTests(Cluster cluster)
{
    private const string Immutable = "immutable: true";

    [Fact]
    public async Task Each_kind_of_change_has_its_line_and_its_event()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "kinds");
        space.Options = space.Options with { LogFormat = LogFormat.Json };
        var process = space.StartProcess();
        var repository = space.NewRepository();
        var made = $"{space.Name}-made";
        var first = repository.Commit(
            ("a.yaml", Manifests.ConfigMap("a", "one")), ("b.yaml", Manifests.ConfigMap("b", "one")),
            ("forced.yaml", SyncOptionBed.ConfigMap("forced", "sync-options=Force=true", "one", Immutable)),
            ("hook.yaml", SyncOptionBed.ConfigMap("hook", "hook=PreSync hook-delete-policy=HookSucceeded")));
        var application = await space.CreateApplicationAsync("web", repository, change: json =>
        {
            json["spec"]!["destination"]!["namespace"] = made;
            json["spec"]!["syncPolicy"]!["syncOptions"] = new JsonArray("CreateNamespace=true");
            json["metadata"]!["finalizers"] = new JsonArray(Names.ResourcesFinalizer);
        });
        await space.UntilSyncedAsync(application, first);

        // Deleted and changed by others; forced and pruned by a commit; gone back; asked for; refused; deleted with the Application.
        await cluster.DeleteAsync(Kinds.ConfigMap, made, "b");
        await UntilAsync(space, process, "heal apply ConfigMap/b created by automated (drift)");
        await cluster.MergeAsync(Kinds.ConfigMap, made, "a", """{"data": {"key": "by-hand"} }""");
        await space.UntilAsync("it is healed", () => Task.FromResult(Lines(process).Any(static line =>
            line.StartsWith("heal apply ConfigMap/a changed by ", StringComparison.Ordinal) && line.EndsWith(" (drift)", StringComparison.Ordinal)
            && !line.Contains("automated", StringComparison.Ordinal))));
        var second = repository.Commit(
            ("a.yaml", Manifests.ConfigMap("a", "two")), ("b.yaml", null), ("hook.yaml", null),
            ("forced.yaml", SyncOptionBed.ConfigMap("forced", "sync-options=Force=true", "two", Immutable)));
        await space.UntilSyncedAsync(application, second);
        await space.AnnotateAsync(application, Annotations.RollbackTo, "1");
        await UntilAsync(space, process, "rollback apply ConfigMap/b created");
        await space.AnnotateAsync(application, Annotations.RollbackTo, null);
        await space.UntilSyncedAsync(application, second);
        await space.KubectlAsync(application, "annotate", "--field-manager=alice", $"{Annotations.Prefix}{Annotations.Refresh}=normal");
        await UntilAsync(space, process, $"request patch Application/{application.Name} changed by alice (refresh)");
        await cluster.DeleteAsync(Kinds.Application, application.Namespace, application.Name);
        await space.UntilGoneAsync(Kinds.Application, application.Namespace, application.Name);
        await UntilAsync(space, process, $"request patch Application/{application.Name} changed by automated (deletion)");

        var events = (await cluster.ListAsync(Kinds.Event, application.Namespace)).ToList();
        string[] said = [.. events.Select(static item => $"{item.At("reason")} {item.At("related", "kind")}/{item.At("related", "name")}")];
        foreach (var (line, told) in (ReadOnlySpan<(string, string?)>)
        [
            ($"sync create Namespace/{made} created", $"ObjectChanged Namespace/{made}"),
            ("sync apply ConfigMap/a created by ", "ObjectsCreated /"),
            ("hook apply ConfigMap/hook", "HookChanged ConfigMap/hook"),
            ("hook delete ConfigMap/hook", "HookChanged ConfigMap/hook"),
            ("heal apply ConfigMap/a changed", "ObjectHealed ConfigMap/a"),
            ("heal apply ConfigMap/b created", "ObjectHealed ConfigMap/b"),
            ("sync apply ConfigMap/a changed by automated (poll)", "ObjectChanged ConfigMap/a"),
            ("prune delete ConfigMap/b", "ObjectDeleted ConfigMap/b"),
            ("sync delete ConfigMap/forced", "ObjectChanged ConfigMap/forced"),
            ("sync apply ConfigMap/forced created by automated (poll)", "ObjectChanged ConfigMap/forced"),
            ("rollback apply ConfigMap/a changed by ", "ObjectChanged ConfigMap/a"),
            ("delete delete ConfigMap/a", "ObjectDeleted ConfigMap/a"),
            ($"request patch Application/{application.Name} changed by automated (deletion)", null),
        ])
        {
            Lines(process).ShouldContain(found => found.StartsWith(line, StringComparison.Ordinal), $"{line} is not in\n{string.Join('\n', Lines(process))}");
            if (told is not null)
            {
                said.Contains(told, StringComparer.Ordinal).ShouldBeTrue($"{told} is not in\n{string.Join('\n', said)}");
            }
        }

        Lines(process).First(static line => line.StartsWith("sync apply ConfigMap/a created", StringComparison.Ordinal)).ShouldEndWith("(spec)");
        Lines(process).First(static line => line.StartsWith("rollback apply ConfigMap/a", StringComparison.Ordinal)).ShouldEndWith("(rollback)");
    }

    [Fact]
    public async Task A_commit_names_whether_a_webhook_or_a_poll_found_it_and_a_changed_spec_who_changed_it()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "found");
        await new WebhookTests(cluster).SetSecretAsync(space, WebhookTests.Shared);
        var (told, polled) = (space.NewRepository(), space.NewRepository());
        var first = told.Commit(("a.yaml", Manifests.ConfigMap("a", "one")), ("other/a.yaml", Manifests.ConfigMap("a", "other")));
        var firstPolled = polled.Commit(("b.yaml", Manifests.ConfigMap("b", "one")));
        var application = await space.CreateApplicationAsync("told", told, ".", WebhookTests.Hourly);
        var beside = await space.CreateApplicationAsync("polled", polled);
        var running = await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);
        await space.UntilSyncedAsync(beside, firstPolled);
        await WebhookTests.UntilServedAsync(space, running);
        var second = told.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        (await WebhookTests.CallAsync(running, told, WebhookTests.Shared, "refs/heads/main", second)).Code.ShouldBe(HttpStatusCode.Accepted);
        var secondPolled = polled.Commit(("b.yaml", Manifests.ConfigMap("b", "two")));
        (await space.UntilSyncedAsync(application, second)).Status.OperationState!.Cause.ShouldBe(new SyncCause { Name = "webhook" });
        (await space.UntilSyncedAsync(beside, secondPolled)).Status.OperationState!.Cause.ShouldBe(new SyncCause { Name = "poll" });
        await cluster.ApplyAsync(Kinds.Application, KubernetesObject.Parse($$"""
            {"apiVersion": "{{Names.ApiVersion}}", "kind": "Application", "metadata": {"namespace": "{{application.Namespace}}", "name": "{{application.Name}}"},
             "spec": {"source": {"repoURL": "{{told.Url}}", "targetRevision": "main", "path": "other"} } }
            """), "bob");

        // Who created it is named beside him if that was in the same second.
        await space.UntilAsync(application, "has synced what the spec says now", static found =>
            found.Status is { OperationState: { Phase: OperationPhase.Succeeded, Cause: { Name: "spec", By: { } by } } } && by.StartsWith("bob", StringComparison.Ordinal));
        await space.UntilAsync("the lines are there", () => Task.FromResult(
            running.Log.Any(line => line.Contains($"ConfigMap {space.Target}/a: changed", StringComparison.Ordinal) && line.Contains("by automated (webhook)", StringComparison.Ordinal))
            && running.Log.Any(line => line.Contains($"ConfigMap {space.Target}/b: changed", StringComparison.Ordinal) && line.Contains("by automated (poll)", StringComparison.Ordinal))
            && running.Log.Any(line => line.Contains($"ConfigMap {space.Target}/a: changed", StringComparison.Ordinal) && line.Contains("by bob", StringComparison.Ordinal) && line.Contains("(spec)", StringComparison.Ordinal))));
    }

    private static Task UntilAsync(TestSpace space, OperatorProcess process, string beginning) =>
        space.UntilAsync(beginning, () => Task.FromResult(Lines(process).Any(line => line.StartsWith(beginning, StringComparison.Ordinal))));

    private static List<string> Lines(OperatorProcess process) => [.. process.Log.Where(static line => line.Contains("\"GitOps.Audit\"", StringComparison.Ordinal))
        .Select(static line => JsonNode.Parse(line)!["State"]!).Select(static state =>
            $"{state["Reason"]} {state["Verb"]} {state["Kind"]}/{state["Name"]} {state["Outcome"]} by {state["Initiator"]} ({state["Trigger"]})")];
}
