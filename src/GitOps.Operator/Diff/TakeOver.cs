using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Operator.Diff;

/// <summary>What is to be done about the former tools of an adopted object.</summary>
/// <param name="Patch">A JSON patch (RFC 6902) of managedFields, guarded by the resourceVersion; null if there is nothing to do.</param>
/// <param name="OrphanedFields">Paths that only former tools own, sorted: our apply neither sets nor removes them.</param>
internal sealed record TakeOverPlan(JsonArray? Patch, ImmutableArray<string> OrphanedFields)
{
    public static readonly TakeOverPlan None = new(null, []);

    /// <summary>Whose shares in what we apply end, sorted.</summary>
    public ImmutableArray<string> Former { get; init; } = [];

    /// <summary>
    /// Who keeps a share in what we apply, sorted: a field of theirs stays when it is removed from Git. With the version of its
    /// entry where that is another one.
    /// </summary>
    public ImmutableArray<string> Sharing { get; init; } = [];
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

    /// <param name="answer">The server's answer to our apply.</param>
    /// <param name="manager">Our field manager.</param>
    /// <param name="removeFields">
    /// Whether the orphaned fields of deployers become ours, so that the next apply, which does not have them, removes them.
    /// What hands have set stays in any case.
    /// </param>
    /// <param name="tools">Whose shares end.</param>
    public static TakeOverPlan Plan(KubernetesObject answer, string manager, bool removeFields, FormerTools tools)
    {
        if (OwnEntry.Find(answer, manager) is not { } own || answer.Metadata!["managedFields"] is not JsonArray entries)
        {
            return TakeOverPlan.None;
        }

        var ours = FieldSet.Parse(own.FieldsV1);
        var sent = Sent(answer);
        var (kept, byHand, deployed) = (FieldSet.Empty, FieldSet.Empty, FieldSet.Empty);
        var remaining = new FieldSet?[entries.Count];
        var former = new SortedSet<string>(StringComparer.Ordinal);
        var sharing = new SortedSet<string>(StringComparer.Ordinal);
        var position = -1;
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = (JsonObject)entries[i]!;
            if (entry["fieldsV1"] is not JsonObject fields)
            {
                continue;
            }

            if (ReferenceEquals(fields, own.FieldsV1))
            {
                position = i;
                continue;
            }

            var theirs = FieldSet.Parse(fields);
            var name = KubernetesObject.GetString(entry, "manager") ?? string.Empty;
            var isOfObject = string.IsNullOrEmpty(KubernetesObject.GetString(entry, "subresource"));
            var version = KubernetesObject.GetString(entry, "apiVersion");
            var isLeaving = isOfObject && version == own.ApiVersion && IsLeaving(name, entry, manager, tools);
            if (isOfObject && !(isLeaving && name == manager) && !theirs.Intersect(ours).IsEmpty)
            {
                (isLeaving ? former : sharing).Add(version == own.ApiVersion ? name : $"{name} ({version})");
            }

            if (!isLeaving)
            {
                kept = kept.Union(theirs);
                continue;
            }

            var rest = WithoutShared(theirs, ours);
            remaining[i] = rest;
            var isDefaulted = KubernetesObject.GetString(entry, "operation") == ManagedFieldsEntry.Update;
            rest = isDefaulted ? WithoutDefaults(rest, answer, FormerTools.NotesWhatItSent(name) ? sent : null) : rest;
            (byHand, deployed) = tools.IsHand(name) ? (byHand.Union(rest), deployed) : (byHand, deployed.Union(rest));
        }

        var removable = deployed.Except(kept).Except(byHand);
        var orphans = deployed.Union(byHand).Except(kept);
        return new(
            Patch(answer, entries, remaining, removeFields && !removable.IsEmpty ? (position, ours.Union(removable)) : null, removable),
            [.. orphans.Paths().Where(path => IsLeaf(orphans, path)).Select(static path => path.ToString()).Order(StringComparer.Ordinal)])
        {
            Former = [.. former],
            Sharing = [.. sharing],
        };
    }

    // An entry with a subresource is a controller's or a scaler's: what it set is not of a manifest. One of our own, an update,
    // is left where we have replaced the whole object before we applied it.
    private static bool IsLeaving(string name, JsonObject entry, string manager, FormerTools tools) =>
        name == manager ? KubernetesObject.GetString(entry, "operation") == ManagedFieldsEntry.Update : tools.IsDeployer(name) || tools.IsHand(name);

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

    // Who creates or replaces an object owns what the server defaulted, too. What kubectl sent stands in its annotation.
    private static FieldSet WithoutDefaults(FieldSet rest, KubernetesObject answer, JsonObject? sent)
    {
        var said = FieldSet.Of(rest.Paths().Where(path => IsLeaf(rest, path)
            && (sent is null ? !KnownDefaults.Has(answer, path) : path.Equals(LastAppliedPath) || IsIn(sent, path))));
        return FieldSet.Of(rest.Paths().Where(path => said.Contains(path) || !At(said, path).IsEmpty));
    }

    private static JsonObject? Sent(KubernetesObject answer) =>
        answer.Annotation(LastApplied) is { } text && TryParse(text, out var sent) ? sent : null;

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
