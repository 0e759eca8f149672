using System.Globalization;

namespace GitOps.Benchmarks.Operators;

/// <summary>The most that an operator in a cage had while something was done. Looked at often, so short peaks can be missed.</summary>
internal sealed class MemoryWatch : IAsyncDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Task _loop;
    private MemoryPeak _peak = new(0, 0, 0, 0);

    public MemoryWatch(MemoryCage cage, OperatorProcess running) => _loop = Task.Run(() => LookAsync(cage, running));

    /// <summary>Since the last call, or since it began to look.</summary>
    public MemoryPeak Take()
    {
        lock (_lock)
        {
            (var peak, _peak) = (_peak, new(0, 0, 0, 0));
            return peak;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task LookAsync(MemoryCage cage, OperatorProcess running)
    {
        while (!_stop.IsCancellationRequested && running.ExitCode is null)
        {
            if (Memory.Of(running.Id) is { } own)
            {
                var all = cage.AnonymousBytes;
                var now = new MemoryPeak(own.Resident, Math.Max(0, all - own.Anonymous), all, cage.WorkingSetBytes);
                lock (_lock)
                {
                    _peak = _peak.Or(now);
                }
            }

            await Task.Delay(Between, TimeProvider.System, CancellationToken.None);
        }
    }
}

/// <summary>Of one process, in bytes.</summary>
/// <param name="Resident">In RAM.</param>
/// <param name="Anonymous">Of it, backed by no file.</param>
internal sealed record Memory(long Resident, long Anonymous)
{
    /// <returns>Null: it ended.</returns>
    public static Memory? Of(int processId)
    {
        try
        {
            var lines = File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/status"));
            return new(Kilobytes("VmRSS:") * 1024, (Kilobytes("RssAnon:") + Kilobytes("RssShmem:")) * 1024);

            long Kilobytes(string name) => Array.Find(lines, line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
                ? long.Parse(line[name.Length..].Replace("kB", string.Empty, StringComparison.Ordinal), CultureInfo.InvariantCulture)
                : 0;
        }
        catch (IOException)
        {
            return null;
        }
    }
}

/// <summary>In bytes.</summary>
/// <param name="Own">Of the operator alone, with files that it maps.</param>
/// <param name="Children">Of git and helm, and backed by no file.</param>
/// <param name="Anonymous">Of all together, and backed by no file.</param>
/// <param name="WorkingSet">Of all together, as the kubelet counts; files that another group has read before are not in it.</param>
internal sealed record MemoryPeak(long Own, long Children, long Anonymous, long WorkingSet)
{
    public MemoryPeak Or(MemoryPeak other) => new(
        Math.Max(Own, other.Own), Math.Max(Children, other.Children), Math.Max(Anonymous, other.Anonymous), Math.Max(WorkingSet, other.WorkingSet));
}
