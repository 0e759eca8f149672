using System.Collections.Frozen;
using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;

namespace GitOps.Operator.Webhooks.Providers;

/// <summary>Any other program, signed as the Standard Webhooks specification says.</summary>
internal sealed class GenericProvider : IWebhookProvider
{
    private static readonly string[] Urls = ["repository", "repositories[]"];

    private static readonly FrozenSet<string> Places = FrozenSet.ToFrozenSet(
        ["type", "ref", "refs[]", "before", "defaultBranch", .. Urls], StringComparer.Ordinal);

    public string Name => "generic";

    public bool IsOn(WebhookKeys keys) => !keys[WebhookKeyUse.Generic].IsEmpty;

    public Proof Prove(IHeaderDictionary headers, WebhookKeys keys, DateTimeOffset now) => Proof.Standard(headers, keys[WebhookKeyUse.Generic], now);

    public string? Delivery(IHeaderDictionary headers) => Proof.Only(headers, "webhook-id");

    public WebhookCall Read(IHeaderDictionary headers, ReadOnlyMemory<byte> body)
    {
        var payload = Payload.Read(body.Span, Places);
        if (payload.First("type") == "ping")
        {
            return WebhookCall.Ping;
        }

        var before = WebhookProviders.Commit(payload.First("before"));
        ImmutableArray<PushedRef> refs = [.. payload.All("ref", "refs[]").Where(static name => name.Length > 0).Select(name => new PushedRef(name, before))];
        return WebhookProviders.Push(payload.All(Urls), refs, payload.First("defaultBranch"));
    }
}
