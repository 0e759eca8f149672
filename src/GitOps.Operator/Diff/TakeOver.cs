using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Operator.Diff;

/// <summary>What is to be done about the former tool of an adopted object.</summary>
/// <param name="Patch">A JSON patch (RFC 6902) of managedFields, guarded by the resourceVersion; null if there is nothing to do.</param>
/// <param name="OrphanedFields">Paths that only the former tool owns, sorted: our apply neither sets nor removes them.</param>
internal sealed record TakeOverPlan(JsonArray? Patch, ImmutableArray<string> OrphanedFields)
{
    public static readonly TakeOverPlan None = new(null, []);
}

/// <summary>
/// On first contact with an object that another deployment tool made: its shares of the fields that we apply end, else a
/// field that is removed from Git later would live on as the other's. Made of the answer to our first apply, so that our
/// entry is there and says exactly which fields those are.
/// </summary>
internal static class TakeOver
{
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    private static readonly FieldPath LastAppliedPath =
        new([PathElement.Field("metadata"), PathElement.Field("annotations"), PathElement.Field(LastApplied)]);

    private static readonly string[] FormerTools =
    [
        "argocd-controller", "before-first-apply", "helm", "kubectl", "kubectl-client-side-apply", "kustomize-controller",
    ];

    /// <param name="answer">The server's answer to our apply.</param>
    /// <param name="manager">Our field manager.</param>
    /// <param name="removeFields">
    /// Whether the orphaned fields become ours, so that the next apply, which does not have them, removes them.
    /// </param>
    /// <param name="alsoFormer">Another former tool's field manager; null: only those that are known.</param>
    public static TakeOverPlan Plan(KubernetesObject answer, string manager, bool removeFields, string? alsoFormer = null)
    {
        if (OwnEntry.Find(answer, manager) is not { } own || answer.Metadata!["managedFields"] is not JsonArray entries)
        {
            return TakeOverPlan.None;
        }

        var ours = FieldSet.Parse(own.FieldsV1);
        var kept = FieldSet.Empty;
        var remaining = new FieldSet?[entries.Count];
        var position = -1;
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = (JsonObject)entries[i]!;
            if (ReferenceEquals(entry["fieldsV1"], own.FieldsV1))
            {
                position = i;
            }
            else if (IsOfFormerTool(entry, own.ApiVersion, alsoFormer) || IsOfReplacing(entry, own.ApiVersion, manager))
            {
                remaining[i] = WithoutShared(FieldSet.Parse((JsonObject)entry["fieldsV1"]!), ours);
            }
            else if (entry["fieldsV1"] is JsonObject fields)
            {
                kept = kept.Union(FieldSet.Parse(fields));
            }
        }

        var orphans = remaining.Aggregate(FieldSet.Empty, static (all, set) => set is null ? all : all.Union(set)).Except(kept);
        orphans = WithoutDefaults(orphans, answer);
        return new(
            Patch(answer, entries, remaining, removeFields && !orphans.IsEmpty ? (position, ours.Union(orphans)) : null, orphans),
            [.. orphans.Paths().Where(path => IsLeaf(orphans, path)).Select(static path => path.ToString()).Order(StringComparer.Ordinal)]);
    }

    // An entry with a subresource is a controller's or a scaler's: what it set is not of a manifest.
    private static bool IsOfFormerTool(JsonObject entry, string apiVersion, string? alsoFormer) =>
        KubernetesObject.GetString(entry, "manager") is { } manager
        && (manager == alsoFormer || FormerTools.Contains(manager, StringComparer.Ordinal))
        && string.IsNullOrEmpty(KubernetesObject.GetString(entry, "subresource"))
        && KubernetesObject.GetString(entry, "apiVersion") == apiVersion
        && entry["fieldsV1"] is JsonObject;

    // Where we have replaced the whole object before we applied it.
    private static bool IsOfReplacing(JsonObject entry, string apiVersion, string manager) =>
        KubernetesObject.GetString(entry, "manager") == manager
        && KubernetesObject.GetString(entry, "operation") == "Update"
        && string.IsNullOrEmpty(KubernetesObject.GetString(entry, "subresource"))
        && KubernetesObject.GetString(entry, "apiVersion") == apiVersion
        && entry["fieldsV1"] is JsonObject;

    private static JsonArray? Patch(
        KubernetesObject answer, JsonArray entries, FieldSet?[] remaining, (int Position, FieldSet Fields)? own, FieldSet orphans)
    {
        var patch = new JsonArray();
        // From the end, so that a removal moves no entry that is still to be changed.
        for (var i = entries.Count - 1; i >= 0; i--)
        {
            var path = $"/metadata/managedFields/{i}";
            if (own is { } ours && ours.Position == i)
            {
                patch.Add((JsonNode)Operation("replace", path + "/fieldsV1", ours.Fields.ToJson()));
            }
            else if (remaining[i] is { } rest)
            {
                rest = own is null ? rest : rest.Except(orphans);
                if (rest.IsEmpty)
                {
                    patch.Add((JsonNode)Operation("remove", path, value: null));
                }
                else if (!rest.Equals(FieldSet.Parse((JsonObject)entries[i]!["fieldsV1"]!)))
                {
                    patch.Add((JsonNode)Operation("replace", path + "/fieldsV1", rest.ToJson()));
                }
            }
        }

        if (patch.Count == 0)
        {
            return null;
        }

        patch.Insert(0, Operation("test", "/metadata/resourceVersion", answer.ResourceVersion));
        return patch;
    }

    private static JsonObject Operation(string name, string path, JsonNode? value)
    {
        var operation = new JsonObject { ["op"] = name, ["path"] = path };
        if (value is not null)
        {
            operation["value"] = value;
        }

        return operation;
    }

    // Also without the maps and items around what is shared: they exist by what we own in them.
    private static FieldSet WithoutShared(FieldSet theirs, FieldSet ours)
    {
        var rest = theirs.Except(ours);
        return rest.Except(FieldSet.Of(rest.Paths().Where(path => !At(ours, path).IsEmpty)));
    }

    // kubectl's first apply was a POST: its entry also holds what the server defaulted. Its annotation holds what it sent.
    private static FieldSet WithoutDefaults(FieldSet orphans, KubernetesObject answer)
    {
        if (answer.Annotation(LastApplied) is not { } text || !TryParse(text, out var sent))
        {
            return orphans;
        }

        return FieldSet.Of(orphans.Paths().Where(path => path.Equals(LastAppliedPath) || IsIn(sent, path)));
    }

    private static bool IsIn(JsonObject sent, FieldPath path)
    {
        JsonNode? node = sent;
        foreach (var element in path.Elements)
        {
            if (element.Kind == PathElementKind.Key)
            {
                node = ListKey.Of(element.Text).BestOf(node as JsonArray);
            }
            else if (!element.TryStep(node, out node))
            {
                return false;
            }
        }

        return node is not null;
    }

    private static bool TryParse(string text, out JsonObject sent)
    {
        try
        {
            sent = KubernetesJson.ParseObject(text);
            return true;
        }
        catch (JsonException)
        {
            sent = [];
            return false;
        }
    }

    private static bool IsLeaf(FieldSet set, FieldPath path) => At(set, path).IsEmpty;

    private static FieldSet At(FieldSet set, FieldPath path) =>
        path.Elements.Aggregate(set, static (below, element) => below.Below(element).Children);
}
