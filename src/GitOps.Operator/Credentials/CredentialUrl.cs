using System.Text.RegularExpressions;
using GitOps.Operator.Git;

namespace GitOps.Operator.Credentials;

/// <summary>
/// Where a credential may be sent. URLs that name the same place have the same key, and a template covers whole segments of the path
/// only: <c>https://example.org</c> says nothing about <c>https://example.org.elsewhere.net</c>.
/// </summary>
internal static partial class CredentialUrl
{
    private const string Oci = "oci://";

    /// <returns>Scheme, host, port and path in one spelling; null: it is no URL of a repository.</returns>
    public static string? KeyOf(string url, RepositoryKind kind)
    {
        if (url.StartsWith(Oci, StringComparison.OrdinalIgnoreCase))
        {
            return OciKey(url[Oci.Length..]);
        }

        if (kind == RepositoryKind.Oci && !url.Contains("://", StringComparison.Ordinal))
        {
            return OciKey(url);
        }

        if (SshHost().Match(url) is { Success: true } host)
        {
            return $"ssh://{host.Groups["user"].Value}{host.Groups["host"].Value.ToLowerInvariant()}/";
        }

        if (url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            return KeyOf($"https://{url["http://".Length..]}", kind) is { } key ? $"http{key["https".Length..]}" : null;
        }

        try
        {
            var parsed = GitUrl.Parse(url, allowLocal: false);

            // Who asks is what the credential says; a name in the URL makes no other place of it.
            return parsed.Transport == GitTransport.Https ? UserOfHttps().Replace(parsed.Key, "https://") : parsed.Key;
        }
        catch (GitException)
        {
            return null;
        }
    }

    /// <summary>Whether a template's key covers a repository's.</summary>
    public static bool Covers(string template, string key) =>
        key.StartsWith(template, StringComparison.Ordinal)
        && (key.Length == template.Length || template[^1] == '/' || key[template.Length] == '/');

    private static string? OciKey(string address)
    {
        var trimmed = address.Trim('/');
        var slash = trimmed.IndexOf('/', StringComparison.Ordinal);
        var host = (slash < 0 ? trimmed : trimmed[..slash]).ToLowerInvariant();
        return OciHost().IsMatch(host) ? $"{Oci}{host}/{(slash < 0 ? string.Empty : trimmed[(slash + 1)..])}" : null;
    }

    [GeneratedRegex("^(?<user>[A-Za-z0-9_][A-Za-z0-9_.-]*@)(?<host>[A-Za-z0-9][A-Za-z0-9.-]*):?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SshHost();

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]*(:[0-9]+)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OciHost();

    [GeneratedRegex("^https://[^/@]*@", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex UserOfHttps();
}
