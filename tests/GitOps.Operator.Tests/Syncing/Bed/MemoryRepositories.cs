using System.Text;
using GitOps.Manifests.Trees;
using GitOps.Operator.Git;
using GitOps.Operator.Git.Signatures;
using GitOps.Operator.Model;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>One repository, of which every commit is a value. The first is 1111111…, the second 2222222…</summary>
internal sealed class MemoryRepositories(ManualTimeProvider time) : IGitRepositories
{
    private readonly List<(MemorySourceTree Tree, CommitInfo Info)> _commits = [];
    private int _known;

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

    public static string ShaOf(int commit) => new("0123456789abcdef"[commit], 40);

    /// <param name="text">Of the one file.</param>
    /// <param name="isSeen">False: only the next poll finds it.</param>
    public void Push(string text, bool isSeen)
    {
        var sha = ShaOf(_commits.Count + 1);
        _commits.Add((
            new([KeyValuePair.Create("apps/web/objects.yaml", (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text))], revision: sha),
            new(sha, sha, "Ann <ann@example.org>", "Ann <ann@example.org>", $"Change {_commits.Count + 1}", time.GetUtcNow(), time.GetUtcNow(), null)));
        _known = isSeen ? _commits.Count : _known;
    }

    public IDisposable Subscribe(RepositorySubscription subscription) => new Subscription();

    public ValueTask<ResolvedRevision> ResolveAsync(RepositoryAddress repository, RevisionName name, CancellationToken cancellationToken)
    {
        if (Failure is { NeedsUser: true } failure)
        {
            throw failure;
        }

        var revision = name.Text;
        var found = revision is "" or "HEAD" or "main"
            ? _known - 1
            : _commits.FindIndex(commit => revision.Length >= 7 && commit.Info.Sha.StartsWith(revision, StringComparison.Ordinal));
        return found < 0
            ? throw new GitException(GitFailure.RevisionNotFound, $"the repository has no revision {revision}")
            : new(new ResolvedRevision(_commits[found].Info.Sha, null, time.GetUtcNow(), null));
    }

    public Task<ISourceTree> OpenAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken) =>
        Unreadable is { } failure ? Task.FromException<ISourceTree>(failure) : Task.FromResult<ISourceTree>(Find(sha).Tree);

    public Task<CommitInfo> CommitAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken) => Task.FromResult(Find(sha).Info);

    public RepositoryState StateOf(RepositoryAddress repository) => new(RepositoryHealth.Reachable, time.GetUtcNow(), Failure, null);

    public Task RefreshAsync(RepositoryAddress repository, CancellationToken cancellationToken)
    {
        Polls++;
        _known = _commits.Count;
        return Polling is { } polling ? polling.Task : Failure is { } failure ? Task.FromException(failure) : Task.CompletedTask;
    }

    public Task PinAsync(RepositoryAddress repository, string name, string sha, CancellationToken cancellationToken)
    {
        Pinned = sha;
        return Task.CompletedTask;
    }

    public void Claim(RepositoryAddress repository, string name, IReadOnlyCollection<string> shas) => Claimed = [.. shas];

    public void Unpin(RepositoryAddress repository, string name) => Pinned = null;

    private (MemorySourceTree Tree, CommitInfo Info) Find(string sha) => _commits.Find(commit => commit.Info.Sha == sha);

    private sealed class Subscription : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
