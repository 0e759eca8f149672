using System.CommandLine;
using GitOps.Benchmarks.Cluster;
using GitOps.Benchmarks.Figures;
using GitOps.Benchmarks.Rows;

namespace GitOps.Benchmarks;

/// <summary>The command line: which rows, how large; and the sandbox that a run starts as a process of its own.</summary>
internal static class BenchmarkCommand
{
    public static Task<int> InvokeAsync(string[] arguments) => Create().Parse(arguments).InvokeAsync();

    private static RootCommand Create()
    {
        var defaults = new BenchmarkSettings();
        var rows = new Argument<string[]>("row") { Description = "Rows to measure. Default: all but soak, sizing, growth and large-repository.", Arity = ArgumentArity.ZeroOrMore };
        rows.AcceptOnlyFromAmong([.. Row.All.Select(static row => row.Name)]);
        var applications = new Option<int?>("--applications") { Description = "Applications. Default: 100 for first-sync, 1000 for the others." };
        var objects = Number("--objects", defaults.Objects, "Objects of each Application.");
        var rounds = Number("--rounds", defaults.Rounds, "First syncs, each between two raw loops.");
        var commits = Number("--commits", defaults.Commits, "Commits that are timed.");
        var drift = Number("--drift-seconds", (int)defaults.DriftTime.TotalSeconds, "How long the drift row edits.");
        var rest = Number("--rest-seconds", (int)defaults.RestTime.TotalSeconds, "How long the operator is watched at rest.");
        var soak = Number("--soak-seconds", (int)defaults.SoakTime.TotalSeconds, "How long the soak row lasts.");
        var seed = new Option<int?>("--seed") { Description = "Of the soak row's dice. Default: a random one, which is printed." };
        var program = new Option<string?>("--operator")
        {
            HelpName = "FILE",
            Description = "The gitops-operator.dll to measure, for example a published one. Default: that of this build.",
        };
        var server = new Option<int[]>("--server-process")
        {
            HelpName = "PID",
            Description = "A process of the real API server (its storage is another), whose processor time is to be measured; may be given several times.",
        };
        var environment = new Option<string[]>("--environment") { HelpName = "NAME=VALUE", Description = "Environment of the operator, for example of its runtime." };
        var arguments = new Option<string[]>("--argument") { HelpName = "ARGUMENT", Description = "More arguments of the operator, as --argument=--workers=2." };
        var limits = new Option<int[]>("--memory-limit") { HelpName = "MIB", Description = "Memory that sizing and growth give the operator and its children; several for sizing. Default: 1024." };
        var json = new Option<bool>("--json") { Description = "Print JSON instead of a table." };
        var command = new RootCommand("Measures the operator against the API server that it works on.")
        {
            rows, applications, objects, rounds, commits, drift, rest, soak, seed, program, server, environment, arguments, limits, json,
        };
        command.Subcommands.Add(SandboxProcess.Command());
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new BenchmarkSettings
            {
                Rows = parsed.GetValue(rows) ?? [],
                Applications = parsed.GetValue(applications),
                Objects = parsed.GetValue(objects),
                Rounds = parsed.GetValue(rounds),
                Commits = parsed.GetValue(commits),
                DriftTime = TimeSpan.FromSeconds(parsed.GetValue(drift)),
                RestTime = TimeSpan.FromSeconds(parsed.GetValue(rest)),
                SoakTime = TimeSpan.FromSeconds(parsed.GetValue(soak)),
                Seed = parsed.GetValue(seed),
                Operator = parsed.GetValue(program),
                OperatorEnvironment = (parsed.GetValue(environment) ?? []).Select(static one => one.Split('=', 2)).ToDictionary(static pair => pair[0], static pair => pair[^1], StringComparer.Ordinal),
                OperatorArguments = parsed.GetValue(arguments) ?? [],
                MemoryLimits = parsed.GetValue(limits) is { Length: > 0 } given ? given : defaults.MemoryLimits,
                ServerProcesses = parsed.GetValue(server) ?? [],
                Json = parsed.GetValue(json),
            },
            cancellationToken));
        return command;
    }

    private static Option<int> Number(string name, int whenAbsent, string description)
    {
        var option = new Option<int>(name) { Description = $"{description} Default: {whenAbsent}.", DefaultValueFactory = _ => whenAbsent };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() < 1)
            {
                result.AddError($"{name} must be 1 or more");
            }
        });
        return option;
    }

    private static async Task<int> RunAsync(BenchmarkSettings settings, CancellationToken cancellationToken)
    {
        var report = new Report(settings, Console.Out, Console.Error);
        await using var lab = new Lab(settings, report);
        var chosen = Row.All.Where(row => (settings.Rows.Count == 0 && !row.IsLong) || settings.Rows.Contains(row.Name, StringComparer.Ordinal));
        foreach (var row in chosen)
        {
            report.Begin(row.Name, row.Summary);
            try
            {
                await row.RunAsync(lab, cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                // The other rows can still be measured.
                report.Failed(exception);
            }
        }

        report.End();
        return report.HasFailed ? 1 : 0;
    }
}
