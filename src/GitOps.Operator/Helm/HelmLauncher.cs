using System.Diagnostics;
using System.Runtime.InteropServices;
using GitOps.Operator.Helm.Jail;

namespace GitOps.Operator.Helm;

/// <summary>How a run is started: through the operator's own program, which closes the jail around itself, or bare.</summary>
internal sealed class HelmLauncher
{
    private const string OwnProgram = "gitops-operator";

    private readonly HelmOptions _options;
    private readonly string[] _launcher;

    public HelmLauncher(HelmOptions options)
    {
        _options = options;
        var program = Path.Combine(AppContext.BaseDirectory, OwnProgram);
        _launcher = File.Exists(program) ? [program] : [Environment.ProcessPath ?? "dotnet", Path.Combine(AppContext.BaseDirectory, OwnProgram + ".dll")];
    }

    /// <summary>Where the program is: names are looked up in the search path, as a shell does.</summary>
    /// <returns>Null: nowhere.</returns>
    public static string? Find(string program)
    {
        var candidates = program.Contains('/', StringComparison.Ordinal)
            ? [Path.GetFullPath(program)]
            : (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries)
                .Select(directory => Path.Combine(directory, program));
        return candidates.FirstOrDefault(File.Exists);
    }

    /// <param name="program">Its path.</param>
    /// <param name="directory">Of the run.</param>
    /// <param name="arguments">Of the program.</param>
    public ProcessStartInfo StartInfo(string program, string directory, IReadOnlyList<string> arguments)
    {
        var isJailed = _options.Isolation == HelmIsolation.Jail;
        var jail = new HelmJail(
            directory, _options.MaxMemoryBytes, (int)Math.Ceiling(_options.TimeLimit.TotalSeconds), _options.Readable, program, arguments);
        var start = new ProcessStartInfo(isJailed ? _launcher[0] : program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory,
        };
        foreach (var argument in isJailed ? _launcher.Skip(1).Concat(jail.ToArguments()) : arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // Nothing of the operator's environment: tokens may be in it.
        start.Environment.Clear();
        foreach (var variable in isJailed ? LauncherEnvironment() : jail.ProgramEnvironment())
        {
            var cut = variable.IndexOf('=', StringComparison.Ordinal);
            start.Environment[variable[..cut]] = variable[(cut + 1)..];
        }

        return start;
    }

    /// <summary>What our own program needs to start; helm does not get it.</summary>
    private static string[] LauncherEnvironment() =>
    [
        "DOTNET_ROOT=" + Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
        "DOTNET_EnableDiagnostics=0", "DOTNET_TieredPGO=0", "DOTNET_gcConcurrent=0", "DOTNET_GCHeapHardLimit=0x8000000",
        "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1",
    ];
}
