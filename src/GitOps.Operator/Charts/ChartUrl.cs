using System.Text.RegularExpressions;
using GitOps.Operator.Git;

namespace GitOps.Operator.Charts;

/// <summary>A repository of charts, by a URL that was checked.</summary>
/// <param name="Key">Equal for equal repositories: <c>https://…</c> or <c>oci://…</c>, the host in lower case, no trailing slash.</param>
/// <param name="IsOci">An OCI registry.</param>
/// <param name="Authority">Host, and port where it is not 443.</param>
/// <param name="Path">Without slashes at its ends; may be empty.</param>
/// <param name="Query">Of an https repository; with its question mark, or empty.</param>
internal sealed partial record ChartUrl(string Key, bool IsOci, string Authority, string Path, string Query)
{
    private const string OciScheme = "oci://";
    private const int MaxLength = 2048;

    /// <summary>Where an https repository's files are, with a slash at the end.</summary>
    public Uri Root => new($"https://{Authority}/{(Path.Length == 0 ? string.Empty : Path + "/")}");

    public override string ToString() => Key;

    /// <exception cref="GitException"><see cref="GitFailure.InvalidUrl"/> or <see cref="GitFailure.NotAllowed"/>.</exception>
    public static ChartUrl Parse(string url)
    {
        if (string.IsNullOrEmpty(url) || url.Length > MaxLength)
        {
            throw Invalid("is empty or longer than 2048 characters");
        }

        if (url.Any(static c => char.IsControl(c) || char.IsWhiteSpace(c) || char.IsSurrogate(c) || c == '\\'))
        {
            throw Invalid("contains white space, a control character or a backslash");
        }

        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        var isOci = scheme < 0 || url.StartsWith(OciScheme, StringComparison.OrdinalIgnoreCase);
        var text = scheme < 0 ? "https://" + url : isOci ? "https://" + url[OciScheme.Length..] : url;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.Host[0] == '-')
        {
            throw Invalid("cannot be parsed: write https://HOST/PATH or oci://HOST/PATH");
        }

        if (uri.Scheme != Uri.UriSchemeHttps)
        {
            throw new GitException(
                GitFailure.NotAllowed, $"the chart repository URL's protocol '{uri.Scheme}' is not allowed: use https or oci");
        }

        if (uri.UserInfo.Length > 0)
        {
            throw Invalid("contains a user or a password: keep credentials in a Secret");
        }

        if (uri.Fragment.Length > 0)
        {
            throw Invalid("has a fragment (#…): the version belongs in targetRevision");
        }

        var authority = uri.IsDefaultPort ? uri.IdnHost.ToLowerInvariant() : $"{uri.IdnHost.ToLowerInvariant()}:{uri.Port}";
        var path = uri.AbsolutePath.Trim('/');
        if (!isOci)
        {
            return new($"https://{authority}/{path}{uri.Query}", false, authority, path, uri.Query);
        }

        if (uri.Query.Length > 0 || (path.Length > 0 && !OciPath().IsMatch(path)))
        {
            throw Invalid("names no repository of a registry: after the host, lower-case words parted by slashes; the version belongs in targetRevision");
        }

        return new($"oci://{authority}{(path.Length == 0 ? string.Empty : "/" + path)}", true, authority, path, string.Empty);
    }

    /// <summary>The repository of one chart in a registry.</summary>
    /// <exception cref="GitException">The chart has a name that none can have in a registry.</exception>
    public ChartUrl Below(string chart)
    {
        if (chart.Length == 0 && Path.Length > 0)
        {
            return this;
        }

        var path = Path.Length == 0 ? chart : $"{Path}/{chart}";
        return path.Length <= 255 && OciPath().IsMatch(path)
            ? new($"oci://{Authority}/{path}", true, Authority, path, string.Empty)
            : throw Invalid($"and the chart '{GitErrors.Clean(chart)}' name no repository of a registry: lower-case words parted by slashes");
    }

    private static GitException Invalid(string why) => new(GitFailure.InvalidUrl, $"the chart repository URL {why}");

    // What the distribution specification says of the names of repositories.
    [GeneratedRegex(
        "^[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OciPath();
}
