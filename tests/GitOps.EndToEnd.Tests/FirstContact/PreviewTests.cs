using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Drift;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using Microsoft.Extensions.DependencyInjection;

namespace GitOps.EndToEnd.Tests.FirstContact;

/// <summary>A dry run over a namespace that is in use: an Application without <c>syncPolicy.automated</c>.</summary>
public sealed class PreviewTests(Cluster cluster)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task It_follows_hours_of_work_by_hand_and_writes_nothing_at_all()
    {
        await using var time = new JumpingTime();
        await using var bed = await ContactBed.CreateAsync(cluster);
        var space = bed.Space;
        await cluster.ApplyAsync(Kinds.ConfigMap, await OfTargetAsync(space, Map("same", "wanted")), "helm");
        await cluster.ApplyAsync(Kinds.ConfigMap, await OfTargetAsync(space, Map("other", "found", "old: x")), "helm");
        var proxy = await space.StartProxyAsync();
        bed.Repository.Commit(("objects.yaml", string.Join("\n---\n", Map("same", "wanted"), Map("other", "wanted"), Map("new", "wanted"),
            Map("elsewhere", "wanted").Replace("elsewhere}", $"elsewhere, namespace: {space.Name}-later}}", StringComparison.Ordinal))));
        var application = await ManualAsync(space, bed.Repository);
        await space.StartOperatorAsync(proxy, services => services.AddSingleton<TimeProvider>(time));

        var plan = (await UntilPlanAsync(space, application, "Create elsewhere", "Create new", "Update other")).Status.Plan!;
        var other = plan.Changes.Single(static row => row.Name == "other");
        other.Fields.Select(static field => (field.Path, field.Live, field.Desired, field.Manager)).ShouldBe([("data.key", "\"found\"", "\"wanted\"", "helm")]);
        other.OrphanedFields.ShouldBe(["data.old"]);
        plan.Changes.Single(static row => row.Name == "elsewhere").Message!.ShouldContain("namespace");

        var versions = new Dictionary<string, string?>(StringComparer.Ordinal);
        for (var hour = 1; hour <= 6; hour++)
        {
            // Much work in a short time, and then none for an hour.
            proxy.Forget();
            for (var edit = 0; edit < 5; edit++)
            {
                versions["same"] = (await cluster.MergeAsync(
                    Kinds.ConfigMap, space.Target, "same", $$"""{"data": {"key": "{{(hour % 2 == 0 && edit == 4 ? "wanted" : $"{hour}-{edit}")}}"} }""", "kubectl-edit")).ResourceVersion;
            }

            time.Jump(Interval);
            var told = hour % 2 == 0
                ? await UntilPlanAsync(space, application, "Create elsewhere", "Create new", "Update other")
                : await space.UntilAsync(application, "plans the last edit", found => found.Status.Plan?.Changes.Any(row =>
                    row.Name == "same" && row.Fields.Any(field => field.Live == $"\"{hour}-4\"" && field.Manager == "kubectl-edit")) == true);
            told.Status.Plan!.Revision.ShouldBe(bed.Repository.Head);
            for (var jump = 0; jump < 29; jump++)
            {
                time.Jump(Interval);
            }

            // Compared when the last comparison was an interval ago, and an interval after that; and once more where the watch told of
            // an edit only after the second, whose dry run had seen it already.
            proxy.Requests.Count(static request => request is { Verb: "apply", IsDryRun: true, Name: "same" }).ShouldBeInRange(1, 3);
            proxy.Requests.ShouldNotContain(static request => request.Verb == "apply" && request.IsDryRun && request.Name == "other");
            AssertNothingWasWritten(proxy);
        }

        (await bed.LiveAsync(Kinds.ConfigMap, "same")).ResourceVersion.ShouldBe(versions["same"]);
        (await cluster.ListAsync(Kinds.Inventory, application.Namespace)).ShouldBeEmpty();
        (await cluster.GetAsync(Kinds.Namespace, string.Empty, $"{space.Name}-later")).ShouldBeNull();
        foreach (var live in await cluster.ListAsync(Kinds.ConfigMap, space.Target))
        {
            (live.Label(Names.ApplicationLabel), live.Annotation(Names.TrackingIdAnnotation)).ShouldBe((null, null));
            live.Json.ToJsonString().ShouldNotContain(Names.FieldManager);
        }
    }

    [Fact]
    public async Task A_namespace_that_is_not_there_yet_is_said_so_and_waited_for()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "preview");
        var later = $"{space.Name}-later";
        var repository = space.NewRepository();
        repository.Commit(("map.yaml", Map("settings", "wanted")));
        var proxy = await space.StartProxyAsync();
        var refused = await ManualAsync(space, repository, "refused", json =>
        {
            json["spec"]!["destination"]!["namespace"] = later;
            json["spec"]!["interval"] = "1s";
        });
        await space.StartOperatorAsync(proxy);
        (await MessageAsync(space, refused, "settings")).ShouldBe(
            $"would be refused: its namespace {later} does not exist, and nothing in this Application brings it (sync option CreateNamespace=true would)");

        await cluster.MergeAsync(Kinds.Application, refused.Namespace, refused.Name, """{"spec": {"syncPolicy": {"syncOptions": ["CreateNamespace=true"]} } }""");
        await space.UntilAsync(refused, "says that it comes", static found =>
            found.Status.Plan?.Changes.SingleOrDefault()?.Message?.Contains("comes with the same sync", StringComparison.Ordinal) == true);
        (await cluster.GetAsync(Kinds.Namespace, string.Empty, later)).ShouldBeNull();

        await space.CreateNamespaceAsync(later);
        await space.UntilAsync(refused, "has nothing to say of it any more", static found => found.Status.Plan?.Changes is [{ Action: PlanAction.Create, Message: null }]);
        AssertNothingWasWritten(proxy);
    }

    [Fact]
    public async Task What_the_server_would_refuse_is_said_with_its_words()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "preview");
        await cluster.ApplyAsync(Kinds.ConfigMap, await OfTargetAsync(space, Map("fixed", "found") + "\nimmutable: true"));
        var repository = space.NewRepository();
        repository.Commit(
            ("map.yaml", Map("fixed", "wanted")),
            ("service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec: {ports: [{port: 99999}]}\n"),
            ("definition.yaml", Definition(space)),
            ("thing.yaml", $"apiVersion: {space.Name}.example.com/v1\nkind: Thing\nmetadata: {{name: one}}\n"));
        var proxy = await space.StartProxyAsync();
        var application = await ManualAsync(space, repository);
        await space.StartOperatorAsync(proxy);

        (await MessageAsync(space, application, "fixed")).ShouldContain("would be refused: ");
        (await MessageAsync(space, application, "bad")).ShouldContain("would be refused: invalid: spec.ports[0].port");
        (await MessageAsync(space, application, "one")).ShouldContain("is not served yet");
        AssertNothingWasWritten(proxy);
    }

    [Fact]
    public async Task A_webhook_that_cannot_do_dry_runs_is_named_and_the_comparison_made_without_the_server()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "preview");
        await cluster.ApplyAsync(Kinds.ConfigMap, await OfTargetAsync(space, Map("settings", "found")), "helm");
        var repository = space.NewRepository();
        repository.Commit(("map.yaml", Map("settings", "wanted")));
        var application = await ManualAsync(space, repository);
        var proxy = await space.StartProxyAsync();
        // Of a configuration from before v1, which takes no other such: the server answers so without calling it.
        using var strict = proxy.Refuse(
            System.Net.HttpStatusCode.BadRequest, static request => request is { Verb: "apply", IsDryRun: true },
            message: "admission webhook 'strict.example.com' does not support dry run");
        await space.StartOperatorAsync(proxy);

        (await MessageAsync(space, application, "settings"))
            .ShouldBe("compared without the server, which cannot do it in a dry run: admission webhook 'strict.example.com' does not support dry run");
        (await space.FindApplicationAsync(application))!.Status.Plan!.Changes.Single().Fields
            .Select(static field => (field.Path, field.Live, field.Desired, field.Manager)).ShouldBe([("data.key", "\"found\"", "\"wanted\"", "helm")]);
        AssertNothingWasWritten(proxy);
    }

    [Fact]
    public async Task No_answer_is_no_answer_and_asked_for_again()
    {
        await using var time = new JumpingTime();
        await using var space = await TestSpace.CreateAsync(cluster, "preview");
        await cluster.ApplyAsync(Kinds.ConfigMap, await OfTargetAsync(space, Map("settings", "found")));
        var repository = space.NewRepository();
        repository.Commit(("map.yaml", Map("settings", "wanted")));
        var proxy = await space.StartProxyAsync();
        var application = await ManualAsync(space, repository);
        using (proxy.Refuse(System.Net.HttpStatusCode.InternalServerError, static request => request is { Verb: "apply", IsDryRun: true }))
        {
            await space.StartOperatorAsync(proxy, services => services.AddSingleton<TimeProvider>(time));
            (await MessageAsync(space, application, "settings")).ShouldContain("not known: refused by the test's proxy");
        }

        time.Jump(Interval);
        await space.UntilAsync(application, "knows it now", static found => found.Status.Plan?.Changes is [{ Message: null, Fields.Length: 1 }]);
    }

    [Fact]
    public async Task Marks_of_another_reconciler_are_told_before_the_first_sync()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "preview");
        var marked = await OfTargetAsync(space, Map("settings", "found"));
        marked.Metadata!["labels"] = new JsonObject { ["kustomize.toolkit.fluxcd.io/name"] = "apps", ["kustomize.toolkit.fluxcd.io/namespace"] = "flux-system" };
        await cluster.ApplyAsync(Kinds.ConfigMap, marked, "kustomize-controller");
        var repository = space.NewRepository();
        repository.Commit(("map.yaml", Map("settings", "wanted")));
        var application = await ManualAsync(space, repository);
        await space.StartOperatorAsync();

        (await space.UntilConditionAsync(application, Conditions.ForeignManager, "True")).Message
            .ShouldContain("flux suspend kustomization apps -n flux-system");
        (await space.FindApplicationAsync(application))!.Status.Plan!.Changes.Single().AdoptedFrom.ShouldBe([]);
    }

    private static void AssertNothingWasWritten(ApiProxy proxy) =>
        // The operator's key is its own, and so are the statuses of Applications.
        proxy.Requests.Where(static request => request.IsWrite && request is not { Group: Names.Group, Resource: "applications", Subresource: "status" }
            && request is not { Resource: "secrets", Verb: "create" or "apply" }).ShouldBeEmpty();

    private static Task<NamespacedName> ManualAsync(TestSpace space, GitRepo repository, string name = "web", Action<JsonObject>? change = null) =>
        space.CreateApplicationAsync(name, repository, change: json =>
        {
            json["spec"]!["syncPolicy"]!.AsObject().Remove("automated");
            json["spec"]!["interval"] = "2m";
            change?.Invoke(json);
        });

    private static async Task<string> MessageAsync(TestSpace space, NamespacedName application, string name)
    {
        var told = await space.UntilAsync(application, $"says something about {name}", found =>
            found.Status.Plan?.Changes.Any(row => row.Name == name && row.Message is not null) == true);
        return told.Status.Plan!.Changes.Single(row => row.Name == name).Message!;
    }

    private static Task<ApplicationResource> UntilPlanAsync(TestSpace space, NamespacedName application, params string[] rows) =>
        space.UntilAsync(application, $"plans {string.Join(", ", rows)}", found => found.Status.Plan is { } plan
            && plan.Changes.Select(static row => $"{row.Action} {row.Name}").Order(StringComparer.Ordinal).SequenceEqual(rows, StringComparer.Ordinal));

    private static async Task<KubernetesObject> OfTargetAsync(TestSpace space, string text)
    {
        var parsed = await TestSpace.ParseAsync(text);
        parsed.Metadata!["namespace"] = space.Target;
        return parsed;
    }

    private static string Definition(TestSpace space) => $$"""
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: things.{{space.Name}}.example.com}
        spec:
          group: {{space.Name}}.example.com
          names: {kind: Thing, plural: things}
          scope: Namespaced
          versions:
          - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true} } }
        """;

    private static string Map(string name, string value, string? more = null) =>
        $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{key: {value}{(more is null ? string.Empty : ", " + more)}}}";
}
