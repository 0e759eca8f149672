using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Cel.Values;

/// <summary>
/// A list of a schema. Sets, and lists that are maps, are equal whatever the order of their items, and adding to them merges.
/// </summary>
internal sealed class CelTypedList(JsonArray items, TypeSchema schema) : CelList
{
    private readonly TypeSchema _item = schema.Item ?? TypeSchema.Untyped;

    public override int Count => items.Count;

    public override CelValue this[int index] => CelTypedJson.Of(items[index], _item, _item.IsEmbeddedResource);

    public override CelValue Add(CelList other) => schema.ListKind == ListKind.Atomic ? base.Add(other) : Merged(other);

    public override bool Same(CelValue other)
    {
        if (schema.ListKind == ListKind.Atomic)
        {
            return base.Same(other);
        }

        if (other is not CelList list || list.Count != Count)
        {
            return false;
        }

        var mine = new Dictionary<string, CelValue>(StringComparer.Ordinal);
        foreach (var item in Items)
        {
            mine[KeyOf(item)] = item;
        }

        return list.Items.All(item => mine.TryGetValue(KeyOf(item), out var found) && found.Same(item));
    }

    public override JsonNode ToJson() => items.DeepClone();

    private CelArray Merged(CelList other)
    {
        var merged = new OrderedDictionary<string, CelValue>(StringComparer.Ordinal);
        foreach (var item in Items.Concat(other.Items))
        {
            merged[KeyOf(item)] = item;
        }

        return new([.. merged.Values]);
    }

    /// <summary>What an item is told apart by: its keys, or all of it.</summary>
    private string KeyOf(CelValue item)
    {
        if (schema.ListKind == ListKind.Set || item is not CelMap map)
        {
            return Text(item);
        }

        return string.Join('\n', schema.ListKeys.Select(key => map.Find(CelNames.Escape(key) ?? key) is { } value ? Text(value) : "-"));
    }

    private static string Text(CelValue value) =>
        value is CelError ? "error" : $"{value.Type.Name} {KubernetesJson.ToText(value.ToJson())}";
}
