using System.Diagnostics;
using System.Globalization;

namespace GitOps.Benchmarks.Operators;

/// <summary>
/// A limit of memory as a container has it: a control group, in which a process and all that it starts is counted together, and of
/// which the kernel ends a process when the limit is exceeded. Needs Linux, and the right to make groups: usually root.
/// </summary>
internal sealed class MemoryCage : IAsyncDisposable
{
    private const string Root = "/sys/fs/cgroup";

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    private readonly string _directory;
    private readonly Files _files;

    private MemoryCage(string directory, Files files) => (_directory, _files) = (directory, files);

    /// <summary>All memory that is counted, in bytes: also files that the kernel keeps for as long as nobody needs the room.</summary>
    public long UsedBytes => Number(_files.Used);

    /// <summary>What no file on a disk backs, in bytes, compiled code included: without swap it cannot be taken away.</summary>
    public long AnonymousBytes => Field("memory.stat", _files.Anonymous) + Field("memory.stat", _files.Shared);

    /// <summary>What the kubelet calls the working set, in bytes: without files that were not used lately.</summary>
    public long WorkingSetBytes => Math.Max(0, UsedBytes - Field("memory.stat", _files.InactiveFile));

    /// <summary>Processes that were ended because the limit was exceeded.</summary>
    public long Kills => Field(_files.Events, "oom_kill");

    /// <exception cref="InvalidOperationException">No group can be made here.</exception>
    public static MemoryCage Create(long limitBytes)
    {
        try
        {
            var own = File.ReadLines("/proc/self/cgroup").Select(static line => line.Split(':', 3)).ToList();
            var first = own.Find(static parts => parts[1].Split(',').Contains("memory", StringComparer.Ordinal));

            // In version 2 a group with processes has no groups below it that could be limited: beside it is the next place.
            var (above, files) = first is not null
                ? ($"{Root}/memory{first[2]}", Files.VersionOne)
                : (Path.GetDirectoryName(Root + own.Single(static parts => parts[1].Length == 0)[2].TrimEnd('/'))!, Files.VersionTwo);
            var directory = Path.Combine(above.Length < Root.Length ? Root : above, $"gitops-benchmarks-{Guid.NewGuid():N}");
            Directory.CreateDirectory(directory);
            var cage = new MemoryCage(directory, files);
            File.WriteAllText(Path.Combine(directory, files.Limit), limitBytes.ToString(CultureInfo.InvariantCulture));
            return cage;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"no control group with a limit of memory can be made here (as root on Linux it can): {exception.Message}", exception);
        }
    }

    /// <summary>Makes a program start inside: from its first moment, so that it finds its limit as in a container.</summary>
    public void Wrap(ProcessStartInfo start)
    {
        string[] program = [start.FileName, .. start.ArgumentList];
        start.FileName = "/bin/sh";
        start.ArgumentList.Clear();
        foreach (var argument in (string[])["-c", "echo $$ > \"$0\" && exec \"$@\"", Path.Combine(_directory, "cgroup.procs"), .. program])
        {
            start.ArgumentList.Add(argument);
        }
    }

    /// <summary>Ends what is left inside: an operator that the kernel ended leaves its children behind.</summary>
    public async ValueTask DisposeAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            foreach (var id in await File.ReadAllLinesAsync(Path.Combine(_directory, "cgroup.procs")))
            {
                End(int.Parse(id, CultureInfo.InvariantCulture));
            }

            try
            {
                Directory.Delete(_directory);
                return;
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(started) < EndLimit)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
            }
        }
    }

    private static void End(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // It has ended meanwhile.
        }
    }

    private long Number(string file) => long.Parse(File.ReadAllText(Path.Combine(_directory, file)), CultureInfo.InvariantCulture);

    private long Field(string file, string name) => long.Parse(
        File.ReadLines(Path.Combine(_directory, file)).Select(static line => line.Split(' ')).First(pair => pair[0] == name)[1], CultureInfo.InvariantCulture);

    private sealed record Files(string Limit, string Used, string Anonymous, string Shared, string InactiveFile, string Events)
    {
        public static readonly Files VersionOne = new(
            "memory.limit_in_bytes", "memory.usage_in_bytes", "total_rss", "total_shmem", "total_inactive_file", "memory.oom_control");

        public static readonly Files VersionTwo = new("memory.max", "memory.current", "anon", "shmem", "inactive_file", "memory.events");
    }
}
