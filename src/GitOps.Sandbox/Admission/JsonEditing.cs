using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>Reading and filling in members of an object; a null counts as absent.</summary>
internal static class JsonEditing
{
    /// <summary>Sets a member unless it has a value.</summary>
    public static void Default(this JsonObject fields, string name, JsonNode value)
    {
        if (fields[name] is null)
        {
            fields[name] = value;
        }
    }

    /// <summary>Sets a text unless it has one that is not empty.</summary>
    public static void DefaultText(this JsonObject fields, string name, string value)
    {
        if (fields[name] is null || (fields[name] is JsonValue text && text.TryGetValue(out string? given) && given.Length == 0))
        {
            fields[name] = value;
        }
    }

    /// <summary>Sets a number unless it has one that is not zero.</summary>
    public static void DefaultNumber(this JsonObject fields, string name, long value)
    {
        if (KubernetesObject.GetInt64(fields, name) is null or 0)
        {
            fields[name] = value;
        }
    }

    public static JsonObject? Object(this JsonObject? fields, string name) => fields?[name] as JsonObject;

    /// <summary>The member, made if it is absent.</summary>
    public static JsonObject ObjectOrNew(this JsonObject fields, string name)
    {
        if (fields[name] is not JsonObject member)
        {
            fields[name] = member = [];
        }

        return member;
    }

    /// <summary>The objects in a list; nothing where there is none.</summary>
    public static IEnumerable<JsonObject> Objects(this JsonObject? fields, string name) =>
        fields?[name] is JsonArray items ? items.OfType<JsonObject>() : [];

    public static string? Text(this JsonObject? fields, string name) => KubernetesObject.GetString(fields, name);

    public static bool IsTrue(this JsonObject? fields, string name) =>
        fields?[name] is JsonValue value && value.TryGetValue(out bool isTrue) && isTrue;

    public static bool IsEmptyList(this JsonObject fields, string name) => fields[name] is not JsonArray { Count: > 0 };
}
