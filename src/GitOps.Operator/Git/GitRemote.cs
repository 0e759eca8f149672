namespace GitOps.Operator.Git;

/// <summary>
/// How many git processes talk to servers at a time. Listing and fetching have slots of their own, so that a few large clones do
/// not delay every poll; and a repository that timed out last time waits with its like.
/// </summary>
internal sealed class GitLanes : IDisposable
{
    private readonly SemaphoreSlim _list;
    private readonly SemaphoreSlim _fetch;
    private readonly SemaphoreSlim _slow;

    public GitLanes(GitOptions options)
    {
        _list = new SemaphoreSlim(options.Parallelism);
        _fetch = new SemaphoreSlim(Math.Max(1, options.Parallelism / 2));
        _slow = new SemaphoreSlim(options.SlowParallelism);
    }

    public SemaphoreSlim Lane(bool isFetch, bool isSlow) => isSlow ? _slow : isFetch ? _fetch : _list;

    public void Dispose()
    {
        _list.Dispose();
        _fetch.Dispose();
        _slow.Dispose();
    }
}

/// <summary>Which files come along with branches and tags.</summary>
internal enum FetchedFiles
{
    /// <summary>None: they are asked for when they are read.</summary>
    None,

    /// <summary>Those of all new commits.</summary>
    All,

    /// <summary>Those of all commits, also of commits that were fetched without them.</summary>
    AllAgain,
}

/// <summary>
/// The server's side of one repository. It knows every spelling of the URL that is in use and moves to the next one when the server
/// does not know one (some want <c>.git</c>, some don't). Credentials are handed to git here, in the pass of one process.
/// </summary>
internal sealed class GitRemote
{
    private const string Name = "origin";
    private const string Filter = "--filter=blob:none";

    private readonly GitOptions _options;
    private readonly GitProcess _git;
    private readonly GitLanes _lanes;
    private readonly Lock _lock = new();
    private readonly List<string> _spellings;
    private int _current;
    private volatile bool _isSlow;
    private volatile bool _hasNoFilters;

    public GitRemote(GitOptions options, GitProcess git, GitLanes lanes, GitAccess access)
    {
        _options = options;
        _git = git;
        _lanes = lanes;
        Access = access;
        Scope = access.Identity.Length == 0 ? access.Url.Key : $"{access.Url.Key}\n{access.Identity}";
        Url = access.Url;
        _spellings = [Url.Text];
    }

    public GitUrl Url { get; }

    /// <summary>What the repository is to one credential: nothing that is kept by another one's may be seen.</summary>
    public string Scope { get; }

    /// <summary>With which credentials.</summary>
    public GitAccess Access { get; }

    public void AddSpelling(string text)
    {
        lock (_lock)
        {
            if (!_spellings.Contains(text))
            {
                _spellings.Add(text);
            }
        }
    }

    /// <summary>All refs of the server, in the format of <c>git ls-remote --symref</c>.</summary>
    public Task<byte[]> ListAsync(CancellationToken cancellationToken) =>
        RunAsync("ls-remote", null, ["ls-remote", "--symref", "--quiet", Name], default, cancellationToken);

    /// <summary>Whether the server has said that it sends every file, asked for or not.</summary>
    public bool HasNoFilters => _hasNoFilters;

    /// <summary>Brings all branches and tags of the server into a mirror.</summary>
    public Task FetchAllAsync(string gitDirectory, FetchedFiles files, CancellationToken cancellationToken)
    {
        string[] refs = ["--prune", "--force", Name, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
        return files switch
        {
            FetchedFiles.None => FetchAsync(gitDirectory, "fetch", [Filter, .. refs], default, cancellationToken),
            FetchedFiles.All => FetchAsync(gitDirectory, "fetch", ["--no-filter", .. refs], default, cancellationToken),
            _ => FetchAsync(gitDirectory, "fetch-again", ["--no-filter", "--refetch", .. refs], default, cancellationToken),
        };
    }

    /// <summary>Brings single objects into a mirror.</summary>
    /// <remarks><paramref name="ids"/>: One a line.</remarks>
    public Task FetchObjectsAsync(string gitDirectory, ReadOnlyMemory<byte> ids, CancellationToken cancellationToken) =>
        FetchAsync(gitDirectory, "fetch-objects", [Filter, "--stdin", Name], ids, cancellationToken);

    /// <summary>The file that a pointer of Git LFS stands for.</summary>
    public Task<byte[]> FetchLfsAsync(ReadOnlyMemory<byte> pointer, CancellationToken cancellationToken) =>
        RunAsync("lfs", null, ["lfs", "smudge"], pointer, cancellationToken);

    /// <summary>
    /// The settings that make a mirror a partial clone. They are never written into it: a git process without them fetches nothing
    /// behind our back and simply says that an object is missing.
    /// </summary>
    public static IReadOnlyList<KeyValuePair<string, string>> PartialClone(string url) =>
    [
        new($"remote.{Name}.url", url),
        new($"remote.{Name}.promisor", "true"),
        new($"remote.{Name}.partialclonefilter", "blob:none"),
    ];

    private Task<byte[]> FetchAsync(string gitDirectory, string operation, string[] arguments, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        string[] all = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", .. arguments];
        return RunAsync(operation, gitDirectory, all, input, cancellationToken);
    }

    private async Task<byte[]> RunAsync(
        string operation, string? gitDirectory, string[] arguments, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        var isFetch = operation != "ls-remote";
        var lane = _lanes.Lane(isFetch, _isSlow);
        await lane.WaitAsync(cancellationToken);
        var spelling = Volatile.Read(ref _current);
        GitPass? pass = null;
        try
        {
            pass = await Access.OpenAsync(cancellationToken);
            var config = PartialClone(Spelling(spelling)).ToList();
            if (operation == "fetch-objects")
            {
                // What we name is all we want: telling the server what we have would only cost a walk through history.
                config.Add(new("fetch.negotiationAlgorithm", "noop"));
            }

            if (operation == "lfs")
            {
                // It keeps what it brings, and writes down what it learns of the server: in a repository that goes with it.
                pass.Set("GIT_DIR", pass.MakeDirectory("lfs"));
                pass.MakeDirectory("lfs/objects");
                pass.MakeDirectory("lfs/refs");
                pass.Write("lfs/HEAD", "ref: refs/heads/none\n");
            }

            var command = new GitCommand(operation, Url.Key, arguments, isFetch ? _options.FetchTimeout : _options.ListTimeout)
            {
                GitDirectory = gitDirectory,
                Config = config,
                Pass = pass,
                Input = input,
                MaxOutputBytes = _options.MaxListBytes,
                Remarked = Hear,
            };
            var output = await _git.RunAsync(command, cancellationToken);
            _isSlow = false;
            return output;
        }
        catch (GitException exception)
        {
            _isSlow = exception.Kind == GitFailure.Timeout;
            if (exception.Kind == GitFailure.Moved)
            {
                AddSpelling(OtherSpelling(Spelling(spelling)));
            }

            if (exception.Kind is GitFailure.NotFound or GitFailure.Moved)
            {
                Interlocked.CompareExchange(ref _current, spelling + 1, spelling);
            }

            if (pass is null)
            {
                throw;
            }

            throw Access.Explain(exception);
        }
        finally
        {
            pass?.Dispose();
            lane.Release();
        }
    }

    private void Hear(string remark)
    {
        if (remark.Contains("filtering not recognized", StringComparison.Ordinal))
        {
            _hasNoFilters = true;
        }
    }

    // Most servers that send us elsewhere only mean the name with, or without, its ending.
    private static string OtherSpelling(string text)
    {
        var trimmed = text.TrimEnd('/');
        return trimmed.EndsWith(".git", StringComparison.Ordinal) ? trimmed[..^".git".Length] : trimmed + ".git";
    }

    private string Spelling(int index)
    {
        lock (_lock)
        {
            return _spellings[index % _spellings.Count];
        }
    }
}
