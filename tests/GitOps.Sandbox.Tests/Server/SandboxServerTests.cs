using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Server;

public sealed class SandboxServerTests
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    [Fact]
    public async Task A_restart_keeps_state_and_address_and_cuts_connections()
    {
        await using var cluster = await TestCluster.StartAsync();
        var before = cluster.Sandbox.Url;
        var created = (await cluster.CreateConfigMapAsync("a")).Ok();
        await using var watch = await cluster.WatchAsync($"{ConfigMaps}?watch=true&resourceVersion={created.Version}");

        await cluster.Sandbox.RestartAsync();

        await Should.ThrowAsync<IOException>(() => watch.NextBriefAsync());
        cluster.Sandbox.Url.ShouldBe(before);
        (await cluster.GetAsync($"{ConfigMaps}/a")).Version.ShouldBe(created.Version);
    }

    [Fact]
    public async Task While_it_does_not_listen_nobody_answers()
    {
        await using var cluster = await TestCluster.StartAsync();

        await cluster.Sandbox.StopListeningAsync();
        await Should.ThrowAsync<HttpRequestException>(() => cluster.GetAsync(ConfigMaps));
        await cluster.Sandbox.StartListeningAsync(CancellationToken.None);

        (await cluster.GetAsync(ConfigMaps)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task The_kubeconfig_is_for_its_owner_alone()
    {
        await using var cluster = await TestCluster.StartAsync();
        var path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        try
        {
            cluster.Sandbox.WriteKubeconfig(path);

            var text = await File.ReadAllTextAsync(path);
            text.ShouldContain($"server: \"https://127.0.0.1:{cluster.Sandbox.Url.Port}\"");
            text.ShouldContain(cluster.Sandbox.AdminToken);
            if (!OperatingSystem.IsWindows())
            {
                File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Requests_are_recorded_in_order_with_who_and_what()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateConfigMapAsync("a");
        await cluster.ApplyAsync($"{ConfigMaps}/a", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}""");
        using var request = cluster.Request(HttpMethod.Delete, $"{ConfigMaps}/a?dryRun=All");
        request.Headers.Add("Impersonate-User", "system:serviceaccount:default:robot");
        using var response = await cluster.Http.SendAsync(request);

        cluster.Sandbox.Requests.All.Select(static record =>
                (record.Number, record.Verb, record.Resource, record.Namespace, record.Name, record.ImpersonatedUser, record.DryRun, record.Status))
            .ShouldBe(
            [
                (1, "create", "configmaps", "default", "", "", false, 201),
                (2, "apply", "configmaps", "default", "a", "", false, 200),
                (3, "delete", "configmaps", "default", "a", "system:serviceaccount:default:robot", true, 403),
            ]);
        cluster.Sandbox.Requests.All.ShouldAllBe(static record => record.User == "admin" && record.UserAgent == "tests");
        cluster.Sandbox.Requests.All.Select(static record => record.IsWrite).ShouldBe([true, true, false]);
    }

    [Fact]
    public async Task A_hook_holds_a_request_back_before_and_after_it_takes_effect()
    {
        await using var cluster = await TestCluster.StartAsync();
        var (arrived, handled) = (new List<long>(), new List<(long, int)>());
        cluster.Sandbox.Requests.OnRequest = async record =>
        {
            arrived.Add(cluster.Sandbox.ResourceVersion);
            await Task.Yield();
            record.Status.ShouldBe(0);
        };
        cluster.Sandbox.Requests.OnHandled = record =>
        {
            handled.Add((cluster.Sandbox.ResourceVersion, record.Status));
            return Task.CompletedTask;
        };
        var before = cluster.Sandbox.ResourceVersion;

        await cluster.CreateConfigMapAsync("a");

        arrived.ShouldBe([before]);
        handled.ShouldBe([(before + 1, 201)]);
    }

    [Fact]
    public async Task Many_servers_live_in_one_process()
    {
        await using var first = await TestCluster.StartAsync();
        await using var second = await TestCluster.StartAsync();
        await first.CreateConfigMapAsync("a");

        (await second.GetAsync($"{ConfigMaps}/a")).Status.ShouldBe(404);
    }

    [Theory]
    [InlineData("GET", "/api/v1/namespaces/default/configmaps/a/b/c")]
    [InlineData("GET", "/apis//v1/x")]
    [InlineData("GET", "/api/v1/namespaces/default/configmaps/a/scale")]
    [InlineData("POST", "/api/v1/configmaps")]
    [InlineData("PUT", "/api/v1/namespaces/default/configmaps")]
    [InlineData("BREW", "/api/v1/namespaces/default/configmaps/a")]
    [InlineData("POST", "/api/v1/namespaces/default/configmaps")]
    [InlineData("PATCH", "/api/v1/namespaces/default/configmaps/a")]
    public async Task Nonsense_gets_a_Status_with_a_4xx(string method, string path)
    {
        await using var cluster = await TestCluster.StartAsync();

        var answer = await cluster.CallAsync(new(method), path, method == "GET" ? null : "[[[[");

        answer.Status.ShouldBeInRange(400, 499);
        answer.Text("kind").ShouldBe("Status");
    }
}
