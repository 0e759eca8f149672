using System.Text;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Git;

/// <summary>
/// A bare repository of ours that follows one server: branches, tags, the commits we pinned, and of the files only those that were
/// asked for. Everything in it can be fetched again, so that damage is answered by throwing it away. One writer at a time.
/// </summary>
internal sealed class GitMirror : IDisposable
{
    private const string PinPrefix = "refs/gitops/pins/";

    private readonly GitOptions _options;
    private readonly GitProcess _git;
    private readonly GitRemote _remote;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _directory;
    private readonly ObjectReaderPool _readers;
    private readonly ObjectFetches _objects;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly HashSet<string> _pinned = new(StringComparer.Ordinal);
    private volatile bool _ready;
    private bool _saidNoFilters;
    private bool _fetched;
    private long _maintained;
    private long _objectsRead;

    public GitMirror(GitOptions options, GitProcess git, GitRemote remote, string directory, TimeProvider time, ILogger logger)
    {
        _options = options;
        _git = git;
        _remote = remote;
        _directory = directory;
        _time = time;
        _logger = logger;
        _maintained = time.GetTimestamp();
        _readers = new ObjectReaderPool(git, remote.Url.Key, directory, options.ReadersPerMirror, time);
        _objects = new ObjectFetches(remote, directory, MissingAsync, logger);
    }

    public ObjectReaderPool Readers => _readers;

    public ObjectFetches Objects => _objects;

    /// <summary>How many objects were read whole.</summary>
    public long ObjectsRead => Interlocked.Read(ref _objectsRead);

    /// <summary>How a new mirror names its objects: sha1 or sha256, as the server does.</summary>
    public string ObjectFormat { get; set; } = "sha1";

    /// <returns>The commit's full id; null where the mirror does not have it, or where a short id means several.</returns>
    public async Task<string?> FindCommitAsync(string id, CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        var found = await _readers.UseAsync(reader => reader.DescribeAsync([id + "^{commit}"], cancellationToken), cancellationToken);
        return found[0]?.Id;
    }

    /// <returns>Null where the mirror does not have it.</returns>
    /// <exception cref="GitException"><see cref="GitFailure.TooLarge"/>, <see cref="GitFailure.Corrupt"/>.</exception>
    public async Task<GitObject?> ReadAsync(string id, long maxBytes, CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        Interlocked.Increment(ref _objectsRead);
        return await _readers.UseAsync(reader => reader.ReadAsync(id, maxBytes, cancellationToken), cancellationToken);
    }

    /// <summary>Brings branches and tags up to date.</summary>
    public async Task FetchAsync(CancellationToken cancellationToken)
    {
        using var turn = await PreparedTurnAsync(cancellationToken);
        await _remote.FetchAllAsync(_directory, _objects.IsWhole ? FetchedFiles.All : FetchedFiles.None, cancellationToken);
        _fetched = true;
        if (_remote.HasNoFilters && !_saidNoFilters)
        {
            _saidNoFilters = true;
            GitLog.NoFilters(_logger, _remote.Url.Key);
        }
    }

    /// <summary>Fetches a commit that no branch or tag of the server may have.</summary>
    /// <exception cref="GitException"><see cref="GitFailure.RevisionNotFound"/> also where the server does not hand it out.</exception>
    public async Task EnsureCommitAsync(string id, CancellationToken cancellationToken)
    {
        using var turn = await PreparedTurnAsync(cancellationToken);
        if ((await MissingAsync([id], cancellationToken)).Count > 0)
        {
            await _objects.FetchOneAsync(id, cancellationToken);
            _fetched = true;
        }
    }

    /// <summary>Fetches those of the objects that the mirror lacks, in one request.</summary>
    public async Task EnsureObjectsAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        if ((await MissingAsync(ids, cancellationToken)).Count == 0)
        {
            return;
        }

        using var announced = _objects.Announce(ids);
        using var turn = await PreparedTurnAsync(cancellationToken);
        var missing = await MissingAsync(ids, cancellationToken);
        if (missing.Count > 0)
        {
            await _objects.FetchAsync(missing, cancellationToken);
            _fetched = true;
        }
    }

    /// <summary>Keeps a commit of the mirror even if no branch has it any more.</summary>
    public async Task PinAsync(string sha, CancellationToken cancellationToken)
    {
        using var turn = await PreparedTurnAsync(cancellationToken);
        if (_pinned.Add(sha))
        {
            try
            {
                await LocalAsync("update-ref", ["update-ref", PinPrefix + sha, sha], _options.ListTimeout, default, cancellationToken);
            }
            catch
            {
                _pinned.Remove(sha);
                throw;
            }
        }
    }

    /// <summary>Keeps those of the commits that the mirror has.</summary>
    /// <returns>False where nobody has used the mirror yet.</returns>
    public async Task<bool> KeepAsync(IReadOnlyCollection<string> shas, CancellationToken cancellationToken)
    {
        if (!_ready)
        {
            return false;
        }

        using var turn = await TurnAsync(cancellationToken);
        if (!_ready)
        {
            // Thrown away meanwhile.
            return false;
        }

        var wanted = shas.Where(sha => !_pinned.Contains(sha)).ToList();
        var missing = wanted.Count == 0 ? [] : await MissingAsync(wanted, cancellationToken);
        var kept = wanted.Except(missing, StringComparer.Ordinal).ToList();
        if (kept.Count > 0)
        {
            var input = Encoding.ASCII.GetBytes(string.Concat(kept.Select(static sha => $"update {PinPrefix}{sha} {sha}\n")));
            await LocalAsync("update-ref", ["update-ref", "--stdin"], _options.ListTimeout, input, cancellationToken);
            _pinned.UnionWith(kept);
        }

        return true;
    }

    /// <summary>Repacks when there are many packs, or after a while; drops the pins that nobody claims.</summary>
    /// <remarks>
    /// <para><paramref name="claimed"/>: The pinned commits in use; null where that is not known yet, so that all are kept.</para>
    /// <para><paramref name="force"/>: Now, whatever the state.</para>
    /// </remarks>
    public async Task<bool> MaintainAsync(IReadOnlySet<string>? claimed, bool force, CancellationToken cancellationToken)
    {
        if (!_ready || !(force || NeedsMaintenance()))
        {
            return false;
        }

        using var turn = await TurnAsync(cancellationToken);
        if (claimed is not null)
        {
            await UnpinAsync(claimed, cancellationToken);
        }

        await LocalAsync("gc", ["gc", "--quiet", "--prune=1.day.ago"], _options.MaintenanceTimeout, default, cancellationToken);
        _fetched = false;
        _maintained = _time.GetTimestamp();
        return true;
    }

    /// <summary>Throws everything away. The next use starts with an empty mirror.</summary>
    public async Task DiscardAsync(CancellationToken cancellationToken)
    {
        using var turn = await TurnAsync(cancellationToken);
        _ready = false;
        _pinned.Clear();
        _readers.Reset();
        Files(() => MirrorFiles.Delete(_directory));
    }

    public void Dispose()
    {
        _readers.Dispose();
        _gate.Dispose();
    }

    private async Task<IReadOnlyCollection<string>> MissingAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        var names = ids as IReadOnlyList<string> ?? [.. ids];
        var found = await _readers.UseAsync(reader => reader.DescribeAsync(names, cancellationToken), cancellationToken);
        return [.. names.Where((_, index) => found[index] is null)];
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (_ready)
        {
            return;
        }

        using var turn = await PreparedTurnAsync(cancellationToken);
    }

    /// <summary>The turn, with a mirror to work on: it may have been thrown away while others had theirs.</summary>
    private async Task<Turn> PreparedTurnAsync(CancellationToken cancellationToken)
    {
        var turn = await TurnAsync(cancellationToken);
        try
        {
            if (!_ready)
            {
                if (MirrorFiles.LooksUsable(_directory))
                {
                    Files(() => MirrorFiles.RemoveLeftovers(_directory));
                }
                else
                {
                    await CreateAsync(cancellationToken);
                }

                _objects.IsWhole = MirrorFiles.IsWhole(_directory);
                _ready = true;
            }

            return turn;
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    // Made beside its place and moved there: a half-made mirror is never taken for one.
    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        var made = _directory + ".new";
        Files(() =>
        {
            MirrorFiles.Delete(_directory);
            MirrorFiles.Delete(made);
        });
        await _git.RunAsync(
            new GitCommand(
                "init",
                _remote.Url.Key,
                ["init", "--quiet", "--bare", "--template=", "--initial-branch=none", "--object-format=" + ObjectFormat, made],
                _options.ListTimeout),
            cancellationToken);
        Files(() => Directory.Move(made, _directory));
        GitLog.MirrorCreated(_logger, _remote.Url.Key, _directory);
    }

    private void Files(Action work) => MirrorFiles.Guard(
        _remote.Url.Key,
        () =>
        {
            work();
            return true;
        });

    private bool NeedsMaintenance() =>
        MirrorFiles.Guard(_remote.Url.Key, () => MirrorFiles.CountPacks(_directory)) > _options.MaxPacks
        || (_fetched && _time.GetElapsedTime(_maintained) > _options.MaintenanceAge);

    private async Task UnpinAsync(IReadOnlySet<string> claimed, CancellationToken cancellationToken)
    {
        var list = await LocalAsync("for-each-ref", ["for-each-ref", "--format=%(refname)", PinPrefix], _options.ListTimeout, default, cancellationToken);
        var stale = Encoding.ASCII.GetString(list).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(name => !claimed.Contains(name[PinPrefix.Length..])).ToArray();
        if (stale.Length > 0)
        {
            var input = Encoding.ASCII.GetBytes(string.Concat(stale.Select(static name => $"delete {name}\n")));
            await LocalAsync("update-ref", ["update-ref", "--stdin"], _options.ListTimeout, input, cancellationToken);
            _pinned.RemoveWhere(sha => !claimed.Contains(sha));
        }
    }

    private Task<byte[]> LocalAsync(
        string operation, string[] arguments, TimeSpan timeLimit, ReadOnlyMemory<byte> input, CancellationToken cancellationToken) =>
        _git.RunAsync(
            new GitCommand(operation, _remote.Url.Key, arguments, timeLimit)
            {
                GitDirectory = _directory,
                Config = GitRemote.PartialClone(_remote.Url.Text),
                Input = input,
                MaxOutputBytes = _options.MaxListBytes,
            },
            cancellationToken);

    private async Task<Turn> TurnAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        return new Turn(_gate);
    }

    private sealed class Turn(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
