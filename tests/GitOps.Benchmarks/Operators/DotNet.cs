using System.Diagnostics;
using System.Runtime.InteropServices;

namespace GitOps.Benchmarks.Operators;

/// <summary>Starts programs of ours with the runtime that this one runs on.</summary>
internal static class DotNet
{
    private static string Host => Path.GetFullPath(Path.Combine(
        RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    /// <param name="program">Its assembly.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="redirectInput">Whether it is to be talked to.</param>
    /// <param name="cage">What it may have; null: everything.</param>
    /// <param name="environment">What it gets beside the environment of this process.</param>
    public static Process Start(
        string program, IEnumerable<string> arguments, bool redirectInput = false, MemoryCage? cage = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Host, [program, .. arguments])
        {
            RedirectStandardInput = redirectInput,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };

        // Whatever this process was started with, the collector is that of a pod with one or two processors.
        start.Environment["DOTNET_gcServer"] = "0";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        cage?.Wrap(start);
        return Process.Start(start)!;
    }
}
