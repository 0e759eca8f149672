using System.Text;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Git;

/// <summary>
/// How a mirror gets single objects: whoever's turn it is fetches along what the others wait for, so that many Applications that
/// are new at once don't take a fetch each. From a server that hands out no objects by their ids, all files of all commits are
/// fetched instead, once; from then on they come along with the commits. All but <see cref="Announce"/> needs the mirror's turn.
/// </summary>
internal sealed class ObjectFetches
{
    private const int MaxTogether = 10_000;

    private readonly GitRemote _remote;
    private readonly string _directory;
    private readonly Func<IReadOnlyCollection<string>, CancellationToken, Task<IReadOnlyCollection<string>>> _missing;
    private readonly ILogger _logger;
    private readonly List<IReadOnlyCollection<string>> _waiting = [];
    private volatile bool _isWhole;

    /// <remarks><paramref name="missing"/>: Those of the ids that the mirror lacks.</remarks>
    public ObjectFetches(
        GitRemote remote, string directory, Func<IReadOnlyCollection<string>, CancellationToken, Task<IReadOnlyCollection<string>>> missing, ILogger logger)
    {
        _remote = remote;
        _directory = directory;
        _missing = missing;
        _logger = logger;
    }

    /// <summary>Whether the mirror has the files of all its commits.</summary>
    public bool IsWhole
    {
        get => _isWhole;
        set => _isWhole = value;
    }

    /// <summary>How many wait for objects, or fetch them.</summary>
    public int Waiting
    {
        get
        {
            lock (_waiting)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Lets others fetch these objects along with theirs, until the answer is disposed.</summary>
    public IDisposable Announce(IReadOnlyCollection<string> ids)
    {
        lock (_waiting)
        {
            _waiting.Add(ids);
        }

        return new Announced(_waiting, ids);
    }

    public Task FetchOneAsync(string id, CancellationToken cancellationToken) => _remote.FetchObjectsAsync(_directory, Lines([id]), cancellationToken);

    /// <summary>Fetches what is missing, and what is announced.</summary>
    /// <exception cref="GitException"><see cref="GitFailure.RevisionNotFound"/>: the server no longer has some of what is missing.</exception>
    public async Task FetchAsync(IReadOnlyCollection<string> missing, CancellationToken cancellationToken)
    {
        string[] all;
        lock (_waiting)
        {
            all = [.. missing.Concat(_waiting.SelectMany(static ids => ids).Take(MaxTogether)).Distinct(StringComparer.Ordinal)];
        }

        try
        {
            await _remote.FetchObjectsAsync(_directory, Lines(await _missing(all, cancellationToken)), cancellationToken);
        }
        catch (GitException withheld) when (withheld.IsWithheld && !IsWhole)
        {
            await MakeWholeAsync(missing, withheld, cancellationToken);
        }
        catch (GitException refused) when (refused.Kind == GitFailure.RevisionNotFound && all.Length > missing.Count)
        {
            // Perhaps on account of somebody else's.
            await _remote.FetchObjectsAsync(_directory, Lines(missing), cancellationToken);
        }
    }

    private static byte[] Lines(IEnumerable<string> ids) => Encoding.ASCII.GetBytes(string.Concat(ids.Select(static id => id + "\n")));

    private async Task MakeWholeAsync(IReadOnlyCollection<string> wanted, GitException withheld, CancellationToken cancellationToken)
    {
        GitLog.Withheld(_logger, _remote.Url.Key);
        await _remote.FetchAllAsync(_directory, FetchedFiles.AllAgain, cancellationToken);
        MirrorFiles.Guard(
            _remote.Url.Key,
            () =>
            {
                MirrorFiles.MarkWhole(_directory);
                return true;
            });
        IsWhole = true;
        if ((await _missing(wanted, cancellationToken)).Count > 0)
        {
            throw withheld;
        }
    }

    private sealed class Announced(List<IReadOnlyCollection<string>> waiting, IReadOnlyCollection<string> ids) : IDisposable
    {
        public void Dispose()
        {
            lock (waiting)
            {
                waiting.Remove(ids);
            }
        }
    }
}
