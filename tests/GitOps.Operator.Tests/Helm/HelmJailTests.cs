using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using GitOps.Manifests.Helm;
using GitOps.Operator.Helm;

namespace GitOps.Operator.Tests.Helm;

/// <summary>A shell in helm's place, which may run and tries what a helm that was taken over would.</summary>
public sealed class HelmJailTests : IDisposable
{
    private static readonly string[] SystemFolders = [.. new[] { "/bin", "/lib", "/lib64", "/usr" }.Where(Directory.Exists)];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("jail-tests-");

    public static TheoryData<string, string> Attempts => new()
    {
        { "read -r x < /etc/passwd && echo read", "Permission denied" },
        { "read -r x < /proc/self/environ && echo read", "Permission denied" },
        { "read -r x < /proc/PARENT/environ && echo read", "Permission denied" },
        { "read -r x < OUTSIDE/token && echo read", "Permission denied" },
        { "read -r x < ../../outside/token && echo read", "Permission denied" },
        { "echo x > OUTSIDE/written && echo wrote", "Permission denied" },
        { "echo x > here && echo wrote", "Permission denied" },
        { "echo x >> mine.yaml && echo wrote", "Permission denied" },
        { "echo x > /tmp/written-by-a-chart && echo wrote", "Permission denied" },
        { "echo x > /dev/shm/written-by-a-chart && echo wrote", "Permission denied" },
        { "exec 3<>/dev/tcp/127.0.0.1/PORT && echo connected", "Operation not permitted" },
        { "exec 3<>/dev/udp/127.0.0.1/PORT && echo connected", "Operation not permitted" },
        { "(echo forked)", "Operation not permitted" },
        { "kill -9 PARENT && echo killed", "Operation not permitted" },
        { "exec chmod 777 OUTSIDE/token && echo changed", "Operation not permitted" },
        { "exec touch OUTSIDE/token && echo changed", "denied" },
        { "exec unshare --user --map-root-user cat OUTSIDE/token", "Operation not permitted" },
        { "exec mount -t tmpfs none OUTSIDE", "mount: " },
        { "exec rm -f OUTSIDE/token && echo removed", "not permitted" },
        { "exec mv OUTSIDE/token OUTSIDE/moved", "not permitted" },
        { "exec ln -s /etc OUTSIDE/link", "not permitted" },
        { "exec mkdir OUTSIDE/more", "not permitted" },
        { "exec setpriv --reuid 0 cat OUTSIDE/token", "not permitted" },
        { "ulimit -v unlimited && ulimit -t unlimited && echo raised", "Operation not permitted" },
    };

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task What_helm_does_not_need_is_refused(string attempt, string expected)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var outside = Directory.CreateDirectory(Path.Combine(_directory.FullName, "outside")).FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "token"), "secret", TestContext.Current.CancellationToken);
        attempt = attempt.Replace("OUTSIDE", outside, StringComparison.Ordinal)
            .Replace("PARENT", Environment.ProcessId.ToString(), StringComparison.Ordinal)
            .Replace("PORT", ((IPEndPoint)server.LocalEndpoint).Port.ToString(), StringComparison.Ordinal);

        var (output, errors) = await ShellAsync($"PATH=/usr/bin:/bin; {attempt}");

        output.ShouldBeEmpty();
        errors.ShouldContain(expected, Case.Insensitive);
        server.Pending().ShouldBeFalse();
        (await File.ReadAllTextAsync(Path.Combine(outside, "token"), TestContext.Current.CancellationToken)).ShouldBe("secret");
        Directory.GetFiles(outside).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_it_is_given_it_reads_and_no_more_is_in_its_environment()
    {
        var (output, errors) = await ShellAsync("read -r x < mine.yaml; echo \"[$x]\"; compgen -e");

        errors.ShouldBeEmpty();
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines[0].ShouldBe("[mine: true]");
        lines[1..].Except(["_", "PWD", "OLDPWD", "SHLVL"], StringComparer.Ordinal).ShouldBe(
            ["GOMAXPROCS", "GOMEMLIMIT", "HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "HELM_NO_PLUGINS", "HOME", "PATH", "TZ"], ignoreOrder: true);
    }

    [Fact]
    public async Task Memory_ends()
    {
        var (output, errors) = await ShellAsync("x=0123456789; for ((i=0; i<40; i++)); do x=$x$x; done; echo whole");

        output.ShouldBeEmpty();
        errors.ShouldContain("cannot allocate");
    }

    [Fact]
    public async Task A_program_that_loops_ends_by_itself()
    {
        var options = Options("/bin/bash") with { TimeLimit = TimeSpan.FromSeconds(1) };
        using var process = Start(options, ["-c", "while :; do :; done"]);

        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        process.ExitCode.ShouldBe(128 + 9);
    }

    [Fact]
    public async Task A_program_that_cannot_be_shut_in_is_not_run()
    {
        using var program = new HelmProgram(
            Options("/bin/bash") with { Readable = ["/nowhere/at/all"] }, TimeProvider.System);

        var failure = await Should.ThrowAsync<HelmException>(async () => await program.VersionAsync(TestContext.Current.CancellationToken));

        failure.Failure.ShouldBe(HelmFailure.Unavailable);
        failure.Message.ShouldContain("cannot be kept apart from the operator");
        failure.Message.ShouldContain("--helm-isolation=none");
        program.IsUsable.ShouldBe(false);
    }

    [Fact]
    public async Task A_limit_that_is_lower_already_is_kept()
    {
        var start = new HelmLauncher(Options("/bin/bash")).StartInfo(
            "/bin/bash", HelmDirectory.Create(Directory.CreateDirectory(Options("/bin/bash").Directory).FullName, []).Path, ["--norc", "-c", "ulimit -n"]);
        var under = new ProcessStartInfo("/bin/sh") { UseShellExecute = false, RedirectStandardOutput = true, WorkingDirectory = start.WorkingDirectory };
        foreach (var argument in (IEnumerable<string>)["-c", "ulimit -n 100; exec \"$0\" \"$@\"", start.FileName, .. start.ArgumentList])
        {
            under.ArgumentList.Add(argument);
        }

        under.Environment.Clear();
        foreach (var (name, value) in start.Environment)
        {
            under.Environment[name] = value;
        }

        using var process = Process.Start(under)!;
        (await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim().ShouldBe("100");
    }

    [Theory]
    [InlineData(96, 128)]
    [InlineData(384, 128)]
    [InlineData(768, 256)]
    [InlineData(64 * 1024, 512)]
    public void It_gets_a_part_of_the_memory_that_the_operator_has(int availableMegabytes, int expectedMegabytes) =>
        HelmOptions.MemoryBeside((long)availableMegabytes << 20).ShouldBe((long)expectedMegabytes << 20);

    [Fact]
    public void What_is_in_force_is_told_and_what_is_not_too()
    {
        Options("helm").Describe().ShouldMatch(
            "^it opens only the files of its run \\(Landlock [1-9][0-9]*\\), has no network and no other processes \\(seccomp\\), 256 MiB of memory and 60 s$");
        (Options("helm") with { Isolation = HelmIsolation.None }).Describe().ShouldBe("it is not kept apart (--helm-isolation=none), and has 60 s");
    }

    [Theory]
    [InlineData("/nowhere/helm", "there is no helm program '/nowhere/helm'")]
    [InlineData("no-program-is-called-so", "there is no helm program")]
    [InlineData("/bin/bash", "is no helm that is known here")]
    public async Task A_helm_that_is_none_is_named(string path, string expected)
    {
        using var program = new HelmProgram(Options(path), TimeProvider.System);

        var failure = await Should.ThrowAsync<HelmException>(async () => await program.VersionAsync(TestContext.Current.CancellationToken));

        failure.Failure.ShouldBe(HelmFailure.Unavailable);
        failure.Message.ShouldContain(path == "/bin/bash" ? "version" : expected);
    }

    [Theory]
    [InlineData("v4.2.3", null)]
    [InlineData("v4.0.0-rc.1", null)]
    [InlineData("v3.17.0", null)]
    [InlineData("v3.99.1+g0123456", null)]
    [InlineData("v3.16.4", "is Helm 3.16.4, which is too old: install Helm 4, or 3.17 or later, or name it with --helm")]
    [InlineData("v2.17.0", "is Helm 2.17.0, which is too old: ")]
    [InlineData("v5.0.0-alpha.1", "is Helm 5.0.0-alpha.1, which is not known here: install Helm 4, or 3.17 or later, or name it with --helm")]
    [InlineData("v12.0.0", "is Helm 12.0.0, which is not known here: ")]
    [InlineData("4.2.3", "is no helm that is known here: ")]
    [InlineData("", "is no helm that is known here: ")]
    public async Task A_helm_of_a_version_that_is_not_known_is_not_run(string version, string? expected)
    {
        var path = Path.Combine(_directory.FullName, "helm");
        await File.WriteAllTextAsync(path, $"#!/bin/sh\necho '{version}'\n", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        using var program = new HelmProgram(Options(path) with { Isolation = HelmIsolation.None }, TimeProvider.System);

        var found = await Record.ExceptionAsync(async () => await program.VersionAsync(TestContext.Current.CancellationToken));

        program.IsUsable.ShouldBe(expected is null);
        program.KnownVersion.ShouldBe(expected is null ? version : string.Empty);
        (found as HelmException)?.Failure.ShouldBe(HelmFailure.Unavailable);
        (found?.Message ?? string.Empty).ShouldContain(expected is null ? string.Empty : $"the program '{path}' {expected}");
    }

    [Fact]
    public async Task What_a_killed_operator_left_is_removed_at_the_start()
    {
        var runs = Directory.CreateDirectory(Path.Combine(_directory.FullName, "runs", "left")).FullName;
        await File.WriteAllTextAsync(Path.Combine(runs, "values.yaml"), "password: x", TestContext.Current.CancellationToken);

        using var program = new HelmProgram(Options("/bin/true"), TimeProvider.System);

        Directory.EnumerateFileSystemEntries(Path.Combine(_directory.FullName, "runs")).ShouldBeEmpty();
        new DirectoryInfo(Path.Combine(_directory.FullName, "runs")).UnixFileMode.ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private HelmOptions Options(string program) =>
        new(program, Path.Combine(_directory.FullName, "runs")) { MaxMemoryBytes = 256 << 20, Readable = SystemFolders };

    private async Task<(string Output, string Errors)> ShellAsync(string script)
    {
        using var process = Start(Options("/bin/bash"), ["--norc", "-c", script]);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (await output, errors);
    }

    private Process Start(HelmOptions options, string[] arguments)
    {
        var run = HelmDirectory.Create(Directory.CreateDirectory(options.Directory).FullName, [new("mine.yaml", Encoding.UTF8.GetBytes("mine: true\n"))]);
        return Process.Start(new HelmLauncher(options).StartInfo(options.Program, run.Path, arguments))!;
    }
}
