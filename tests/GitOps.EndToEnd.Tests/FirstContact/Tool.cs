using System.Diagnostics;
using GitOps.EndToEnd.Tests.Fixture;

namespace GitOps.EndToEnd.Tests.FirstContact;

/// <summary>The real program of another deployment tool, at work in a test's namespace.</summary>
internal sealed class Tool
{
    private readonly string _program;
    private readonly TestSpace _space;

    private Tool(string program, TestSpace space) => (_program, _space) = (program, space);

    /// <summary>The kubectl that <c>GITOPS_TEST_KUBECTL</c> names.</summary>
    public static Tool Kubectl(TestSpace space) => new(Program("GITOPS_TEST_KUBECTL"), space);

    /// <summary>The path of the helm that <c>GITOPS_TEST_HELM</c> names.</summary>
    public static string HelmProgram() => Program("GITOPS_TEST_HELM");

    /// <summary>The helm that <c>GITOPS_TEST_HELM</c> names.</summary>
    public static Tool Helm(TestSpace space) => new(Program("GITOPS_TEST_HELM"), space);

    public Task<string> RunAsync(params string[] arguments) => RunAsync([], arguments);

    public async Task<string> RunAsync((string Name, string Value)[] environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(_program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])["--kubeconfig", _space.Cluster.KubeconfigPath, "-n", _space.Target, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["NO_PROXY"] = "127.0.0.1,localhost";
        start.Environment["HELM_CACHE_HOME"] = start.Environment["HELM_CONFIG_HOME"] = start.Environment["HELM_DATA_HOME"] = _space.Cluster.NewDirectory("helm");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (process.ExitCode != 0)
        {
            Assert.Fail($"{Path.GetFileName(_program)} {string.Join(' ', arguments)}: {await error}");
        }

        return output;
    }

    private static string Program(string variable)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path)
        {
            return path;
        }

        if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 })
        {
            Assert.Fail($"{variable} has to name a program in CI");
        }

        Assert.Skip($"{variable} names no program");
        return string.Empty;
    }
}
