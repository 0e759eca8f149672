using System.Text.RegularExpressions;
using GitOps.Operator.Git.Lfs;
using GitOps.Operator.Model;

namespace GitOps.Operator.Git;

/// <summary>
/// One repository: its refs (<see cref="RefWatch"/>) and its objects (<see cref="GitMirror"/>). Objects that the mirror lacks are
/// fetched; a damaged mirror is replaced as soon as the server answers.
/// </summary>
internal sealed partial class GitRepository : IObjectSource, IDisposable
{
    private const int MaxCommitBytes = 1024 * 1024;
    private const int MaxSeen = 4096;

    private readonly GitOptions _options;
    private readonly GitRemote _remote;
    private readonly GitMirror _mirror;
    private readonly MirrorKeeper _keeper;
    private readonly ObjectCache _cache;
    private readonly TimeProvider _time;
    private readonly IDisposable? _probe;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);
    private GitSourceTree? _opened;
    private long _lastUsed;

    /// <remarks><paramref name="probe"/>: one that is of this repository alone, and ends with it.</remarks>
    public GitRepository(GitOptions options, GitProcess git, GitRemote remote, string directory, RepositoryServices services, IDisposable? probe)
    {
        _probe = probe;
        _options = options;
        _remote = remote;
        _cache = services.Cache;
        _time = services.Time;
        _mirror = new GitMirror(options, git, remote, directory, services.Time, services.Logger);
        _keeper = new MirrorKeeper(options, remote, _mirror, services.Time, services.Logger);
        Refs = new RefWatch(options, remote, services.Probe, services.Observer, FetchMovedAsync, services.Time, services.Random, services.Logger);
        Directory = directory;
        Touch();
    }

    public RefWatch Refs { get; }

    public GitRemote Remote => _remote;

    public GitMirror Mirror => _mirror;

    public string Directory { get; }

    /// <summary>Since nobody subscribed, asked or kept something.</summary>
    public TimeSpan Unused => Refs.HasSubscribers || _keeper.IsKeeping ? TimeSpan.Zero : _time.GetElapsedTime(Interlocked.Read(ref _lastUsed));

    int IObjectSource.MaxFileBytes => _options.MaxFileBytes;

    public void Touch() => Interlocked.Exchange(ref _lastUsed, _time.GetTimestamp());

    /// <exception cref="GitException">Never reached, or no such revision.</exception>
    public async ValueTask<ResolvedRevision> ResolveAsync(RevisionName name, CancellationToken cancellationToken)
    {
        var revision = name.Text;
        if (FullId().IsMatch(revision))
        {
            return await ResolveCommitAsync(revision, null, cancellationToken);
        }

        var table = await Refs.TableAsync(revision, cancellationToken);
        if (table.Find(name) is { } found)
        {
            return found;
        }

        if (ShortId().IsMatch(revision))
        {
            return await ResolveCommitAsync(revision, table, cancellationToken);
        }

        throw NotThere(name, table);
    }

    public async Task<CommitInfo> CommitAsync(string sha, CancellationToken cancellationToken)
    {
        if (_cache.Find<CommitInfo>(_remote.Scope, sha) is { } known)
        {
            return known;
        }

        if (!FullId().IsMatch(sha))
        {
            throw new GitException(GitFailure.RevisionNotFound, $"{_remote.Url.Key}: '{GitErrors.Clean(sha)}' is not a full commit id");
        }

        return await _keeper.UseAsync(
            async () =>
            {
                await EnsureCommitAsync(sha, cancellationToken);
                var commit = await ReadAsync(sha, "commit", MaxCommitBytes, cancellationToken);
                var info = CommitInfo.Parse(sha, commit.Span);
                _cache.Add(_remote.Scope, sha, info, 1024);
                return info;
            },
            cancellationToken);
    }

    public async Task<GitSourceTree> OpenAsync(string sha, CancellationToken cancellationToken)
    {
        // All Applications of a repository ask for the same commit, and one tree knows the directories that any of them looked into.
        if (Volatile.Read(ref _opened) is { } opened && opened.Revision == sha)
        {
            return opened;
        }

        var tree = await GitSourceTree.OpenAsync(this, await CommitAsync(sha, cancellationToken), cancellationToken);
        Volatile.Write(ref _opened, tree);
        return tree;
    }

    public async Task PinAsync(string name, string sha, CancellationToken cancellationToken)
    {
        if (!_keeper.IsPinned(name, sha))
        {
            await CommitAsync(sha, cancellationToken);
            await _keeper.UseAsync(
                async () =>
                {
                    await EnsureCommitAsync(sha, cancellationToken);
                    await _keeper.PinAsync(name, sha, cancellationToken);
                    return true;
                },
                cancellationToken);
        }
    }

    /// <summary>Work with the mirror's directory, by commands that change nothing in it; these commits are there.</summary>
    /// <exception cref="GitException">One of them cannot be had.</exception>
    public Task<T> ReadMirrorAsync<T>(IReadOnlyCollection<string> shas, Func<string, Task<T>> read, CancellationToken cancellationToken) => _keeper.UseAsync(
        async () =>
        {
            foreach (var sha in shas)
            {
                await EnsureCommitAsync(sha, cancellationToken);
            }

            return await read(Directory);
        },
        cancellationToken);

    /// <summary>Brings the mirror's branches and tags to what the server told last; a tag may be new although its commit is not.</summary>
    /// <remarks><paramref name="again"/>: also where they were brought to that before.</remarks>
    public Task CatchUpAsync(bool again, CancellationToken cancellationToken) => _keeper.UseAsync(
        async () =>
        {
            if (!await _keeper.FetchIfBehindAsync(await Refs.TableAsync(string.Empty, cancellationToken), cancellationToken) && again)
            {
                await _mirror.FetchAsync(cancellationToken);
            }

            return true;
        },
        cancellationToken);

    public void Claim(string name, IReadOnlyCollection<string> shas) => _keeper.Claim(name, [.. shas.Where(static sha => FullId().IsMatch(sha))]);

    public void Unpin(string name) => _keeper.Unpin(name);

    /// <summary>Closes idle readers and repacks when it is time. Failures are logged, never thrown.</summary>
    /// <remarks>
    /// <para><paramref name="pinsAreKnown"/>: whether everybody had time to pin again, so that other pins are left over.</para>
    /// <para><paramref name="force"/>: repacks now, whatever the state.</para>
    /// </remarks>
    public Task MaintainAsync(bool pinsAreKnown, bool force, CancellationToken cancellationToken) =>
        _keeper.MaintainAsync(pinsAreKnown, force, cancellationToken);

    public void Dispose()
    {
        Refs.Dispose();
        _probe?.Dispose();
        _keeper.Dispose();
        _mirror.Dispose();
    }

    async ValueTask<GitTree> IObjectSource.TreeAsync(string id, CancellationToken cancellationToken)
    {
        if (_cache.Find<GitTree>(_remote.Scope, id) is { } known)
        {
            return known;
        }

        return await _keeper.UseAsync(
            async () =>
            {
                var content = await ReadAsync(id, "tree", _options.MaxTreeBytes, cancellationToken);
                var tree = GitTree.Parse(id, content.Span);
                _cache.Add(_remote.Scope, id, tree, tree.Size);
                return tree;
            },
            cancellationToken);
    }

    async ValueTask<ReadOnlyMemory<byte>> IObjectSource.BlobAsync(string id, int maxBytes, CancellationToken cancellationToken) =>
        await _keeper.UseAsync(() => ReadAsync(id, "blob", maxBytes, cancellationToken), cancellationToken);

    Task<ReadOnlyMemory<byte>> IObjectSource.LfsAsync(LfsPointer pointer, string path, CancellationToken cancellationToken) =>
        new LfsFiles(_remote, _options.MaxFileBytes).ReadAsync(pointer, path, cancellationToken);

    async ValueTask IObjectSource.EnsureBlobsAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        await _keeper.UseAsync(
            async () =>
            {
                await _mirror.EnsureObjectsAsync(ids, cancellationToken);
                return true;
            },
            cancellationToken);

    private async Task<ResolvedRevision> ResolveCommitAsync(string id, RefTable? table, CancellationToken cancellationToken)
    {
        if (id.Length >= 40 && _cache.Find<CommitInfo>(_remote.Scope, id) is not null)
        {
            return new ResolvedRevision(id, null, SeenAt(id), null);
        }

        var sha = await _keeper.UseAsync(
            async () =>
            {
                if (table is null)
                {
                    return await EnsureCommitAsync(id, cancellationToken);
                }

                return await _mirror.FindCommitAsync(id, cancellationToken)
                    ?? (await _keeper.FetchIfBehindAsync(table, cancellationToken) ? await _mirror.FindCommitAsync(id, cancellationToken) : null);
            },
            cancellationToken);
        return sha is null ? throw NotThere(id, table!) : new ResolvedRevision(sha, null, SeenAt(sha), null);
    }

    /// <returns>The id of the commit; another one if the id is that of an annotated tag.</returns>
    private async Task<string> EnsureCommitAsync(string id, CancellationToken cancellationToken)
    {
        if (await _mirror.FindCommitAsync(id, cancellationToken) is { } present)
        {
            return present;
        }

        // Most often it is on a branch; and not every server hands out commits by id.
        var table = await Refs.TableAsync(string.Empty, cancellationToken);
        if (await _keeper.FetchIfBehindAsync(table, cancellationToken) && await _mirror.FindCommitAsync(id, cancellationToken) is { } fetched)
        {
            return fetched;
        }

        try
        {
            await _mirror.EnsureCommitAsync(id, cancellationToken);
        }
        catch (GitException exception) when (exception.Kind == GitFailure.RevisionNotFound)
        {
            var why = exception.IsWithheld ? " on a branch or tag, and the server hands out no others (uploadpack.allowAnySHA1InWant is not set there)" : string.Empty;
            throw new GitException(GitFailure.RevisionNotFound, $"{_remote.Url.Key}: there is no commit {id}{why}", exception);
        }

        return await _mirror.FindCommitAsync(id, cancellationToken)
            ?? throw new GitException(GitFailure.RevisionNotFound, $"{_remote.Url.Key}: object {id} is not a commit");
    }

    private async Task FetchMovedAsync(RefTable table, IReadOnlyCollection<string> shas, CancellationToken cancellationToken)
    {
        _mirror.ObjectFormat = table.ObjectFormat;
        await _keeper.UseAsync(
            async () =>
            {
                foreach (var sha in shas)
                {
                    if (await _mirror.FindCommitAsync(sha, cancellationToken) is null)
                    {
                        return await _keeper.FetchIfBehindAsync(table, cancellationToken);
                    }
                }

                return false;
            },
            cancellationToken);
    }

    private async Task<ReadOnlyMemory<byte>> ReadAsync(string id, string type, long maxBytes, CancellationToken cancellationToken)
    {
        var found = await _mirror.ReadAsync(id, maxBytes, cancellationToken);
        if (found is null)
        {
            await _mirror.EnsureObjectsAsync([id], cancellationToken);
            found = await _mirror.ReadAsync(id, maxBytes, cancellationToken);
        }

        if (found?.Content is not { } content || found.Type != type)
        {
            throw new GitException(GitFailure.Other, $"{_remote.Url.Key}: object {id} is not there or is no {type}");
        }

        return content;
    }

    private DateTimeOffset SeenAt(string sha)
    {
        lock (_lock)
        {
            if (_seen.TryGetValue(sha, out var at))
            {
                return at;
            }

            if (_seen.Count >= MaxSeen)
            {
                _seen.Clear();
            }

            return _seen[sha] = _time.GetUtcNow();
        }
    }

    private GitException NotThere(RevisionName revision, RefTable table) =>
        new(GitFailure.RevisionNotFound, $"{_remote.Url.Key}: {GitErrors.Clean(table.Explain(revision))}");

    [GeneratedRegex("^([0-9a-f]{40}|[0-9a-f]{64})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FullId();

    [GeneratedRegex("^[0-9a-f]{7,63}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ShortId();
}
