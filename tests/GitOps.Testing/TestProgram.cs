using System.Diagnostics;
using Xunit;

namespace GitOps.Testing;

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">0: it says that all went well.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
public sealed record ProgramResult(int ExitCode, string Output, string Error);

/// <summary>A real program that tests run: found by an environment variable, which the script that runs all tests sets.</summary>
public sealed class TestProgram
{
    private TestProgram(string path) => Path = path;

    /// <summary>Where the program is.</summary>
    public string Path { get; }

    /// <summary>Arguments put before those of each run, such as <c>--kubeconfig</c>.</summary>
    public IReadOnlyList<string> Prefix { get; init; } = [];

    /// <summary>Added to the environment of each run.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Where it runs; null: where the tests do.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The program that a variable names. Where it names none the test is skipped, and in CI fails.</summary>
    public static TestProgram Require(string variable)
    {
        if (System.Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path)
        {
            return new(path);
        }

        if (System.Environment.GetEnvironmentVariable("CI") is { Length: > 0 })
        {
            Assert.Fail($"{variable} has to name a program in CI");
        }

        Assert.Skip($"{variable} names no program");
        throw new InvalidOperationException("unreachable: the test was skipped");
    }

    /// <summary>A program that is on every machine that builds this.</summary>
    public static TestProgram OnPath(string name) => new(name);

    /// <summary>The same program with other arguments before those of each run.</summary>
    public TestProgram With(IReadOnlyList<string> prefix, IReadOnlyDictionary<string, string>? environment = null, string? workingDirectory = null) =>
        new(Path) { Prefix = prefix, Environment = environment ?? Environment, WorkingDirectory = workingDirectory ?? WorkingDirectory };

    /// <summary>Runs it, and fails the test unless it ends with 0.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public async Task<string> RunAsync(params string[] arguments)
    {
        var result = await TryAsync(arguments);
        if (result.ExitCode != 0)
        {
            Assert.Fail($"{System.IO.Path.GetFileName(Path)} {string.Join(' ', arguments)} ended with {result.ExitCode}: {result.Error}{result.Output}");
        }

        return result.Output;
    }

    /// <summary>Runs it, however it ends.</summary>
    public Task<ProgramResult> TryAsync(params string[] arguments) => TryAsync(string.Empty, arguments);

    /// <summary>Runs it with something on its standard input, however it ends.</summary>
    public async Task<ProgramResult> TryAsync(string input, string[] arguments)
    {
        var start = new ProcessStartInfo(Path, [.. Prefix, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = WorkingDirectory ?? string.Empty,
        };
        start.Environment["NO_PROXY"] = "127.0.0.1,localhost";
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        var cancellationToken = TestContext.Current.CancellationToken;
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
            await process.WaitForExitAsync(cancellationToken);
            return new(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
