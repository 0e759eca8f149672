using System.Collections.Frozen;
using System.Collections.Immutable;
using GitOps.Operator.Webhooks.Providers;
using Microsoft.AspNetCore.Http;

namespace GitOps.Operator.Webhooks;

/// <summary>How one kind of Git server calls: how it proves that it is the caller, and how it says what was pushed.</summary>
internal interface IWebhookProvider
{
    /// <summary>In the path, and in metrics.</summary>
    string Name { get; }

    /// <summary>Whether the Secret has what proves its calls.</summary>
    bool IsOn(WebhookKeys keys);

    /// <summary>What the headers alone say; the body is read only if they may be good.</summary>
    Proof Prove(IHeaderDictionary headers, WebhookKeys keys, DateTimeOffset now);

    /// <summary>The id of this delivery; null: none is told.</summary>
    string? Delivery(IHeaderDictionary headers);

    /// <summary>What a verified call is about.</summary>
    /// <exception cref="WebhookFormatException">It is not what this provider sends.</exception>
    WebhookCall Read(IHeaderDictionary headers, ReadOnlyMemory<byte> body);
}

internal static class WebhookProviders
{
    public static readonly FrozenDictionary<string, IWebhookProvider> All = ((IWebhookProvider[])
    [
        new GitHubProvider(), new GitLabProvider(), new GiteaProvider(), new BitbucketProvider(), new AzureDevOpsProvider(), new GenericProvider(),
    ]).ToFrozenDictionary(static provider => provider.Name, StringComparer.Ordinal);

    /// <summary>A push, if the URLs name a repository.</summary>
    /// <exception cref="WebhookFormatException">None of them does.</exception>
    public static WebhookCall Push(IEnumerable<string> urls, ImmutableArray<PushedRef> refs, string? defaultBranch)
    {
        var locations = urls.Select(static url => RepositoryLocation.Of(url)).OfType<RepositoryLocation>().ToImmutableHashSet();
        return locations.IsEmpty
            ? throw new WebhookFormatException("the push names no repository by a URL")
            : new(WebhookEvent.Push, new(locations, refs, defaultBranch));
    }

    /// <summary>A commit id; null for the zeros that stand for none.</summary>
    public static string? Commit(string? id) => id is { Length: > 0 } && !id.All(static digit => digit == '0') ? id : null;
}
