using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>URLs.</summary>
internal static class UrlLibrary
{
    private const string U = "kubernetes.URL";

    public static ImmutableArray<CelOverload> Overloads { get; } =
    [
        Of("string_to_url", $"url(string): {U}", static a => CelUrl.Parse(Text(a), out var mistake) ?? (CelValue)new CelError($"URL parse error during conversion from string: {mistake}")),
        Of("is_url_string", "isURL(string): bool", static a => CelBool.Of(CelUrl.Parse(Text(a), out _) is not null)),
        Of("url_get_scheme", $"({U}).getScheme(): string", static a => CelString.Of(Url(a).Scheme)),
        Of("url_get_host", $"({U}).getHost(): string", static a => CelString.Of(Url(a).Host)),
        Of("url_get_hostname", $"({U}).getHostname(): string", static a => CelString.Of(Url(a).Hostname)),
        Of("url_get_port", $"({U}).getPort(): string", static a => CelString.Of(Url(a).Port)),
        Of("url_get_escaped_path", $"({U}).getEscapedPath(): string", static a => CelString.Of(Url(a).EscapedPath)),
        Of("url_get_query", $"({U}).getQuery(): map(string, list(string))", static a => Url(a).Query()),
    ];

    private static CelOverload Of(string id, string signature, Func<CelValue[], CelValue> apply) => CelSignature.Read(id, signature, apply);

    private static string Text(CelValue[] arguments) => ((CelString)arguments[0]).Value;

    private static CelUrl Url(CelValue[] arguments) => (CelUrl)arguments[0];
}
