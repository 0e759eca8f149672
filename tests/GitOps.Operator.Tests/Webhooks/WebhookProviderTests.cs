using System.Globalization;
using System.Text;

namespace GitOps.Operator.Tests.Webhooks;

public sealed class WebhookProviderTests
{
    private const string Main = "main";

    public static TheoryData<string, string, string, string> Pushes => new()
    {
        // How it comes, what an Application follows, how it writes the repository, what becomes of it.
        { "github", Payloads.GitHub(), "https://github.com/acme/deploy", Main },
        { "github", Payloads.GitHub(), "git@github.com:Acme/Deploy.git", "HEAD" },
        { "github", Payloads.GitHub(), "ssh://git@ssh.github.com:443/acme/deploy", "" },
        { "github", Payloads.GitHub(), "https://github.com/acme/deploy.git/", "refs/heads/main" },
        { "github", Payloads.GitHub("refs/tags/v1.4.0"), "https://github.com/acme/deploy", "^1.2" },
        { "github", Payloads.GitHub("refs/tags/v1.4.0"), "https://github.com/acme/deploy", "v1.4.0" },
        { "github-form", Payloads.GitHub(), "https://github.com/acme/deploy", Main },
        { "gitlab", Payloads.GitLab(), "https://gitlab.example.com/acme/sub/deploy", Main },
        { "gitlab", Payloads.GitLab("tag_push", "refs/tags/v3"), "git@gitlab.example.com:acme/sub/deploy.git", ">=3" },
        { "gitlab", Payloads.GitLabSystem, "https://gitlab.example.com/acme/sub/deploy.git", "v2" },
        { "gitlab-signed", Payloads.GitLab(), "https://gitlab.example.com/acme/sub/deploy.git", Main },
        { "gitea", Payloads.Gitea, "ssh://git@git.example.com:2222/acme/deploy", Main },
        { "gitea", Payloads.Gitea, "https://git.example.com:3000/acme/deploy", Main },
        { "gitea-create", Payloads.GiteaTag, "https://git.example.com:3000/acme/deploy", "~2.1" },
        { "gogs", Payloads.Gitea, "https://git.example.com:3000/acme/deploy", Main },
        { "bitbucket-cloud", Payloads.BitbucketCloud, "git@bitbucket.org:acme/deploy.git", Main },
        { "bitbucket-cloud", Payloads.BitbucketCloud, "https://bitbucket.org/acme/deploy", "v1" },
        { "bitbucket-uuid", Payloads.BitbucketCloud, "https://bitbucket.org/acme/deploy", Main },
        { "bitbucket-server", Payloads.BitbucketServer, "https://bitbucket.example.com/scm/ACME/deploy.git", Main },
        { "bitbucket-server", Payloads.BitbucketServer, "ssh://git@bitbucket.example.com:7999/acme/deploy.git", Main },
        { "azuredevops", Payloads.AzureDevOps, "https://dev.azure.com/acme/My%20Team/_git/deploy", Main },
        { "azuredevops", Payloads.AzureDevOps, "git@ssh.dev.azure.com:v3/acme/My%20Team/deploy", "HEAD" },
        { "azuredevops", Payloads.AzureDevOps, "https://acme.visualstudio.com/My%20Team/_git/deploy", Main },
        { "generic", Payloads.Generic, "git@git.example.com:acme/deploy.git", Main },
        { "generic", """{"repositories": ["https://git.example.com/acme/deploy"]}""", "https://git.example.com/acme/deploy", "anything" },
    };

    [Theory]
    [MemberData(nameof(Pushes))]
    public async Task A_push_refreshes_the_repository_that_is_followed(string sender, string body, string url, string revision)
    {
        await using var bed = new WebhookBed();
        bed.Repositories.Add("https://github.com/acme/other", Main).Add(url, revision).Add(url, "unrelated-branch-of-this-test");
        await bed.StartAsync();
        var followers = revision == "anything" ? 2 : 1;
        (await SendAsync(bed, sender, body)).ShouldBe((202, $"looking for what was pushed: {followers} follow it"));
        await bed.UntilLooksAsync(1);
        bed.Repositories.Looks.ShouldHaveSingleItem().ShouldBe($"team-a {url}");
    }

    [Theory]
    [InlineData("https://github.com/acme/deploy", "release")]
    [InlineData("https://github.com/acme/deploy", "refs/tags/main")]
    [InlineData("https://github.com/acme/deploy", "2222222222222222222222222222222222222222")]
    [InlineData("https://github.com/acme/deploy-2", Main)]
    [InlineData("https://github.com/acme", Main)]
    [InlineData("https://github.example.com/acme/deploy", Main)]
    [InlineData("file:///acme/deploy", Main)]
    public async Task A_push_elsewhere_looks_at_nothing(string url, string revision)
    {
        await using var bed = new WebhookBed();
        bed.Repositories.Add(url, revision);
        (await bed.GitHubAsync(Payloads.GitHub())).ShouldBe((200, "nothing follows what was pushed"));
        (await bed.CountsAsync()).ShouldBe(["{provider=\"github\",result=\"unmatched\"} 1"]);
    }

    [Fact]
    public async Task A_push_to_another_branch_moves_no_default_branch()
    {
        await using var bed = new WebhookBed();
        bed.Repositories.Add("https://github.com/acme/deploy", "HEAD").Add("https://github.com/acme/deploy", "");
        (await bed.GitHubAsync(Payloads.GitHub("refs/heads/feature/x"))).Code.ShouldBe(200);
        (await bed.GitHubAsync(Payloads.GitHub("refs/tags/main"))).Code.ShouldBe(200);
        (await bed.GitHubAsync(Payloads.GitHub())).Text.ShouldBe("looking for what was pushed: 2 follow it");
    }

    [Fact]
    public async Task Each_tenant_of_a_repository_is_looked_for_with_its_own_credentials()
    {
        await using var bed = new WebhookBed();
        bed.Repositories.Add("https://github.com/acme/deploy", Main, "team-a").Add("https://github.com/acme/deploy", Main, "team-b")
            .Add("https://github.com/acme/deploy", Main, "team-a");
        await bed.StartAsync();
        (await bed.GitHubAsync(Payloads.GitHub())).Text.ShouldBe("looking for what was pushed: 3 follow it");
        await bed.UntilLooksAsync(2);
        bed.Repositories.Looks.Order(StringComparer.Ordinal).ShouldBe(["team-a https://github.com/acme/deploy", "team-b https://github.com/acme/deploy"]);
    }

    [Theory]
    [InlineData("github", "ping", "{}", "pong")]
    [InlineData("github", "issues", "{}", "this event moves no ref: nothing to do")]
    [InlineData("gitea", "ping", "not even JSON", "pong")]
    [InlineData("bitbucket", "diagnostics:ping", "{\"test\": true}", "pong")]
    [InlineData("bitbucket", "pullrequest:created", "{}", "this event moves no ref: nothing to do")]
    [InlineData("gitlab", "", "{\"object_kind\": \"note\"}", "this event moves no ref: nothing to do")]
    [InlineData("azuredevops", "", "{\"eventType\": \"build.complete\"}", "this event moves no ref: nothing to do")]
    [InlineData("generic", "", "{\"type\": \"ping\"}", "pong")]
    public async Task What_is_no_push_is_answered_and_nothing_else(string provider, string @event, string body, string answer)
    {
        await using var bed = new WebhookBed();
        var sender = provider == "bitbucket" ? "bitbucket-server" : provider;
        (await SendAsync(bed, sender, body, @event)).ShouldBe((200, answer));
    }

    internal static Task<(int Code, string Text)> SendAsync(WebhookBed bed, string sender, string text, string? @event = null)
    {
        var body = Encoding.UTF8.GetBytes(text);
        var time = bed.Time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        switch (sender)
        {
            case "github":
                return bed.GitHubAsync(text, @event ?? "push");
            case "github-form":
                body = Encoding.UTF8.GetBytes("payload=" + Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal));
                return bed.CallAsync(
                    "github", body, ("Content-Type", "application/x-www-form-urlencoded"), ("X-GitHub-Event", "push"),
                    ("X-Hub-Signature-256", "sha256=" + WebhookBed.Hmac(WebhookBed.GitHubSecret, body)));
            case "gitlab":
                return bed.CallAsync("gitlab", body, ("X-Gitlab-Token", WebhookBed.GitLabSecret), ("X-Gitlab-Event", "Push Hook"), ("X-Gitlab-Event-UUID", "13792a34"));
            case "gitlab-signed":
                return bed.CallAsync(
                    "gitlab", body, ("webhook-id", "f5e5f430"), ("webhook-timestamp", time),
                    ("webhook-signature", "v1a,AAAA " + WebhookBed.Standard(WebhookBed.GitLabSecret, "f5e5f430", time, body)));
            case "gitea":
                return bed.CallAsync(
                    "gitea", body, ("X-Gitea-Event", @event ?? "push"), ("X-GitHub-Event", @event ?? "push"), ("X-Gitea-Signature", WebhookBed.Hmac(WebhookBed.GiteaSecret, body)));
            case "gitea-create":
                return bed.CallAsync("gitea", body, ("X-Forgejo-Event", "create"), ("X-Hub-Signature-256", "sha256=" + WebhookBed.Hmac(WebhookBed.GiteaSecret, body)));
            case "gogs":
                return bed.CallAsync("gitea", body, ("X-Gogs-Event", "push"), ("X-Gogs-Signature", WebhookBed.Hmac(WebhookBed.GiteaSecret, body)));
            case "bitbucket-cloud":
                return bed.CallAsync("bitbucket", body, ("X-Event-Key", "repo:push"), ("X-Hub-Signature", "sha256=" + WebhookBed.Hmac(WebhookBed.BitbucketSecret, body)));
            case "bitbucket-uuid":
                return bed.CallAsync("bitbucket", body, ("X-Event-Key", "repo:push"), ("X-Hook-UUID", WebhookBed.BitbucketUuid.Trim('{', '}')));
            case "bitbucket-server":
                return bed.CallAsync(
                    "bitbucket", body, ("X-Event-Key", @event ?? "repo:refs_changed"), ("X-Hub-Signature", "sha256=" + WebhookBed.Hmac(WebhookBed.BitbucketSecret, body)));
            case "azuredevops":
                return bed.CallAsync("azuredevops", body, ("Authorization", "Basic " + Convert.ToBase64String(
                    Encoding.UTF8.GetBytes($"{WebhookBed.AzureUser}:{WebhookBed.AzurePassword}"))));
            default:
                return bed.CallAsync(
                    "generic", body, ("webhook-id", "msg_1"), ("webhook-timestamp", time),
                    ("webhook-signature", WebhookBed.Standard(WebhookBed.GenericSecret, "msg_1", time, body)));
        }
    }
}
