using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;

namespace GitOps.EndToEnd.Tests.Leading;

/// <summary>A leader that is told to stop, stands still, or is cut off from the API server; and what a standby does meanwhile.</summary>
public sealed class LeaderChangeTests(Cluster cluster)
{
    // So many that a leader is still at it when it is met: a signal takes its time, and so does a look.
    private const int Objects = 1000;
    private const string Shared = "a secret that the server has too";

    [Fact]
    public async Task A_leader_that_is_told_to_stop_ends_what_it_does_and_hands_over_at_once()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "leader");
        space.Options = space.Options with { ShutdownTimeout = TimeSpan.FromSeconds(60) };
        var replicas = await Replicas.StartAsync(space);
        (await replicas.First.MetricAsync("gitops_operator_leader")).ShouldBe(1);
        (await replicas.Second.MetricAsync("gitops_operator_leader")).ShouldBe(0);
        var (application, head) = await CreateManyAsync(space);
        await space.UntilAsync("it is in the midst of its sync", () => Task.FromResult(Applied(replicas.First) > 10));
        await replicas.First.Process.SignalAsync("TERM");
        (await replicas.First.Process.WaitForExitAsync()).ShouldBe(0, string.Join('\n', replicas.First.Process.Log));
        await replicas.Second.UntilLeadsAsync();
        await space.UntilSyncedAsync(application, head);

        replicas.First.Process.Log.ShouldContain(static line => line.Contains("handed back", StringComparison.Ordinal));
        replicas.First.Writes.Where(static item => item.Request.Status == 0).ShouldBeEmpty("each of its writes was answered");
        Applied(replicas.First).ShouldBe(Objects, "the pass that was under way has come to its end");
        Applied(replicas.Second).ShouldBe(0);
        replicas.LateWrites().ShouldBeEmpty();
        var last = replicas.First.Writes[^1];
        var next = replicas.Second.Writes.First(static item => item.IsLease);
        last.IsLease.ShouldBeTrue("the lease is handed back after all else");
        TestContext.Current.SendDiagnosticMessage(
            $"SIGTERM: {Stopwatch.GetElapsedTime(last.At, next.At).TotalMilliseconds:F0} ms from the lease handed back to the next leader's claim");
        (await replicas.Second.MetricAsync("gitops_operator_leader")).ShouldBe(1);
    }

    [Fact]
    public async Task A_leader_that_stood_still_for_longer_than_its_lease_writes_nothing_when_it_goes_on()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "leader");
        var replicas = await Replicas.StartAsync(space);

        // It stands still while it waits for answers: between the look at its lease and the system call, one write could still go out.
        var (answered, held) = (0, 0);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        replicas.First.Proxy.Answering = request =>
        {
            if (request is not { Verb: "apply", Resource: "configmaps" } || Interlocked.Increment(ref answered) <= 10)
            {
                return Task.CompletedTask;
            }

            Interlocked.Increment(ref held);
            return release.Task;
        };
        var (application, head) = await CreateManyAsync(space);
        await space.UntilAsync("it is in the midst of its sync", () => Task.FromResult(Volatile.Read(ref held) == space.Options.ApplyConcurrency));
        await replicas.First.Process.SignalAsync("STOP");
        await replicas.Second.UntilLeadsAsync();
        await space.UntilSyncedAsync(application, head);
        release.SetResult();
        await replicas.First.Process.SignalAsync("CONT");
        (await replicas.First.Process.WaitForExitAsync()).ShouldBe(3, string.Join('\n', replicas.First.Process.Log));
        replicas.LateWrites().ShouldBeEmpty();
        Applied(replicas.First).ShouldBeLessThan(Objects, "it had work left when it was stopped");
        replicas.First.Process.Log.ShouldContain(static line => line.Contains("the lease was lost", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_leader_that_alone_cannot_reach_the_api_server_ends_and_another_takes_over()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "leader");
        var replicas = await Replicas.StartAsync(space);
        var (application, head) = await CreateManyAsync(space);
        await space.UntilAsync("it is in the midst of its sync", () => Task.FromResult(Applied(replicas.First) > 10));
        replicas.First.Proxy.Freeze();
        await replicas.Second.UntilLeadsAsync();
        replicas.First.Writes.Count(static item => item.Request.Status == 0).ShouldBeGreaterThan(0, "some writes were under way");
        (await replicas.First.Process.WaitForExitAsync()).ShouldBe(3, string.Join('\n', replicas.First.Process.Log));
        await space.UntilSyncedAsync(application, head);
        replicas.LateWrites().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_standby_writes_nothing_and_hands_webhooks_to_the_leader()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "leader");
        await cluster.ApplyAsync(Kinds.Secret, KubernetesObject.Parse($$"""
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "{{space.Options.OperatorNamespace}}", "name": "gitops-operator-webhooks"},
             "stringData": {"webhook.gitea.secret": "{{Shared}}"} }
            """));
        var replicas = await Replicas.StartAsync(space);
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: static json => json["spec"]!["interval"] = "1h");
        await space.UntilSyncedAsync(application, first);
        var second = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        var answer = string.Empty;
        await space.UntilAsync("the call is taken", async () => (answer = await CallAsync(replicas.Second, repository, Shared, second)).StartsWith("202", StringComparison.Ordinal));
        answer.ShouldContain("looking for what was pushed");
        (await CallAsync(replicas.Second, repository, "another secret", second)).ShouldStartWith("403");
        await space.UntilSyncedAsync(application, second);
        replicas.Second.Writes.ShouldBeEmpty();

        // Nobody leads for a while: the sender is told to come again, and the next leader's first look finds what was pushed.
        await replicas.First.Process.KillAsync();
        var third = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "three")));
        (await CallAsync(replicas.Second, repository, Shared, third)).ShouldStartWith("503");
        await space.UntilSyncedAsync(application, third);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_does_not_end_in_time_is_broken_off_and_a_second_signal_waits_for_nothing(bool twice)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "leader");
        var proxy = await space.StartProxyAsync();
        var process = space.StartProcess(proxy, "--shutdown-timeout", twice ? "3600" : "1");
        await process.WaitUntilReadyAsync();
        proxy.Arrived = static request => request is { Resource: "configmaps", Verb: "apply" } ? Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken) : Task.CompletedTask;
        await CreateManyAsync(space);
        await space.UntilAsync("it writes", () => Task.FromResult(proxy.Requests.Any(static request => request is { Resource: "configmaps", Verb: "apply" })));
        await process.SignalAsync("TERM");
        if (twice)
        {
            await space.UntilAsync("it waits for its passes", () => Task.FromResult(process.Log.Any(static line => line.Contains("no new pass begins", StringComparison.Ordinal))));
            await process.SignalAsync("TERM");
        }

        (await process.WaitForExitAsync()).ShouldBe(twice ? 128 + 15 : 0);
        process.Log.Count(static line => line.Contains("are broken off", StringComparison.Ordinal)).ShouldBe(twice ? 0 : 1);
    }

    private static int Applied(Replica replica) =>
        replica.Writes.Count(static item => item.Request is { Resource: "configmaps", Verb: "apply", Status: 200 or 201 });

    private static async Task<(NamespacedName Application, string Head)> CreateManyAsync(TestSpace space)
    {
        var repository = space.NewRepository();
        var head = repository.Commit(("many.yaml", string.Join("---\n", Enumerable.Range(0, Objects)
            .Select(static i => Manifests.ConfigMap(string.Create(CultureInfo.InvariantCulture, $"many-{i}"), "x")))));
        return (await space.CreateApplicationAsync("web", repository), head);
    }

    private static async Task<string> CallAsync(Replica replica, GitRepo repository, string secret, string commit)
    {
        var body = Encoding.UTF8.GetBytes($$$"""
            {"ref": "refs/heads/main", "before": "{{{new string('0', 40)}}}", "after": "{{{commit}}}",
             "repository": {"clone_url": "{{{repository.Url}}}", "html_url": "{{{repository.Url}}}", "ssh_url": "{{{repository.Url}}}", "default_branch": "main"} }
            """);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, replica.Url("/webhooks/gitea")) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("X-Gitea-Event", "push");
        request.Headers.Add("X-Gitea-Signature", Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body)));
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}";
    }
}
