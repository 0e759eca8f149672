using Microsoft.AspNetCore.Http;

namespace GitOps.Operator.Webhooks.Providers;

/// <summary>GitHub, GitHub Enterprise Server and what calls as they do.</summary>
internal sealed class GitHubProvider : IWebhookProvider
{
    public string Name => "github";

    public bool IsOn(WebhookKeys keys) => !keys[WebhookKeyUse.GitHub].IsEmpty;

    public Proof Prove(IHeaderDictionary headers, WebhookKeys keys, DateTimeOffset now) =>
        Proof.Hmac(headers, "X-Hub-Signature-256", "sha256=", keys[WebhookKeyUse.GitHub]);

    public string? Delivery(IHeaderDictionary headers) => Proof.Only(headers, "X-GitHub-Delivery");

    public WebhookCall Read(IHeaderDictionary headers, ReadOnlyMemory<byte> body) =>
        GitHubPayload.Read(Proof.Only(headers, "X-GitHub-Event"), Proof.Only(headers, "Content-Type"), body);
}
