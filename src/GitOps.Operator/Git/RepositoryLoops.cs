namespace GitOps.Operator.Git;

/// <summary>
/// Keeps the loop of every repository running. A loop survives whatever its repository does; if one ends with an exception,
/// something in us is broken, and whoever waits for <see cref="Broken"/> is told.
/// </summary>
internal sealed class RepositoryLoops : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<GitRepository, CancellationTokenSource> _loops = [];
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationToken? _running;

    /// <summary>Ends, with the exception, when a loop did.</summary>
    public Task Broken => _broken.Task;

    /// <summary>Ends when we are about to stop.</summary>
    public CancellationToken Stopping
    {
        get
        {
            lock (_lock)
            {
                return _running ?? CancellationToken.None;
            }
        }
    }

    /// <summary>From now on what is started runs.</summary>
    public void Begin(CancellationToken stoppingToken)
    {
        lock (_lock)
        {
            _running = stoppingToken;
        }
    }

    /// <summary>Starts the repository's loop, unless it runs already, or nothing does yet.</summary>
    public void Start(GitRepository repository)
    {
        lock (_lock)
        {
            if (_running is not { } running || _loops.ContainsKey(repository))
            {
                return;
            }

            var stop = CancellationTokenSource.CreateLinkedTokenSource(running);
            _loops[repository] = stop;
            _ = Task.Run(() => GuardAsync(repository, stop.Token), CancellationToken.None);
        }
    }

    public void Stop(GitRepository repository)
    {
        lock (_lock)
        {
            if (_loops.Remove(repository, out var stop))
            {
                stop.Cancel();
                stop.Dispose();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var stop in _loops.Values)
            {
                stop.Cancel();
            }

            _loops.Clear();
        }
    }

    private async Task GuardAsync(GitRepository repository, CancellationToken cancellationToken)
    {
        try
        {
            await repository.Refs.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        catch (Exception exception)
        {
            _broken.TrySetException(exception);
        }
    }
}
