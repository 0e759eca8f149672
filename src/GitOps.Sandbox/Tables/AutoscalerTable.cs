using System.Globalization;

namespace GitOps.Sandbox.Tables;

/// <summary>Autoscalers, as of their version v2.</summary>
internal static class AutoscalerTable
{
    private const int MostMetrics = 2;
    private const string Unknown = "<unknown>";

    public static KindTable Table { get; } = new("Name!, Reference, Targets, MinPods, MaxPods, Replicas, Age", static row =>
    [
        row.Name,
        $"{row.Text("spec", "scaleTargetRef", "kind")}/{row.Text("spec", "scaleTargetRef", "name")}",
        Metrics(row.Items("spec", "metrics"), row.Items("status", "currentMetrics")),
        row.AnyOr("<unset>", "spec", "minReplicas"),
        row.Number("spec", "maxReplicas"),
        row.Number("status", "currentReplicas"),
        row.Age,
    ]);

    private static string Metrics(IReadOnlyList<TableSource> metrics, IReadOnlyList<TableSource> current)
    {
        if (metrics.Count == 0)
        {
            return "<none>";
        }

        var texts = metrics.Take(MostMetrics).Select((metric, i) => Metric(metric, i < current.Count ? current[i] : default));
        var more = metrics.Count > MostMetrics
            ? string.Create(CultureInfo.InvariantCulture, $" + {metrics.Count - MostMetrics} more...")
            : string.Empty;
        return string.Join(", ", texts) + more;
    }

    private static string Metric(TableSource metric, TableSource current) => metric.Text("type") switch
    {
        "External" => Value(metric.Part("external"), current.Part("external")),
        "Object" => Value(metric.Part("object"), current.Part("object")),
        "Pods" => $"{current.AnyOr(Unknown, "pods", "current", "averageValue")}/{metric.AnyOr("0", "pods", "target", "averageValue")}",
        "Resource" => Resource(metric.Part("resource"), current.Part("resource")),
        "ContainerResource" => Resource(metric.Part("containerResource"), current.Part("containerResource")),
        _ => "<unknown type>",
    };

    private static string Value(TableSource metric, TableSource current) => metric.Has("target", "averageValue")
        ? $"{current.AnyOr(Unknown, "current", "averageValue")}/{metric.AnyOr("0", "target", "averageValue")} (avg)"
        : $"{current.AnyOr(Unknown, "current", "value")}/{metric.AnyOr("0", "target", "value")}";

    private static string Resource(TableSource metric, TableSource current)
    {
        var values = metric.Has("target", "averageValue")
            ? $"{current.AnyOr(Unknown, "current", "averageValue")}/{metric.AnyOr("0", "target", "averageValue")}"
            : $"{Percent(current, Unknown, "current")}/{Percent(metric, "<auto>", "target")}";
        return $"{metric.Text("name")}: {values}";
    }

    private static string Percent(TableSource metric, string otherwise, string member) =>
        metric.Has(member, "averageUtilization") ? metric.AnyOr(otherwise, member, "averageUtilization") + "%" : otherwise;
}
