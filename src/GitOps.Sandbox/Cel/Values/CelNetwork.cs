using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Cel.Values;

/// <summary>An IP address.</summary>
internal sealed class CelIP(IPAddress address) : CelOpaque(CelTypes.IP)
{
    public IPAddress Address => address;

    public bool IsFour => address.AddressFamily == AddressFamily.InterNetwork;

    public override long Size => IsFour ? 4 : 16;

    public bool IsUnspecified => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    public bool IsLoopback => IsFour ? Bytes[0] == 127 : address.Equals(IPAddress.IPv6Loopback);

    public bool IsLinkLocalUnicast => IsFour ? Bytes is [169, 254, ..] : Bytes[0] == 0xfe && (Bytes[1] & 0xc0) == 0x80;

    public bool IsLinkLocalMulticast => IsFour ? Bytes is [224, 0, 0, _] : Bytes[0] == 0xff && (Bytes[1] & 0x0f) == 2;

    public bool IsGlobalUnicast => !IsUnspecified && !IsLoopback && !IsLinkLocalUnicast && !IsMulticast && !address.Equals(IPAddress.Broadcast);

    private bool IsMulticast => IsFour ? (Bytes[0] & 0xf0) == 0xe0 : Bytes[0] == 0xff;

    private byte[] Bytes => address.GetAddressBytes();

    /// <summary>Null, with the reason, if the text is no address.</summary>
    public static CelIP? Parse(string text, out string mistake)
    {
        mistake = string.Empty;
        var zone = text.IndexOf('%', StringComparison.Ordinal);
        var plain = zone < 0 ? text : text[..zone];
        if ((zone >= 0 && (zone == text.Length - 1 || !plain.Contains(':', StringComparison.Ordinal))) || Read(plain) is not { } address)
        {
            mistake = $"IP Address \"{text}\" parse error during conversion from string: ParseAddr(\"{text}\"): {Mistake(plain)}";
            return null;
        }

        mistake = zone >= 0 ? $"IP address \"{text}\" with zone value is not allowed"
            : address.IsIPv4MappedToIPv6 ? $"IPv4-mapped IPv6 address \"{text}\" is not allowed"
            : string.Empty;
        return mistake.Length == 0 ? new(address) : null;
    }

    /// <summary>Only the plain forms: four decimal numbers without leading zeros, or colons.</summary>
    public static IPAddress? Read(string text)
    {
        if (!text.Contains(':', StringComparison.Ordinal))
        {
            var parts = text.Split('.');
            var isPlain = parts.Length == 4 && parts.All(static part => part.Length is > 0 and <= 3 && part.All(char.IsAsciiDigit) && (part.Length == 1 || part[0] != '0'));
            return isPlain && IPAddress.TryParse(text, out var four) ? four : null;
        }

        return !text.StartsWith('[') && !text.Contains('%', StringComparison.Ordinal) && !text.Contains('/', StringComparison.Ordinal) && IPAddress.TryParse(text, out var six)
            && six.AddressFamily == AddressFamily.InterNetworkV6
            ? six
            : null;
    }

    private static string Mistake(string text)
    {
        var parts = text.Split('.');
        return parts.Length == 1 || text.Contains(':', StringComparison.Ordinal) ? "unable to parse IP"
            : parts.Any(static part => part.Length > 1 && part[0] == '0') ? "IPv4 field has octet with leading zero"
            : parts.Length < 4 ? "IPv4 address too short"
            : parts.Length > 4 ? "IPv4 address too long"
            : "IPv4 field has value >255";
    }

    public override bool Same(CelValue other) => other is CelIP ip && ip.Address.Equals(address);

    public override JsonNode ToJson() => Text;

    public string Text => address.ToString();
}

/// <summary>A network: an address, which need not be the network's own, and the length of its prefix.</summary>
internal sealed class CelCidr(CelIP ip, int prefixLength) : CelOpaque(CelTypes.Cidr)
{
    public CelIP IP => ip;

    public int PrefixLength => prefixLength;

    public override long Size => (prefixLength + 7) / 8;

    public string Text => string.Create(CultureInfo.InvariantCulture, $"{ip.Text}/{prefixLength}");

    /// <summary>Null, with the reason, if the text is no network.</summary>
    public static CelCidr? Parse(string text, out string mistake)
    {
        const string Failed = "network address parse error during conversion from string: network address parse error during conversion from string: ";
        mistake = string.Empty;
        var slash = text.LastIndexOf('/');
        if (slash < 0)
        {
            mistake = $"{Failed}netip.ParsePrefix(\"{text}\"): no '/'";
            return null;
        }

        var bits = text[(slash + 1)..];
        if (CelIP.Read(text[..slash]) is not { } address)
        {
            mistake = $"{Failed}netip.ParsePrefix(\"{text}\"): ParseAddr(\"{text[..slash]}\"): unable to parse IP";
            return null;
        }

        var isNumber = bits.Length is > 0 and <= 3 && bits.All(char.IsAsciiDigit) && (bits.Length == 1 || bits[0] != '0');
        if (!isNumber || int.Parse(bits, NumberStyles.None, CultureInfo.InvariantCulture) is var length && length > (address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128))
        {
            mistake = $"{Failed}netip.ParsePrefix(\"{text}\"): {(isNumber ? "prefix length out of range" : $"bad bits after slash: \"{bits}\"")}";
            return null;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            mistake = $"network address parse error during conversion from string: IPv4-mapped IPv6 address \"{text}\" is not allowed";
            return null;
        }

        return new(new(address), int.Parse(bits, NumberStyles.None, CultureInfo.InvariantCulture));
    }

    public CelCidr Masked()
    {
        var bytes = IP.Address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(prefixLength - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xff << (8 - kept));
        }

        return new(new(new(bytes)), prefixLength);
    }

    public bool Contains(CelIP other)
    {
        if (other.IsFour != ip.IsFour)
        {
            return false;
        }

        return new CelCidr(other, prefixLength).Masked().IP.Same(Masked().IP);
    }

    public bool Contains(CelCidr other) => prefixLength <= other.PrefixLength && Contains(other.IP);

    public override bool Same(CelValue other) => other is CelCidr cidr && cidr.PrefixLength == prefixLength && cidr.IP.Same(ip);

    public override JsonNode ToJson() => Text;
}
