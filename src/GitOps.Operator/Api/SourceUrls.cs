namespace GitOps.Operator.Api;

/// <summary>URLs of repositories, of Git and of charts.</summary>
internal static class SourceUrls
{
    private const string RegistryScheme = "oci://";

    /// <summary>Whether it says by itself that it is of an OCI registry.</summary>
    public static bool IsRegistry(string? url) => url?.StartsWith(RegistryScheme, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Of a repository of charts, or of an OCI registry.</summary>
    public static void CheckChart(string? url, string field, SpecErrors errors)
    {
        if (string.IsNullOrWhiteSpace(url))
        {
            errors.Invalid(field, "missing: set the URL of a repository of charts");
            return;
        }

        if (url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            errors.Invalid(field, "is not encrypted: whoever is on the way could change what is deployed; use https");
            return;
        }

        // Without a scheme it is of a registry, as with Argo CD.
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        var full = scheme < 0 ? RegistryScheme + url : url;
        if (url.Any(static letter => char.IsWhiteSpace(letter) || char.IsControl(letter))
            || !Uri.TryCreate(full, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("https" or "oci") || parsed.Host.Length == 0 || parsed.Host[0] == '-')
        {
            errors.Invalid(field, "is no URL of a repository of charts: https://HOST/PATH, oci://HOST/PATH or HOST/PATH");
        }
        else if (parsed.UserInfo.Length > 0)
        {
            errors.Invalid(field, "holds a credential that everybody who may read the Application can read; remove it from the URL");
        }
    }

    /// <summary>Of a repository of Git.</summary>
    public static void Check(string? url, string field, SpecErrors errors)
    {
        if (string.IsNullOrWhiteSpace(url))
        {
            errors.Invalid(field, "missing: set the URL of a Git repository");
            return;
        }

        if (url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            errors.Invalid(field, "is not encrypted: whoever is on the way could change what is deployed; use https");
            return;
        }

        if (url.Any(static letter => char.IsWhiteSpace(letter) || char.IsControl(letter)) || !HasKnownForm(url))
        {
            errors.Invalid(field, "is no URL of a Git repository: https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH or file:///PATH");
        }
        else if (HasPassword(url))
        {
            errors.Invalid(field, "holds a credential that everybody who may read the Application can read; remove it from the URL");
        }
    }

    private static bool HasKnownForm(string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            // USER@HOST:PATH; Git's transport helpers (NAME::ADDRESS) run programs and are no such form.
            var at = url.IndexOf('@', StringComparison.Ordinal);
            var colon = url.IndexOf(':', StringComparison.Ordinal);
            return url[0] == '/' || (at > 0 && url[0] != '-' && colon > at + 1 && colon < url.Length - 1
                && url[at + 1] != '-' && !url.Contains("::", StringComparison.Ordinal));
        }

        return url[..scheme] switch
        {
            "https" or "ssh" => Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Host.Length > 0 && parsed.Host[0] != '-',
            "file" => url.Length > "file:///".Length && url["file://".Length] == '/',
            _ => false,
        };
    }

    private static bool HasPassword(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme is "https" or "ssh"
        && (parsed.UserInfo.Contains(':', StringComparison.Ordinal) || (parsed.Scheme == "https" && parsed.UserInfo.Length > 0));
}
