using System.Globalization;
using System.Text;
using GitOps.Operator.Git;
using GitOps.Operator.Webhooks;

namespace GitOps.Operator.Tests.Webhooks;

public sealed class HostileWebhookTests
{
    private const string Refused = "the signature or token is missing or wrong";
    private static readonly byte[] Body = Encoding.UTF8.GetBytes(Payloads.GitHub());

    public static TheoryData<string, string, (string, string)[]> Unproven => new()
    {
        { "nothing", "github", [] },
        { "no digits", "github", [("X-Hub-Signature-256", "sha256=")] },
        { "another secret", "github", [("X-Hub-Signature-256", "sha256=" + WebhookBed.Hmac("guess", Body))] },
        { "of another body", "github", [("X-Hub-Signature-256", "sha256=" + WebhookBed.Hmac(WebhookBed.GitHubSecret, [.. Body, 32]))] },
        { "too short", "github", [("X-Hub-Signature-256", "sha256=" + WebhookBed.Hmac(WebhookBed.GitHubSecret, Body)[..62])] },
        { "not hexadecimal", "github", [("X-Hub-Signature-256", "sha256=" + new string('g', 64))] },
        { "the old hash", "github", [("X-Hub-Signature", "sha1=0000000000000000000000000000000000000000")] },
        { "without its prefix", "github", [("X-Hub-Signature-256", WebhookBed.Hmac(WebhookBed.GitHubSecret, Body))] },
        {
            "one good of two", "github",
            [("X-Hub-Signature-256", "sha256=" + WebhookBed.Hmac(WebhookBed.GitHubSecret, Body)), ("X-Hub-Signature-256", "sha256=" + new string('0', 64))]
        },
        { "the secret of another provider", "github", [("X-Hub-Signature-256", "sha256=" + WebhookBed.Hmac(WebhookBed.GiteaSecret, Body))] },
        { "a bad signature beside a good one", "gitea", [("X-Gitea-Signature", new string('0', 64)), ("X-Hub-Signature-256", "sha256=" + WebhookBed.Hmac(WebhookBed.GiteaSecret, Body))] },
        { "no token", "gitlab", [("X-Gitlab-Token", "")] },
        { "a part of the token", "gitlab", [("X-Gitlab-Token", WebhookBed.GitLabSecret[..^1])] },
        { "an HMAC where a token is", "gitlab", [("X-Hub-Signature-256", "sha256=" + WebhookBed.Hmac(WebhookBed.GitLabSecret, Body))] },
        { "no signature beside the token", "gitlab", [("X-Gitlab-Token", WebhookBed.GitLabSecret), ("webhook-signature", "v1,AAAA")] },
        { "another uuid", "bitbucket", [("X-Hook-UUID", "{00000000-0000-4000-8000-000000000000}")] },
        { "signed with the uuid", "bitbucket", [("X-Hub-Signature", "sha256=" + WebhookBed.Hmac(WebhookBed.BitbucketUuid, Body))] },
        { "no basic authentication", "azuredevops", [("Authorization", "Bearer " + WebhookBed.AzurePassword)] },
        { "basic, not base64", "azuredevops", [("Authorization", "Basic ***")] },
        { "the password alone", "azuredevops", [("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(":" + WebhookBed.AzurePassword)))] },
        { "no time", "generic", [("webhook-id", "1"), ("webhook-signature", WebhookBed.Standard(WebhookBed.GenericSecret, "1", "", Body))] },
        { "an old time", "generic", Standard("1", -301) },
        { "a time to come", "generic", Standard("1", 301) },
        { "a time that is no number", "generic", [("webhook-id", "1"), ("webhook-timestamp", "1e9"), ("webhook-signature", "v1," + new string('A', 43) + "=")] },
        { "the largest time", "generic", [("webhook-id", "1"), ("webhook-timestamp", "9223372036854775807"), ("webhook-signature", "v1," + new string('A', 43) + "=")] },
        { "a time that was not signed", "generic", [.. Standard("1", 0).Where(static header => header.Item1 != "webhook-timestamp"), ("webhook-timestamp", Now(1))] },
        { "an id that was not signed", "generic", [.. Standard("1", 0).Where(static header => header.Item1 != "webhook-id"), ("webhook-id", "2")] },
        { "an unknown version", "generic", [.. Standard("1", 0).Select(static header => header.Item1 == "webhook-signature" ? (header.Item1, "v2," + header.Item2[3..]) : header)] },
    };

    [Theory]
    [MemberData(nameof(Unproven), DisableDiscoveryEnumeration = true)]
    public async Task A_call_that_is_not_proven_changes_nothing(string what, string provider, (string, string)[] headers)
    {
        await using var bed = new WebhookBed();
        bed.Repositories.Add("https://github.com/acme/deploy", "main");
        (await bed.CallAsync(provider, Body, [("X-GitHub-Event", "push"), ("X-Gitea-Event", "push"), ("X-Event-Key", "repo:push"), .. headers]))
            .ShouldBe((403, Refused), what);
        bed.Repositories.Looks.ShouldBeEmpty();
        (await bed.CountsAsync()).ShouldBe([$"{{provider=\"{provider}\",result=\"unverified\"}} 1"]);
        bed.Log.ShouldHaveSingleItem().ShouldBe($"1 calls of {provider} refused since the last such line: {Refused}");
    }

    [Theory]
    [InlineData("not JSON", "the body is not JSON (line 1)")]
    [InlineData("", "the body is not JSON (line 1)")]
    [InlineData("[]", "the body is not a JSON object")]
    [InlineData("null", "the body is not a JSON object")]
    [InlineData("{", "the body is not JSON (line 1)")]
    [InlineData("{} {}", "the body is not JSON (line 1)")]
    [InlineData("{\"ref\": \"\\ud800\", \"repository\": {}}", "the body has a string that is not Unicode")]
    [InlineData("{}", "the push names no ref")]
    [InlineData("{\"ref\": 7}", "the push names no ref")]
    [InlineData("{\"ref\": null, \"repository\": null}", "the push names no ref")]
    [InlineData("{\"ref\": [\"refs/heads/main\"]}", "the push names no ref")]
    [InlineData("{\"ref\": \"refs/heads/main\"}", "the push names no repository by a URL")]
    [InlineData("{\"ref\": \"refs/heads/main\", \"repository\": []}", "the push names no repository by a URL")]
    [InlineData("{\"ref\": \"refs/heads/main\", \"repository\": {\"clone_url\": {\"href\": \"https://github.com/acme/deploy\"}}}", "the push names no repository by a URL")]
    [InlineData("{\"ref\": \"refs/heads/main\", \"repository\": {\"clone_url\": \"ext::sh -c id\"}}", "the push names no repository by a URL")]
    [InlineData("{\"ref\": \"refs/heads/main\", \"repository\": {\"clone_url\": \"https://\"}}", "the push names no repository by a URL")]
    public async Task A_proven_body_that_makes_no_sense_is_refused_in_one_line(string body, string answer)
    {
        await using var bed = new WebhookBed();
        bed.Repositories.Add("https://github.com/acme/deploy", "main");
        (await bed.GitHubAsync(body)).ShouldBe((400, answer));
        bed.Log.ShouldHaveSingleItem().ShouldEndWith(answer);
        (await bed.CountsAsync()).ShouldBe(["{provider=\"github\",result=\"malformed\"} 1"]);
    }

    [Theory]
    [InlineData("gitlab")]
    [InlineData("gitea")]
    [InlineData("bitbucket-cloud")]
    [InlineData("bitbucket-server")]
    [InlineData("azuredevops")]
    [InlineData("generic")]
    public async Task No_proven_body_of_a_wrong_shape_is_an_exception(string sender)
    {
        string[] shapes =
        [
            "{}", "[]", "7", "\"x\"", "{\"push\": []}", "{\"push\": {\"changes\": null}}", "{\"push\": {\"changes\": [null, 7, {}, {\"new\": 7}, [[]]]}}",
            "{\"changes\": {}}", "{\"changes\": [[]], \"repository\": {\"links\": {\"clone\": [null]}}}", "{\"eventType\": \"git.push\", \"resource\": {\"refUpdates\": [{}]}}",
            "{\"eventType\": 1}", "{\"object_kind\": \"push\"}", "{\"object_kind\": \"push\", \"ref\": \"x\"}", "{\"repository\": []}", "{\"repositories\": [[\"x\"]]}", "{\"ref\": \"x\"}",
            new string('[', 5000), "{\"repository\": " + new string('[', 200) + new string(']', 200) + "}", "{\"ref\": \"" + new string('x', 5000) + "\"}",
        ];
        await using var bed = new WebhookBed();
        foreach (var shape in shapes)
        {
            (await WebhookProviderTests.SendAsync(bed, sender, shape)).Code.ShouldBeOneOf([200, 400], shape[..Math.Min(80, shape.Length)]);
        }
    }

    [Fact]
    public async Task A_provider_without_a_secret_is_not_there()
    {
        await using var bed = new WebhookBed(("webhook.gitlab.secret", WebhookBed.GitLabSecret));
        foreach (var provider in (string[])["github", "gitea", "bitbucket", "azuredevops", "generic"])
        {
            await using var body = new CountedStream(1024);
            (await bed.CallAsync(provider, body, null, ("X-Hub-Signature-256", "sha256=" + WebhookBed.Hmac(string.Empty, Body)))).ShouldBe((404, string.Empty));
            body.Given.ShouldBe(0);
        }

        (await bed.CallAsync("svn", "{}")).Code.ShouldBe(404);
        (await bed.CallAsync("GitLab", "{}", ("X-Gitlab-Token", WebhookBed.GitLabSecret))).Code.ShouldBe(404);
        bed.Log.ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_a_call_that_cannot_be_proven_no_body_is_read()
    {
        await using var bed = new WebhookBed();
        await using var body = new CountedStream(1024);
        (await bed.CallAsync("github", new SilentStream(), null)).Code.ShouldBe(403);
        (await bed.CallAsync("gitlab", body, null, ("X-Gitlab-Token", "wrong"))).Code.ShouldBe(403);
        (await bed.CallAsync("azuredevops", body, null, ("Authorization", "Basic eDp5"))).Code.ShouldBe(403);
        (await bed.CallAsync("bitbucket", body, null, ("X-Event-Key", "diagnostics:ping"))).ShouldBe((200, "pong"));
        (await bed.CallAsync("generic", body, null, ("webhook-id", "1"), ("webhook-timestamp", "1"), ("webhook-signature", "v1,AAAA"))).Code.ShouldBe(403);
        body.Given.ShouldBe(0);
    }

    [Fact]
    public async Task No_more_than_the_limit_is_read_whatever_length_is_told()
    {
        await using var bed = new WebhookBed();
        await using var body = new CountedStream(long.MaxValue);
        (string, string) signature = ("X-Hub-Signature-256", "sha256=" + new string('0', 64));
        (await bed.CallAsync("github", body, WebhookReceiver.MaxBody + 1, signature)).ShouldBe((413, "the body is larger than 5 MiB"));
        body.Given.ShouldBe(0);
        (await bed.CallAsync("github", body, null, signature)).Code.ShouldBe(413);
        body.Given.ShouldBeInRange(WebhookReceiver.MaxBody, WebhookReceiver.MaxBody + 1);
        (await bed.CallAsync("github", "{}", ("Content-Encoding", "gzip"), signature)).Code.ShouldBe(415);
        (await bed.CountsAsync()).ShouldBe(["{provider=\"github\",result=\"malformed\"} 1", "{provider=\"github\",result=\"too-large\"} 2"]);
    }

    [Fact]
    public async Task A_recorded_call_does_nothing_the_second_time()
    {
        await using var bed = new WebhookBed();
        bed.Repositories.Add("https://github.com/acme/deploy", "main").Add("https://git.example.com/acme/deploy", "main");
        (string, string) signature = ("X-Hub-Signature-256", "sha256=" + WebhookBed.Hmac(WebhookBed.GitHubSecret, Body));
        (await bed.CallAsync("github", Body, ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "1"), signature)).Code.ShouldBe(202);

        // The id of a delivery is not signed: another one makes no other call.
        (await bed.CallAsync("github", Body, ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "2"), signature)).Code.ShouldBe(200);
        (await bed.GitHubAsync(Payloads.GitHub(after: Payloads.Before))).Code.ShouldBe(202);

        // Of one that is signed, the id says it: the same body may come twice.
        var generic = Encoding.UTF8.GetBytes(Payloads.Generic);
        (await bed.CallAsync("generic", generic, Standard("1", 0, generic))).Code.ShouldBe(202);
        (await bed.CallAsync("generic", generic, Standard("1", 0, generic))).Text.ShouldContain("was taken before");
        (await bed.CallAsync("generic", generic, Standard("2", 0, generic))).Code.ShouldBe(202);
        bed.Time.Advance(TimeSpan.FromMinutes(61));
        (await bed.GitHubAsync(Payloads.GitHub())).Code.ShouldBe(202);
    }

    [Fact]
    public async Task A_flood_is_answered_in_few_lines_and_leaves_room_later()
    {
        await using var bed = new WebhookBed();
        (string, string) signature = ("X-Hub-Signature-256", "sha256=" + new string('0', 64));
        for (var call = 0; call < 100; call++)
        {
            (await bed.CallAsync("github", Body, signature)).Code.ShouldBe(403);
        }

        (await bed.CallAsync("github", Body, signature)).ShouldBe((429, "too many calls"));
        bed.Log.ShouldBe([
            $"1 calls of github refused since the last such line: {Refused}", "1 calls of github refused since the last such line: too many calls"]);
        bed.Time.Advance(TimeSpan.FromMinutes(1));
        (await bed.CallAsync("github", Body, signature)).Code.ShouldBe(403);
        bed.Log[^1].ShouldBe($"100 calls of github refused since the last such line: {Refused}");
        (await bed.GitHubAsync(Payloads.GitHub())).Code.ShouldBe(200);
    }

    [Fact]
    public async Task A_body_that_does_not_arrive_ends_after_a_while()
    {
        await using var bed = new WebhookBed();
        var call = bed.CallAsync("github", new SilentStream(), null, ("X-Hub-Signature-256", "sha256=" + new string('0', 64)));
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!call.IsCompleted)
        {
            deadline.Token.ThrowIfCancellationRequested();
            bed.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        (await call).ShouldBe((408, "the body did not arrive in time"));
    }

    [Fact]
    public async Task A_repository_is_looked_at_once_a_second_at_most()
    {
        await using var bed = new WebhookBed();
        bed.Repositories.Add("https://github.com/acme/deploy", "main");
        await bed.StartAsync();
        await bed.GitHubAsync(Payloads.GitHub());
        await bed.UntilLooksAsync(1);
        for (var push = 3; push < 9; push++)
        {
            (await bed.GitHubAsync(Payloads.GitHub(after: new string((char)('0' + push), 40)))).Code.ShouldBe(202);
        }

        bed.Repositories.Looks.Count.ShouldBe(1);
        await bed.UntilLooksAsync(2, TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task A_server_that_tells_before_it_answers_is_asked_twice_more()
    {
        await using var bed = new WebhookBed();
        bed.Repositories.Add("https://github.com/acme/deploy", "main").Newest = Payloads.Before;
        bed.Repositories.Failure = new GitException(GitFailure.Unreachable, "away");
        await bed.StartAsync();
        await bed.GitHubAsync(Payloads.GitHub());
        await bed.UntilLooksAsync(3, TimeSpan.FromMilliseconds(500));
        bed.Time.Advance(TimeSpan.FromMinutes(1));
        bed.Repositories.Newest = Payloads.After;
        await bed.GitHubAsync(Payloads.GitHub(after: new string('3', 40)));
        await bed.UntilLooksAsync(4);
    }

    private static string Now(int later) => (new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds() + later).ToString(CultureInfo.InvariantCulture);

    private static (string, string)[] Standard(string id, int later, byte[]? body = null) =>
        [("webhook-id", id), ("webhook-timestamp", Now(later)), ("webhook-signature", WebhookBed.Standard(WebhookBed.GenericSecret, id, Now(later), body ?? Body))];
}
