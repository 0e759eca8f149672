using System.CommandLine;
using System.Text.RegularExpressions;
using GitOps.Operator.Commands;
using GitOps.Operator.Tests.Architecture;

namespace GitOps.Operator.Tests.Commands;

public sealed partial class SandboxCommandTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task It_shows_every_example_and_leaves_nothing_behind()
    {
        await using var output = new LineWriter();
        await using var error = new LineWriter();
        using var stop = new CancellationTokenSource(Deadline);
        var running = CommandLine.Create(static _ => null).Parse(["sandbox"])
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = error }, stop.Token);

        string[] names = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "examples", "applications")).Select(Path.GetFileNameWithoutExtension)!];
        names.Length.ShouldBeGreaterThanOrEqualTo(5);
        foreach (var name in names)
        {
            await Task.WhenAny(output.WaitForAsync($"  gitops-system/{name} ", stop.Token), running);
            running.IsCompleted.ShouldBeFalse(error.ToString());
        }

        // One of them in steps, each of which takes its time.
        foreach (var step in (string[])["wave 0 of PreSync: batch/Job orders/orders-migrate-", "wave 0 of PostSync: batch/Job orders/orders-smoke-test runs"])
        {
            await Task.WhenAny(output.WaitForAsync(step, stop.Token), running);
            running.IsCompleted.ShouldBeFalse(error.ToString());
        }

        var kubeconfig = PathOf("kubeconfig", output.ToString());
        var repository = PathOf("repository", output.ToString());
        File.Exists(kubeconfig).ShouldBeTrue();
        File.Exists(Path.Combine(repository, "apps", "guestbook", "deployment.yaml")).ShouldBeTrue();
        File.ReadAllText(Path.Combine(repository, ".git", "HEAD")).ShouldBe("ref: refs/heads/main\n");

        (output.ToString() + error).ShouldNotContain("warning: Git", Case.Sensitive, "its own repository gives nobody anything to mend");

        await stop.CancelAsync();
        (await running).ShouldBe(0);
        Directory.Exists(Path.GetDirectoryName(kubeconfig)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_directory_that_is_no_repository_is_refused()
    {
        var directory = Directory.CreateTempSubdirectory("gitops-sandbox-tests-");
        var run = await CommandRun.OfAsync("sandbox", "--repository", directory.FullName);
        directory.Delete();
        run.Code.ShouldBe(1);
        run.Error.ShouldStartWith($"error: --repository: '{directory.FullName}' is not a Git repository");
    }

    [Fact]
    public async Task An_address_that_cannot_be_is_refused()
    {
        var run = await CommandRun.OfAsync("sandbox", "--listen", "nowhere");
        run.Code.ShouldBe(1);
        run.Error.ShouldStartWith("error: --listen: 'nowhere' is not a URL");
    }

    private static string PathOf(string what, string output) =>
        LocationLine().Matches(output).Single(match => match.Groups["what"].Value == what).Groups["path"].Value;

    [GeneratedRegex(@"^(?<what>\w+) +(?<path>/\S+)", RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex LocationLine();

    /// <summary>Collects text, and lets a test wait for a part of it.</summary>
    private sealed class LineWriter : StringWriter
    {
        private readonly Lock _lock = new();
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void WriteLine(string? value)
        {
            lock (_lock)
            {
                base.WriteLine(value);
                _changed.TrySetResult();
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        public override Task WriteLineAsync(string? value)
        {
            WriteLine(value);
            return Task.CompletedTask;
        }

        public async Task WaitForAsync(string part, CancellationToken cancellationToken)
        {
            while (true)
            {
                Task changed;
                lock (_lock)
                {
                    if (ToString().Contains(part, StringComparison.Ordinal))
                    {
                        return;
                    }

                    changed = _changed.Task;
                }

                await changed.WaitAsync(cancellationToken);
            }
        }
    }
}
