using System.Net;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Sources;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;

namespace GitOps.EndToEnd.Tests.Observability;

/// <summary>What an operator sends to a collector: from the call of a Git server, or a poll, to what was applied. Alone: the spans of all operators of a process go to whoever collects in it.</summary>
[Collection(nameof(TracingTests))]
[CollectionDefinition(nameof(TracingTests), DisableParallelization = true)]
public sealed class TracingTests(Cluster cluster)
{
    private const int QuietPolls = 6;
    private const string Secret = "not for collectors";

    [Fact]
    public async Task A_push_is_one_trace_from_the_webhook_to_the_request_that_applies_it()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var space = await TestSpace.CreateAsync(cluster, "trace");
        await new WebhookTests(cluster).SetSecretAsync(space, WebhookTests.Shared);
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")), ("s.yaml", Manifests.Secret("s", Secret)));
        var application = await space.CreateApplicationAsync("web", repository, ".", WebhookTests.Hourly);
        var proxy = await space.StartProxyAsync();
        var running = await space.StartOperatorAsync(proxy, telemetry: collector.Settings());
        await space.UntilSyncedAsync(application, first);
        await WebhookTests.UntilServedAsync(space, running);

        var second = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        (await WebhookTests.CallAsync(running, repository, WebhookTests.Shared, "refs/heads/main", second)).Code.ShouldBe(HttpStatusCode.Accepted);
        await space.UntilSyncedAsync(application, second);

        ReceivedSpan[] trace = [];
        await space.UntilAsync("the trace has arrived", () =>
        {
            trace = [.. collector.Spans.Where(span => span.TraceId == collector.Spans.FirstOrDefault(static found => found.Name == "webhook")?.TraceId)];
            return Task.FromResult(Applies(trace, "a").Any());
        });
        var byId = trace.ToDictionary(static span => span.Id, StringComparer.Ordinal);
        var apply = Applies(trace, "a").First();
        PathTo(apply, byId).ShouldBe(["webhook", "webhook refresh", "reconcile", "sync", "wave", "apply configmaps"]);
        var pass = trace.First(span => span.Name == "reconcile" && PathTo(apply, byId).Length > 0 && IsAbove(span, apply, byId));
        pass[OperatorTracing.Application].ShouldBe("web");
        pass[OperatorTracing.Namespace].ShouldBe(space.ApplicationNamespace);
        pass[OperatorTracing.Commit].ShouldBe(second);
        pass[OperatorTracing.Trigger].ShouldBe(Triggers.Webhook);
        apply["http.response.status_code"].ShouldBe("200");
        foreach (var name in (string[])["resolve", "render", "fetch", "render source", "drift", "diff", "gate", "record", "report"])
        {
            trace.ShouldContain(span => span.Name == name, $"{name} is not in {string.Join(", ", trace.Select(static span => span.Name))}");
        }

        trace.ShouldContain(static span => span.Name == "git ls-remote");
        trace.ShouldAllBe(static span => span.Start <= span.End);

        // The API server is told whose request it is.
        proxy.Requests.ShouldContain(request => request.TraceParent == $"00-{apply.TraceId}-{apply.Id}-01" && request.Verb == "apply");
        apply.Resource.Select(static pair => $"{pair.Key}={pair.Value}").Intersect(["service.name=gitops-operator", "team=platform one"], StringComparer.Ordinal).Count()
            .ShouldBe(2, string.Join(", ", apply.Resource));
        collector.Keys.Distinct(StringComparer.Ordinal).ShouldBe(["secret-of-collector"]);
        await NothingIsToldAsync(collector, running);
        await space.UntilAsync("the log has arrived", () => Task.FromResult(
            collector.Logs.Any(line => line.Body.Contains("synced", StringComparison.Ordinal) && line.TraceId == apply.TraceId)));
        await space.UntilAsync("metrics have arrived", () => Task.FromResult(
            collector.Metrics.ContainsKey("gitops_operator_sync") && collector.Metrics.ContainsKey("gitops_operator_queue_depth")));
    }

    [Fact]
    public async Task A_poll_that_finds_a_commit_begins_a_trace_and_one_that_does_not_leaves_none()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var space = await TestSpace.CreateAsync(cluster, "trace");
        var repository = space.NewRepository();
        var application = await space.CreateApplicationAsync("web", repository);
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var running = await space.StartOperatorAsync(telemetry: collector.Settings("TRACES"));
        await space.UntilSyncedAsync(application, first);
        await UntilPolledAsync(space, running, QuietPolls);
        var second = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        await space.UntilSyncedAsync(application, second);

        await space.UntilAsync("the trace has arrived", () => Task.FromResult(collector.Spans.Any(span =>
            span.Name == "reconcile" && span[OperatorTracing.Trigger] == Triggers.Poll && span[OperatorTracing.Commit] == second)));

        // The one that found the first commit may have been two, of which one found it reachable again.
        collector.Spans.Count(static span => span.Name == "poll").ShouldBeInRange(1, QuietPolls - 2);
        collector.Metrics.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_measured_value_names_the_trace_that_it_is_of()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var space = await TestSpace.CreateAsync(cluster, "trace");
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        var running = await space.StartOperatorAsync(telemetry: collector.Settings("TRACES"));
        await space.UntilSyncedAsync(application, first);
        var known = string.Empty;
        await space.UntilAsync("a sync has an example", async () =>
        {
            using var http = new HttpClient();
            http.DefaultRequestHeaders.Add("Accept", "application/openmetrics-text;version=1.0.0");
            var line = (await http.GetStringAsync(new Uri(running.Address, "/metrics"))).Split('\n').FirstOrDefault(static line =>
                line.StartsWith("gitops_operator_sync_seconds_bucket", StringComparison.Ordinal) && line.Contains("trace_id=\"", StringComparison.Ordinal));
            known = line?.Split("trace_id=\"")[1][..32] ?? string.Empty;
            return known.Length > 0;
        });
        await space.UntilAsync("its trace has arrived", () => Task.FromResult(collector.Spans.Any(span => span.TraceId == known && span.Name == "reconcile")));
    }

    private static async Task NothingIsToldAsync(OtlpReceiver collector, OperatorInstance running)
    {
        collector.Spans.SelectMany(static span => span.Attributes.Values).ShouldAllBe(static value => !value.Contains(Secret, StringComparison.Ordinal));
        collector.Logs.ShouldAllBe(static line => !line.Body.Contains(Secret, StringComparison.Ordinal));
        (await running.MetricsAsync()).ShouldNotContain(Secret);
    }

    private static async Task UntilPolledAsync(TestSpace space, OperatorInstance running, int times)
    {
        var before = await PollsAsync(running);
        await space.UntilAsync("it has polled", async () => await PollsAsync(running) >= before + times);
    }

    private static async Task<double> PollsAsync(OperatorInstance running) => (await running.MetricsAsync()).Split('\n')
        .Where(static line => line.StartsWith("gitops_operator_git_operation_seconds_count{operation=\"probe\"}", StringComparison.Ordinal)
            || line.StartsWith("gitops_operator_git_operation_seconds_count{operation=\"ls-remote\"}", StringComparison.Ordinal))
        .Sum(static line => double.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture));

    private static IEnumerable<ReceivedSpan> Applies(IEnumerable<ReceivedSpan> trace, string name) =>
        trace.Where(span => span.Name == "apply configmaps" && span["url.path"]!.EndsWith($"/configmaps/{name}", StringComparison.Ordinal));

    private static bool IsAbove(ReceivedSpan above, ReceivedSpan span, Dictionary<string, ReceivedSpan> byId)
    {
        for (var at = span; at is not null; at = byId.GetValueOrDefault(at.Parent))
        {
            if (at == above)
            {
                return true;
            }
        }

        return false;
    }

    private static string[] PathTo(ReceivedSpan span, Dictionary<string, ReceivedSpan> byId)
    {
        var names = new List<string>();
        for (var at = span; at is not null; at = byId.GetValueOrDefault(at.Parent))
        {
            names.Insert(0, at.Name);
        }

        return [.. names];
    }
}
