using System.Net;

namespace GitOps.Kubernetes.Http;

/// <summary>User and password that stand in a proxy's own URL, where the runtime does not look for them.</summary>
internal sealed class ProxyCredentials : ICredentials
{
    private readonly Uri?[] _proxies;

    public ProxyCredentials(params Uri?[] proxies) => _proxies = proxies;

    /// <summary>The proxy's address alone: the runtime quotes it in its exceptions.</summary>
    public static Uri WithoutUser(Uri proxy) =>
        proxy.UserInfo.Length == 0 ? proxy : new UriBuilder(proxy) { UserName = string.Empty, Password = string.Empty }.Uri;

    public static NetworkCredential? Of(Uri? proxy)
    {
        if (proxy is null or { UserInfo.Length: 0 })
        {
            return null;
        }

        var parts = proxy.UserInfo.Split(':', 2);
        return new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : string.Empty);
    }

    public NetworkCredential? GetCredential(Uri uri, string authType) => Of(_proxies.FirstOrDefault(proxy => proxy?.Authority == uri.Authority));
}
