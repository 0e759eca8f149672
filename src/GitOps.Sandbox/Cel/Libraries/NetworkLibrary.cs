using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>IP addresses and networks.</summary>
internal static class NetworkLibrary
{
    public static ImmutableArray<CelOverload> Overloads { get; } =
    [
        Of("string_to_ip", "ip(string): net.IP", static a => CelIP.Parse(Text(a, 0), out var mistake) ?? (CelValue)new CelError(mistake)),
        Of("ip_family", "(net.IP).family(): int", static a => CelInt.Of(IP(a).IsFour ? 4 : 6)),
        Of("ip_is_canonical", "ip.isCanonical(string): bool", static a => CelIP.Parse(Text(a, 0), out var mistake) is { } ip ? CelBool.Of(ip.Text == Text(a, 0)) : new CelError(mistake)),
        Of("ip_is_unspecified", "(net.IP).isUnspecified(): bool", static a => CelBool.Of(IP(a).IsUnspecified)),
        Of("ip_is_loopback", "(net.IP).isLoopback(): bool", static a => CelBool.Of(IP(a).IsLoopback)),
        Of("ip_is_link_local_multicast", "(net.IP).isLinkLocalMulticast(): bool", static a => CelBool.Of(IP(a).IsLinkLocalMulticast)),
        Of("ip_is_link_local_unicast", "(net.IP).isLinkLocalUnicast(): bool", static a => CelBool.Of(IP(a).IsLinkLocalUnicast)),
        Of("ip_is_global_unicast", "(net.IP).isGlobalUnicast(): bool", static a => CelBool.Of(IP(a).IsGlobalUnicast)),
        Of("is_ip", "isIP(string): bool", static a => CelBool.Of(CelIP.Parse(Text(a, 0), out _) is not null)),
        Of("ip_to_string", "string(net.IP): string", static a => CelString.Of(IP(a).Text)),
        Of("string_to_cidr", "cidr(string): net.CIDR", static a => CelCidr.Parse(Text(a, 0), out var mistake) ?? (CelValue)new CelError(mistake)),
        Of("cidr_contains_ip_string", "(net.CIDR).containsIP(string): bool", static a => CelIP.Parse(Text(a, 1), out _) is { } ip ? CelBool.Of(Cidr(a, 0).Contains(ip)) : CelError.NoSuchOverload),
        Of("cidr_contains_ip_ip", "(net.CIDR).containsIP(net.IP): bool", static a => CelBool.Of(Cidr(a, 0).Contains((CelIP)a[1]))),
        Of("cidr_contains_cidr_string", "(net.CIDR).containsCIDR(string): bool", static a => CelCidr.Parse(Text(a, 1), out var mistake) is { } cidr ? CelBool.Of(Cidr(a, 0).Contains(cidr)) : new CelError(mistake)),
        Of("cidr_contains_cidr", "(net.CIDR).containsCIDR(net.CIDR): bool", static a => CelBool.Of(Cidr(a, 0).Contains(Cidr(a, 1)))),
        Of("cidr_ip", "(net.CIDR).ip(): net.IP", static a => Cidr(a, 0).IP),
        Of("cidr_prefix_length", "(net.CIDR).prefixLength(): int", static a => CelInt.Of(Cidr(a, 0).PrefixLength)),
        Of("cidr_masked", "(net.CIDR).masked(): net.CIDR", static a => Cidr(a, 0).Masked()),
        Of("is_cidr", "isCIDR(string): bool", static a => CelBool.Of(CelCidr.Parse(Text(a, 0), out _) is not null)),
        Of("cidr_to_string", "string(net.CIDR): string", static a => CelString.Of(Cidr(a, 0).Text)),
    ];

    private static CelOverload Of(string id, string signature, Func<CelValue[], CelValue> apply) => CelSignature.Read(id, signature, apply);

    private static string Text(CelValue[] arguments, int index) => ((CelString)arguments[index]).Value;

    private static CelIP IP(CelValue[] arguments) => (CelIP)arguments[0];

    private static CelCidr Cidr(CelValue[] arguments, int index) => (CelCidr)arguments[index];
}
