using System.Text.RegularExpressions;

namespace GitOps.Operator.Git;

internal enum GitTransport
{
    Https,
    Ssh,
    Local,
}

/// <summary>
/// A repository's URL that is safe to hand to git. URLs that name the same repository have the same <see cref="Key"/>, and with it
/// one mirror and one poller.
/// </summary>
/// <remarks>
/// <para><paramref name="Text"/>: As git gets it.</para>
/// <para><paramref name="Key"/>: Equal for equal repositories: scheme and host in lower case, without default port, trailing slash and <c>.git</c>.</para>
/// </remarks>
internal sealed partial record GitUrl(string Text, string Key, GitTransport Transport)
{
    private const int MaxLength = 2048;

    /// <summary>The directory of a local repository.</summary>
    public string? LocalPath => Transport == GitTransport.Local ? Key["file://".Length..] : null;

    public override string ToString() => Key;

    /// <exception cref="GitException"><see cref="GitFailure.InvalidUrl"/> or <see cref="GitFailure.NotAllowed"/>.</exception>
    public static GitUrl Parse(string url, bool allowLocal)
    {
        if (string.IsNullOrEmpty(url) || url.Length > MaxLength)
        {
            throw Invalid("is empty or longer than 2048 characters");
        }

        if (url.Any(static c => char.IsControl(c) || char.IsWhiteSpace(c) || char.IsSurrogate(c)) || url.Contains('\\', StringComparison.Ordinal))
        {
            throw Invalid("contains white space, a control character or a backslash");
        }

        if (url[0] == '-')
        {
            throw Invalid("begins with '-', which git would read as an option");
        }

        if (RemoteHelper().IsMatch(url))
        {
            throw new GitException(GitFailure.NotAllowed, "the repository URL names a remote helper (name::address), which is not allowed: use https or ssh");
        }

        if (url.Contains("://", StringComparison.Ordinal))
        {
            return ParseUri(url, allowLocal);
        }

        if (url[0] == '/')
        {
            return Local(url, allowLocal);
        }

        var scp = ScpLike().Match(url);
        if (scp.Success)
        {
            var user = scp.Groups["user"].Value;
            var host = scp.Groups["host"].Value.ToLowerInvariant();
            return new GitUrl(url, $"ssh://{user}{host}/{TrimPath(scp.Groups["path"].Value)}", GitTransport.Ssh);
        }

        throw Invalid("is neither https://…, ssh://…, user@host:path nor an absolute path");
    }

    private static GitUrl ParseUri(string url, bool allowLocal)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri))
        {
            throw Invalid("cannot be parsed");
        }

        if (uri.Scheme == "file")
        {
            if (uri.Host.Length > 0 && uri.Host != "localhost")
            {
                throw Invalid("is a file URL with a host: write file:///path");
            }

            var path = url["file://".Length..];
            return Local(path.StartsWith("localhost/", StringComparison.OrdinalIgnoreCase) ? path["localhost".Length..] : path, allowLocal);
        }

        if (uri.Scheme is not ("https" or "ssh"))
        {
            throw new GitException(GitFailure.NotAllowed, $"the repository URL's protocol '{uri.Scheme}' is not allowed: use https or ssh");
        }

        if (uri.Host.Length == 0 || uri.Host[0] == '-' || uri.UserInfo.StartsWith('-'))
        {
            throw Invalid("has no usable host");
        }

        if (uri.UserInfo.Contains(':', StringComparison.Ordinal))
        {
            throw Invalid("contains a password: keep credentials out of URLs");
        }

        if (uri.Fragment.Length > 0)
        {
            throw Invalid("has a fragment (#…): the revision belongs in targetRevision");
        }

        var user = uri.UserInfo.Length > 0 ? uri.UserInfo + "@" : string.Empty;
        var defaultPort = uri.Scheme == "https" ? 443 : 22;
        var port = uri.Port > 0 && uri.Port != defaultPort ? $":{uri.Port}" : string.Empty;
        var key = $"{uri.Scheme}://{user}{uri.IdnHost.ToLowerInvariant()}{port}/{TrimPath(uri.PathAndQuery)}";
        return new GitUrl(url, key, uri.Scheme == "https" ? GitTransport.Https : GitTransport.Ssh);
    }

    private static GitUrl Local(string path, bool allowLocal)
    {
        if (!allowLocal)
        {
            throw new GitException(
                GitFailure.NotAllowed, "local repositories are not allowed: use https or ssh, or start the operator with --allow-local-repositories");
        }

        if (path.Length == 0 || path[0] != '/')
        {
            throw Invalid("is a file URL without an absolute path: write file:///path");
        }

        // Not without ".git": beside repo.git there may be a directory repo, and both may be repositories.
        var full = Path.GetFullPath(path).TrimEnd('/');
        return new GitUrl("file://" + full, "file://" + full, GitTransport.Local);
    }

    private static string TrimPath(string path)
    {
        var trimmed = path.Trim('/');
        return trimmed.EndsWith(".git", StringComparison.Ordinal) ? trimmed[..^".git".Length].TrimEnd('/') : trimmed;
    }

    private static GitException Invalid(string why) => new(GitFailure.InvalidUrl, $"the repository URL {why}");

    [GeneratedRegex(@"^[A-Za-z0-9+.\-]*::", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex RemoteHelper();

    [GeneratedRegex(@"^(?<user>[A-Za-z0-9_][A-Za-z0-9_.\-]*@)?(?<host>[A-Za-z0-9][A-Za-z0-9.\-]*):(?<path>[^:\-][^:]*)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ScpLike();
}
