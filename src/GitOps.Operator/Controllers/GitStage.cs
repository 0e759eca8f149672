using GitOps.Operator.Credentials;
using GitOps.Operator.Git;
using GitOps.Operator.Options;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Controllers;

/// <summary>Makes the Git stage from the operator's options.</summary>
internal static class GitStage
{
    /// <remarks><paramref name="credentials"/>: null: a person's own command, with what their account has.</remarks>
    /// <exception cref="GitException">Another process uses the cache directory.</exception>
    public static GitRepositories Create(OperatorOptions options, IGitObserver observer, TimeProvider time, ILogger logger, IRepositoryCredentials? credentials = null)
    {
        var git = new GitOptions
        {
            CacheDirectory = options.CacheDirectory,
            AllowLocalRepositories = options.AllowLocalRepositories,
            UsesAccount = credentials is null,
            GitProgram = options.Git,
            FetchTimeout = options.GitTimeout,
        };
        var probe = new RefProbes(new HttpRefProbe(HttpRefProbe.CreateHandler(), time));
        return new GitRepositories(
            git, new RepositoryServices(probe, observer, new ObjectCache(git.ObjectCacheBytes), time, Random.Shared.NextDouble, logger)
            {
                Credentials = credentials ?? NoCredentials.Instance,
            });
    }
}
