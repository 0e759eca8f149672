namespace GitOps.Operator.Api;

/// <summary>The forms that Kubernetes allows for names.</summary>
internal static class KubernetesNames
{
    private const int MaxLabel = 63;
    private const int MaxSubdomain = 253;

    /// <summary>RFC 1123 label: namespaces.</summary>
    public static bool IsLabel(string text) =>
        text.Length is > 0 and <= MaxLabel && IsAlphanumeric(text[0]) && IsAlphanumeric(text[^1])
        && text.All(static letter => IsAlphanumeric(letter) || letter == '-');

    /// <summary>RFC 1123 subdomain: most names.</summary>
    public static bool IsSubdomain(string text) => text.Length is > 0 and <= MaxSubdomain && text.Split('.').All(IsPart);

    private static bool IsPart(string text) =>
        text.Length > 0 && IsAlphanumeric(text[0]) && IsAlphanumeric(text[^1])
        && text.All(static letter => IsAlphanumeric(letter) || letter == '-');

    private static bool IsAlphanumeric(char letter) => letter is (>= 'a' and <= 'z') or (>= '0' and <= '9');
}
