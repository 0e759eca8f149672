using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;

namespace GitOps.EndToEnd.Tests.Sources;

/// <summary>A signed call of a Git server, over HTTP, to an operator whose Applications look for commits once an hour.</summary>
public sealed class WebhookTests(Cluster cluster)
{
    private const string SecretName = "gitops-operator-webhooks";
    internal const string Shared = "a secret that the server has too";

    [Fact]
    public async Task A_push_reaches_the_applications_that_it_touches_and_costs_the_others_nothing()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "hook");
        await SetSecretAsync(space, Shared);
        var pushed = space.NewRepository();
        var first = pushed.Commit(("a/a.yaml", Manifests.ConfigMap("a", "one")), ("b/b.yaml", Manifests.ConfigMap("b", "one")));
        var other = space.NewRepository();
        var elsewhere = other.Commit(("c.yaml", Manifests.ConfigMap("c", "one")));
        var touched = await space.CreateApplicationAsync("touched", pushed, "a", Hourly);
        var beside = await space.CreateApplicationAsync("beside", pushed, "b", Hourly);
        var pinned = await space.CreateApplicationAsync("pinned", pushed, "b", application =>
        {
            Hourly(application);
            application["spec"]!["source"]!["targetRevision"] = first;
            application["spec"]!.AsObject().Remove("syncPolicy");
        });
        var apart = await space.CreateApplicationAsync("apart", other, ".", Hourly);
        var running = await space.StartOperatorAsync();
        await space.UntilSyncedAsync(touched, first);
        await space.UntilSyncedAsync(beside, first);
        await space.UntilSyncedAsync(apart, elsewhere);
        await space.UntilAsync(pinned, "is compared", static found => found.Status.Sync?.Revision is not null);
        await UntilServedAsync(space, running);
        var before = await CountsAsync(running);

        var second = pushed.Commit(("a/a.yaml", Manifests.ConfigMap("a", "two")));
        other.Commit(("c.yaml", Manifests.ConfigMap("c", "two")));
        (await CallAsync(running, pushed, Shared, "refs/heads/elsewhere", second)).Text.ShouldStartWith("nothing follows");
        (await CallAsync(running, pushed, "another secret", "refs/heads/main", second)).Code.ShouldBe(HttpStatusCode.Forbidden);
        var clock = Stopwatch.StartNew();
        (await CallAsync(running, pushed, Shared, "refs/heads/main", second)).ShouldBe((HttpStatusCode.Accepted, "looking for what was pushed: 2 follow it\n"));
        var answered = clock.Elapsed;
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "a", "is as pushed", static found => Value(found) == "two");
        var applied = clock.Elapsed;
        await space.UntilSyncedAsync(touched, second);
        const string Cached = "gitops_operator_renders_total{result=\"cached\"}";
        await space.UntilAsync("the other one has compared", async () => (await CountsAsync(running))[Cached] > before[Cached]);
        TestContext.Current.SendDiagnosticMessage($"webhook answered after {answered.TotalMilliseconds:F0} ms, applied after {applied.TotalMilliseconds:F0} ms");

        // One look at one repository, one rendering; the other Application of that branch only compares what it had read.
        var after = await CountsAsync(running);
        (after["gitops_operator_git_operations_total{operation=\"ls-remote\",result=\"ok\"}"]
            - before["gitops_operator_git_operations_total{operation=\"ls-remote\",result=\"ok\"}"]).ShouldBe(1);
        (after["gitops_operator_renders_total{result=\"succeeded\"}"] - before["gitops_operator_renders_total{result=\"succeeded\"}"]).ShouldBe(1);
        (after[Cached] - before[Cached]).ShouldBe(1);
        (await space.FindApplicationAsync(beside))!.Status.History.Length.ShouldBe(1);
        after["gitops_operator_webhook_requests_total{provider=\"gitea\",result=\"accepted\"}"].ShouldBe(1);
        Value(await cluster.GetAsync(Kinds.ConfigMap, space.Target, "c")).ShouldBe("one");
        (await space.FindApplicationAsync(pinned))!.Status.Sync!.Revision.ShouldBe(first);
    }

    [Fact]
    public async Task The_secret_is_changed_and_taken_away_without_a_restart()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "hook");
        var repository = space.NewRepository();
        var running = await space.StartOperatorAsync();
        (await CallAsync(running, repository, Shared, "refs/heads/main", new('1', 40))).Code.ShouldBe(HttpStatusCode.NotFound);
        await SetSecretAsync(space, Shared);
        await UntilServedAsync(space, running);
        await SetSecretAsync(space, "the next one", Shared);
        await space.UntilAsync("the new secret counts", async () =>
            (await CallAsync(running, repository, "the next one", "refs/heads/main", new('2', 40))).Code == HttpStatusCode.OK);
        (await CallAsync(running, repository, Shared, "refs/heads/main", new('3', 40))).Code.ShouldBe(HttpStatusCode.OK);
        await cluster.DeleteAsync(Kinds.Secret, space.Options.OperatorNamespace, SecretName);
        await space.UntilAsync("webhooks are off", async () =>
            (await CallAsync(running, repository, "the next one", "refs/heads/main", new('4', 40))).Code == HttpStatusCode.NotFound);
        string.Join('\n', running.Log).ShouldNotContain(Shared);
    }

    [Fact]
    public async Task A_body_without_end_is_cut_off_at_the_limit()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "hook");
        await SetSecretAsync(space, Shared);
        var running = await space.StartOperatorAsync();
        await UntilServedAsync(space, running);
        using var http = new HttpClient { BaseAddress = running.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/gitea") { Content = new ByteArrayContent(new byte[6 * 1024 * 1024]) };
        request.Headers.TransferEncodingChunked = true;
        request.Headers.Add("X-Gitea-Signature", new string('0', 64));
        HttpStatusCode? code = null;
        try
        {
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            code = answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            // The connection was closed before all of it was sent.
        }

        (code ?? HttpStatusCode.RequestEntityTooLarge).ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await CountsAsync(running))["gitops_operator_webhook_requests_total{provider=\"gitea\",result=\"too-large\"}"].ShouldBe(1);
        using var get = await http.GetAsync(new Uri("/webhooks/gitea", UriKind.Relative), TestContext.Current.CancellationToken);
        get.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    internal static void Hourly(JsonObject application) => application["spec"]!["interval"] = "1h";

    private static string? Value(KubernetesObject? found) => (string?)found?.At("data", "key");

    internal async Task SetSecretAsync(TestSpace space, string secret, string? former = null)
    {
        var data = new JsonObject { ["webhook.gogs.secret"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)) };
        if (former is not null)
        {
            data["webhook.gogs.secret.former"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(former));
        }

        await cluster.ApplyAsync(Kinds.Secret, new KubernetesObject(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject { ["namespace"] = space.Options.OperatorNamespace, ["name"] = SecretName },
            ["data"] = data,
        }));
    }

    internal static Task UntilServedAsync(TestSpace space, OperatorInstance running) =>
        space.UntilAsync("webhooks are on", async () => (await CallAsync(running, null, Shared, string.Empty, string.Empty, "ping")).Code == HttpStatusCode.OK);

    internal static async Task<(HttpStatusCode Code, string Text)> CallAsync(
        OperatorInstance running, GitRepo? repository, string secret, string @ref, string commit, string @event = "push")
    {
        var body = Encoding.UTF8.GetBytes(new JsonObject
        {
            ["ref"] = @ref,
            ["after"] = commit,
            ["repository"] = new JsonObject { ["clone_url"] = repository?.Url, ["default_branch"] = "main" },
        }.ToJsonString());
        using var http = new HttpClient { BaseAddress = running.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/gitea") { Content = new ByteArrayContent(body) };
        request.Headers.Add("X-Gitea-Event", @event);
        request.Headers.Add("X-Gitea-Signature", Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body.AsSpan())));
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<Dictionary<string, double>> CountsAsync(OperatorInstance running) => (await running.MetricsAsync()).Split('\n')
        .Where(static line => line.StartsWith("gitops_operator_", StringComparison.Ordinal))
        .Select(static line => line.Split(' '))
        .ToDictionary(static parts => parts[0], static parts => double.Parse(parts[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
}
