using System.Net;
using GitOps.Operator.Options;

namespace GitOps.Operator.Leading;

/// <summary>Where the other replicas reach this one's webhooks.</summary>
internal static class LeaderAddress
{
    /// <summary>
    /// The pod's address with the port that webhooks are served on; or what is listened on, where that is an address itself.
    /// Null: it is not known, or no address of this kind.
    /// </summary>
    public static string? Of(OperatorOptions options)
    {
        var listen = new UriBuilder((options.WebhooksListen ?? options.Listen)
            .Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//+", "//0.0.0.0", StringComparison.Ordinal)).Uri;
        if (listen.Port == 0)
        {
            return null;
        }

        var isEverywhere = IPAddress.TryParse(listen.Host.Trim('[', ']'), out var bound) && (bound.Equals(IPAddress.Any) || bound.Equals(IPAddress.IPv6Any));
        var address = isEverywhere || bound is null ? options.PodAddress : bound.ToString();
        return IPAddress.TryParse(address, out var ip) ? new UriBuilder(Uri.UriSchemeHttp, ip.ToString(), listen.Port).Uri.GetLeftPart(UriPartial.Authority) : null;
    }

    /// <summary>What another replica has written, if it is of that form: a lease can be written by others, and calls carry secrets.</summary>
    public static Uri? Read(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp && uri is { PathAndQuery: "/", UserInfo.Length: 0 }
            && uri.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6
            ? uri
            : null;
}
