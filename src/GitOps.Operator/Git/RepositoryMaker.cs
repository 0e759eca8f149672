using GitOps.Operator.Credentials;
using GitOps.Operator.Model;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Git;

/// <summary>What all repositories share.</summary>
/// <remarks><paramref name="Random"/>: From 0 to 1: spreads polls over time.</remarks>
internal sealed record RepositoryServices(
    IRefProbe Probe, IGitObserver Observer, ObjectCache Cache, TimeProvider Time, Func<double> Random, ILogger Logger)
{
    public IRepositoryCredentials Credentials { get; init; } = NoCredentials.Instance;
}

/// <summary>Makes the <see cref="GitRepository"/> of a URL and a credential, with what it is looked at by.</summary>
internal sealed class RepositoryMaker : IDisposable
{
    private readonly GitOptions _options;
    private readonly RepositoryServices _services;
    private readonly GitProcess _git;
    private readonly GitLanes _lanes;
    private readonly GitCacheDirectory _directory;

    /// <exception cref="GitException">Another process uses the cache directory.</exception>
    public RepositoryMaker(GitOptions options, RepositoryServices services)
    {
        _options = options;
        _services = services;
        _git = new GitProcess(options, services.Observer, services.Time);
        _lanes = new GitLanes(options);
        _directory = new GitCacheDirectory(options);
    }

    /// <summary>The directories of all mirrors, also of those that nobody uses.</summary>
    public IReadOnlyList<string> Mirrors => _directory.Mirrors();

    /// <exception cref="GitException">The URL is malformed or not allowed.</exception>
    public GitUrl Parse(RepositoryAddress address) => GitUrl.Parse(address.Url, _options.AllowLocalRepositories);

    /// <summary>That the address may use now; null: none.</summary>
    public RepositoryCredential? CredentialOf(RepositoryAddress address, GitUrl url) =>
        url.Transport == GitTransport.Local ? null : _services.Credentials.Find(address, RepositoryKind.Git);

    public GitRemote Remote(GitUrl url, RepositoryCredential? credential) =>
        new(_options, _git, _lanes, new GitAccess(_options, _services.Credentials, url, credential, _services.Time));

    /// <remarks><paramref name="trusted"/>: what is trusted without a Secret.</remarks>
    public GitRepository Make(GitRemote remote, SharedTrust trusted)
    {
        var access = remote.Access;
        var isOwn = access.Url.Transport == GitTransport.Https
            && (access.Credential is not null || trusted.Authorities.ContainsKey(new Uri(access.Url.Text).IdnHost.ToLowerInvariant()));
        var probe = isOwn ? new CredentialProbe(access, _services.Time) : null;
        var services = probe is null ? _services : _services with { Probe = probe };
        return new GitRepository(_options, _git, remote, _directory.MirrorOf(remote.Scope), services, probe);
    }

    public void Dispose()
    {
        _lanes.Dispose();
        _directory.Dispose();
    }
}
