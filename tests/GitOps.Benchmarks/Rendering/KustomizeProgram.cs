using System.Diagnostics;
using GitOps.Benchmarks.Figures;
using GitOps.Benchmarks.Operators;

namespace GitOps.Benchmarks.Rendering;

/// <summary>How long one rendering took.</summary>
/// <param name="Milliseconds">By the clock.</param>
/// <param name="CpuMilliseconds">Of a processor.</param>
internal sealed record Spent(double Milliseconds, double CpuMilliseconds);

/// <summary>The real kustomize, a process for each rendering as others run it: that of a kubectl.</summary>
internal sealed class KustomizeProgram
{
    public const string Variable = "GITOPS_TEST_KUBECTL";

    private readonly string _path;

    private KustomizeProgram(string path) => _path = path;

    /// <returns>Null, and a note in the report, where no program is named.</returns>
    public static KustomizeProgram? Find(Report report)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path)
        {
            return new(path);
        }

        report.Note($"{Variable} names no kubectl: there is nothing to compare with");
        return null;
    }

    /// <summary>From starting the process until all of its output has been read.</summary>
    /// <exception cref="InvalidOperationException">It fails.</exception>
    public async Task<Spent> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(_path, ["kustomize", .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var cpu = ProcessUsage.OfEndedChildren();
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        var spent = new Spent(Sample.Milliseconds(started, Stopwatch.GetTimestamp()), (ProcessUsage.OfEndedChildren() - cpu).TotalMilliseconds);
        return process.ExitCode == 0 ? spent : throw new InvalidOperationException($"kubectl kustomize {string.Join(' ', arguments)}: {await errors}");
    }

    /// <summary>Writes the files of a tree, for the program to read.</summary>
    public static void Write(string directory, IEnumerable<KeyValuePair<string, string>> files)
    {
        foreach (var (path, text) in files)
        {
            var full = Path.Combine(directory, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, text);
        }
    }
}
