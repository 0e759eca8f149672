using System.Net;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Sandbox.Tests.Client;

/// <summary>Writes of the real client, as a whole server takes them.</summary>
public sealed class WriteTests
{
    private const string Map = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"NS"},"data":{"k":"1"}}""";
    private const string Web =
        """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"NS"},"spec":{"replicas":1,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_apply_creates_changes_and_leaves_alone()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var options = new ApplyOptions("tester");
        var created = await fixture.Client.ApplyAsync(ClientFixture.ConfigMaps, fixture.Object(Map), options, Token);
        created.Created.ShouldBeTrue();
        var unchanged = await fixture.Client.ApplyAsync(ClientFixture.ConfigMaps, fixture.Object(Map), options, Token);
        unchanged.Created.ShouldBeFalse();
        unchanged.Object.ResourceVersion.ShouldBe(created.Object.ResourceVersion);

        // The answer applied again, managed fields and all, but for the version: they are left out.
        var again = created.Object.DeepClone();
        again.Metadata!.Remove("resourceVersion");
        again.Metadata.ContainsKey("managedFields").ShouldBeTrue();
        await fixture.Client.ApplyAsync(ClientFixture.ConfigMaps, again, options, Token);
    }

    [Fact]
    public async Task A_write_may_ask_for_no_more_than_the_metadata()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var applied = await fixture.Client.ApplyAsync(ClientFixture.ConfigMaps, fixture.Object(Map), new ApplyOptions("tester", MetadataOnly: true), Token);
        (applied.Created, applied.Object.Name, applied.Object.Json.ContainsKey("data")).ShouldBe((true, "a", false));
        var changed = fixture.Object(Map);
        changed.Json["data"]!["k"] = "2";
        var replaced = await fixture.Client.ReplaceAsync(ClientFixture.ConfigMaps, changed, new WriteOptions("tester", MetadataOnly: true), Token);
        (replaced.Created, replaced.Object.Uid, replaced.Object.Json.ContainsKey("data")).ShouldBe((false, applied.Object.Uid, false));
        var patched = await fixture.Client.PatchAsync(
            ClientFixture.ConfigMaps, fixture.Namespace, "a", PatchType.Merge, JsonNode.Parse("""{"data":{"k":"3"}}""")!, new WriteOptions("tester", MetadataOnly: true), Token);
        patched.Object.Json.ContainsKey("data").ShouldBeFalse();
        var stored = await fixture.Client.GetAsync(ClientFixture.ConfigMaps, fixture.Namespace, "a", Token);
        (stored!.ResourceVersion, stored.Json["data"]!["k"]!.ToString()).ShouldBe((patched.Object.ResourceVersion, "3"));
    }

    [Fact]
    public async Task A_dry_run_says_what_would_be_and_stores_nothing()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var would = await fixture.Client.ApplyAsync(ClientFixture.ConfigMaps, fixture.Object(Map), new ApplyOptions("tester", DryRun: true), Token);
        would.Object.ResourceVersion.ShouldBeNull();
        (await fixture.Client.GetAsync(ClientFixture.ConfigMaps, fixture.Namespace, "a", Token)).ShouldBeNull();
    }

    [Fact]
    public async Task A_dry_run_into_a_namespace_that_is_yet_to_come_is_a_404_that_names_it()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var error = await Should.ThrowAsync<ApiException>(() => fixture.Client.ApplyAsync(
            ClientFixture.ConfigMaps,
            KubernetesObject.Parse("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"not-yet"}}"""),
            new ApplyOptions("tester", DryRun: true), Token));
        error.IsNotFound.ShouldBeTrue();
        KubernetesObject.GetString(error.Details, "name").ShouldBe("not-yet");
    }

    [Fact]
    public async Task A_conflict_without_force_names_the_managers_and_what_they_own()
    {
        await using var fixture = await ClientFixture.StartAsync();
        await fixture.Client.ApplyAsync(ClientFixture.ConfigMaps, fixture.Object(Map), new ApplyOptions("first"), Token);
        var other = fixture.Object(Map);
        other.Json["data"]!["k"] = "2";
        var error = await Should.ThrowAsync<ApiException>(
            () => fixture.Client.ApplyAsync(ClientFixture.ConfigMaps, other, new ApplyOptions("second", Force: false), Token));
        error.IsApplyConflict.ShouldBeTrue();
        error.Causes.ShouldHaveSingleItem().Field.ShouldBe(".data.k");
        error.Causes[0].Message.ShouldContain("\"first\"");
        await fixture.Client.ApplyAsync(ClientFixture.ConfigMaps, other, new ApplyOptions("second"), Token);
    }

    [Fact]
    public async Task A_wrong_field_is_the_users_error_whatever_the_code()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var wrong = fixture.Object(Web);
        wrong.Json["spec"]!["replicaz"] = 1;
        var error = await Should.ThrowAsync<ApiException>(
            () => fixture.Client.ApplyAsync(ClientFixture.Deployments, wrong, new ApplyOptions("tester"), Token));
        error.IsTypedPatchError.ShouldBeTrue();
        error.IsTransient.ShouldBeFalse();
        error.Message.ShouldContain(".spec.replicaz");
    }

    [Fact]
    public async Task Preconditions_hold_and_a_deletion_that_waits_for_finalizers_is_pending()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var map = await fixture.CreateAsync(
            ClientFixture.ConfigMaps, Map.Replace("\"name\":\"a\"", "\"name\":\"a\",\"finalizers\":[\"example.dev/hold\"]", StringComparison.Ordinal));
        var error = await Should.ThrowAsync<ApiException>(
            () => fixture.Client.DeleteAsync(ClientFixture.ConfigMaps, fixture.Namespace, "a", new DeleteOptions(Uid: "another"), Token));
        error.IsConflict.ShouldBeTrue();
        var options = new DeleteOptions("Background", map.Uid, map.ResourceVersion);
        (await fixture.Client.DeleteAsync(ClientFixture.ConfigMaps, fixture.Namespace, "a", options, Token)).ShouldBe(DeleteOutcome.Pending);

        // The finalizer goes by a patch that tests what it removes.
        var patch = JsonNode.Parse(
            """[{"op":"test","path":"/metadata/finalizers/0","value":"example.dev/hold"},{"op":"remove","path":"/metadata/finalizers/0"}]""")!;
        await fixture.Client.PatchAsync(ClientFixture.ConfigMaps, fixture.Namespace, "a", PatchType.Json, patch, new WriteOptions(), Token);
        (await fixture.Client.GetAsync(ClientFixture.ConfigMaps, fixture.Namespace, "a", Token)).ShouldBeNull();
        (await fixture.Client.DeleteAsync(ClientFixture.ConfigMaps, fixture.Namespace, "a", new DeleteOptions(), Token)).ShouldBe(DeleteOutcome.Gone);
    }

    [Fact]
    public async Task A_patch_whose_test_fails_changes_nothing()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var map = await fixture.CreateAsync(ClientFixture.ConfigMaps, Map);
        var patch = JsonNode.Parse("""[{"op":"test","path":"/metadata/resourceVersion","value":"0"},{"op":"remove","path":"/data/k"}]""")!;
        var error = await Should.ThrowAsync<ApiException>(() => fixture.Client.PatchAsync(
            ClientFixture.ConfigMaps, fixture.Namespace, "a", PatchType.Json, patch, new WriteOptions(), Token));
        error.IsInvalid.ShouldBeTrue();
        (await fixture.Client.GetAsync(ClientFixture.ConfigMaps, fixture.Namespace, "a", Token))!.ResourceVersion.ShouldBe(map.ResourceVersion);
    }

    [Fact]
    public async Task Status_and_scale_are_written_by_themselves()
    {
        await using var fixture = await ClientFixture.StartAsync();
        await fixture.CreateAsync(ClientFixture.Deployments, Web);
        var status = fixture.Object("""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"NS"},"status":{"observedGeneration":1,"replicas":1}}""");
        var applied = await fixture.Client.ApplyAsync(ClientFixture.Deployments, status, new ApplyOptions("tester", Subresource: "status"), Token);
        applied.Object.At("status", "observedGeneration")!.GetValue<long>().ShouldBe(1);
        applied.Object.Generation.ShouldBe(1);
        var scaled = await fixture.Client.PatchAsync(
            ClientFixture.Deployments, fixture.Namespace, "web", PatchType.Merge, JsonNode.Parse("""{"spec":{"replicas":3}}""")!,
            new WriteOptions(Subresource: "scale"), Token);
        scaled.Object.Kind.ShouldBe("Scale");
        (await fixture.Client.GetAsync(ClientFixture.Deployments, fixture.Namespace, "web", Token))!.At("spec", "replicas")!.GetValue<long>().ShouldBe(3);
    }

    [Fact]
    public async Task A_stale_replacement_is_a_conflict_and_a_taken_name_is_another()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var map = await fixture.CreateAsync(ClientFixture.ConfigMaps, Map);
        (await Should.ThrowAsync<ApiException>(() => fixture.CreateAsync(ClientFixture.ConfigMaps, Map))).IsAlreadyExists.ShouldBeTrue();
        var newer = map.DeepClone();
        newer.Json["data"]!["k"] = "2";
        await fixture.Client.ReplaceAsync(ClientFixture.ConfigMaps, newer, new WriteOptions(), Token);
        var error = await Should.ThrowAsync<ApiException>(() => fixture.Client.ReplaceAsync(ClientFixture.ConfigMaps, map, new WriteOptions(), Token));
        error.IsConflict.ShouldBeTrue();
        error.Code.ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Each_kind_of_patch_is_understood()
    {
        await using var fixture = await ClientFixture.StartAsync();
        await fixture.CreateAsync(ClientFixture.Deployments, Web);
        await PatchAsync(PatchType.Merge, """{"metadata":{"labels":{"m":"1"}}}""");
        await PatchAsync(PatchType.Json, """[{"op":"add","path":"/metadata/labels/j","value":"2"}]""");
        var last = await PatchAsync(PatchType.StrategicMerge, """{"spec":{"template":{"spec":{"containers":[{"name":"d","image":"i"}]}}}}""");
        (last.Label("m"), last.Label("j")).ShouldBe(("1", "2"));
        last.At("spec", "template", "spec", "containers")!.AsArray().Count.ShouldBe(2);

        async Task<KubernetesObject> PatchAsync(PatchType type, string patch) => (await fixture.Client.PatchAsync(
            ClientFixture.Deployments, fixture.Namespace, "web", type, JsonNode.Parse(patch)!, new WriteOptions(), Token)).Object;
    }
}
