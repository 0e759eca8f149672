using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Diff;

/// <summary>
/// Walks a field set beside an object and writes what the set owns: values of leaves, presence of what is a member with
/// members below it, and the order among the owned items of a list. It needs no schema: the set says what kind of list it is.
/// A set that is read in another version than the object gives values that match nothing.
/// </summary>
internal static class OwnedValues
{
    private const char Absent = '-';
    private const char Present = '+';
    private const char Below = '(';
    private const char Above = ')';

    /// <summary>
    /// Labels, annotations, finalizers and owner references that the set owns. Their maps are shared by all managers, so a map
    /// owned without members is never a value.
    /// </summary>
    public static void WriteMetadata(CanonicalWriter writer, JsonObject fieldsV1, JsonObject? metadata)
    {
        if (fieldsV1["f:metadata"] is not JsonObject owned)
        {
            return;
        }

        for (var i = 0; i < owned.Count; i++)
        {
            var (element, below) = owned.GetAt(i);
            if (below is JsonObject { Count: > 0 } members && element.StartsWith("f:", StringComparison.Ordinal))
            {
                writer.Text(element);
                WriteBelow(writer, members, Member(metadata, element), empties: null);
            }
        }
    }

    /// <summary>Everything else that the set owns.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="fieldsV1">Our set.</param>
    /// <param name="subject">The object.</param>
    /// <param name="empties">A set of the leaves that are not compared by value (<see cref="EmptyLeaves"/>).</param>
    public static void WriteValues(CanonicalWriter writer, JsonObject fieldsV1, JsonObject subject, JsonObject? empties)
    {
        for (var i = 0; i < fieldsV1.Count; i++)
        {
            var (element, below) = fieldsV1.GetAt(i);
            if (element is not ("f:metadata" or "f:apiVersion" or "f:kind"))
            {
                Write(writer, element, below as JsonObject, Member(subject, element), empties?[element] as JsonObject);
            }
        }
    }

    /// <summary>Whether nothing is named below: a leaf, or a container that is owned without its contents.</summary>
    public static bool IsLeaf(JsonObject? below) => below is null || below.Count == 0 || (below.Count == 1 && below.ContainsKey("."));

    /// <summary>The member that <c>f:NAME</c> leads to.</summary>
    public static JsonNode? Member(JsonNode? parent, string element)
    {
        if (parent is not JsonObject fields)
        {
            return null;
        }

        // Looking through a small object costs less than making the name.
        const int Small = 12;
        if (fields.Count > Small)
        {
            return fields[element[2..]];
        }

        for (var i = 0; i < fields.Count; i++)
        {
            var (name, value) = fields.GetAt(i);
            if (name.Length == element.Length - 2 && element.EndsWith(name, StringComparison.Ordinal))
            {
                return value;
            }
        }

        return null;
    }

    private static void Write(CanonicalWriter writer, string element, JsonObject? below, JsonNode? value, JsonObject? empties)
    {
        writer.Text(element);
        if (!IsLeaf(below))
        {
            WriteBelow(writer, below!, value, empties);
        }
        else if (empties is null)
        {
            writer.Node(value);
        }
    }

    private static void WriteBelow(CanonicalWriter writer, JsonObject below, JsonNode? parent, JsonObject? empties)
    {
        writer.Mark(Below);
        writer.Mark(parent is null ? Absent : Present);
        var sorted = CanonicalWriter.SortedUnlessSorted(below);
        var keyed = 0;
        for (var i = 0; i < below.Count; i++)
        {
            var (element, members) = sorted is null ? below.GetAt(i) : sorted[i];
            switch (element[0])
            {
                case 'f':
                    Write(writer, element, members as JsonObject, Member(parent, element), empties?[element] as JsonObject);
                    break;
                case 'k':
                    keyed++;
                    break;
                case 'v':
                    // The value is in the path; what remains is whether it is there. Sets have no order.
                    writer.Text(element);
                    writer.Mark(Contains(parent as JsonArray, element) ? Present : Absent);
                    break;
                case 'i':
                    Write(writer, element, members as JsonObject, ItemAt(parent as JsonArray, element), empties?[element] as JsonObject);
                    break;
            }
        }

        if (keyed > 0)
        {
            WriteKeyed(writer, below, parent as JsonArray, empties);
        }

        writer.Mark(Above);
    }

    // In the order of the list: initContainers run in it, and a reordering moves no ownership.
    private static void WriteKeyed(CanonicalWriter writer, JsonObject below, JsonArray? items, JsonObject? empties)
    {
        for (var i = 0; i < items?.Count; i++)
        {
            for (var j = 0; j < below.Count; j++)
            {
                var (element, members) = below.GetAt(j);
                if (element[0] == 'k' && ListKey.Of(element).IsKeyOf(items[i]))
                {
                    Write(writer, element, members as JsonObject, items[i], empties?[element] as JsonObject);
                    break;
                }
            }
        }
    }

    private static bool Contains(JsonArray? items, string element)
    {
        var value = KubernetesJson.Parse(element[2..]);
        for (var i = 0; i < items?.Count; i++)
        {
            if (JsonNode.DeepEquals(items[i], value))
            {
                return true;
            }
        }

        return false;
    }

    private static JsonNode? ItemAt(JsonArray? items, string element) =>
        int.TryParse(element.AsSpan(2), out var index) && index >= 0 && index < items?.Count ? items[index] : null;
}
