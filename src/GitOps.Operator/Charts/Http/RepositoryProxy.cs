using System.Net;
using GitOps.Operator.Git;

namespace GitOps.Operator.Charts.Http;

/// <summary>The proxy that a repository's Secret names, and the hosts that are reached without it.</summary>
internal sealed class RepositoryProxy : IWebProxy
{
    private readonly Uri _proxy;
    private readonly string[] _bypass;

    private RepositoryProxy(Uri proxy, string[] bypass)
    {
        _proxy = proxy;
        _bypass = bypass;
    }

    public ICredentials? Credentials { get; set; }

    /// <param name="url">Of the proxy; may have a user and a password.</param>
    /// <param name="noProxy">Hosts by commas: names, with a leading dot or <c>*.</c> all below; addresses and ranges of them.</param>
    /// <param name="origin">The Secret, for the message.</param>
    /// <exception cref="GitException">The URL cannot be used.</exception>
    public static RepositoryProxy Parse(string url, string? noProxy, string origin)
    {
        if (!Uri.TryCreate(url.Contains("://", StringComparison.Ordinal) ? url : "http://" + url, UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https" or "socks4" or "socks4a" or "socks5"))
        {
            throw new GitException(GitFailure.InvalidCredential, $"{origin}: its proxy is no URL of a proxy: http://HOST:PORT is expected");
        }

        var bypass = (noProxy ?? string.Empty).Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var user = uri.UserInfo.Split(':', 2);
        return new(new UriBuilder(uri) { UserName = string.Empty, Password = string.Empty }.Uri, bypass)
        {
            Credentials = uri.UserInfo.Length == 0
                ? null
                : new NetworkCredential(Uri.UnescapeDataString(user[0]), user.Length > 1 ? Uri.UnescapeDataString(user[1]) : string.Empty),
        };
    }

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : _proxy;

    public bool IsBypassed(Uri host)
    {
        var name = host.IdnHost;
        return _bypass.Any(entry => entry == "*" || (IPAddress.TryParse(name.Trim('[', ']'), out var address)
            ? IsOfRange(entry, address)
            : IsOfDomain(entry, name)));
    }

    private static bool IsOfRange(string entry, IPAddress address) =>
        IPNetwork.TryParse(entry, out var range) ? range.Contains(address) : IPAddress.TryParse(entry, out var single) && single.Equals(address);

    private static bool IsOfDomain(string entry, string name)
    {
        var suffix = entry.TrimStart('*').TrimStart('.');
        return suffix.Length > 0
            && ((suffix.Length == entry.Length && name.Equals(suffix, StringComparison.OrdinalIgnoreCase))
                || name.EndsWith("." + suffix, StringComparison.OrdinalIgnoreCase));
    }
}
