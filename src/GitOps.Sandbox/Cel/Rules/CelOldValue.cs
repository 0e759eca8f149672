using System.Text.Json.Nodes;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Cel.Rules;

/// <summary>
/// Where a value stands to the stored one: a violation in a part that did not change is tolerated. Items of lists have an old
/// value only if the list is a map; below others only the nearest part that has one counts.
/// </summary>
/// <param name="HasOld">Whether there is an old value to compare with.</param>
/// <param name="New">The new value.</param>
/// <param name="Old">The old one.</param>
/// <param name="Nearest">The nearest part above that has an old value.</param>
internal sealed record CelOldValue(bool HasOld, JsonNode? New, JsonNode? Old, CelOldValue? Nearest)
{
    /// <summary>Of a new object: nothing is tolerated.</summary>
    public static readonly CelOldValue None = new(false, null, null, null);

    private readonly Lazy<bool> _isUnchanged = new(() => HasOld && JsonNode.DeepEquals(New, Old));

    public bool IsUnchanged => HasOld ? _isUnchanged.Value : Nearest?.IsUnchanged == true;

    private CelOldValue? Parent => HasOld ? this : Nearest;

    public static CelOldValue Of(JsonNode? live, JsonNode? next) => live is null ? None : new(true, next, live, null);

    public CelOldValue Key(string name)
    {
        if (HasOld && Old is JsonObject old && New is JsonObject next && old.ContainsKey(name) && next.ContainsKey(name))
        {
            return new(true, next[name], old[name], this);
        }

        return new(false, null, null, Parent);
    }

    public CelOldValue Index(JsonNode? item, TypeSchema list)
    {
        if (HasOld && Old is JsonArray old && Counterpart(item, list, old) is { } found)
        {
            return new(true, item, found, this);
        }

        return new(false, null, null, Parent);
    }

    /// <summary>The item of the old list with the same keys; null if there is none, or the list is no map.</summary>
    public static JsonNode? Counterpart(JsonNode? item, TypeSchema list, JsonArray? old) => list.ListKind == ListKind.Map && item is JsonObject fields
        ? old?.OfType<JsonObject>().FirstOrDefault(other => list.ListKeys.All(key => JsonNode.DeepEquals(fields[key], other[key])))
        : null;
}
