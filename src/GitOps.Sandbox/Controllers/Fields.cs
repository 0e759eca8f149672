using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Controllers;

/// <summary>Reading and making the fields of objects, as briefly as controllers need it.</summary>
internal static class Fields
{
    public const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    public static JsonObject? Part(this KubernetesObject subject, params ReadOnlySpan<string> path) => subject.At(path) as JsonObject;

    public static string Text(this KubernetesObject subject, params ReadOnlySpan<string> path) =>
        subject.At(path) is JsonValue value && value.TryGetValue(out string? text) ? text : string.Empty;

    public static long? Number(this KubernetesObject subject, params ReadOnlySpan<string> path) =>
        KubernetesObject.TryGetInt64(subject.At(path), out var number) ? number : null;

    public static bool Flag(this KubernetesObject subject, params ReadOnlySpan<string> path) => IsTrue(subject.At(path));

    public static bool IsTrue(JsonNode? node) => node is JsonValue value && value.TryGetValue(out bool flag) && flag;

    public static string Text(JsonObject? fields, string name) => KubernetesObject.GetString(fields, name) ?? string.Empty;

    public static IEnumerable<JsonObject> Items(JsonNode? list) => (list as JsonArray)?.OfType<JsonObject>() ?? [];

    /// <summary>The metadata, made if there is none.</summary>
    public static JsonObject Metadata(JsonObject json) => Child(json, "metadata");

    /// <summary>A member that is an object, made if there is none.</summary>
    public static JsonObject Child(JsonObject parent, string name)
    {
        if (parent[name] is not JsonObject child)
        {
            parent[name] = child = [];
        }

        return child;
    }

    /// <summary>Adds a count as Go writes one that is left out when it is 0.</summary>
    public static JsonObject WithCount(this JsonObject fields, string name, long value)
    {
        if (value != 0)
        {
            fields[name] = value;
        }

        return fields;
    }

    public static JsonArray Copy(IEnumerable<JsonObject> items) => new([.. items.Select(static item => item.DeepClone())]);

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <returns>Null if it is no time.</returns>
    public static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;

    public static string Invariant(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A number or a percentage of a whole.</summary>
    /// <param name="value">An integer, <c>25%</c>, or nothing.</param>
    /// <param name="whole">What 100 % is.</param>
    /// <param name="roundUp">Whether a part counts as one.</param>
    public static long Share(JsonNode? value, long whole, bool roundUp)
    {
        if (KubernetesObject.TryGetInt64(value, out var number))
        {
            return number;
        }

        if (value is JsonValue text && text.TryGetValue(out string? percentage)
            && long.TryParse(percentage.TrimEnd('%'), CultureInfo.InvariantCulture, out var percent))
        {
            return ((percent * whole) + (roundUp ? 99 : 0)) / 100;
        }

        return 0;
    }
}
