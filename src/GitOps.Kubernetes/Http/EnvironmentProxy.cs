using System.Net;

namespace GitOps.Kubernetes.Http;

/// <summary>
/// The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name. NO_PROXY is read as other Kubernetes programs read it: it may
/// hold address ranges, which the runtime's own reading ignores. The own API server in a cluster is never behind a proxy.
/// </summary>
internal sealed class EnvironmentProxy : IWebProxy
{
    private readonly Uri? _secure;
    private readonly Uri? _plain;
    private readonly string[] _bypass;

    public EnvironmentProxy(Func<string, string?> environment)
    {
        var secure = Address(Either(environment, "HTTPS_PROXY"));
        var plain = Address(Either(environment, "HTTP_PROXY"));
        Credentials = new ProxyCredentials(secure, plain);
        _secure = secure is null ? null : ProxyCredentials.WithoutUser(secure);
        _plain = plain is null ? null : ProxyCredentials.WithoutUser(plain);
        _bypass =
        [
            .. (Either(environment, "NO_PROXY") ?? string.Empty)
                .Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            "kubernetes.default.svc",
            .. environment("KUBERNETES_SERVICE_HOST") is { Length: > 0 } host ? new[] { host } : [],
        ];
    }

    public ICredentials? Credentials { get; set; }

    public Uri? GetProxy(Uri destination) =>
        IsBypassed(destination) ? null : destination.Scheme == Uri.UriSchemeHttps ? _secure : _plain;

    public bool IsBypassed(Uri host)
    {
        var name = host.IdnHost.TrimEnd('.');
        var isAddress = IPAddress.TryParse(name.Trim('[', ']'), out var address);
        if (name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (isAddress && IPAddress.IsLoopback(address!)))
        {
            return true;
        }

        foreach (var entry in _bypass)
        {
            if (entry == "*" || (isAddress ? IsAddressMatch(entry, address!, host.Port) : IsNameMatch(entry, name, host.Port)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsAddressMatch(string entry, IPAddress address, int port)
    {
        if (IPNetwork.TryParse(entry, out var range))
        {
            return range.Contains(address);
        }

        return IPAddress.TryParse(entry, out var single)
            ? single.Equals(address)
            : IPEndPoint.TryParse(entry, out var point) && point.Address.Equals(address) && point.Port == port;
    }

    private static bool IsNameMatch(string entry, string name, int port)
    {
        var colon = entry.LastIndexOf(':');
        if (colon > 0 && int.TryParse(entry.AsSpan(colon + 1), out var wanted))
        {
            if (wanted != port)
            {
                return false;
            }

            entry = entry[..colon];
        }

        var isSuffixOnly = entry.StartsWith('.') || entry.StartsWith("*.", StringComparison.Ordinal);
        var suffix = entry.TrimStart('*').TrimStart('.').TrimEnd('.');
        return suffix.Length > 0
            && ((!isSuffixOnly && name.Equals(suffix, StringComparison.OrdinalIgnoreCase))
                || name.EndsWith("." + suffix, StringComparison.OrdinalIgnoreCase));
    }

    private static string? Either(Func<string, string?> environment, string name) =>
        environment(name) is { Length: > 0 } upper ? upper : environment(name.ToLowerInvariant());

    private static Uri? Address(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        var url = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        return Uri.TryCreate(url.Trim(), UriKind.Absolute, out var proxy) ? proxy : null;
    }
}
