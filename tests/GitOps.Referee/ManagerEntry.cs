using System.Text.Json.Nodes;

namespace GitOps.Referee;

/// <summary>One entry of an object's managedFields.</summary>
/// <param name="Manager">Who.</param>
/// <param name="Operation"><c>Apply</c> or <c>Update</c>.</param>
/// <param name="Subresource">Empty: the object itself.</param>
/// <param name="ApiVersion">The version that its paths are in.</param>
/// <param name="Time">To the second; empty where the server records none.</param>
/// <param name="Leaves">What it owns: the steps by the path for people.</param>
public sealed record ManagerEntry(
    string Manager, string Operation, string Subresource, string ApiVersion, string Time, IReadOnlyDictionary<string, IReadOnlyList<string>> Leaves)
{
    /// <summary>Which entry it is among those of one object.</summary>
    public (string Manager, string Operation, string Subresource, string ApiVersion) Id => (Manager, Operation, Subresource, ApiVersion);

    public static IReadOnlyList<ManagerEntry> Of(JsonObject subject) =>
    [
        .. (subject["metadata"]?["managedFields"] as JsonArray ?? []).OfType<JsonObject>().Select(static entry => new ManagerEntry(
            Text(entry, "manager"), Text(entry, "operation"), Text(entry, "subresource"), Text(entry, "apiVersion"), Text(entry, "time"),
            FieldTree.Leaves(entry["fieldsV1"] as JsonObject ?? []).ToDictionary(FieldTree.Describe, static steps => steps, StringComparer.Ordinal))),
    ];

    /// <summary>Whether its manager has written since it was the other one.</summary>
    public bool HasWrittenSince(ManagerEntry? earlier) =>
        earlier is null || Time != earlier.Time || Leaves.Keys.Any(path => !earlier.Leaves.ContainsKey(path));

    private static string Text(JsonObject entry, string name) => entry[name]?.GetValue<string>() ?? string.Empty;
}
