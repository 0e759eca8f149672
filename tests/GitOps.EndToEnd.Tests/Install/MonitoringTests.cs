using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Manifests;
using GitOps.Sandbox;

namespace GitOps.EndToEnd.Tests.Install;

/// <summary>What the chart makes for the Prometheus Operator: of its kinds' form, about what is there, and with our rules whole.</summary>
public sealed class MonitoringTests
{
    private const string Namespace = "gitops-system";
    private const string Relabeling = "[0].targetLabel=cluster,{0}[0].replacement=east,{0}[0].action=replace";

    public static TheoryData<string, string> Monitors { get; } = new()
    {
        { "ServiceMonitor", "metrics.serviceMonitor.enabled=true" },
        { "ServiceMonitor", "metrics.serviceMonitor.enabled=true,metrics.serviceMonitor.scrapeTimeout=10s,metrics.serviceMonitor.labels.release=prometheus,nameOverride=sync,commonLabels.release=other,"
            + Relabelings("metrics.serviceMonitor.relabelings") + Relabelings("metrics.serviceMonitor.metricRelabelings") },
        { "PodMonitor", "metrics.podMonitor.enabled=true,metrics.service.enabled=false" },
        { "PodMonitor", "metrics.podMonitor.enabled=true,metrics.podMonitor.interval=1m,metrics.podMonitor.scrapeTimeout=30s,podLabels.team=sre,commonLabels.team=platform,"
            + Relabelings("metrics.podMonitor.relabelings") + Relabelings("metrics.podMonitor.metricRelabelings") },
    };

    [Theory]
    [MemberData(nameof(Monitors))]
    public async Task A_monitor_is_taken_and_finds_the_pods(string kind, string values)
    {
        var objects = await Chart.RenderAsync("gitops-operator", Namespace, values.TrimEnd(','));
        var monitor = objects.Single(item => item.Kind == kind);
        await using var cluster = await SandboxCluster.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        await ApplyAsync(cluster, monitor);

        var selected = monitor.At("spec", "selector", "matchLabels")!.AsObject();
        var endpoint = monitor.At("spec", kind == "PodMonitor" ? "podMetricsEndpoints" : "endpoints")!.AsArray().ShouldHaveSingleItem()!;
        var port = endpoint["port"]!.GetValue<string>();
        endpoint["path"]!.GetValue<string>().ShouldBe("/metrics");
        var template = objects.Single(static item => item.Kind == "Deployment").At("spec", "template")!;
        if (kind == "ServiceMonitor")
        {
            // One Service, of those that there are, whose port of this name leads to the pods' port of a name.
            var service = objects.Where(item => item.Kind == "Service" && Has(item.At("metadata", "labels"), selected)).ShouldHaveSingleItem();
            port = service.At("spec", "ports")!.AsArray().Single(item => item!["name"]!.GetValue<string>() == port)!["targetPort"]!.GetValue<string>();
            selected = service.At("spec", "selector")!.AsObject();
        }

        Has(template["metadata"]!["labels"], selected).ShouldBeTrue();
        template["spec"]!["containers"]![0]!["ports"]!.AsArray().Select(static item => item!["name"]!.GetValue<string>()).Contains(port, StringComparer.Ordinal).ShouldBeTrue(port);
    }

    [Fact]
    public async Task The_rules_are_those_of_the_repository()
    {
        var rule = await RuleAsync();

        rule.At("spec")!.ToJsonString().ShouldBe(Groups(await File.ReadAllTextAsync(Path.Combine(Chart.Repository, "deploy", "prometheus", "rules.yaml"), TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Alerts_are_labelled_and_left_out_as_the_values_say_and_all_else_stays()
    {
        var before = Rules(await RuleAsync());

        var after = Rules(await RuleAsync("metrics.prometheusRule.alertLabels.team=sre", "metrics.prometheusRule.disabledAlerts={GitOpsDriftLeftAlone,GitOpsMetricsTruncated}"));

        var expected = before.Where(static rule => Alert(rule) is not ("GitOpsDriftLeftAlone" or "GitOpsMetricsTruncated")).Select(static rule => rule.DeepClone().AsObject()).ToList();
        foreach (var rule in expected.Where(static rule => Alert(rule) is not null))
        {
            rule["labels"]!["team"] = "sre";
        }

        after.Length.ShouldBe(before.Length - 2);
        after.Zip(expected).ShouldAllBe(static pair => JsonNode.DeepEquals(pair.First, pair.Second));
    }

    [Theory]
    [InlineData("""{"kind": "ServiceMonitor", "spec": {"selector": {}, "endpoints": [{"port": "metrics", "intervall": "30s"}]}}""", "intervall")]
    [InlineData("""{"kind": "PodMonitor", "spec": {"selector": {}, "podMetricsEndpoints": [{"port": "metrics", "interval": "30"}]}}""", "interval")]
    [InlineData("""{"kind": "PrometheusRule", "spec": {"groups": [{"name": "a", "rules": [{"alert": "A", "labels": {"severity": 1}, "expr": "up"}]}]}}""", "severity")]
    public async Task What_the_Prometheus_Operator_would_not_take_is_found(string json, string named)
    {
        var wrong = JsonNode.Parse(json)!.AsObject();
        wrong["apiVersion"] = "monitoring.coreos.com/v1";
        wrong["metadata"] = new JsonObject { ["namespace"] = Namespace, ["name"] = "wrong" };
        await using var cluster = await SandboxCluster.StartAsync(cancellationToken: TestContext.Current.CancellationToken);

        (await Should.ThrowAsync<ApiException>(() => ApplyAsync(cluster, new(wrong)))).Message.ShouldContain(named);
    }

    private static string Relabelings(string value) => value + Relabeling.Replace("{0}", value, StringComparison.Ordinal) + ",";

    private static async Task ApplyAsync(SandboxCluster cluster, KubernetesObject item)
    {
        await cluster.ApplyAsync(Manifests.Namespace(Namespace) + "\n---\n" + MonitoringDefinitions.Yaml, TestContext.Current.CancellationToken);
        var resource = ApiResource.Of("monitoring.coreos.com/v1", item.Kind, item.Kind.ToLowerInvariant() + "s", namespaced: true);
        await cluster.Client.ApplyAsync(resource, item, new("helm", FieldValidation: "Strict"), TestContext.Current.CancellationToken);
    }

    private static async Task<KubernetesObject> RuleAsync(params string[] values)
    {
        var objects = await Chart.RenderAsync("gitops-operator", Namespace, ["metrics.prometheusRule.enabled=true", .. values]);
        var rule = objects.Single(static item => item.Kind == "PrometheusRule");
        await using var cluster = await SandboxCluster.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        await ApplyAsync(cluster, rule);
        return rule;
    }

    /// <summary>A file of rules as the spec of an object, in JSON.</summary>
    private static string Groups(string text)
    {
        var spec = string.Concat(text.Split('\n').Select(static line => $"  {line}\n"));
        var yaml = $"apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {{name: a}}\nspec:\n{spec}";
        return ObjectFile.Read("rules", Encoding.UTF8.GetBytes(yaml)).Single().Object.At("spec")!.ToJsonString();
    }

    private static ImmutableArray<JsonObject> Rules(KubernetesObject rule) =>
        [.. rule.At("spec", "groups")!.AsArray().SelectMany(static group => group!["rules"]!.AsArray()).Select(static item => item!.AsObject())];

    private static string? Alert(JsonObject rule) => rule["alert"]?.GetValue<string>();

    private static bool Has(JsonNode? labels, JsonObject selected) =>
        selected.All(label => labels?[label.Key]?.GetValue<string>() == label.Value!.GetValue<string>());
}
