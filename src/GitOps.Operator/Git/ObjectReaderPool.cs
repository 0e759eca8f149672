namespace GitOps.Operator.Git;

/// <summary>
/// The readers of one mirror. They start when needed and are closed when idle; one that died or fell out of step is replaced.
/// </summary>
internal sealed class ObjectReaderPool : IDisposable
{
    private readonly GitProcess _git;
    private readonly string _repository;
    private readonly string _gitDirectory;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _slots;
    private readonly Lock _lock = new();
    private readonly List<ObjectReader> _idle = [];
    private int _generation;

    public ObjectReaderPool(GitProcess git, string repository, string gitDirectory, int size, TimeProvider time)
    {
        _git = git;
        _repository = repository;
        _gitDirectory = gitDirectory;
        _time = time;
        _slots = new SemaphoreSlim(size);
    }

    /// <summary>The processes that wait for work.</summary>
    public IReadOnlyList<int> IdleProcesses
    {
        get
        {
            lock (_lock)
            {
                return [.. _idle.Select(static reader => reader.ProcessId)];
            }
        }
    }

    /// <summary>Runs with a reader; once more with a new one if the process had died.</summary>
    public async Task<T> UseAsync<T>(Func<ObjectReader, Task<T>> use, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            try
            {
                return await UseOnceAsync(use);
            }
            catch (GitException exception) when (exception.Kind == GitFailure.Other)
            {
                return await UseOnceAsync(use);
            }
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Closes the readers that were idle for a while.</summary>
    public void Trim(TimeSpan idle)
    {
        List<ObjectReader> old;
        lock (_lock)
        {
            old = _idle.FindAll(reader => _time.GetElapsedTime(reader.LastUsed) >= idle);
            _idle.RemoveAll(old.Contains);
        }

        old.ForEach(static reader => reader.Dispose());
    }

    /// <summary>Closes all readers; those in use when they come back.</summary>
    public void Reset()
    {
        List<ObjectReader> old;
        lock (_lock)
        {
            _generation++;
            old = [.. _idle];
            _idle.Clear();
        }

        old.ForEach(static reader => reader.Dispose());
    }

    public void Dispose()
    {
        Reset();
        _slots.Dispose();
    }

    private async Task<T> UseOnceAsync<T>(Func<ObjectReader, Task<T>> use)
    {
        var (reader, generation) = Take();
        var inStep = false;
        try
        {
            var result = await use(reader);
            inStep = true;
            return result;
        }
        finally
        {
            if (inStep)
            {
                GiveBack(reader, generation);
            }
            else
            {
                reader.Dispose();
            }
        }
    }

    private (ObjectReader Reader, int Generation) Take()
    {
        int generation;
        lock (_lock)
        {
            generation = _generation;
            while (_idle.Count > 0)
            {
                var reader = _idle[^1];
                _idle.RemoveAt(_idle.Count - 1);
                if (reader.IsAlive)
                {
                    return (reader, generation);
                }

                reader.Dispose();
            }
        }

        return (new ObjectReader(_git, _repository, _gitDirectory), generation);
    }

    private void GiveBack(ObjectReader reader, int generation)
    {
        reader.LastUsed = _time.GetTimestamp();
        lock (_lock)
        {
            if (generation == _generation)
            {
                _idle.Add(reader);
                return;
            }
        }

        reader.Dispose();
    }
}
