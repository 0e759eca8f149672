using GitOps.Operator.Git;

namespace GitOps.Operator.Webhooks;

/// <summary>
/// Where a repository is, whatever protocol, user or port a URL reaches it by: what its server calls it over https and what an
/// Application calls it over ssh are one place. Two repositories may share one; then both are looked at, and one has not moved.
/// </summary>
internal readonly record struct RepositoryLocation(string Host, string Path)
{
    private const string AzureHost = "dev.azure.com";

    /// <summary>Null: the text is no URL of a repository.</summary>
    public static RepositoryLocation? Of(string url)
    {
        // Repositories are reached by https alone, but a server inside may call itself http.
        var text = url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? "https" + url[4..] : url;
        try
        {
            var parsed = GitUrl.Parse(text, allowLocal: true);
            if (parsed.LocalPath is { } path)
            {
                return new(string.Empty, path);
            }

            var rest = parsed.Key[(parsed.Key.IndexOf("://", StringComparison.Ordinal) + 3)..];
            var slash = rest.IndexOf('/', StringComparison.Ordinal);
            var authority = rest[..slash];
            var host = authority[(authority.LastIndexOf('@') + 1)..];
            var colon = host.LastIndexOf(':');
            host = colon > host.LastIndexOf(']') ? host[..colon] : host;
            return Canonical(host, Uri.UnescapeDataString(rest[(slash + 1)..]).ToLowerInvariant());
        }
        catch (GitException)
        {
            return null;
        }
    }

    /// <summary>The names that hosted services have beside their own.</summary>
    private static RepositoryLocation Canonical(string host, string path)
    {
        switch (host)
        {
            case "ssh.github.com":
                return new("github.com", path);
            case "altssh.gitlab.com":
                return new("gitlab.com", path);
            case "altssh.bitbucket.org":
                return new("bitbucket.org", path);
            case AzureHost or "ssh.dev.azure.com" or "vs-ssh.visualstudio.com":
                return Azure(path);
            default:
                const string Former = ".visualstudio.com";
                return host.EndsWith(Former, StringComparison.Ordinal) ? Azure($"{host[..^Former.Length]}/{path}") : new(host, path);
        }
    }

    /// <summary>organisation/project/_git/repository, v3/organisation/project/repository, or organisation/_git/repository.</summary>
    private static RepositoryLocation Azure(string path)
    {
        var parts = path.Split('/').Where(static part => part is not ("_git" or "defaultcollection")).ToList();
        if (parts is ["v3", _, ..])
        {
            parts.RemoveAt(0);
        }

        if (parts.Count == 2)
        {
            parts.Add(parts[1]);
        }

        return new(AzureHost, string.Join('/', parts));
    }
}
