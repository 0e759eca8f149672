using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace GitOps.Operator.Helm.Jail;

/// <summary>
/// The hidden command <c>helm-jail</c>: gives up all that helm does not need, for good, and becomes helm. It needs no privilege and
/// no container runtime's leave: Landlock takes the file system away but for the directory of the run and the program itself,
/// seccomp takes sockets, processes and signals, resource limits take memory and time.
/// </summary>
/// <param name="Directory">That may be read: also the working directory.</param>
/// <param name="MemoryBytes">Of private memory.</param>
/// <param name="CpuSeconds">After which the kernel ends it.</param>
/// <param name="Readable">Other files and directories that may be read and run.</param>
/// <param name="Program">Its path.</param>
/// <param name="Arguments">Of the program.</param>
internal sealed record HelmJail(
    string Directory, long MemoryBytes, int CpuSeconds, IReadOnlyList<string> Readable, string Program, IReadOnlyList<string> Arguments)
{
    public const string Command = "helm-jail";

    /// <summary>The exit code where the jail could not be closed; helm has none like it.</summary>
    public const int NotClosed = 213;

    private const long Execute = 1;
    private const long ReadFile = 4;
    private const long ReadDirectory = 8;
    private const long OpenPath = 0x200000 | 0x80000;
    private const long CurrentDirectory = -100;
    private const int NoNewPrivileges = 38;

    // What programs of Go reserve without using it.
    private const long AddressBytes = 4L << 30;

    /// <summary>As arguments of the operator's own program.</summary>
    public IEnumerable<string> ToArguments() =>
    [
        Command, Directory, MemoryBytes.ToString(CultureInfo.InvariantCulture), CpuSeconds.ToString(CultureInfo.InvariantCulture),
        Readable.Count.ToString(CultureInfo.InvariantCulture), .. Readable, Program, .. Arguments,
    ];

    /// <summary>What this kernel lets processes take from themselves in the file system.</summary>
    /// <returns>Less than 1: nothing, for this reason (the negated <c>errno</c>).</returns>
    public static long LandlockVersion() => LinuxCalls.IsSupported ? LinuxCalls.Try(LinuxCalls.LandlockCreateRuleset, 0, 0, 1) : 0;

    /// <returns>Only where it fails.</returns>
    public static int Enter(string[] arguments)
    {
        try
        {
            var count = int.Parse(arguments[4], CultureInfo.InvariantCulture);
            new HelmJail(
                arguments[1], long.Parse(arguments[2], CultureInfo.InvariantCulture), int.Parse(arguments[3], CultureInfo.InvariantCulture),
                arguments[5..(5 + count)], arguments[5 + count], arguments[(6 + count)..]).Close();
        }
        catch (Exception failure) when (failure is Win32Exception or FormatException or IndexOutOfRangeException or PlatformNotSupportedException)
        {
            Console.Error.WriteLine(failure.Message);
        }

        return NotClosed;
    }

    private void Close()
    {
        if (!LinuxCalls.IsSupported)
        {
            throw new PlatformNotSupportedException("charts can be kept apart from the operator on Linux alone, on x64 and arm64");
        }

        var calls = LinuxCalls.Numbers;
        var filter = SyscallFilter.Build(calls, Environment.ProcessId);
        var filterProgram = NativeMemory.Of([.. BitConverter.GetBytes((long)(filter.Length / 8)), .. BitConverter.GetBytes(NativeMemory.Of(filter))]);
        var (program, programArguments) = (NativeMemory.Of(Program), NativeMemory.Of([Program, .. Arguments]));
        var environment = NativeMemory.Of(ProgramEnvironment());
        (int Limit, long Value)[] limits = [(4, 0), (1, 0), (8, 0), (12, 0), (0, CpuSeconds), (7, 256), (2, MemoryBytes), (9, AddressBytes)];
        var values = limits.Select(limit => NativeMemory.Of(AtMost(calls, limit.Limit, limit.Value))).ToArray();

        PreferToBeEnded();
        LinuxCalls.Do("prctl", calls.Prctl, NoNewPrivileges, 1);
        CloseFileSystem(calls);

        // Whatever else is open here closes as the program changes.
        LinuxCalls.Do("close_range", LinuxCalls.CloseRange, 3, uint.MaxValue, 4);
        for (var i = 0; i < limits.Length; i++)
        {
            LinuxCalls.Do("prlimit", calls.Prlimit, 0, limits[i].Limit, values[i]);
        }

        var filtered = LinuxCalls.Try(calls.Seccomp, 1, 0, filterProgram);
        if (filtered < 0)
        {
            throw new PlatformNotSupportedException(JailRefusal.OfSeccomp((int)-filtered));
        }

        LinuxCalls.Do(Program, calls.Execve, program, programArguments, environment);
    }

    public string[] ProgramEnvironment() =>
    [
        "PATH=/nonexistent", "HOME=" + Directory, "HELM_CACHE_HOME=" + Directory, "HELM_CONFIG_HOME=" + Directory, "HELM_DATA_HOME=" + Directory,
        "HELM_NO_PLUGINS=1", "TZ=UTC", "GOMAXPROCS=2", "GOMEMLIMIT=" + (MemoryBytes / 4 * 3).ToString(CultureInfo.InvariantCulture),
    ];

    // Where memory runs out all the same the kernel is to take this process, and not the operator.
    private static void PreferToBeEnded()
    {
        try
        {
            File.WriteAllText("/proc/self/oom_score_adj", "1000");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The limit of memory holds without.
        }
    }

    // A limit that is lower already cannot be raised, and need not be.
    private static byte[] AtMost(SystemCalls calls, int limit, long value)
    {
        var memory = NativeMemory.Of(new byte[2 * sizeof(long)]);
        LinuxCalls.Do("prlimit", calls.Prlimit, 0, limit, 0, memory);
        var hard = (ulong)Marshal.ReadInt64((nint)memory, sizeof(long));
        var bytes = BitConverter.GetBytes(Math.Min((ulong)value, hard));
        return [.. bytes, .. bytes];
    }

    private void CloseFileSystem(SystemCalls calls)
    {
        var version = LandlockVersion();
        if (version < 1)
        {
            throw new PlatformNotSupportedException(JailRefusal.OfLandlock((int)-version));
        }

        // What is not listed in a rule is refused, as far as this kernel knows of it.
        var files = version switch { 1 => 0x1FFFL, 2 => 0x3FFF, 3 or 4 => 0x7FFF, _ => 0xFFFF };
        long[] handled = version switch { < 4 => [files], < 6 => [files, 3], _ => [files, 3, 3] };
        var attribute = NativeMemory.Of([.. handled.SelectMany(BitConverter.GetBytes)]);
        var ruleset = LinuxCalls.Do("landlock", LinuxCalls.LandlockCreateRuleset, attribute, handled.Length * 8);
        Allow(calls, ruleset, Directory, ReadFile | ReadDirectory);
        Allow(calls, ruleset, Program, ReadFile | Execute);
        foreach (var path in Readable)
        {
            Allow(calls, ruleset, path, System.IO.Directory.Exists(path) ? ReadFile | ReadDirectory | Execute : ReadFile | Execute);
        }

        LinuxCalls.Do("landlock", LinuxCalls.LandlockRestrictSelf, ruleset);
    }

    private static void Allow(SystemCalls calls, long ruleset, string path, long access)
    {
        var opened = LinuxCalls.Do(path, calls.Openat, CurrentDirectory, NativeMemory.Of(path), OpenPath);
        var rule = NativeMemory.Of([.. BitConverter.GetBytes(access), .. BitConverter.GetBytes((int)opened)]);
        LinuxCalls.Do($"landlock: {path}", LinuxCalls.LandlockAddRule, ruleset, 1, rule);
    }
}
