using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Api;
using GitOps.Operator.Diff.Ignoring;
using GitOps.Operator.Model;
using GitOps.Operator.Model.Ignoring;

namespace GitOps.Operator.Diff.Foreign;

/// <summary>
/// Finds what others have set beside us on an object, by managedFields alone. Never status, what a subresource owns, what a
/// manager owns that may, or metadata other than labels and annotations. Which of it the server would set by itself only the
/// server can tell. Pure.
/// </summary>
internal static class ForeignFieldFinder
{
    /// <summary>More fields of one object are not named.</summary>
    public const int MaxFields = 100;

    /// <summary>Labels and annotations that keep accounts, or ask for something once; whoever wrote them.</summary>
    private static readonly ImmutableArray<string> Bookkeeping =
    [
        "kubectl.kubernetes.io/last-applied-configuration", "kubectl.kubernetes.io/restartedAt", "kubernetes.io/metadata.name",
        "control-plane.alpha.kubernetes.io/leader",
    ];

    private static readonly ImmutableArray<string> BookkeepingPrefixes =
    [
        "deployment.kubernetes.io/", "deprecated.daemonset.template.", "pv.kubernetes.io/", "volume.kubernetes.io/", "volume.beta.kubernetes.io/",
        "batch.kubernetes.io/", "autoscaling.alpha.kubernetes.io/", "endpoints.kubernetes.io/", "endpointslice.kubernetes.io/", Names.Group + "/",
    ];

    /// <summary>
    /// Changes when somebody who may not gains or loses a field: what is looked at in each event. Empty where there is nobody.
    /// </summary>
    public static string Signature(KubernetesObject live, string own, ForeignManagers managers)
    {
        if (live.Metadata?["managedFields"] is not JsonArray entries)
        {
            return string.Empty;
        }

        StringBuilder? text = null;
        foreach (var item in entries)
        {
            if (item is JsonObject entry && IsForeign(
                    KubernetesObject.GetString(entry, "manager") ?? string.Empty, KubernetesObject.GetString(entry, "subresource") ?? string.Empty, own, managers))
            {
                (text ??= new()).Append(KubernetesObject.GetString(entry, "manager")).Append('\n').Append(KubernetesJson.ToText(entry["fieldsV1"])).Append('\n');
            }
        }

        return text is null
            ? string.Empty
            : Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16];
    }

    /// <param name="live">The object.</param>
    /// <param name="own">Our field manager.</param>
    /// <param name="managers">Who may set anything.</param>
    /// <param name="rules">What is ignored is nobody's business either.</param>
    /// <returns>Sorted by path.</returns>
    public static ImmutableArray<ForeignField> Find(KubernetesObject live, string own, ForeignManagers managers, IgnoreRules rules)
    {
        var entries = ManagedFieldsEntry.Of(live);
        // An entry of another version names fields that may be called otherwise here: whatever it names is left alone.
        var foreign = entries.Where(entry => entry.ApiVersion == live.ApiVersion && IsForeign(entry.Manager, entry.Subresource, own, managers)).ToList();
        if (foreign.Count == 0 || !entries.Any(entry => entry.Manager == own && entry.IsApply))
        {
            return [];
        }

        var kept = entries.Except(foreign).Aggregate(FieldSet.Empty, static (all, entry) => all.Union(entry.Fields));
        var set = foreign.Aggregate(FieldSet.Empty, static (all, entry) => all.Union(entry.Fields));
        var found = new List<ForeignField>();
        var ignored = IgnoredPlaces.Find(rules.For(live.Key), live);
        Walk(new(FieldPath.Root, [], live.Json, ignored), set, kept, foreign, found);
        return [.. found.OrderBy(static field => field.Path.ToString(), StringComparer.Ordinal).Take(MaxFields)];
    }

    private static bool IsForeign(string manager, string subresource, string own, ForeignManagers managers) =>
        subresource.Length == 0 && manager != own && !managers.MaySet(manager);

    private static void Walk(At at, FieldSet set, FieldSet kept, List<ManagedFieldsEntry> foreign, List<ForeignField> found)
    {
        foreach (var (element, isMember, below) in set.Entries)
        {
            if (IsLeftAlone(at.Path, element) || Steps.Of(element, at.Value) is not { } step)
            {
                continue;
            }

            var next = new At(at.Path.Append(element), at.Place.Add(step), Steps.Take(at.Value, step), null);
            if (at.Ignored is not null && at.Ignored.TryStep(step, out var ignored))
            {
                if (ignored.Ends)
                {
                    continue;
                }

                next = next with { Ignored = ignored };
            }

            var (isKept, keptBelow) = kept.Below(element);
            var isWhole = below.IsEmpty || (element.Kind == PathElementKind.Key && isMember && next.Ignored is null);
            if (isWhole && !isKept && keptBelow.IsEmpty && HasValue(at.Value, step))
            {
                found.Add(new(next.Path, next.Place, Owner(foreign, next.Path)));
            }
            else
            {
                Walk(next, below, keptBelow, foreign, found);
            }
        }
    }

    private static bool HasValue(JsonNode? parent, JsonStep step) => step.Name is null || (parent as JsonObject)?.ContainsKey(step.Name) == true;

    private static bool IsLeftAlone(FieldPath path, PathElement element) => path.Elements.Length switch
    {
        0 => element.Text is "f:status" or "f:apiVersion" or "f:kind",
        1 when path.Elements[0].Text == "f:metadata" => element.Text is not ("f:labels" or "f:annotations"),
        _ when path.Elements[^1].Text is "f:labels" or "f:annotations" => IsBookkeeping(element.Content),
        _ => false,
    };

    private static bool IsBookkeeping(string key) =>
        Bookkeeping.Contains(key, StringComparer.Ordinal) || BookkeepingPrefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal));

    private static ManagedFieldsEntry Owner(List<ManagedFieldsEntry> foreign, FieldPath path) =>
        foreign.Where(entry => entry.Fields.Contains(path)).MaxBy(static entry => entry.Time, StringComparer.Ordinal) ?? foreign[0];

    private sealed record At(FieldPath Path, ImmutableArray<JsonStep> Place, JsonNode? Value, PathTree? Ignored);
}
