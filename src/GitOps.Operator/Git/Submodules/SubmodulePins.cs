using GitOps.Operator.Model;

namespace GitOps.Operator.Git.Submodules;

/// <summary>
/// Keeps the commits of submodules for as long as a commit that was read with them is kept: whoever keeps that one under a name
/// keeps these, each in the mirror of its own repository. Which they are is known from what was opened since the start.
/// </summary>
internal sealed class SubmodulePins
{
    private const int MaxOpened = 4096;

    private readonly RepositoryBook _book;
    private readonly Lock _lock = new();
    private readonly Dictionary<(RepositoryAddress Repository, string Commit), HashSet<(RepositoryAddress Repository, string Commit)>> _opened = [];
    private readonly Dictionary<(RepositoryAddress Repository, string Name), Keeping> _kept = [];

    public SubmodulePins(RepositoryBook book) => _book = book;

    /// <summary>A submodule was read for a commit of the outermost repository.</summary>
    public void Opened(RepositoryAddress repository, string commit, RepositoryAddress submodule, string submoduleCommit)
    {
        lock (_lock)
        {
            if (!_opened.TryGetValue((repository, commit), out var within))
            {
                Forget_NeedsLock();
                _opened[(repository, commit)] = within = [];
            }

            if (within.Add((submodule, submoduleCommit)))
            {
                foreach (var (key, keeping) in _kept.Where(pair => pair.Key.Repository == repository && pair.Value.Has(commit)))
                {
                    Claim_NeedsLock(key.Repository, key.Name, keeping);
                }
            }
        }
    }

    /// <summary>The name keeps this commit, in place of the one that it kept so before.</summary>
    public void Pin(RepositoryAddress repository, string name, string commit) => Set(repository, name, keeping => keeping.Pinned != commit, keeping => keeping with { Pinned = commit });

    /// <summary>The name keeps these commits beside that one.</summary>
    public void Claim(RepositoryAddress repository, string name, IReadOnlyCollection<string> commits) =>
        Set(repository, name, static _ => true, keeping => keeping with { Claimed = commits });

    public void Unpin(RepositoryAddress repository, string name)
    {
        lock (_lock)
        {
            if (_kept.Remove((repository, name), out var keeping))
            {
                foreach (var submodule in keeping.Submodules)
                {
                    _book.Unpin(submodule, NameOf(repository, name));
                }
            }
        }
    }

    private static string NameOf(RepositoryAddress repository, string name) => $"{name} by {repository.Url}";

    private void Set(RepositoryAddress repository, string name, Func<Keeping, bool> isNew, Func<Keeping, Keeping> change)
    {
        lock (_lock)
        {
            var keeping = _kept.GetValueOrDefault((repository, name), Keeping.Nothing);
            if (isNew(keeping))
            {
                Claim_NeedsLock(repository, name, change(keeping));
            }
        }
    }

    private void Claim_NeedsLock(RepositoryAddress repository, string name, Keeping keeping)
    {
        var within = keeping.Commits.SelectMany(commit => _opened.GetValueOrDefault((repository, commit)) ?? [])
            .ToLookup(static submodule => submodule.Repository, static submodule => submodule.Commit);
        foreach (var submodule in within)
        {
            _book.Claim(submodule.Key, NameOf(repository, name), [.. submodule.Distinct(StringComparer.Ordinal)]);
        }

        foreach (var former in keeping.Submodules.Where(former => !within.Contains(former)))
        {
            _book.Unpin(former, NameOf(repository, name));
        }

        _kept[(repository, name)] = keeping with { Submodules = [.. within.Select(static submodule => submodule.Key)] };
    }

    private void Forget_NeedsLock()
    {
        if (_opened.Count >= MaxOpened)
        {
            foreach (var commit in _opened.Keys.Where(opened => !_kept.Any(pair => pair.Key.Repository == opened.Repository && pair.Value.Has(opened.Commit))).ToList())
            {
                _opened.Remove(commit);
            }
        }
    }

    /// <summary>What a name keeps of a repository, and the submodules whose commits it keeps for that.</summary>
    private sealed record Keeping(string? Pinned, IReadOnlyCollection<string> Claimed, IReadOnlyCollection<RepositoryAddress> Submodules)
    {
        public static readonly Keeping Nothing = new(null, [], []);

        public IEnumerable<string> Commits => Pinned is null ? Claimed : Claimed.Append(Pinned);

        public bool Has(string commit) => Pinned == commit || Claimed.Contains(commit, StringComparer.Ordinal);
    }
}
