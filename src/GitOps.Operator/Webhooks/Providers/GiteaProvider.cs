using Microsoft.AspNetCore.Http;

namespace GitOps.Operator.Webhooks.Providers;

/// <summary>Gitea, Forgejo and Gogs: GitHub's bodies under headers of their own.</summary>
internal sealed class GiteaProvider : IWebhookProvider
{
    private static readonly string[] Prefixes = ["X-Forgejo-", "X-Gitea-", "X-Gogs-"];

    public string Name => "gitea";

    public bool IsOn(WebhookKeys keys) => !keys[WebhookKeyUse.Gitea].IsEmpty;

    public Proof Prove(IHeaderDictionary headers, WebhookKeys keys, DateTimeOffset now) =>
        Array.Find(Prefixes, prefix => headers.ContainsKey(prefix + "Signature")) is { } prefix
            ? Proof.Hmac(headers, prefix + "Signature", string.Empty, keys[WebhookKeyUse.Gitea])
            : Proof.Hmac(headers, "X-Hub-Signature-256", "sha256=", keys[WebhookKeyUse.Gitea]);

    public string? Delivery(IHeaderDictionary headers) => Find(headers, "Delivery");

    public WebhookCall Read(IHeaderDictionary headers, ReadOnlyMemory<byte> body) =>
        GitHubPayload.Read(Find(headers, "Event"), Proof.Only(headers, "Content-Type"), body);

    private static string? Find(IHeaderDictionary headers, string name) =>
        Prefixes.Select(prefix => Proof.Only(headers, prefix + name)).FirstOrDefault(static value => value is not null);
}
