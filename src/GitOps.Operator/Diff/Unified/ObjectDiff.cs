using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Manifests;
using GitOps.Operator.Diff.Masking;
using GitOps.Operator.Model;

namespace GitOps.Operator.Diff.Unified;

/// <summary>
/// Differences of an object as a unified diff of its YAML, keys sorted, secrets masked. Without what the server keeps about
/// the object, so that the same difference gives the same text.
/// </summary>
internal static class ObjectDiff
{
    public const string Desired = "desired";
    public const string Live = "live";
    public const string Target = "target";

    private static readonly string[] ServersOwn =
        ["creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"];

    /// <summary>What somebody did to an object: from it as desired to it as it is. Only the fields that drifted differ.</summary>
    /// <param name="mask">What must not be shown.</param>
    /// <param name="desired">As it was applied; the server's defaults may be missing.</param>
    /// <param name="live">As it is.</param>
    /// <param name="fields">What differs.</param>
    public static string OfDrift(SecretMask mask, KubernetesObject desired, KubernetesObject live, IEnumerable<FieldDiff> fields)
    {
        var before = live.DeepClone();
        foreach (var field in fields)
        {
            Set(before.Json, field.Field, desired.Json);
        }

        return Between(mask, before, Desired, live, Live);
    }

    /// <summary>What a sync would do to an object: from it as it is to what the server answered to the apply.</summary>
    public static string OfPlan(SecretMask mask, KubernetesObject live, KubernetesObject target) => Between(mask, live, Live, target, Target);

    /// <summary>Cut at the end of a line, with a mark.</summary>
    /// <param name="diff">A unified diff.</param>
    /// <param name="length">UTF-16 characters, the mark included.</param>
    public static string Cut(string diff, int length)
    {
        const string Mark = "… cut\n";
        if (diff.Length <= length)
        {
            return diff;
        }

        var end = diff.LastIndexOf('\n', Math.Max(0, length - Mark.Length - 1));
        return string.Concat(diff.AsSpan(0, end + 1), Mark);
    }

    private static string Between(SecretMask mask, KubernetesObject from, string fromName, KubernetesObject to, string toName)
    {
        var (first, second) = mask.Show(Plain(from), Plain(to));
        var key = to.Key;
        return UnifiedText.Of($"{fromName} {key}", Yaml(first), $"{toName} {key}", Yaml(second));
    }

    private static string Yaml(JsonObject subject)
    {
        using var writer = new StringWriter();
        ManifestWriter.WriteYaml(writer, [new KubernetesObject(subject)]);
        return writer.ToString();
    }

    private static JsonObject Plain(KubernetesObject subject)
    {
        var plain = subject.DeepClone();
        plain.Json.Remove("status");
        foreach (var field in ServersOwn)
        {
            plain.Metadata?.Remove(field);
        }

        return plain.Json;
    }

    // Makes what stands at the path as it is in the other object, containers on the way included.
    private static void Set(JsonNode node, FieldPath path, JsonNode? desired)
    {
        for (var i = 0; i < path.Elements.Length; i++)
        {
            var element = path.Elements[i];
            var isLast = i == path.Elements.Length - 1;
            var wanted = Step(element, desired);
            switch (node)
            {
                case JsonObject fields when element.Kind == PathElementKind.Field:
                    if (isLast || fields[element.Content] is not (JsonObject or JsonArray) || wanted is null)
                    {
                        Replace(fields, element.Content, wanted);
                        return;
                    }

                    (node, desired) = (fields[element.Content]!, wanted);
                    break;
                case JsonArray items:
                    var found = Step(element, items);
                    if (isLast || found is not (JsonObject or JsonArray) || wanted is null)
                    {
                        Replace(items, found, wanted, desired as JsonArray);
                        return;
                    }

                    (node, desired) = (found, wanted);
                    break;
                default:
                    return;
            }
        }
    }

    private static JsonNode? Step(PathElement element, JsonNode? parent) =>
        element.Kind == PathElementKind.Key ? ListKey.Of(element.Text).BestOf(parent as JsonArray)
        : element.TryStep(parent, out var value) ? value : null;

    private static void Replace(JsonObject fields, string name, JsonNode? wanted)
    {
        // Of a list whose items only changed places, the items stay as they are.
        if (wanted is JsonArray order && fields[name] is JsonArray items && Reordered(items, order) is { } sorted)
        {
            fields[name] = sorted;
        }
        else if (wanted is null)
        {
            fields.Remove(name);
        }
        else
        {
            fields[name] = wanted.DeepClone();
        }
    }

    private static void Replace(JsonArray items, JsonNode? found, JsonNode? wanted, JsonArray? desired)
    {
        var at = found is null ? -1 : items.IndexOf(found);
        if (at >= 0)
        {
            items.RemoveAt(at);
        }

        if (wanted is not null)
        {
            var place = at >= 0 ? at : desired?.IndexOf(wanted) ?? items.Count;
            items.Insert(Math.Clamp(place, 0, items.Count), wanted.DeepClone());
        }
    }

    private static JsonArray? Reordered(JsonArray live, JsonArray desired)
    {
        if (live.Count < desired.Count || !desired.All(static item => Name(item) is not null) || !live.All(static item => Name(item) is not null))
        {
            return null;
        }

        var places = desired.Select(static (item, index) => (Name: Name(item)!, index)).ToLookup(static item => item.Name, static item => item.index, StringComparer.Ordinal);
        return desired.All(item => live.Any(other => Name(other) == Name(item)))
            ? [.. live.OrderBy(item => places[Name(item)!].DefaultIfEmpty(int.MaxValue).First()).Select(static item => item!.DeepClone())]
            : null;
    }

    private static string? Name(JsonNode? item) => item is JsonObject fields ? KubernetesObject.GetString(fields, "name") : null;
}
