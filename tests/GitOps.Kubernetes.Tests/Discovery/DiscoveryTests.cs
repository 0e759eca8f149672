using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Discovery;

public sealed class DiscoveryTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly RecordingObserver _observer = new();

    private KubernetesClientOptions Options => new()
    {
        TimeProvider = _time,
        Observer = _observer,
        Random = static () => 0.5,
        RequestTimeout = TimeSpan.FromDays(1),
        RetryBudget = TimeSpan.Zero,
    };

    [Fact]
    public async Task Kinds_are_found_with_path_scope_verbs_and_subresources()
    {
        await using var server = await AggregatedAsync(DiscoveryAnswers.Small);
        await using var client = server.Client(Options);
        var deployment = await FindAsync(client, "apps/v1", "Deployment");
        deployment.Outcome.ShouldBe(LookupOutcome.Found);
        var resource = deployment.Resource!;
        (resource.Plural, resource.Namespaced, resource.HasStatusSubresource).ShouldBe(("deployments", true, true));
        resource.Subresources.ShouldBe(["scale", "status"]);
        resource.Can("watch").ShouldBeTrue();
        resource.Can("fly").ShouldBeFalse();
        (await FindAsync(client, "v1", "Namespace")).Resource!.Namespaced.ShouldBeFalse();
        (await client.Discovery.AllAsync(CancellationToken.None)).Select(static item => item.GroupVersionKind.ToString()).ShouldBe(
            ["v1/ConfigMap", "v1/Namespace", "apps/v1/Deployment", "autoscaling/v2/HorizontalPodAutoscaler", "autoscaling/v1/HorizontalPodAutoscaler"],
            ignoreOrder: true);
        server.Requests.Select(static request => request.Path).ShouldBe(["/api", "/apis"], ignoreOrder: true);
        server.Requests[0].Headers.Accept.ToString().ShouldStartWith(
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;");
    }

    [Fact]
    public async Task A_server_of_before_is_understood_by_what_it_says_it_answers_with()
    {
        const string Beta = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
        await using var server = await ScriptedServer.StartAsync(static (context, seen) => context.JsonAsync(
            (seen.Path == "/api" ? DiscoveryAnswers.Core : DiscoveryAnswers.Small).Replace(
                "apidiscovery.k8s.io/v2", "apidiscovery.k8s.io/v2beta1", StringComparison.Ordinal),
            contentType: Beta));
        await using var client = server.Client(Options);
        (await FindAsync(client, "apps/v1", "Deployment")).Resource!.Plural.ShouldBe("deployments");
        server.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task The_preferred_version_is_the_first_in_the_servers_order_that_has_the_kind()
    {
        await using var server = await AggregatedAsync(DiscoveryAnswers.Small);
        await using var client = server.Client(Options);
        (await client.Discovery.FindPreferredAsync(new("autoscaling", "HorizontalPodAutoscaler"), CancellationToken.None))
            .Resource!.Version.ShouldBe("v2");
        (await FindAsync(client, "autoscaling/v1", "HorizontalPodAutoscaler")).Resource!.Version.ShouldBe("v1");
        (await client.Discovery.FindPreferredAsync(new("autoscaling", "Orphan"), CancellationToken.None)).Outcome.ShouldBe(LookupOutcome.Absent);
    }

    [Theory]
    [InlineData("apps/v1", "Deployment", LookupOutcome.Found)]
    [InlineData("apps/v1", "Nothing", LookupOutcome.Absent)]
    [InlineData("apps/v9", "Deployment", LookupOutcome.Absent)]
    [InlineData("absent.dev/v1", "Thing", LookupOutcome.Absent)]
    [InlineData("metrics.example.dev/v1beta1", "Gauge", LookupOutcome.Unknown)]
    [InlineData("metrics.example.dev/v1alpha1", "Gauge", LookupOutcome.Found)]
    [InlineData("metrics.example.dev/v1alpha1", "Nothing", LookupOutcome.Absent)]
    public async Task A_stale_version_is_unknown_and_nothing_else_is(string apiVersion, string kind, LookupOutcome outcome)
    {
        await using var server = await AggregatedAsync(DiscoveryAnswers.WithStale);
        await using var client = server.Client(Options);
        (await FindAsync(client, apiVersion, kind)).Outcome.ShouldBe(outcome);
    }

    [Fact]
    public async Task No_version_is_preferred_while_a_better_one_is_stale()
    {
        await using var server = await AggregatedAsync(DiscoveryAnswers.WithStale);
        await using var client = server.Client(Options);
        (await client.Discovery.FindPreferredAsync(new("metrics.example.dev", "Gauge"), CancellationToken.None)).Outcome.ShouldBe(LookupOutcome.Unknown);
    }

    [Fact]
    public async Task A_miss_reads_again_but_not_more_often_than_every_few_seconds()
    {
        var groups = DiscoveryAnswers.Small;
        await using var server = await ScriptedServer.StartAsync((context, seen) => DiscoveryAnswers.AggregatedAsync(context, seen, groups));
        await using var client = server.Client(Options);
        (await FindAsync(client, "example.dev/v1", "Widget")).Outcome.ShouldBe(LookupOutcome.Absent);
        groups = DiscoveryAnswers.WithWidgets;
        (await FindAsync(client, "example.dev/v1", "Widget")).Outcome.ShouldBe(LookupOutcome.Absent);
        server.Requests.Count.ShouldBe(2);
        _time.Advance(TimeSpan.FromSeconds(3));
        (await FindAsync(client, "example.dev/v1", "Widget")).Outcome.ShouldBe(LookupOutcome.Found);
        _time.Advance(TimeSpan.FromHours(1));
        (await FindAsync(client, "example.dev/v1", "Widget")).Outcome.ShouldBe(LookupOutcome.Found);
        server.Requests.Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_refresh_reads_whatever_the_age_and_a_hundred_at_once_read_little()
    {
        var groups = DiscoveryAnswers.Small;
        var answers = Task.CompletedTask;
        await using var server = await ScriptedServer.StartAsync(async (context, seen) =>
        {
            await answers;
            await DiscoveryAnswers.AggregatedAsync(context, seen, groups);
        });
        await using var client = server.Client(Options);
        await client.Discovery.AllAsync(CancellationToken.None);
        groups = DiscoveryAnswers.WithWidgets;
        await client.Discovery.RefreshAsync(CancellationToken.None);
        (await FindAsync(client, "example.dev/v1", "Widget")).Outcome.ShouldBe(LookupOutcome.Found);

        // Nothing is answered until all have asked.
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        answers = release.Task;
        var refreshes = Enumerable.Range(0, 100).Select(_ => client.Discovery.RefreshAsync(CancellationToken.None)).ToArray();
        release.SetResult();
        await Task.WhenAll(refreshes).Soon();
        server.Requests.Count.ShouldBeLessThan(10);
    }

    [Fact]
    public async Task What_has_not_changed_costs_a_304()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, seen) =>
        {
            if (seen.Headers.IfNoneMatch == "\"v1\"")
            {
                context.Response.StatusCode = 304;
                return Task.CompletedTask;
            }

            context.Response.Headers.ETag = "\"v1\"";
            return DiscoveryAnswers.AggregatedAsync(context, seen, DiscoveryAnswers.Small);
        });
        await using var client = server.Client(Options);
        await client.Discovery.AllAsync(CancellationToken.None);
        await client.Discovery.RefreshAsync(CancellationToken.None);
        (await FindAsync(client, "apps/v1", "Deployment")).Outcome.ShouldBe(LookupOutcome.Found);
        _observer.Requests.Select(static request => request.Code).Order().ShouldBe([200, 200, 304, 304]);
    }

    [Fact]
    public async Task Half_a_discovery_makes_the_other_half_unknown()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, seen) => seen.Path == "/apis"
            ? context.StatusAsync(503, "ServiceUnavailable")
            : DiscoveryAnswers.AggregatedAsync(context, seen, DiscoveryAnswers.Small));
        await using var client = server.Client(Options);
        (await FindAsync(client, "v1", "ConfigMap")).Outcome.ShouldBe(LookupOutcome.Found);
        (await FindAsync(client, "apps/v1", "Deployment")).Outcome.ShouldBe(LookupOutcome.Unknown);
        (await client.Discovery.FindPreferredAsync(new("apps", "Deployment"), CancellationToken.None)).Outcome.ShouldBe(LookupOutcome.Unknown);
        (await FindAsync(client, "v1", "Nothing")).Outcome.ShouldBe(LookupOutcome.Unknown);
        _observer.Notices.ShouldContain(static notice => notice.Kind == NoticeKind.DiscoveryIncomplete);
    }

    [Theory]
    [InlineData("/apis")]
    [InlineData("/api")]
    [InlineData("/")]
    public async Task After_a_failure_the_known_is_known_and_the_rest_unknown(string failing)
    {
        var isFailing = false;
        await using var server = await ScriptedServer.StartAsync((context, seen) =>
            Volatile.Read(ref isFailing) && (seen.Path == failing || failing == "/")
                ? context.StatusAsync(500, "InternalError")
                : DiscoveryAnswers.AggregatedAsync(context, seen, DiscoveryAnswers.Small));
        await using var client = server.Client(Options);
        (await FindAsync(client, "example.dev/v1", "Widget")).Outcome.ShouldBe(LookupOutcome.Absent);
        Volatile.Write(ref isFailing, value: true);
        _time.Advance(TimeSpan.FromSeconds(10));
        (await FindAsync(client, "example.dev/v1", "Widget")).Outcome.ShouldBe(LookupOutcome.Unknown);
        (await FindAsync(client, "apps/v1", "Deployment")).Outcome.ShouldBe(LookupOutcome.Found);
        await Should.ThrowAsync<ApiException>(() => client.Discovery.RefreshAsync(CancellationToken.None));
        Volatile.Write(ref isFailing, value: false);
        _time.Advance(TimeSpan.FromSeconds(10));
        (await FindAsync(client, "example.dev/v1", "Widget")).Outcome.ShouldBe(LookupOutcome.Absent);
    }

    [Fact]
    public async Task Without_any_answer_the_reason_is_thrown()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) => context.StatusAsync(401, "Unauthorized"));
        await using var client = server.Client(Options);
        (await Should.ThrowAsync<ApiException>(async () => await FindAsync(client, "v1", "ConfigMap"))).IsUnauthorized.ShouldBeTrue();
    }

    [Fact]
    public async Task A_server_without_aggregation_is_read_list_by_list_and_a_failing_group_is_unknown()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, seen) => seen.Path switch
        {
            "/api" => context.JsonAsync("""{"kind":"APIVersions","versions":["v1"]}"""),
            "/api/v1" => context.JsonAsync(
                """{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"pods","singularName":"pod","namespaced":true,"kind":"Pod","verbs":["get","list"]},{"name":"pods/log","singularName":"","namespaced":true,"kind":"Pod","verbs":["get"]},{"name":"pods/status","singularName":"","namespaced":true,"kind":"Pod","verbs":["get"]}]}"""),
            "/apis" => context.JsonAsync(
                """{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"autoscaling","versions":[{"groupVersion":"autoscaling/v1","version":"v1"},{"groupVersion":"autoscaling/v2","version":"v2"}],"preferredVersion":{"groupVersion":"autoscaling/v2","version":"v2"}},{"name":"broken.dev","versions":[{"groupVersion":"broken.dev/v1","version":"v1"}],"preferredVersion":{"groupVersion":"broken.dev/v1","version":"v1"}}]}"""),
            "/apis/broken.dev/v1" => context.StatusAsync(503, "ServiceUnavailable"),
            _ => context.JsonAsync(
                """{"kind":"APIResourceList","resources":[{"name":"horizontalpodautoscalers","namespaced":true,"kind":"HorizontalPodAutoscaler","verbs":["get"]}]}"""),
        });
        await using var client = server.Client(Options);
        var pod = await FindAsync(client, "v1", "Pod");
        pod.Resource!.Subresources.ShouldBe(["log", "status"]);
        (await client.Discovery.FindPreferredAsync(new("autoscaling", "HorizontalPodAutoscaler"), CancellationToken.None)).Resource!.Version.ShouldBe("v2");
        (await FindAsync(client, "broken.dev/v1", "Thing")).Outcome.ShouldBe(LookupOutcome.Unknown);
        (await FindAsync(client, "other.dev/v1", "Thing")).Outcome.ShouldBe(LookupOutcome.Absent);
        server.Requests.Select(static request => request.Path).ShouldBe(
            ["/api", "/apis", "/api/v1", "/apis/autoscaling/v1", "/apis/autoscaling/v2", "/apis/broken.dev/v1"], ignoreOrder: true);
    }

    private static Task<ScriptedServer> AggregatedAsync(string groups) =>
        ScriptedServer.StartAsync((context, seen) => DiscoveryAnswers.AggregatedAsync(context, seen, groups));

    private static ValueTask<Lookup> FindAsync(KubernetesClient client, string apiVersion, string kind) =>
        client.Discovery.FindAsync(GroupVersionKind.Parse(apiVersion, kind), CancellationToken.None);
}
