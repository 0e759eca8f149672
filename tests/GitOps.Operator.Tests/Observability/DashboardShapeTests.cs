using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace GitOps.Operator.Tests.Observability;

/// <summary>What Grafana's schema of dashboards asks for, and what it cannot say: that what one dashboard hands on the other can take.</summary>
public sealed partial class DashboardShapeTests
{
    /// <summary>Of Grafana's units, those that the dashboards need.</summary>
    private static readonly string[] Units = ["short", "s", "bytes", "ops", "reqps", "percentunit", "dtdurations", "dateTimeAsIso"];

    private static readonly string[] LinkFields = ["asDropdown", "icon", "includeVars", "keepTime", "tags", "targetBlank", "title", "tooltip", "type", "url"];

    public static TheoryData<string> Names => [.. DeployedFiles.Dashboards];

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_panels_have_all_that_the_schema_wants(string name)
    {
        var dashboard = DeployedFiles.Dashboard(name);
        Links(dashboard);
        dashboard["tags"]!.AsArray().Select(static tag => tag!.GetValue<string>()).Contains("gitops-operator", StringComparer.Ordinal).ShouldBeTrue();
        foreach (var panel in dashboard["panels"]!.AsArray().Select(static panel => panel!.AsObject()))
        {
            var title = Text(panel, "title");
            var place = panel["gridPos"]!;
            (place["x"]!.GetValue<int>() + place["w"]!.GetValue<int>()).ShouldBeInRange(1, 24, title);
            place["h"]!.GetValue<int>().ShouldBePositive(title);
            var type = Text(panel, "type");
            type.ShouldBeOneOf("row", "stat", "table", "timeseries");
            if (type == "row")
            {
                panel["panels"]!.AsArray().ShouldBeEmpty(title);
                continue;
            }

            Links(panel);
            Units.Contains(Text(panel["fieldConfig"]!["defaults"]!.AsObject(), "unit"), StringComparer.Ordinal).ShouldBeTrue(title);
            var targets = panel["targets"]!.AsArray().Select(static target => target!.AsObject()).ToList();
            targets.Select(static target => Text(target, "refId")).Distinct(StringComparer.Ordinal).Count().ShouldBe(targets.Count, title);
            targets.ShouldAllBe(static target => Text(target["datasource"]!.AsObject(), "uid") == "${datasource}");

            // A table and a number are of one moment, a line is of many.
            targets.ShouldAllBe(target => (target["instant"] != null && target["instant"]!.GetValue<bool>()) == (type != "timeseries"), title);
            targets.ShouldAllBe(target => (target["format"] != null && Text(target, "format") == "table") == (type == "table"), title);
            if (type == "timeseries")
            {
                panel["options"]!["legend"]!["calcs"].ShouldBeOfType<JsonArray>(title);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_variables_are_declared_before_they_are_used(string name)
    {
        var dashboard = DeployedFiles.Dashboard(name);
        var declared = new HashSet<string>(["__rate_interval", "__url_time_range", "__data"], StringComparer.Ordinal);
        foreach (var variable in Variables(dashboard))
        {
            var text = Text(variable, "name");
            variable.ContainsKey("current").ShouldBeFalse($"{text}: a choice of somebody's");
            (variable["allValue"] is null).ShouldBe(variable["includeAll"]?.GetValue<bool>() != true, text);
            if (Text(variable, "type") == "query")
            {
                var query = Text(variable["query"]!.AsObject(), "query");
                Text(variable, "definition").ShouldBe(query);
                Text(variable["datasource"]!.AsObject(), "uid").ShouldBe("${datasource}");
                Used(query).Where(one => !declared.Contains(one)).ShouldBeEmpty();
            }

            declared.Add(text).ShouldBeTrue(text);
        }

        Used(dashboard["panels"]!.ToJsonString()).Where(one => !declared.Contains(one)).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_variable_that_may_be_everything_is_matched_as_a_pattern(string name)
    {
        var dashboard = DeployedFiles.Dashboard(name);
        foreach (var variable in Variables(dashboard).Where(static variable => variable["includeAll"]?.GetValue<bool>() == true))
        {
            var used = new Regex($"""\w+\s*(?<how>=~|=|!=|!~)\s*\\u0022\${Text(variable, "name")}\b""").Matches(dashboard.ToJsonString());
            used.ShouldNotBeEmpty();
            used.ShouldAllBe(static match => match.Groups["how"].Value == "=~");
        }
    }

    [Fact]
    public void What_one_dashboard_hands_on_the_other_can_take()
    {
        // All of them are in the drop-down of each, with the variables that they share.
        foreach (var shared in DeployedFiles.Dashboards.SelectMany(static name => Variables(DeployedFiles.Dashboard(name))).GroupBy(static variable => Text(variable, "name"), StringComparer.Ordinal))
        {
            shared.Select(static variable => variable["includeAll"]?.GetValue<bool>() == true).Distinct().ShouldHaveSingleItem($"{shared.Key}: 'All' of one is nothing to another");
        }
    }

    [Fact]
    public void A_row_of_a_table_that_names_an_Application_leads_to_its_dashboard()
    {
        var found = 0;
        foreach (var panel in DeployedFiles.Dashboards.Where(static name => name is not ("application" or "operator")).SelectMany(static name => DeployedFiles.Dashboard(name)["panels"]!.AsArray())
            .Where(static panel => panel!["type"]!.GetValue<string>() == "table"))
        {
            var link = panel!["fieldConfig"]!["overrides"]!.AsArray().Single(static one => one!["matcher"]!["options"]!.GetValue<string>() == "application")!["properties"]![0]!["value"]![0]!;
            var url = link["url"]!.GetValue<string>();
            var target = DeployedFiles.Dashboards.Select(DeployedFiles.Dashboard).Single(dashboard => url.StartsWith($"/d/{Text(dashboard, "uid")}?", StringComparison.Ordinal));
            var variables = Variables(target).Select(static variable => Text(variable, "name")).ToList();
            HandedOn().Matches(url).Select(static match => match.Groups["name"].Value).ShouldBe(variables, ignoreOrder: true);
            found++;
        }

        found.ShouldBePositive();
    }

    private static IEnumerable<JsonObject> Variables(JsonObject dashboard) => dashboard["templating"]!["list"]!.AsArray().Select(static variable => variable!.AsObject());

    private static void Links(JsonObject item)
    {
        foreach (var link in item["links"]?.AsArray() ?? [])
        {
            string.Join(' ', link!.AsObject().Select(static field => field.Key).Order(StringComparer.Ordinal)).ShouldBe(string.Join(' ', LinkFields), Text(item, "title"));
        }
    }

    private static string Text(JsonObject item, string field) => item[field]!.GetValue<string>();

    private static IEnumerable<string> Used(string text) => Variable().Matches(text).Select(static match => match.Groups["name"].Value).Distinct(StringComparer.Ordinal);

    [GeneratedRegex(@"\$\{?(?<name>[a-z_]+)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"[?&]var-(?<name>[a-z]+)=")]
    private static partial Regex HandedOn();
}
