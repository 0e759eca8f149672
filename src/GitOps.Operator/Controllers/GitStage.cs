using GitOps.Operator.Git;
using GitOps.Operator.Options;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Controllers;

/// <summary>Makes the Git stage from the operator's options.</summary>
internal static class GitStage
{
    /// <exception cref="GitException">Another process uses the cache directory.</exception>
    public static GitRepositories Create(OperatorOptions options, IGitObserver observer, TimeProvider time, ILogger logger)
    {
        var git = new GitOptions
        {
            CacheDirectory = options.CacheDirectory,
            AllowLocalRepositories = options.AllowLocalRepositories,
            GitProgram = options.Git,
            FetchTimeout = options.GitTimeout,
        };
        var probe = new RefProbes(new HttpRefProbe(HttpRefProbe.CreateHandler(), time));
        return new GitRepositories(
            git, new RepositoryServices(probe, observer, new ObjectCache(git.ObjectCacheBytes), time, Random.Shared.NextDouble, logger));
    }
}
