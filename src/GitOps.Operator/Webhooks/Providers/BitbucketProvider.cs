using System.Collections.Frozen;
using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;

namespace GitOps.Operator.Webhooks.Providers;

/// <summary>Bitbucket Cloud, and Bitbucket Server and Data Center, which send other bodies.</summary>
internal sealed class BitbucketProvider : IWebhookProvider
{
    private const string EventHeader = "X-Event-Key";
    private const string ServerPing = "diagnostics:ping";

    private static readonly string[] Urls = ["repository.links.html.href", "repository.links.clone[].href"];

    private static readonly FrozenSet<string> Places = FrozenSet.ToFrozenSet(
        [
            "push.changes[].new.type", "push.changes[].new.name", "push.changes[].old.type", "push.changes[].old.name", "push.changes[].old.target.hash",
            "changes[].ref.id", "changes[].refId", "changes[].fromHash", .. Urls,
        ], StringComparer.Ordinal);

    public string Name => "bitbucket";

    public bool IsOn(WebhookKeys keys) => !keys[WebhookKeyUse.Bitbucket].IsEmpty || !keys[WebhookKeyUse.BitbucketUuid].IsEmpty;

    public Proof Prove(IHeaderDictionary headers, WebhookKeys keys, DateTimeOffset now)
    {
        const string Signature = "X-Hub-Signature";

        // A server's test of the connection is not signed.
        if (Proof.Only(headers, EventHeader) == ServerPing)
        {
            return Proof.Greeting;
        }

        return headers.ContainsKey(Signature)
            ? Proof.Hmac(headers, Signature, "sha256=", keys[WebhookKeyUse.Bitbucket])
            : Proof.Token(Proof.Only(headers, "X-Hook-UUID")?.Trim('{', '}'), [.. keys[WebhookKeyUse.BitbucketUuid].Select(static key =>
                new WebhookKey(key.Value.AsSpan().TrimStart("{"u8).TrimEnd("}"u8).ToArray()))]);
    }

    public string? Delivery(IHeaderDictionary headers) => Proof.Only(headers, "X-Request-UUID") ?? Proof.Only(headers, "X-Request-Id");

    public WebhookCall Read(IHeaderDictionary headers, ReadOnlyMemory<byte> body)
    {
        var @event = Proof.Only(headers, EventHeader);
        if (@event is null)
        {
            throw new WebhookFormatException($"the header {EventHeader} is missing");
        }

        if (@event is not ("repo:push" or "repo:refs_changed" or "mirror:repo_synchronized"))
        {
            return WebhookCall.Other;
        }

        var payload = Payload.Read(body.Span, Places);
        ImmutableArray<PushedRef> refs = [.. payload.Items("push.changes").SelectMany(OfCloud).Concat(payload.Items("changes").SelectMany(OfServer))];
        return refs.IsEmpty
            ? throw new WebhookFormatException("the push names no ref")
            : WebhookProviders.Push(payload.All(Urls), refs, null);
    }

    private static IEnumerable<PushedRef> OfCloud(IReadOnlyDictionary<string, string> change)
    {
        foreach (var side in (string[])["push.changes[].new", "push.changes[].old"])
        {
            if (change.TryGetValue(side + ".name", out var name))
            {
                var isTag = change.GetValueOrDefault(side + ".type") is "tag" or "annotated_tag";
                yield return new((isTag ? "refs/tags/" : "refs/heads/") + name, change.GetValueOrDefault("push.changes[].old.target.hash"));
                yield break;
            }
        }
    }

    private static IEnumerable<PushedRef> OfServer(IReadOnlyDictionary<string, string> change)
    {
        if ((change.GetValueOrDefault("changes[].ref.id") ?? change.GetValueOrDefault("changes[].refId")) is { } name)
        {
            yield return new(name, WebhookProviders.Commit(change.GetValueOrDefault("changes[].fromHash")));
        }
    }
}
