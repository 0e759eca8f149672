using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace GitOps.Operator.Api;

/// <summary>
/// Our resources to and from JSON, without reflection. Absent values and empty lists are not written; unknown members are
/// ignored; members of a wrong type are reported with their path and taken as absent, never thrown.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = false,
    Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(ApplicationSpec))]
[JsonSerializable(typeof(ApplicationStatus))]
[JsonSerializable(typeof(InventorySpec))]
[JsonSerializable(typeof(SyncApprovalSpec))]
[JsonSerializable(typeof(OperationSpec))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    public static JsonObject ToJson<T>(T value, JsonTypeInfo<T> type) =>
        (JsonObject?)JsonSerializer.SerializeToNode(value, Writer.Options.GetTypeInfo(type.Type)) ?? [];

    /// <param name="json">What was stored.</param>
    /// <param name="type">What is expected.</param>
    /// <param name="path">The path of <paramref name="json"/>, for the errors.</param>
    /// <param name="errors">Members of a wrong type; empty if all is well.</param>
    /// <returns>The value without those members; null if nothing can be made of it.</returns>
    public static T? Read<T>(JsonObject json, JsonTypeInfo<T> type, string path, out IReadOnlyList<ShapeError> errors)
        where T : class
    {
        var found = new List<ShapeError>();
        var fitting = JsonShape.Fit(json, type, path, found);
        errors = found;
        return fitting is null ? null : fitting.Deserialize(type);
    }

    private static void LeaveOutEmptyLists(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property.PropertyType.IsGenericType && property.PropertyType.IsAssignableTo(typeof(IEnumerable)))
            {
                property.ShouldSerialize = static (_, value) => value is ICollection { Count: > 0 };
            }
        }
    }

    /// <summary>Apart from the context, whose generated half has static fields of its own: their order is not ours.</summary>
    private static class Writer
    {
        public static readonly JsonSerializerOptions Options = new(Default.Options)
        {
            TypeInfoResolver = JsonTypeInfoResolver.WithAddedModifier(Default, LeaveOutEmptyLists),
        };
    }
}
