using System.Diagnostics;
using System.Globalization;

namespace GitOps.Benchmarks.Operators;

/// <summary>What a process and its children (those that ended too) have used. Without <c>/proc</c> children are left out.</summary>
/// <param name="Cpu">Since the start.</param>
/// <param name="OwnBytes">Memory of the process itself that is in RAM.</param>
/// <param name="ChildBytes">That of its children; a page that several of them share is counted once.</param>
internal sealed record ProcessUsage(TimeSpan Cpu, long OwnBytes, long ChildBytes)
{
    private const int TicksPerSecond = 100;

    public static ProcessUsage Of(int processId)
    {
        if (!Directory.Exists("/proc/self"))
        {
            using var process = Process.GetProcessById(processId);
            return new(process.TotalProcessorTime, process.WorkingSet64, 0);
        }

        var all = Directory.EnumerateDirectories("/proc").Select(Read).OfType<Row>().ToList();
        var children = all.ToLookup(static row => row.Parent);
        var (ticks, own, shared) = (0L, 0L, 0L);
        var open = new Stack<Row>(all.Where(row => row.Id == processId));
        while (open.TryPop(out var row))
        {
            ticks += row.Ticks;
            if (row.Id == processId)
            {
                own = row.Pages * Environment.SystemPageSize;
            }
            else
            {
                shared += ProportionalBytes(row.Id);
            }

            foreach (var child in children[row.Id])
            {
                open.Push(child);
            }
        }

        return new(TimeSpan.FromSeconds((double)ticks / TicksPerSecond), own, shared);
    }

    /// <summary>Processor time of those children of this process that ended and were waited for; nothing without <c>/proc</c>.</summary>
    public static TimeSpan OfEndedChildren() =>
        Directory.Exists("/proc/self") && Read($"/proc/{Environment.ProcessId}") is { } row
            ? TimeSpan.FromSeconds((double)row.EndedTicks / TicksPerSecond)
            : TimeSpan.Zero;

    private static long ProportionalBytes(int id)
    {
        try
        {
            var line = File.ReadLines($"/proc/{id}/smaps_rollup").FirstOrDefault(static line => line.StartsWith("Pss:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    // pid (name) state ppid … 14 utime 15 stime 16 cutime 17 cstime … 24 rss; the name may hold anything, and ends at the last parenthesis.
    private static Row? Read(string directory)
    {
        if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            return null;
        }

        try
        {
            var text = File.ReadAllText(Path.Combine(directory, "stat"));
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return new(id, Number(1), Number(11) + Number(12) + Number(13) + Number(14), Number(13) + Number(14), Number(21));

            long Number(int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It ended in between.
            return null;
        }
    }

    private sealed record Row(int Id, long Parent, long Ticks, long EndedTicks, long Pages);
}
