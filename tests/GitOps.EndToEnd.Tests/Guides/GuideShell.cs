using System.Diagnostics;
using GitOps.EndToEnd.Tests.Fixture;

namespace GitOps.EndToEnd.Tests.Guides;

/// <summary>One bash in which a reader types a guide from its first block to its last: what a block sets, the next one sees.</summary>
internal sealed class GuideShell : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private readonly Process _bash;
    private readonly string _directory;

    private GuideShell(Process bash, string directory) => (_bash, _directory) = (bash, directory);

    /// <param name="directory">Empty, for programs and what is typed.</param>
    /// <param name="workingDirectory">Where the reader is.</param>
    /// <param name="programs">What has to be on the reader's PATH: name, and the command line that it stands for.</param>
    /// <param name="environment">What else the reader has set.</param>
    public static GuideShell Start(
        string directory, string workingDirectory, IReadOnlyDictionary<string, string> programs, IReadOnlyDictionary<string, string> environment)
    {
        var bin = Directory.CreateDirectory(Path.Combine(directory, "bin")).FullName;
        foreach (var (name, command) in programs)
        {
            var path = Path.Combine(bin, name);
            File.WriteAllText(path, $"#!/bin/sh\nexec {command} \"$@\"\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }

        var start = new ProcessStartInfo("bash")
        {
            ArgumentList = { "--noprofile", "--norc" },
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["PATH"] = $"{bin}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["HOME"] = directory;
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_AUTHOR_NAME"] = start.Environment["GIT_COMMITTER_NAME"] = "Dora Dev";
        start.Environment["GIT_AUTHOR_EMAIL"] = start.Environment["GIT_COMMITTER_EMAIL"] = "dora@example.com";
        start.Environment["NO_PROXY"] = "127.0.0.1,localhost";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new(Process.Start(start)!, directory);
    }

    /// <summary>Types a block and waits until it has ended; the test fails if a command of it does, or if it prints something else.</summary>
    public async Task TypeAsync(Guide guide, GuideStep step, Func<string> describe)
    {
        var (block, printed, ended) = (File("block"), File("printed"), File("ended"));
        await System.IO.File.WriteAllTextAsync(block, step.Commands + "\n");
        System.IO.File.Delete(ended);
        await _bash.StandardInput.WriteLineAsync(
            $"set -eo pipefail; . '{block}' > '{printed}' 2>&1 < /dev/null; set +e; echo > '{ended}.new'; mv '{ended}.new' '{ended}'");
        await _bash.StandardInput.FlushAsync();

        var at = $"docs/{guide.Name}:{step.Line}:\n{step.Commands}\n";
        await Eventually.IsTrueAsync($"{at}ends", () => Task.FromResult(_bash.HasExited || System.IO.File.Exists(ended)),
            () => Task.FromResult($"{Printed()}\n{describe()}"), Deadline);
        if (!System.IO.File.Exists(ended))
        {
            Assert.Fail($"{at}failed:\n{Printed()}\n{describe()}");
        }

        if (step.Missing(Printed().Split('\n')) is { } missing)
        {
            Assert.Fail($"{at}should have printed\n  {missing}\nbut printed\n{Printed()}\n{describe()}");
        }

        string Printed() => System.IO.File.Exists(printed) ? System.IO.File.ReadAllText(printed) : string.Empty;
        string File(string name) => Path.Combine(_directory, name);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_bash.HasExited)
        {
            _bash.Kill(entireProcessTree: true);
        }

        await _bash.WaitForExitAsync();
        _bash.Dispose();
    }
}
