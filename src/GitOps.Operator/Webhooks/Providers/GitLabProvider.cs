using System.Collections.Frozen;
using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;

namespace GitOps.Operator.Webhooks.Providers;

/// <summary>GitLab: hooks of projects, groups and the system; by secret token, or by the signing token of newer versions.</summary>
internal sealed class GitLabProvider : IWebhookProvider
{
    private static readonly string[] Urls =
    [
        "project.git_http_url", "project.git_ssh_url", "project.web_url", "project.http_url", "project.ssh_url", "project.url", "project.homepage",
        "repository.git_http_url", "repository.git_ssh_url", "repository.url", "repository.homepage",
    ];

    private static readonly FrozenSet<string> Places = FrozenSet.ToFrozenSet(
        ["object_kind", "event_name", "ref", "before", "project.default_branch", "changes[].ref", "changes[].before", .. Urls], StringComparer.Ordinal);

    public string Name => "gitlab";

    public bool IsOn(WebhookKeys keys) => !keys[WebhookKeyUse.GitLab].IsEmpty;

    public Proof Prove(IHeaderDictionary headers, WebhookKeys keys, DateTimeOffset now) => headers.ContainsKey("webhook-signature")
        ? Proof.Standard(headers, keys[WebhookKeyUse.GitLab], now)
        : Proof.Token(Proof.Only(headers, "X-Gitlab-Token"), keys[WebhookKeyUse.GitLab]);

    public string? Delivery(IHeaderDictionary headers) =>
        Proof.Only(headers, "webhook-id") ?? Proof.Only(headers, "Idempotency-Key") ?? Proof.Only(headers, "X-Gitlab-Event-UUID");

    public WebhookCall Read(IHeaderDictionary headers, ReadOnlyMemory<byte> body)
    {
        var payload = Payload.Read(body.Span, Places);
        var kind = payload.First("object_kind") ?? payload.First("event_name");
        switch (kind)
        {
            case "push" or "tag_push":
                if (payload.First("ref") is not { Length: > 0 } name)
                {
                    throw new WebhookFormatException("the push names no ref");
                }

                return Push([new(name, WebhookProviders.Commit(payload.First("before")))]);
            case "repository_update":
                return Push([.. payload.Items("changes").Where(static change => change.ContainsKey("changes[].ref"))
                    .Select(static change => new PushedRef(change["changes[].ref"], WebhookProviders.Commit(change.GetValueOrDefault("changes[].before"))))]);
            case null:
                throw new WebhookFormatException("the body has neither object_kind nor event_name");
            default:
                return WebhookCall.Other;
        }

        WebhookCall Push(ImmutableArray<PushedRef> refs) => WebhookProviders.Push(payload.All(Urls), refs, payload.First("project.default_branch"));
    }
}
