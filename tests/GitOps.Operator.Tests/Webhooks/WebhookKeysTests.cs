using System.Text;
using GitOps.Operator.Webhooks;

namespace GitOps.Operator.Tests.Webhooks;

public sealed class WebhookKeysTests
{
    [Fact]
    public void Several_secrets_of_one_provider_are_valid_at_once()
    {
        var keys = WebhookKeys.Read(WebhookBed.Secret(("webhook.github.secret", "new"), ("webhook.github.secret.old", "old\n"), ("webhook.github.secret.2", "third")));
        keys[WebhookKeyUse.GitHub].Select(static key => Encoding.UTF8.GetString(key.Value)).ShouldBe(["new", "third", "old"]);
        keys.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_call_by_the_former_secret_is_good_until_it_goes()
    {
        await using var bed = new WebhookBed(("webhook.github.secret", "new"), ("webhook.github.secret.old", WebhookBed.GitHubSecret));
        (await bed.GitHubAsync("{}", "ping")).Code.ShouldBe(200);
        (await bed.GitHubAsync("{}", "ping", "new")).Code.ShouldBe(200);
        bed.Keys = WebhookKeys.Read(WebhookBed.Secret(("webhook.github.secret", "new")));
        (await bed.GitHubAsync("{}", "ping")).Code.ShouldBe(403);
        bed.Keys = WebhookKeys.None;
        (await bed.GitHubAsync("{}", "ping", "new")).Code.ShouldBe(404);
    }

    [Fact]
    public void What_is_not_understood_is_named_without_its_value()
    {
        var keys = WebhookKeys.Read(WebhookBed.Secret(
            ("webhook.github.secrets", "hush"), ("webhook.gitlab.secret", ""), ("webhook.azuredevops.password", "hush"), ("webhook.generic.secret", "fine")));
        keys.Problems.ShouldBe([
            "webhook.gitlab.secret is empty", "webhook.azuredevops.password has no webhook.azuredevops.username beside it",
            "webhook.github.secrets is no key that is known here (docs/webhooks.md lists them)"]);
        keys.ByUse.Keys.ShouldBe([WebhookKeyUse.Generic]);
        keys.ToString().ShouldNotContain("hush");
    }

    [Fact]
    public async Task A_pair_of_azure_may_be_followed_by_another()
    {
        await using var bed = new WebhookBed(
            ("webhook.azuredevops.username", "new"), ("webhook.azuredevops.password", "n"),
            ("webhook.azuredevops.username.old", "old"), ("webhook.azuredevops.password.old", "o"), ("webhook.azuredevops.password.2", "second"));
        foreach (var (pair, code) in ((string, int)[])[("new:n", 200), ("old:o", 200), ("new:second", 200), ("new:o", 403), ("old:n", 403)])
        {
            (await bed.CallAsync("azuredevops", "{\"eventType\": \"x\"}", ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair))))).Code
                .ShouldBe(code, pair);
        }
    }
}
