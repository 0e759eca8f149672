using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Catalog;

/// <summary>One column of a table.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="Type">string, integer, number, boolean or date.</param>
/// <param name="Format">May be empty.</param>
/// <param name="Description">For <c>kubectl explain</c>-like tools.</param>
/// <param name="Priority">0: always shown; greater: in wide output.</param>
/// <param name="Path">Where an object's value stands.</param>
internal sealed record PrinterColumn(string Name, string Type, string Format, string Description, long Priority, JsonPath Path)
{
    private static readonly PrinterColumn NameColumn =
        new("Name", "string", "name", "Name must be unique within a namespace.", 0, JsonPath.Parse(".metadata.name"));

    private static readonly PrinterColumn AgeColumn =
        new("Age", "date", string.Empty, "When the object was created.", 0, JsonPath.Parse(".metadata.creationTimestamp"));

    /// <summary>The columns where nothing else is said.</summary>
    public static ImmutableArray<PrinterColumn> Plain { get; } = [NameColumn, AgeColumn];

    /// <summary>The columns of a definition's version.</summary>
    public static ImmutableArray<PrinterColumn> Of(JsonObject version) => version["additionalPrinterColumns"] is JsonArray { Count: > 0 } columns
        ? [NameColumn, .. columns.OfType<JsonObject>().Select(static column => new PrinterColumn(
            KubernetesObject.GetString(column, "name") ?? string.Empty,
            KubernetesObject.GetString(column, "type") ?? "string",
            KubernetesObject.GetString(column, "format") ?? string.Empty,
            KubernetesObject.GetString(column, "description") ?? string.Empty,
            KubernetesObject.GetInt64(column, "priority") ?? 0,
            JsonPath.Parse(KubernetesObject.GetString(column, "jsonPath") ?? string.Empty)))]
        : Plain;

    public JsonObject Definition => new()
    {
        ["name"] = Name,
        ["type"] = Type,
        ["format"] = Format,
        ["description"] = Description,
        ["priority"] = Priority,
    };

    /// <summary>The cell of an object; null where it has no such value.</summary>
    public JsonNode? Cell(JsonObject json, DateTimeOffset now)
    {
        var value = Path.First(json);
        return value switch
        {
            JsonValue scalar when Type == "date" => Age(scalar.ToString(), now),
            JsonValue scalar => scalar.DeepClone(),
            null => null,
            _ => KubernetesJson.ToText(value),
        };
    }

    private static string Age(string timestamp, DateTimeOffset now) =>
        DateTimeOffset.TryParse(timestamp, CultureInfo.InvariantCulture, out var time) ? HumanDuration.Format(now - time) : "<invalid>";
}
