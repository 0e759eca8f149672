using System.Collections.Frozen;
using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;

namespace GitOps.Operator.Webhooks.Providers;

/// <summary>Service hooks of Azure DevOps, by basic authentication.</summary>
internal sealed class AzureDevOpsProvider : IWebhookProvider
{
    private static readonly string[] Urls = ["resource.repository.remoteUrl", "resource.repository.sshUrl", "resource.repository.webUrl"];

    private static readonly FrozenSet<string> Places = FrozenSet.ToFrozenSet(
        [
            "eventType", "resource.repository.defaultBranch", "resource.refUpdates[].name", "resource.refUpdates[].oldObjectId", .. Urls,
        ], StringComparer.Ordinal);

    public string Name => "azuredevops";

    public bool IsOn(WebhookKeys keys) => !keys[WebhookKeyUse.AzureDevOps].IsEmpty;

    public Proof Prove(IHeaderDictionary headers, WebhookKeys keys, DateTimeOffset now) => Proof.Basic(headers, keys[WebhookKeyUse.AzureDevOps]);

    // The id of the notification stands in the body, which is compared as a whole.
    public string? Delivery(IHeaderDictionary headers) => null;

    public WebhookCall Read(IHeaderDictionary headers, ReadOnlyMemory<byte> body)
    {
        var payload = Payload.Read(body.Span, Places);
        switch (payload.First("eventType"))
        {
            case "git.push":
                ImmutableArray<PushedRef> refs = [.. payload.Items("resource.refUpdates").Where(static update => update.ContainsKey("resource.refUpdates[].name"))
                    .Select(static update => new PushedRef(
                        update["resource.refUpdates[].name"], WebhookProviders.Commit(update.GetValueOrDefault("resource.refUpdates[].oldObjectId"))))];
                return refs.IsEmpty
                    ? throw new WebhookFormatException("the push names no ref")
                    : WebhookProviders.Push(payload.All(Urls), refs, payload.First("resource.repository.defaultBranch"));
            case null:
                throw new WebhookFormatException("the body has no eventType");
            default:
                return WebhookCall.Other;
        }
    }
}
