using System.Net;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.FirstContact;

/// <summary>An adoption at which somebody else is at work, too, or which is not allowed all it takes.</summary>
public sealed class RaceTests(Cluster cluster)
{
    private const string Map = "settings";

    [Fact]
    public async Task A_take_over_that_comes_too_late_is_made_again()
    {
        await using var bed = await ContactBed.CreateAsync(cluster);
        await HelmsAsync(bed, "red");
        var proxy = await bed.Space.StartProxyAsync();
        var edits = 0;
        proxy.Arrived = async request =>
        {
            // Before the patch arrives, the object is changed: its guard does not hold any more.
            if (request is { Verb: "patch", Name: Map } && Interlocked.Increment(ref edits) <= 2)
            {
                await cluster.MergeAsync(Kinds.ConfigMap, bed.Space.Target, Map, $$"""{"metadata": {"annotations": {"edit": "{{edits}}"} } }""");
            }
        };
        await bed.AdoptAsync(Settings("blue"), proxy: proxy);

        edits.ShouldBe(3);
        var live = await bed.LiveAsync(Kinds.ConfigMap, Map);
        ContactBed.OwnersOf(live, "data.size").ShouldBe([Names.FieldManager]);
        live.Annotation("edit").ShouldBe("2");
    }

    [Fact]
    public async Task A_take_over_that_is_not_allowed_is_told_and_tried_again_with_the_next_write()
    {
        await using var bed = await ContactBed.CreateAsync(cluster);
        await HelmsAsync(bed, "blue");
        var proxy = await bed.Space.StartProxyAsync();
        using (proxy.Refuse(HttpStatusCode.Forbidden, static request => request is { Verb: "patch", Name: Map }))
        {
            await bed.AdoptAsync(Settings("blue"), proxy: proxy);
        }

        await bed.UntilEventAsync("SharesLeft", $"/{Map}", "not allowed");
        ContactBed.OwnersOf(await bed.LiveAsync(Kinds.ConfigMap, Map), "data.size").ShouldBe([Names.FieldManager, "helm"]);

        await bed.CommitAsync(Settings("green"));
        ContactBed.OwnersOf(await bed.LiveAsync(Kinds.ConfigMap, Map), "data.size").ShouldBe([Names.FieldManager]);
        (await bed.EventsAsync("SharesLeft")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_being_deleted_is_not_adopted_but_made_again()
    {
        await using var bed = await ContactBed.CreateAsync(cluster);
        var first = await HelmsAsync(bed, "red", "example.com/held");
        await cluster.DeleteAsync(Kinds.ConfigMap, bed.Space.Target, Map);
        bed.Repository.Commit(("objects.yaml", Settings("blue")));
        var application = await bed.Space.CreateApplicationAsync("web", bed.Repository);
        await bed.Space.StartOperatorAsync();
        await bed.Space.UntilAsync(application, "has looked at it", static found => found.Status.Sync is not null);
        await cluster.MergeAsync(Kinds.ConfigMap, bed.Space.Target, Map, """{"metadata": {"finalizers": null}}""");

        var made = await bed.Space.UntilObjectAsync(Kinds.ConfigMap, bed.Space.Target, Map, "is made again", live => live.Uid != first.Uid);
        made.At("data", "color")!.GetValue<string>().ShouldBe("blue");
        await bed.Space.UntilSyncedAsync(application, bed.Repository.Head);
        (await bed.EventsAsync("Adopted")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_first_apply_whose_answer_is_lost_adopts_nothing()
    {
        await using var bed = await ContactBed.CreateAsync(cluster);
        var proxy = await bed.Space.StartProxyAsync();
        using var cut = proxy.Cut(afterEffect: true, static request => request is { Verb: "apply", Name: Map }, times: 1);

        var synced = await bed.AdoptAsync(Settings("blue"), proxy: proxy);

        synced.Status.Drift.ShouldBeEmpty();
        (await bed.EventsAsync("Adopted")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_new_object_costs_one_request_as_ever()
    {
        await using var bed = await ContactBed.CreateAsync(cluster);
        var proxy = await bed.Space.StartProxyAsync();

        await bed.AdoptAsync(Settings("blue"), proxy: proxy);

        proxy.Requests.Where(static request => request.Name == Map).Select(static request => request.Verb).ShouldBe(["apply"]);
    }

    private static async Task<KubernetesObject> HelmsAsync(ContactBed bed, string color, string? finalizer = null)
    {
        var made = await TestSpace.ParseAsync(Settings(color));
        made.Metadata!["namespace"] = bed.Space.Target;
        if (finalizer is not null)
        {
            made.Metadata["finalizers"] = new System.Text.Json.Nodes.JsonArray(finalizer);
        }

        return await bed.Cluster.ApplyAsync(Kinds.ConfigMap, made, "helm");
    }

    private static string Settings(string color) => $$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: {{Map}}}
        data: {color: {{color}}, size: '1'}
        """;
}
