using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;

namespace GitOps.Sandbox.Tables;

/// <summary>Tables of custom resources: the printer columns of their definition, or their age.</summary>
internal static class CustomTable
{
    private static readonly JsonObject AgeColumn = new() { ["name"] = "Age", ["type"] = "date", ["jsonPath"] = ".metadata.creationTimestamp" };

    /// <summary>The table of a definition's version.</summary>
    public static KindTable Of(JsonObject version)
    {
        var columns = version["additionalPrinterColumns"] is JsonArray { Count: > 0 } declared ? [.. declared.OfType<JsonObject>()] : new[] { AgeColumn };
        var paths = columns.Select(static column => (
            Path: JsonPath.Parse(KubernetesObject.GetString(column, "jsonPath") ?? string.Empty),
            Type: KubernetesObject.GetString(column, "type") ?? "string")).ToImmutableArray();
        return new(
            [TableColumn.Name, .. columns.Select(Column)],
            row => [row.Name, .. paths.Select(column => Cell(column.Path.First(row.Json!), column.Type, row))]);
    }

    private static TableColumn Column(JsonObject column) => new(
        KubernetesObject.GetString(column, "name") ?? string.Empty,
        KubernetesObject.GetString(column, "type") ?? "string",
        KubernetesObject.GetString(column, "format") ?? string.Empty,
        KubernetesObject.GetString(column, "description") ?? $"The value at {KubernetesObject.GetString(column, "jsonPath")}.",
        KubernetesObject.GetInt64(column, "priority") ?? 0);

    /// <summary>The cell of a value; null where it is not of the column's type.</summary>
    private static JsonNode? Cell(JsonNode? value, string type, TableSource row) => (type, value) switch
    {
        (_, null) => null,
        ("string", JsonValue scalar) => scalar.ToString(),
        ("string", _) => KubernetesJson.ToText(value),
        ("integer", JsonValue scalar) when KubernetesObject.TryGetInt64(scalar, out var integer) => integer,
        ("integer", JsonValue scalar) when scalar.TryGetValue(out double number) => (long)number,
        ("number", JsonValue scalar) when scalar.TryGetValue(out double number) => number,
        ("boolean", JsonValue scalar) when scalar.TryGetValue(out bool flag) => flag,
        ("date", JsonValue scalar) when scalar.TryGetValue(out string? text) => Age(text, row),
        _ => null,
    };

    private static string Age(string text, TableSource row) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? row.Between(time, null) : "<invalid>";
}
