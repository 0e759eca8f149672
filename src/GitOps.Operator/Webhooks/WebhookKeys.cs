using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Webhooks;

/// <summary>One secret that proves who calls. Never shown: it has no text of its own.</summary>
internal sealed class WebhookKey
{
    private const string StandardPrefix = "whsec_";

    public WebhookKey(byte[] value)
    {
        Value = value;
        var text = Encoding.UTF8.GetString(value);
        var decoded = new byte[text.Length];
        Signing = text.StartsWith(StandardPrefix, StringComparison.Ordinal)
            && Convert.TryFromBase64String(text[StandardPrefix.Length..], decoded, out var length) ? decoded[..length] : value;
    }

    /// <summary>As it stands in the Secret, without line breaks at its end.</summary>
    public byte[] Value { get; }

    /// <summary>As the Standard Webhooks specification uses it: what is encoded behind <c>whsec_</c>.</summary>
    public byte[] Signing { get; }
}

/// <summary>Where in the Secret a key was found.</summary>
internal enum WebhookKeyUse
{
    GitHub,
    GitLab,
    Gitea,
    Bitbucket,
    BitbucketUuid,
    AzureDevOps,
    Generic,
}

/// <summary>The secrets of all providers, as one Secret has them. Several of one are valid at once, so that they can be changed.</summary>
/// <param name="ByUse">Those that there are.</param>
/// <param name="Problems">Keys that are not understood, by name.</param>
internal sealed record WebhookKeys(ImmutableDictionary<WebhookKeyUse, ImmutableArray<WebhookKey>> ByUse, ImmutableArray<string> Problems)
{
    public static readonly WebhookKeys None = new(ImmutableDictionary<WebhookKeyUse, ImmutableArray<WebhookKey>>.Empty, []);

    private const string Username = "webhook.azuredevops.username";
    private const string Password = "webhook.azuredevops.password";

    private static readonly (string Name, WebhookKeyUse Use)[] Names =
    [
        ("webhook.github.secret", WebhookKeyUse.GitHub),
        ("webhook.gitlab.secret", WebhookKeyUse.GitLab),
        ("webhook.gogs.secret", WebhookKeyUse.Gitea),
        ("webhook.gitea.secret", WebhookKeyUse.Gitea),
        ("webhook.bitbucket.uuid", WebhookKeyUse.BitbucketUuid),
        ("webhook.bitbucket.secret", WebhookKeyUse.Bitbucket),
        ("webhook.bitbucketserver.secret", WebhookKeyUse.Bitbucket),
        (Password, WebhookKeyUse.AzureDevOps),
        ("webhook.generic.secret", WebhookKeyUse.Generic),
    ];

    public ImmutableArray<WebhookKey> this[WebhookKeyUse use] => ByUse.GetValueOrDefault(use, []);

    /// <summary>Reads a Secret; what cannot be used in it is a problem and leaves the rest as it is.</summary>
    public static WebhookKeys Read(KubernetesObject secret)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        var values = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (name, node) in secret.Json["data"] as JsonObject ?? [])
        {
            if (Decode(node) is not { } value)
            {
                problems.Add($"{name} is not base64");
            }
            else if (value.Length > 0)
            {
                values[name] = value;
            }
            else
            {
                problems.Add($"{name} is empty");
            }
        }

        var keys = new Dictionary<WebhookKeyUse, List<WebhookKey>>();
        foreach (var (name, value) in values)
        {
            var known = Array.Find(Names, known => Suffix(name, known.Name) is not null);
            if (known.Name is null)
            {
                if (Suffix(name, Username) is null)
                {
                    problems.Add($"{name} is no key that is known here (docs/webhooks.md lists them)");
                }

                continue;
            }

            var key = known.Use == WebhookKeyUse.AzureDevOps ? Pair(values, Suffix(name, Password)!, value) : value;
            if (key is null)
            {
                problems.Add($"{name} has no {Username} beside it");
                continue;
            }

            (keys.TryGetValue(known.Use, out var list) ? list : keys[known.Use] = []).Add(new(key));
        }

        return new(keys.ToImmutableDictionary(static pair => pair.Key, static pair => pair.Value.ToImmutableArray()), problems.ToImmutable());
    }

    /// <summary>What follows a key's name: further ones of the same use have something behind a dot. Null: it is another key.</summary>
    private static string? Suffix(string name, string known) =>
        name.StartsWith(known, StringComparison.Ordinal) && (name.Length == known.Length || name[known.Length] == '.') ? name[known.Length..] : null;

    private static byte[]? Pair(SortedDictionary<string, byte[]> values, string suffix, byte[] password) =>
        values.TryGetValue(Username + suffix, out var user) || values.TryGetValue(Username, out user) ? [.. user, (byte)':', .. password] : null;

    private static byte[]? Decode(JsonNode? node)
    {
        var text = node?.GetValueKind() == System.Text.Json.JsonValueKind.String ? node.GetValue<string>() : string.Empty;
        var value = new byte[text.Length];
        return Convert.TryFromBase64String(text, value, out var length) ? value.AsSpan(0, length).TrimEnd("\r\n"u8).ToArray() : null;
    }
}
