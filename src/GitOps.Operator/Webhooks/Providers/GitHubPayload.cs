using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;

namespace GitOps.Operator.Webhooks.Providers;

/// <summary>The bodies of GitHub, which Gitea, Forgejo and Gogs send too.</summary>
internal static class GitHubPayload
{
    private static readonly string[] Urls =
        ["repository.clone_url", "repository.ssh_url", "repository.html_url", "repository.git_url", "repository.url"];

    private static readonly FrozenSet<string> Places = FrozenSet.ToFrozenSet(
        ["ref", "ref_type", "before", "repository.default_branch", .. Urls], StringComparer.Ordinal);

    public static WebhookCall Read(string? @event, string? contentType, ReadOnlyMemory<byte> body)
    {
        switch (@event)
        {
            case "ping":
                return WebhookCall.Ping;
            case "push" or "create" or "delete":
                break;
            case null:
                throw new WebhookFormatException("the header that names the event is missing");
            default:
                return WebhookCall.Other;
        }

        var payload = Payload.Read(Json(contentType, body).Span, Places);
        if (payload.First("ref") is not { Length: > 0 } name)
        {
            throw new WebhookFormatException("the push names no ref");
        }

        name = payload.First("ref_type") switch
        {
            "branch" when !name.StartsWith("refs/", StringComparison.Ordinal) => "refs/heads/" + name,
            "tag" when !name.StartsWith("refs/", StringComparison.Ordinal) => "refs/tags/" + name,
            _ => name,
        };
        return WebhookProviders.Push(
            payload.All(Urls), ImmutableArray.Create(new PushedRef(name, WebhookProviders.Commit(payload.First("before")))), payload.First("repository.default_branch"));
    }

    /// <summary>The body itself, or what a form has as <c>payload</c>.</summary>
    private static ReadOnlyMemory<byte> Json(string? contentType, ReadOnlyMemory<byte> body)
    {
        if (contentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) != true)
        {
            return body;
        }

        var start = 0;
        foreach (var range in body.Span.Split((byte)'&'))
        {
            var field = body[range];
            if (field.Span.StartsWith("payload="u8))
            {
                var encoded = field["payload=".Length..].ToArray();
                return WebUtility.UrlDecodeToBytes(encoded, 0, encoded.Length);
            }

            start++;
        }

        throw new WebhookFormatException($"the form of the body has no payload (it has {start} other fields)");
    }
}
