using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Sandbox.Apply;

/// <summary>
/// Removes from a merged object what its applier gave last time and does not give now, as far as nobody else owns it.
/// </summary>
internal static class ApplyPruning
{
    /// <param name="merged">The live object with what is applied laid over it.</param>
    /// <param name="managed">All owners; the applier's new set included.</param>
    /// <param name="former">The applier's set until now.</param>
    /// <param name="context">The request.</param>
    public static VersionedObject Prune(VersionedObject merged, ManagedFields managed, ManagedSet former, WriteContext context)
    {
        var owned = managed.Sets.Values
            .GroupBy(static set => set.ApiVersion, StringComparer.Ordinal)
            .ToDictionary(static group => group.Key, static group => group.Aggregate(
                FieldSet.Empty, static (all, set) => all.Union(set.Fields)), StringComparer.Ordinal);
        if (owned.TryGetValue(former.ApiVersion, out var all) && former.Fields.IsSubsetOf(all))
        {
            // Everything given before is given again, or is somebody else's too.
            return merged;
        }

        if (VersionConversion.TryConvert(merged, former.ApiVersion, context.Schemas) is not { } formerly)
        {
            return merged;
        }

        var given = TypedFieldSets.WithDeclaredFields(former.Fields, formerly.Type);
        var pruned = formerly with { Json = TypedRemoval.Without(formerly.Json, given, formerly.Type) };

        // The version the fields are pruned in comes first: the others may not be convertible without what it adds back.
        foreach (var (version, fields) in owned.OrderByDescending(entry => entry.Key == former.ApiVersion))
        {
            pruned = AddBackOwned(formerly, pruned, version, fields, context) ?? pruned;
        }

        pruned = AddBackNeverGiven(formerly, pruned, given, context);
        return VersionConversion.TryConvert(pruned, context.ApiVersion, context.Schemas) ?? merged;
    }

    private static VersionedObject? AddBackOwned(
        VersionedObject merged, VersionedObject pruned, string version, FieldSet owned, WriteContext context)
    {
        if (VersionConversion.TryConvert(merged, version, context.Schemas) is not { } whole
            || VersionConversion.TryConvert(pruned, version, context.Schemas) is not { } rest)
        {
            return null;
        }

        var mentioned = Mentioned(whole);
        var kept = Mentioned(rest).Union(TypedFieldSets.WithDeclaredFields(owned, whole.Type));
        return whole with { Json = TypedRemoval.Without(whole.Json, mentioned.Except(kept), whole.Type) };
    }

    private static VersionedObject AddBackNeverGiven(
        VersionedObject merged, VersionedObject pruned, FieldSet given, WriteContext context)
    {
        if (VersionConversion.TryConvert(pruned, merged.ApiVersion, context.Schemas) is not { } rest)
        {
            return pruned;
        }

        var removed = Mentioned(merged).Except(Mentioned(rest)).Intersect(given);
        return merged with { Json = TypedRemoval.Without(merged.Json, removed, merged.Type) };
    }

    private static FieldSet Mentioned(VersionedObject subject) =>
        TypedFieldSets.WithDeclaredFields(TypedFieldSets.Of(subject.Json, subject.Type), subject.Type);
}
