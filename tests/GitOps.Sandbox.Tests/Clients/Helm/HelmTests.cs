using static GitOps.Sandbox.Tests.Clients.Helm.HelmCluster;

namespace GitOps.Sandbox.Tests.Clients.Helm;

/// <summary>The real helm on a bare server, the sandbox or a real one: everything for which no controller is needed.</summary>
[Collection(nameof(HelmTests))]
public sealed class HelmTests
{
    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task A_release_is_installed_upgraded_rolled_back_and_uninstalled(string serverSide)
    {
        await using var helm = await ConnectAsync();
        await helm.RunAsync("install", "shop", Chart, "--create-namespace", $"--server-side={serverSide}");
        (await GreetingAsync(helm)).ShouldBe("hello");
        (await helm.GetAsync("secrets/shop-key")).Text("data", "key").ShouldBe("aGVsbG8=");
        (await helm.GetAsync("widgets/shop", "apis/shop.example.com/v1")).Body["spec"]!["size"]!.GetValue<int>().ShouldBe(2);
        var deployment = (await helm.GetAsync("deployments/shop", "apis/apps/v1")).Ok();
        deployment.Body["metadata"]!["managedFields"]!.AsArray().Select(static entry => $"{entry!["manager"]} {entry["operation"]}")
            .ShouldContain(serverSide == "true" ? "helm Apply" : "helm Update", StringComparer.Ordinal);
        deployment.Text("metadata", "labels", "app.kubernetes.io/managed-by").ShouldBe("Helm");

        await helm.RunAsync("upgrade", "shop", Chart, "--set", "greeting=bye,replicas=3");
        (await GreetingAsync(helm)).ShouldBe("bye");
        (await helm.GetAsync("deployments/shop", "apis/apps/v1")).Body["spec"]!["replicas"]!.GetValue<int>().ShouldBe(3);

        await helm.RunAsync("rollback", "shop", "1");
        (await GreetingAsync(helm)).ShouldBe("hello");
        (await helm.GetAsync("widgets/shop", "apis/shop.example.com/v1")).Body["spec"]!["size"]!.GetValue<int>().ShouldBe(2);

        (await helm.JsonAsync("history", "shop")).AsArray().Select(static one => $"{one!["revision"]} {one["status"]} {one["description"]}").ShouldBe(
            ["1 superseded Install complete", "2 superseded Upgrade complete", "3 deployed Rollback to 1"]);
        (await helm.JsonAsync("status", "shop"))["info"]!["status"]!.GetValue<string>().ShouldBe("deployed");
        (await helm.JsonAsync("list")).AsArray().ShouldHaveSingleItem()!["chart"]!.GetValue<string>().ShouldBe("shop-1.0.0");
        (await helm.RunAsync("get", "manifest", "shop")).ShouldContain("greeting: \"hello\"");

        await helm.RunAsync("uninstall", "shop");

        foreach (var path in (string[])["configmaps/shop-settings", "secrets/shop-key", "services/shop"])
        {
            (await helm.GetAsync(path)).Status.ShouldBe(404, path);
        }

        (await helm.GetAsync("deployments/shop", "apis/apps/v1")).Status.ShouldBe(404);
        (await helm.JsonAsync("list")).AsArray().ShouldBeEmpty();
        (await helm.Cluster.GetAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.shop.example.com")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Hooks_are_made_in_the_order_of_their_weights_and_made_anew_each_time()
    {
        await using var helm = await ConnectAsync();
        await helm.RunAsync("install", "shop", Chart, "--create-namespace");
        var (first, second) = (await HookAsync(helm, 1), await HookAsync(helm, 0));
        first.Text("data", "weight").ShouldBe("-5");
        Version(first).ShouldBeLessThan(Version(second));
        Version(second).ShouldBeLessThan(Version(await helm.GetAsync("configmaps/shop-settings")));

        await helm.RunAsync("upgrade", "shop", Chart, "--set", "greeting=again");

        (await HookAsync(helm, 0)).Text("metadata", "uid").ShouldNotBe(second.Text("metadata", "uid"), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_on_the_server_asks_it_and_changes_nothing()
    {
        await using var helm = await ConnectAsync();
        await helm.Cluster.CreateNamespaceAsync(helm.Namespace);
        await helm.RunAsync("install", "shop", Chart);
        var before = (await helm.GetAsync("configmaps/shop-settings")).Text("metadata", "resourceVersion");

        var rendered = await helm.RunAsync("upgrade", "shop", Chart, "--set", "greeting=bye", "--dry-run=server");
        var offline = await helm.RunAsync("upgrade", "shop", Chart, "--set", "greeting=bye", "--dry-run=client");
        var template = await helm.RunAsync("template", "other", Chart, "--validate");

        rendered.ShouldContain("greeting: \"bye\"");
        rendered.ShouldContain("namespaceIsThere: \"true\"");
        offline.ShouldContain("namespaceIsThere: \"false\"");
        template.ShouldContain("name: other-settings");
        template.ShouldContain("namespaceIsThere: \"true\"");
        (await helm.GetAsync("configmaps/shop-settings")).Text("metadata", "resourceVersion").ShouldBe(before);
        (await helm.JsonAsync("history", "shop")).AsArray().Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("true", "replicas=-1", "Deployment.apps \"shop\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("true", "replicas=many", "failed to create typed patch object", ".spec.replicas: expected numeric (int or float), got string")]
    [InlineData("false", "replicas=many", "json: cannot unmarshal string into Go struct field", "spec.replicas of type int32")]
    public async Task What_the_server_refuses_fails_the_upgrade_with_its_words(string serverSide, string value, params string[] messages)
    {
        await using var helm = await ConnectAsync();
        await helm.RunAsync("install", "shop", Chart, "--create-namespace", $"--server-side={serverSide}");

        var refused = await helm.TryAsync("upgrade", "shop", Chart, "--set", value);

        refused.ExitCode.ShouldBe(1);
        messages.ShouldAllBe(message => refused.Error.Contains(message, StringComparison.Ordinal), refused.Error);
        (await helm.JsonAsync("status", "shop"))["info"]!["status"]!.GetValue<string>().ShouldBe("failed");
    }

    [Fact]
    public async Task What_somebody_else_owns_is_a_conflict_unless_it_is_forced()
    {
        await using var helm = await ConnectAsync();
        await helm.RunAsync("install", "shop", Chart, "--create-namespace");
        await helm.Cluster.CallAsync(
            HttpMethod.Patch, $"/api/v1/namespaces/{helm.Namespace}/configmaps/shop-settings?fieldManager=somebody",
            """{"data":{"greeting":"mine"}}""", "application/merge-patch+json");

        var refused = await helm.TryAsync("upgrade", "shop", Chart, "--set", "greeting=bye");
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("conflict with \"somebody\"");

        await helm.RunAsync("upgrade", "shop", Chart, "--set", "greeting=bye", "--force-conflicts");
        (await GreetingAsync(helm)).ShouldBe("bye");
    }

    [Fact]
    public async Task A_release_does_not_take_what_is_not_its_own()
    {
        await using var helm = await ConnectAsync();
        await helm.Cluster.CreateNamespaceAsync(helm.Namespace);
        await helm.Cluster.PostAsync(
            $"/api/v1/namespaces/{helm.Namespace}/configmaps", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"shop-settings"},"data":{"mine":"yes"}}""");

        var refused = await helm.TryAsync("install", "shop", Chart);
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("invalid ownership metadata");

        await helm.RunAsync("upgrade", "--install", "shop", Chart, "--take-ownership");
        (await GreetingAsync(helm)).ShouldBe("hello");
    }

    private static async Task<string> GreetingAsync(HelmCluster helm) => (await helm.GetAsync("configmaps/shop-settings")).Ok().Text("data", "greeting");

    private static async Task<Replay.Answer> HookAsync(HelmCluster helm, int number) => (await helm.GetAsync($"configmaps/shop-hook-{number}")).Ok();

    private static long Version(Replay.Answer answer) =>
        long.Parse(answer.Text("metadata", "resourceVersion"), System.Globalization.CultureInfo.InvariantCulture);
}
