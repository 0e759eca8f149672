using System.Text;
using GitOps.Manifests.Trees;
using GitOps.Operator.Git;
using GitOps.Operator.Git.Signatures;
using GitOps.Operator.Model;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>
/// Repositories of which every commit is a value. Of the first, at <c>https://example.org/a.git</c>, the commits are 1111111…,
/// 2222222…; of one at <c>https://example.org/b.git</c> b1b1b1b…, b2b2b2b…
/// </summary>
internal sealed class MemoryRepositories(ManualTimeProvider time) : IGitRepositories
{
    private const string First = "a";

    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);

    /// <summary>What the last poll failed with; null: it did not.</summary>
    public GitException? Failure { get; set; }

    /// <summary>What reading a commit fails with; null: it does not.</summary>
    public GitException? Unreadable { get; set; }

    /// <summary>Polls are not answered yet.</summary>
    public TaskCompletionSource? Polling { get; set; }

    /// <summary>The commit that is kept for an Application; null: none.</summary>
    public string? Pinned { get; private set; }

    /// <summary>The commits of its history that are kept besides.</summary>
    public IReadOnlyCollection<string> Claimed { get; private set; } = [];

    public int Polls { get; private set; }

    /// <summary>What is known of signatures; without it nobody may ask.</summary>
    public ISignedHistory? History { get; set; }

    public ISignedHistory Signed => History ?? throw new InvalidOperationException("no test of this bed is about signatures");

    /// <summary>Where the repository of this one letter is.</summary>
    public static string UrlOf(string repository) => $"https://example.org/{repository}.git";

    public static string ShaOf(int commit) => new("0123456789abcdef"[commit], 40);

    public static string ShaOf(string repository, int commit) =>
        repository == First ? ShaOf(commit) : string.Concat(Enumerable.Repeat($"{repository}{"0123456789abcdef"[commit]}", 20));

    /// <param name="text">Of the one file.</param>
    /// <param name="isSeen">False: only the next poll finds it.</param>
    /// <param name="repository">Its letter.</param>
    public void Push(string text, bool isSeen, string repository = First) => Push([("apps/web/objects.yaml", text)], isSeen, repository);

    /// <param name="files">All that is in the commit.</param>
    /// <param name="isSeen">False: only the next poll finds it.</param>
    /// <param name="repository">Its letter.</param>
    public void Push(IEnumerable<(string Path, string Text)> files, bool isSeen = true, string repository = First)
    {
        var line = LineOf(UrlOf(repository));
        var number = line.Commits.Count + 1;
        var sha = ShaOf(repository, number);
        line.Commits.Add((
            new([.. files.Select(static file => KeyValuePair.Create(file.Path, (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(file.Text)))], revision: sha),
            new(sha, sha, "Ann <ann@example.org>", "Ann <ann@example.org>", $"Change {number}", time.GetUtcNow(), time.GetUtcNow(), null)));
        line.Known = isSeen ? number : line.Known;
    }

    /// <summary>The same for one repository alone; null: it answers again.</summary>
    public void Fail(string repository, GitException? failure) => LineOf(UrlOf(repository)).Failure = failure;

    /// <summary>What is said of a revision beside its commit.</summary>
    public void Warn(string repository, string? warning) => LineOf(UrlOf(repository)).Warning = warning;

    public IDisposable Subscribe(RepositorySubscription subscription) => new Subscription();

    public ValueTask<ResolvedRevision> ResolveAsync(RepositoryAddress repository, RevisionName name, CancellationToken cancellationToken)
    {
        var line = LineOf(repository.Url);
        if ((Failure ?? line.Failure) is { NeedsUser: true } failure)
        {
            throw failure;
        }

        var revision = name.Text;
        var found = revision is "" or "HEAD" or "main"
            ? line.Known - 1
            : line.Commits.FindIndex(commit => revision.Length >= 7 && commit.Info.Sha.StartsWith(revision, StringComparison.Ordinal));
        return found < 0
            ? throw new GitException(GitFailure.RevisionNotFound, $"the repository has no revision {revision}")
            : new(new ResolvedRevision(line.Commits[found].Info.Sha, null, time.GetUtcNow(), line.Warning));
    }

    public Task<ISourceTree> OpenAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken) =>
        Unreadable is { } failure ? Task.FromException<ISourceTree>(failure) : Task.FromResult<ISourceTree>(Find(repository, sha).Tree);

    public Task<CommitInfo> CommitAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken) => Task.FromResult(Find(repository, sha).Info);

    public RepositoryState StateOf(RepositoryAddress repository) =>
        new(RepositoryHealth.Reachable, time.GetUtcNow(), Failure ?? LineOf(repository.Url).Failure, null);

    public Task RefreshAsync(RepositoryAddress repository, CancellationToken cancellationToken)
    {
        Polls++;
        var line = LineOf(repository.Url);
        line.Known = line.Commits.Count;
        return Polling is { } polling ? polling.Task : (Failure ?? line.Failure) is { } failure ? Task.FromException(failure) : Task.CompletedTask;
    }

    public Task PinAsync(RepositoryAddress repository, string name, string sha, CancellationToken cancellationToken)
    {
        Pinned = sha;
        return Task.CompletedTask;
    }

    public void Claim(RepositoryAddress repository, string name, IReadOnlyCollection<string> shas) => Claimed = [.. shas];

    public void Unpin(RepositoryAddress repository, string name) => Pinned = null;

    private Line LineOf(string url)
    {
        if (!_lines.TryGetValue(url, out var line))
        {
            _lines[url] = line = new();
        }

        return line;
    }

    private (MemorySourceTree Tree, CommitInfo Info) Find(RepositoryAddress repository, string sha) =>
        LineOf(repository.Url).Commits.Find(commit => commit.Info.Sha == sha);

    private sealed class Line
    {
        public List<(MemorySourceTree Tree, CommitInfo Info)> Commits { get; } = [];

        public int Known { get; set; }

        public GitException? Failure { get; set; }

        public string? Warning { get; set; }
    }

    private sealed class Subscription : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
