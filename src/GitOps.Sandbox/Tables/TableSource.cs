using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;

namespace GitOps.Sandbox.Tables;

/// <summary>An object, or a part of one, out of which cells are made. What is absent reads as empty, zero or false.</summary>
internal readonly struct TableSource
{
    private readonly DateTimeOffset _now;

    public TableSource(JsonObject? json, DateTimeOffset now) => (Json, _now) = (json, now);

    public JsonObject? Json { get; }

    public string Name => Text("metadata", "name");

    public string Age => Since("metadata", "creationTimestamp");

    public bool IsTerminating => Has("metadata", "deletionTimestamp");

    public bool Has(params ReadOnlySpan<string> path) => At(path) is not null;

    public string Text(params ReadOnlySpan<string> path) => At(path) is JsonValue value && value.TryGetValue(out string? text) ? text : string.Empty;

    /// <summary>The text, or something else where there is none.</summary>
    public string TextOr(string otherwise, params ReadOnlySpan<string> path) => Text(path) is { Length: > 0 } text ? text : otherwise;

    public long Number(params ReadOnlySpan<string> path) => KubernetesObject.TryGetInt64(At(path), out var number) ? number : 0;

    public bool Flag(params ReadOnlySpan<string> path) => At(path) is JsonValue value && value.TryGetValue(out bool flag) && flag;

    /// <summary>A number or a text, as text.</summary>
    public string AnyOr(string otherwise, params ReadOnlySpan<string> path) => At(path)?.ToString() ?? otherwise;

    /// <summary>How many items or members there are.</summary>
    public int Count(params ReadOnlySpan<string> path) => At(path) switch
    {
        JsonArray items => items.Count,
        JsonObject members => members.Count,
        _ => 0,
    };

    public TableSource Part(params ReadOnlySpan<string> path) => new(At(path) as JsonObject, _now);

    public JsonObject? Members(params ReadOnlySpan<string> path) => At(path) as JsonObject;

    /// <summary>The items of a list of objects.</summary>
    public IReadOnlyList<TableSource> Items(params ReadOnlySpan<string> path)
    {
        var now = _now;
        return At(path) is JsonArray items ? [.. items.Select(item => new TableSource(item as JsonObject, now))] : [];
    }

    /// <summary>The items of a list of texts.</summary>
    public IReadOnlyList<string> Texts(params ReadOnlySpan<string> path) =>
        At(path) is JsonArray items ? [.. items.Select(static item => item?.ToString() ?? string.Empty)] : [];

    /// <summary>The first item whose <c>type</c> is this one.</summary>
    public TableSource? Condition(string type, params ReadOnlySpan<string> path)
    {
        foreach (var condition in Items(path))
        {
            if (condition.Text("type") == type)
            {
                return condition;
            }
        }

        return null;
    }

    /// <summary>How long ago a time was.</summary>
    public string Since(params ReadOnlySpan<string> path) => Time(path) is { } time ? HumanDuration.Format(_now - time) : "<unknown>";

    /// <summary>From one time to another, or until now.</summary>
    public string Between(DateTimeOffset from, DateTimeOffset? to) => HumanDuration.Format((to ?? _now) - from);

    /// <returns>Null where there is none.</returns>
    public DateTimeOffset? Time(params ReadOnlySpan<string> path) =>
        DateTimeOffset.TryParse(Text(path), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>The names and the images of a pod's containers.</summary>
    public (string Names, string Images) Containers(params ReadOnlySpan<string> path)
    {
        var containers = Items(path);
        return (
            string.Join(',', containers.Select(static container => container.Text("name"))),
            string.Join(',', containers.Select(static container => container.Text("image"))));
    }

    private JsonNode? At(ReadOnlySpan<string> path)
    {
        JsonNode? node = Json;
        foreach (var name in path)
        {
            if (node is not JsonObject fields || !fields.TryGetPropertyValue(name, out node))
            {
                return null;
            }
        }

        return node;
    }
}
