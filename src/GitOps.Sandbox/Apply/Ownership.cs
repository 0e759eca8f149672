using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Apply;

/// <summary>An object without managedFields, read in one version.</summary>
internal sealed record VersionedObject(JsonObject Json, string ApiVersion, TypeSchema Type);

/// <summary>
/// The rules by which a write moves fields between managers. Every entry is judged in its own version: the object is converted
/// to it first, and an entry whose version is not served any more is dropped.
/// </summary>
internal sealed class Ownership(ManagedFields managed, WriteContext context)
{
    private static readonly ManagerKey CurrentOperation = new("current-operation", ManagedFieldsEntry.Update, string.Empty, string.Empty);

    /// <summary>What was changed becomes the updater's; what others owned of it they lose.</summary>
    public void Update(VersionedObject before, VersionedObject after, ManagerKey updater, FieldSet neverOwned)
    {
        Reconcile(before);
        var comparison = Compare(before, after);
        Release(before, after, comparison, CurrentOperation, force: true);
        var taken = context.Owned(comparison.Modified.Union(comparison.Added)).Except(neverOwned);
        if (taken.IsEmpty)
        {
            return;
        }

        var former = managed.Sets.TryGetValue(updater, out var set) ? set.Fields : FieldSet.Empty;
        managed.Sets[updater] = new(taken.Union(former), context.ApiVersion);
        managed.SetTime(updater, ManagedFields.Format(context.Now));
    }

    /// <summary>Merges, prunes and takes ownership.</summary>
    /// <returns>The new object, which shares nothing with the live one, and whether it differs from that.</returns>
    public (JsonObject Merged, bool IsChanged) Apply(VersionedObject before, JsonObject applied, ManagerKey applier, bool force, FieldSet neverOwned)
    {
        Reconcile(before);
        var (after, set) = MergeAndPrune(before, applied, applier);
        var isSame = JsonNode.DeepEquals(before.Json, after.Json);
        if (!isSame)
        {
            Release(before, after, Compare(before, after), applier, force);
        }

        managed.Sets[applier] = new(set.Except(neverOwned), context.ApiVersion);
        managed.RemoveEmpty();
        if (!isSame)
        {
            managed.SetTime(applier, ManagedFields.Format(context.Now));
        }

        return (after.Json, !isSame);
    }

    /// <summary>The fields of others that an apply without force would stumble over.</summary>
    public FieldSet Conflicts(VersionedObject before, JsonObject applied, ManagerKey applier)
    {
        var former = managed.Sets.GetValueOrDefault(applier);
        var (after, _) = MergeAndPrune(before, applied, applier);
        var conflicts = ConflictsWith(before, after, Compare(before, after), applier)
            .Aggregate(FieldSet.Empty, static (all, conflict) => all.Union(conflict.Fields));
        if (former is null)
        {
            managed.Sets.Remove(applier);
        }
        else
        {
            managed.Sets[applier] = former;
        }

        return conflicts;
    }

    private (VersionedObject After, FieldSet Applied) MergeAndPrune(VersionedObject before, JsonObject applied, ManagerKey applier)
    {
        var merged = before with { Json = TypedMerge.Merge(before.Json, applied, before.Type) };
        var former = managed.Sets.GetValueOrDefault(applier);
        var set = context.Owned(TypedFieldSets.Of(applied, before.Type));
        managed.Sets[applier] = new(set, context.ApiVersion);
        return (former is null ? merged : ApplyPruning.Prune(merged, managed, former, context), set);
    }

    private static TypedComparison Compare(VersionedObject before, VersionedObject after) =>
        TypedComparison.Of(before.Json, after.Json, before.Type);

    /// <summary>Takes what changed and what is gone from every other manager.</summary>
    /// <exception cref="ApiException">409 if others own what changed and <paramref name="force"/> is not given.</exception>
    private void Release(VersionedObject before, VersionedObject after, TypedComparison comparison, ManagerKey self, bool force)
    {
        var conflicts = ConflictsWith(before, after, comparison, self);
        if (!force && conflicts.Any(static conflict => !conflict.Fields.IsEmpty))
        {
            throw Refusal(conflicts);
        }

        foreach (var (key, fields, removed) in conflicts)
        {
            var set = managed.Sets[key];
            managed.Sets[key] = set with { Fields = set.Fields.Except(fields).Except(removed) };
        }

        managed.RemoveEmpty();
    }

    private List<(ManagerKey Key, FieldSet Fields, FieldSet Removed)> ConflictsWith(
        VersionedObject before, VersionedObject after, TypedComparison comparison, ManagerKey self)
    {
        var changes = new Dictionary<string, (FieldSet Changed, FieldSet Removed)>(StringComparer.Ordinal)
        {
            [context.ApiVersion] = Changes(comparison),
        };
        var conflicts = new List<(ManagerKey, FieldSet, FieldSet)>();
        foreach (var (key, set) in managed.Sets.ToArray())
        {
            if (key == self)
            {
                continue;
            }

            if (!changes.TryGetValue(set.ApiVersion, out var change))
            {
                if (VersionConversion.TryConvert(before, set.ApiVersion, context.Schemas) is not { } formerly
                    || VersionConversion.TryConvert(after, set.ApiVersion, context.Schemas) is not { } now)
                {
                    managed.Sets.Remove(key);
                    continue;
                }

                changes[set.ApiVersion] = change = Changes(Compare(formerly, now));
            }

            var fields = set.Fields.Intersect(change.Changed);
            if (!fields.IsEmpty || !change.Removed.IsEmpty)
            {
                conflicts.Add((key, fields, change.Removed));
            }
        }

        return conflicts;
    }

    private (FieldSet Changed, FieldSet Removed) Changes(TypedComparison comparison)
    {
        var filtered = comparison.Filter(context.Owned);
        return (filtered.Modified.Union(filtered.Added), filtered.Removed);
    }

    private static ApiException Refusal(List<(ManagerKey Key, FieldSet Fields, FieldSet Removed)> conflicts)
    {
        var causes = conflicts
            .SelectMany(static conflict => conflict.Fields.Paths().Select(path => (conflict.Key, Path: TypedValidation.Describe(path))))
            .OrderBy(static cause => cause.Key.ToString(), StringComparer.Ordinal)
            .ToArray();
        var message = causes.Length == 1
            ? $"Apply failed with 1 conflict: conflict with {causes[0].Key}: {causes[0].Path}"
            : $"Apply failed with {causes.Length} conflicts: " + string.Join('\n', causes
                .GroupBy(static cause => cause.Key)
                .Select(static group => $"conflicts with {group.Key}:\n" + string.Join('\n', group.Select(static cause => $"- {cause.Path}"))));
        return ApplyErrors.ApplyConflict(message, [.. causes.Select(static cause =>
            new StatusCause("FieldManagerConflict", $"conflict with {cause.Key}", cause.Path))]);
    }

    /// <summary>Where a type became atomic since an entry was written, its owner of a part now owns the whole.</summary>
    private void Reconcile(VersionedObject live)
    {
        foreach (var (key, set) in managed.Sets.ToArray())
        {
            var type = set.ApiVersion == live.ApiVersion
                ? live.Type
                : VersionConversion.TypeIn(live, set.ApiVersion, context.Schemas);
            if (type is not null && AtomicFields.Reconcile(set.Fields, type) is { } reconciled)
            {
                managed.Sets[key] = set with { Fields = reconciled };
            }
        }
    }
}
