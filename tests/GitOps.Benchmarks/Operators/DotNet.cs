using System.Diagnostics;
using System.Runtime.InteropServices;

namespace GitOps.Benchmarks.Operators;

/// <summary>Starts programs of ours with the runtime that this one runs on.</summary>
internal static class DotNet
{
    private static string Host => Path.GetFullPath(Path.Combine(
        RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    public static Process Start(string program, IEnumerable<string> arguments, bool redirectInput = false)
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
        return Process.Start(start)!;
    }
}
