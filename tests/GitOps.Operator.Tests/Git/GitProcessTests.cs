using System.Diagnostics;
using System.Text;
using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Git;

public sealed class GitProcessTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly GitTestBed _bed = new();

    public GitProcessTests() => Directory.CreateDirectory(_bed.Options.CacheDirectory);

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task Nothing_of_our_environment_reaches_git_but_what_is_listed()
    {
        var output = await RunScriptAsync("env", static options => options with
        {
            InheritedEnvironment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = Environment.GetEnvironmentVariable("PATH")!, ["HTTPS_PROXY"] = "http://proxy:1", ["SSL_CERT_FILE"] = "/ca.pem" },
        });

        var names = output.Split('\n').Select(static line => line.Split('=')[0]).ToHashSet(StringComparer.Ordinal);
        names.Contains("HTTPS_PROXY").ShouldBeTrue();
        output.ShouldContain("GIT_SSL_CAINFO=/ca.pem", Case.Sensitive);
        output.ShouldContain("GIT_TERMINAL_PROMPT=0", Case.Sensitive);
        output.ShouldContain("GIT_NO_LAZY_FETCH=1", Case.Sensitive);
        string[] known = ["", "HOME", "HTTPS_PROXY", "LC_ALL", "OLDPWD", "PATH", "PWD", "SHLVL", "SSL_CERT_FILE", "XDG_CONFIG_HOME", "_"];
        names.Where(name => !known.Contains(name, StringComparer.Ordinal) && !name.StartsWith("GIT_", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("core.hooksPath", "/dev/null")]
    [InlineData("protocol.allow", "never")]
    [InlineData("protocol.https.allow", "always")]
    [InlineData("credential.helper", "")]
    [InlineData("safe.bareRepository", "explicit")]
    [InlineData("gc.auto", "0")]
    [InlineData("http.followRedirects", "initial")]
    public async Task Git_sees_our_settings(string key, string value)
    {
        var git = new GitProcess(_bed.Options, _bed.Observer, TimeProvider.System);

        var output = await git.RunAsync(new GitCommand("config", "r", ["config", "--get", key], Limit), GitTestBed.None);

        Encoding.UTF8.GetString(output).TrimEnd('\n').ShouldBe(value);
    }

    [Fact]
    public async Task Git_itself_refuses_local_repositories_unless_allowed()
    {
        var source = _bed.Repository();
        source.CommitFile("a", "a");
        var command = new GitCommand("ls-remote", source.Url, ["ls-remote", source.Url], Limit);

        var refused = await Should.ThrowAsync<GitException>(
            () => new GitProcess(_bed.Options with { AllowLocalRepositories = false }, _bed.Observer, TimeProvider.System).RunAsync(command, GitTestBed.None));

        refused.Kind.ShouldBe(GitFailure.NotAllowed);
        await new GitProcess(_bed.Options, _bed.Observer, TimeProvider.System).RunAsync(command, GitTestBed.None);
        _bed.Observer.Count("ls-remote", "ok").ShouldBe(1);
        _bed.Observer.Count("ls-remote", "NotAllowed").ShouldBe(1);
    }

    [Fact]
    public async Task At_the_time_limit_the_whole_process_tree_is_killed()
    {
        var pids = Path.Combine(_bed.Root, "pids");
        var run = RunScriptAsync($"sleep 1000 & echo $! >> {pids}; echo $$ >> {pids}; touch {pids}.ready; wait", time: _bed.Time);
        await GitTestBed.EventuallyAsync(() => File.Exists(pids + ".ready"), "the script runs");

        _bed.Time.Advance(Limit);

        var failure = await Should.ThrowAsync<GitException>(() => run);
        failure.Kind.ShouldBe(GitFailure.Timeout);
        failure.Message.ShouldBe("r: git test took longer than 20 s and was stopped; retrying");
        foreach (var pid in (await File.ReadAllLinesAsync(pids)).Select(int.Parse))
        {
            await GitTestBed.EventuallyAsync(() => !IsRunning(pid), $"process {pid} is gone");
        }
    }

    [Fact]
    public async Task A_cancelled_run_is_killed()
    {
        var ready = Path.Combine(_bed.Root, "ready");
        using var stop = new CancellationTokenSource();
        var run = RunScriptAsync($"touch {ready}; exec sleep 1000", cancellationToken: stop.Token);
        await GitTestBed.EventuallyAsync(() => File.Exists(ready), "the script runs");

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => run);
        _bed.Observer.Count("test", "canceled").ShouldBe(1);
    }

    [Fact]
    public async Task Endless_output_is_cut_off()
    {
        (await Should.ThrowAsync<GitException>(() => RunScriptAsync("yes"))).Kind.ShouldBe(GitFailure.TooLarge);
        (await Should.ThrowAsync<GitException>(() => RunScriptAsync("head -c 300000 /dev/zero 1>&2; exit 3")))
            .Message.Length.ShouldBeLessThan(500);
    }

    [Fact]
    public async Task A_missing_program_is_named()
    {
        var failure = await Should.ThrowAsync<GitException>(
            () => new GitProcess(_bed.Options with { GitProgram = "/no/git" }, _bed.Observer, TimeProvider.System)
                .RunAsync(new GitCommand("x", "r", [], Limit), GitTestBed.None));

        failure.Message.ShouldContain("'/no/git' cannot be started: install git");
    }

    [Theory]
    [InlineData("fatal: unable to access 'https://u:secret@h/r/': Could not resolve host: h", GitFailure.Unreachable)]
    [InlineData("fatal: unable to access 'https://h/r/': The requested URL returned error: 503", GitFailure.Unreachable)]
    [InlineData("fatal: unable to access 'https://h/r/': The requested URL returned error: 403", GitFailure.Authentication)]
    [InlineData("fatal: unable to access 'https://h/r/': server certificate verification failed. CAfile: none CRLfile: none", GitFailure.UntrustedServer)]
    [InlineData("fatal: could not read Username for 'https://github.com': terminal prompts disabled", GitFailure.Authentication)]
    [InlineData("remote: Repository not found.\nfatal: repository 'https://github.com/x/y/' not found", GitFailure.NotFound)]
    [InlineData("remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://u:secret@h/r/'", GitFailure.Authentication)]
    [InlineData("git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.", GitFailure.Authentication)]
    [InlineData("Host key verification failed.\nfatal: Could not read from remote repository.", GitFailure.UntrustedServer)]
    [InlineData("fatal: unable to access 'https://h/r/': The requested URL returned error: 301", GitFailure.Moved)]
    [InlineData("fatal: '/x' does not appear to be a git repository\nfatal: Could not read from remote repository.", GitFailure.NotFound)]
    [InlineData("fatal: transport 'ext' not allowed", GitFailure.NotAllowed)]
    [InlineData("fatal: remote error: upload-pack: not our ref 0123", GitFailure.RevisionNotFound)]
    [InlineData("error: inflate: data stream error (incorrect header check)\nfatal: loose object 0123 is corrupt", GitFailure.Corrupt)]
    [InlineData("fatal: write error: No space left on device", GitFailure.Other)]
    [InlineData("", GitFailure.Other)]
    internal void What_git_says_becomes_a_typed_failure_without_secrets(string stderr, GitFailure kind)
    {
        var failure = GitErrors.From("https://h/r", "fetch", stderr, 128, touchesMirror: true);

        failure.Kind.ShouldBe(kind);
        failure.Message.ShouldStartWith("https://h/r: ");
        failure.Message.ShouldNotContain("secret");
        failure.Message.ShouldNotContain('\n');
    }

    [Fact]
    public async Task Slow_repositories_delay_nobody_else()
    {
        var script = Script($"if env | grep -q '/slow-'; then touch {_bed.Root}/hanging-$$; exec sleep 1000; fi; exec git \"$@\"");
        var repositories = _bed.Open(options => options with { GitProgram = script, Parallelism = 2, SlowParallelism = 1 });
        var fast = _bed.Repository("fast");
        var sha = fast.CommitFile("a.yaml", "a: 1");
        var slow = Enumerable.Range(0, 2).Select(i => $"file://{_bed.Root}/slow-{i}").ToArray();

        // The first time nobody can know: they take both slots until their time is up.
        var first = slow.Select(url => repositories.ResolveAsync(url, "main", GitTestBed.None).AsTask()).ToArray();
        await GitTestBed.EventuallyAsync(() => Hanging() == 2, "two hang");
        _bed.Time.Advance(Limit);
        foreach (var task in first)
        {
            (await Should.ThrowAsync<GitException>(() => task)).Kind.ShouldBe(GitFailure.Timeout);
        }

        var second = slow.Select(url => repositories.RefreshAsync(url, GitTestBed.None)).ToArray();
        await GitTestBed.EventuallyAsync(() => Hanging() == 3, "one hangs, the other waits behind it");
        for (var i = 0; i < 5; i++)
        {
            await repositories.RefreshAsync(fast.Url, GitTestBed.None);
        }

        (await repositories.ResolveAsync(fast.Url, "main", GitTestBed.None)).Sha.ShouldBe(sha);
        Hanging().ShouldBe(3);
        second.ShouldAllBe(static task => !task.IsCompleted);
        _bed.Time.Advance(Limit);
        await GitTestBed.EventuallyAsync(() => Hanging() == 4, "the other's turn");
        _bed.Time.Advance(Limit);
        foreach (var task in second)
        {
            (await Should.ThrowAsync<GitException>(() => task)).Kind.ShouldBe(GitFailure.Timeout);
        }

        int Hanging() => Directory.GetFiles(_bed.Root, "hanging-*").Length;
    }

    [Fact]
    public async Task A_cancelled_poll_answers_nobody_who_waited_for_it()
    {
        var source = _bed.Repository();
        var sha = source.CommitFile("a.yaml", "a: 1");
        var script = Script($"if [ ! -e {_bed.Root}/first ]; then touch {_bed.Root}/first; exec sleep 1000; fi; exec git \"$@\"");
        var repositories = _bed.Open(options => options with { GitProgram = script });
        using var stop = new CancellationTokenSource();
        var cancelled = repositories.RefreshAsync(source.Url, stop.Token);
        await GitTestBed.EventuallyAsync(() => File.Exists(Path.Combine(_bed.Root, "first")), "the first poll hangs");
        var waiting = repositories.ResolveAsync(source.Url, "main", GitTestBed.None).AsTask();
        var refreshing = repositories.RefreshAsync(source.Url, GitTestBed.None);

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => cancelled);
        await refreshing;
        (await waiting).Sha.ShouldBe(sha);
    }

    [Fact]
    public async Task A_reader_that_dies_in_the_middle_of_a_question_is_asked_again()
    {
        var source = _bed.Repository();
        var sha = source.CommitFile("a.yaml", "a: 1");
        var died = Path.Combine(_bed.Root, "died");
        var script = Script($"case \"$*\" in *cat-file*) if [ ! -e {died} ]; then read question; touch {died}; exit 1; fi;; esac; exec git \"$@\"");
        var repositories = _bed.Open(options => options with { GitProgram = script });

        var tree = await repositories.OpenAsync(source.Url, sha, GitTestBed.None);

        (await tree.ReadAsync("a.yaml", GitTestBed.None)).ToArray().ShouldBe("a: 1"u8.ToArray());
        File.Exists(died).ShouldBeTrue();
    }

    private async Task<string> RunScriptAsync(
        string body, Func<GitOptions, GitOptions>? change = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        var options = _bed.Options with { GitProgram = Script(body) };
        var git = new GitProcess(change is null ? options : change(options), _bed.Observer, time ?? TimeProvider.System);
        return Encoding.UTF8.GetString(await git.RunAsync(new GitCommand("test", "r", [], Limit), cancellationToken));
    }

    private string Script(string body)
    {
        var path = Path.Combine(_bed.Root, "script");
        File.WriteAllText(path, "#!/bin/sh\n" + body + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }

    private static bool IsRunning(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
