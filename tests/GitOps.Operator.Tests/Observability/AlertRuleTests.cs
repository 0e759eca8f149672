using System.Text.RegularExpressions;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Observability;

public sealed partial class AlertRuleTests
{
    [Fact]
    public async Task Promtool_takes_the_rules_and_their_cases_come_out()
    {
        var promtool = TestProgram.Require("GITOPS_TEST_PROMTOOL");
        await promtool.RunAsync("check", "rules", DeployedFiles.Rules);
        (await promtool.RunAsync("test", "rules", DeployedFiles.RuleCases)).ShouldContain("SUCCESS");
    }

    [Fact]
    public async Task Every_alert_says_what_how_bad_and_what_to_do_and_has_cases_in_which_it_fires_and_does_not()
    {
        var cases = await File.ReadAllTextAsync(DeployedFiles.RuleCases, TestContext.Current.CancellationToken);
        var alerts = Alert().Split(await File.ReadAllTextAsync(DeployedFiles.Rules, TestContext.Current.CancellationToken))[1..];
        alerts.Length.ShouldBeGreaterThan(10);
        foreach (var alert in alerts)
        {
            var name = alert.Split('\n')[0].Trim();
            foreach (var part in (string[])["severity: ", "summary: ", "description: ", "runbook_url: "])
            {
                alert.ShouldContain(part, Case.Sensitive, name);
            }

            var runbook = DeployedFiles.RunbookOf(RunbookUrl().Match(alert).Groups[1].Value);
            Path.GetFileNameWithoutExtension(runbook).ShouldBe(name);
            File.Exists(runbook).ShouldBeTrue(runbook);
            var own = cases.Split("- name: ").Where(text => text.StartsWith(name + " ", StringComparison.Ordinal)).ToList();
            own.ShouldContain(static text => text.Contains("exp_labels", StringComparison.Ordinal), name);
            own.ShouldContain(static text => text.Contains("exp_alerts: []", StringComparison.Ordinal), name);
        }
    }

    [GeneratedRegex("^  - alert: ", RegexOptions.Multiline)]
    private static partial Regex Alert();

    [GeneratedRegex("runbook_url: (\\S+)")]
    private static partial Regex RunbookUrl();
}
