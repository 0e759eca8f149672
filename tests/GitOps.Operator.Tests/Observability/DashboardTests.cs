using System.Text.Json.Nodes;
using GitOps.Operator.Observability;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Observability;

/// <summary>What can be said of the dashboards without a Prometheus; their queries are asked of a real one end to end.</summary>
public sealed class DashboardTests
{
    public static TheoryData<string> Names => [.. DeployedFiles.Dashboards];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_dashboard_is_one_that_Grafana_takes_and_people_understand(string name)
    {
        var dashboard = DeployedFiles.Dashboard(name);
        dashboard["uid"]!.GetValue<string>().ShouldBe($"gitops-operator-{name}");
        dashboard["schemaVersion"]!.GetValue<int>().ShouldBe(39);
        dashboard["title"]!.GetValue<string>().ShouldStartWith("GitOps.Operator / ");
        dashboard["description"]!.GetValue<string>().ShouldNotBeEmpty();
        dashboard["templating"]!["list"]![0]!["type"]!.GetValue<string>().ShouldBe("datasource");
        var panels = dashboard["panels"]!.AsArray().Select(static panel => panel!).ToList();
        panels.Select(static panel => panel["id"]!.GetValue<int>()).ShouldBeUnique();
        foreach (var panel in panels.Where(static panel => panel["type"]!.GetValue<string>() != "row"))
        {
            var title = panel["title"]!.GetValue<string>();
            panel["description"]!.GetValue<string>().ShouldEndWith(".", Case.Sensitive, title);
            panel["fieldConfig"]!["defaults"]!["unit"]!.GetValue<string>().ShouldNotBeEmpty(title);
            panel["datasource"]!["uid"]!.GetValue<string>().ShouldBe("${datasource}", title);
            panel["targets"]!.AsArray().ShouldNotBeEmpty(title);
            foreach (var link in panel["links"]?.AsArray() ?? [])
            {
                File.Exists(DeployedFiles.RunbookOf(link!["url"]!.GetValue<string>())).ShouldBeTrue($"{title}: {link}");
            }
        }

        Overlaps(panels).ShouldBeEmpty();
    }

    [Fact]
    public async Task Dashboards_and_rules_ask_for_metrics_that_there_are()
    {
        using var metrics = new OperatorMetrics(new ManualTimeProvider());
        FullMetrics.Fill(metrics);
        var known = (await MetricsReference.FamiliesAsync(metrics)).Select(static family => family.Name).ToHashSet(StringComparer.Ordinal);

        // Of replicas that elect a leader.
        known.Add("gitops_operator_leader");
        foreach (var name in DeployedFiles.Dashboards)
        {
            DeployedFiles.MetricsIn(DeployedFiles.Dashboard(name)["panels"]!.ToJsonString()).Where(metric => !known.Contains(metric)).ShouldBeEmpty(name);
        }

        DeployedFiles.MetricsIn(await File.ReadAllTextAsync(DeployedFiles.Rules, TestContext.Current.CancellationToken))
            .Where(metric => !known.Contains(metric)).ShouldBeEmpty();
    }

    private static IEnumerable<string> Overlaps(List<JsonNode> panels) =>
        from left in panels
        from right in panels
        where left["id"]!.GetValue<int>() < right["id"]!.GetValue<int>() && Overlap(left["gridPos"]!, right["gridPos"]!)
        select $"{left["title"]} and {right["title"]}";

    private static bool Overlap(JsonNode left, JsonNode right)
    {
        return At(left, "x") < At(right, "x") + At(right, "w") && At(right, "x") < At(left, "x") + At(left, "w")
            && At(left, "y") < At(right, "y") + At(right, "h") && At(right, "y") < At(left, "y") + At(left, "h");

        static int At(JsonNode place, string field) => place[field]!.GetValue<int>();
    }
}
