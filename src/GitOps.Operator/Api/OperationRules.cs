using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;

namespace GitOps.Operator.Api;

/// <summary>
/// What a request to sync says, or all that is wrong with it: a field that is not acted on refuses the whole request. Pure.
/// </summary>
internal static class OperationRules
{
    private const string Path = "operation";
    private const string OptionsPath = "spec.syncPolicy.syncOptions";

    /// <summary>Reads the field <c>operation</c>; what is wrong with its shape, and what is not acted on, is in the errors.</summary>
    public static OperationSpec Read(JsonNode raw, SpecErrors errors)
    {
        if (raw is not JsonObject fields)
        {
            errors.Invalid(Path, "expected an object");
            return new();
        }

        SpecFields.CheckOperation(fields, errors);
        var operation = ApiJson.Read(fields, ApiJson.Default.OperationSpec, Path, out var misfits) ?? new();
        foreach (var misfit in misfits)
        {
            errors.Invalid(misfit.Path, $"expected {misfit.Expected}");
        }

        return operation;
    }

    /// <summary>What the annotation <c>sync</c> stands for: one sync of everything, pruning where the spec says so.</summary>
    public static OperationSpec OfAnnotation(ValidatedSpec spec) => new() { Sync = new() { Prune = spec.Prune ? true : null } };

    /// <summary>Checks a request against the Application it is made to.</summary>
    /// <param name="asked">The request.</param>
    /// <param name="application">Whose spec is valid.</param>
    /// <param name="spec">That spec.</param>
    /// <param name="policy">The spec was validated with.</param>
    /// <param name="errors">Filled; what the result is worth nothing with.</param>
    public static SyncRequest Check(AskedSync asked, ApplicationResource application, ValidatedSpec spec, TrustPolicy policy, SpecErrors errors)
    {
        if (asked.Operation.Sync is not { } sync)
        {
            errors.Invalid($"{Path}.sync", "there is no other operation; set sync: {} for a sync of everything");
            return new(asked, spec);
        }

        if (asked.Text.Length > StatusLimits.Request)
        {
            errors.Invalid(Path, $"is longer than {StatusLimits.Request} characters; name fewer objects, or sync all of them");
        }

        CheckResources(sync.Resources, errors);
        if (sync.SyncStrategy is { Apply: not null, Hook: not null })
        {
            errors.Contradiction($"{Path}.sync.syncStrategy", "set apply (without hooks) or hook (the default), not both");
        }

        if (spec.Suspended && sync.DryRun != true)
        {
            errors.Contradiction("spec.suspend", "is true, so nothing is written; set it to false and ask again, or ask for a dry run");
        }

        var effective = Effective(asked, sync, application, policy, errors) ?? spec;
        return new(asked, effective with { Automated = sync.DryRun == true ? spec.Automated : true, Heal = spec.Heal, Prune = sync.Prune == true })
        {
            Revisions = RevisionsOf(sync, spec, errors),
        };
    }

    /// <summary>Whether a request's revision is the one that the source is about anyway.</summary>
    /// <param name="asked">Branch, tag, version or SHA, at least 7 digits of it; null: whatever the source is about.</param>
    /// <param name="source">The source.</param>
    /// <param name="newest">What the source's revision is resolved to; null: not known yet.</param>
    public static bool IsNewest(string? asked, CheckedSource source, string? newest) =>
        asked is null || asked == source.Revision || asked == newest || (asked.Length >= 7 && newest?.StartsWith(asked, StringComparison.Ordinal) == true);

    /// <returns>One for each source, null where it is the spec's own; empty: all of them are.</returns>
    private static ImmutableArray<string?> RevisionsOf(SyncOperationSpec sync, ValidatedSpec spec, SpecErrors errors)
    {
        var listed = sync.Revisions;
        if (spec.HasSeveralSources)
        {
            if (!string.IsNullOrEmpty(sync.Revision))
            {
                errors.Invalid($"{Path}.sync.revision", "there are several sources; set revisions, one for each in the order of spec.sources (empty: the source's own)");
            }

            if (!listed.IsEmpty && listed.Length != spec.Sources.Length)
            {
                errors.Invalid($"{Path}.sync.revisions", string.Create(CultureInfo.InvariantCulture,
                    $"names {listed.Length} revision(s), and there are {spec.Sources.Length} sources; name one for each in their order (empty: the source's own)"));
                return [];
            }

            return Wanted(listed, spec);
        }

        if (listed.Length > 1)
        {
            errors.Invalid($"{Path}.sync.revisions", "there is one source, so there is one revision");
            return [];
        }

        if (!string.IsNullOrEmpty(sync.Revision) && !listed.IsEmpty && !string.IsNullOrEmpty(listed[0]) && sync.Revision != listed[0])
        {
            errors.Contradiction($"{Path}.sync.revisions", $"says {listed[0]} and revision says {sync.Revision}; leave out one of the two");
        }

        return Wanted(string.IsNullOrEmpty(sync.Revision) ? listed : [sync.Revision], spec);
    }

    private static ImmutableArray<string?> Wanted(ImmutableArray<string> revisions, ValidatedSpec spec)
    {
        ImmutableArray<string?> wanted = [.. revisions.Zip(spec.Sources, static (revision, source) =>
            string.IsNullOrEmpty(revision) || revision == source.Revision ? null : revision)];
        return wanted.All(static one => one is null) ? [] : wanted;
    }

    private static void CheckResources(ImmutableArray<ResourceSelector> resources, SpecErrors errors)
    {
        for (var i = 0; i < resources.Length; i++)
        {
            if (string.IsNullOrEmpty(resources[i].Kind) || string.IsNullOrEmpty(resources[i].Name))
            {
                errors.Invalid(string.Create(CultureInfo.InvariantCulture, $"{Path}.sync.resources[{i}]"), "name one object: set kind and name");
            }
        }
    }

    /// <summary>
    /// The spec as it would be with the request's options and retries. Validated as a whole, so that an option of a request means
    /// just what it means in a spec.
    /// </summary>
    private static ValidatedSpec? Effective(
        AskedSync asked, SyncOperationSpec sync, ApplicationResource application, TrustPolicy policy, SpecErrors errors)
    {
        var raw = application.RawSpec.DeepClone().AsObject();
        var before = application.Spec.SyncPolicy?.SyncOptions ?? [];
        var options = Merge(before, sync, out var places);
        if (raw["syncPolicy"] is not JsonObject policyOfSpec)
        {
            raw["syncPolicy"] = policyOfSpec = [];
        }

        policyOfSpec["syncOptions"] = new JsonArray([.. options.Select(static option => (JsonNode)option)]);
        if (asked.Trigger == SyncTrigger.Operation)
        {
            // As in Argo CD: what a person asks for is repeated only if the person says so.
            policyOfSpec["retry"] = ApiJson.ToJson(asked.Operation.Retry ?? new RetrySpec { Limit = 0 }, ApiJson.Default.RetrySpec);
        }

        var validation = SpecValidator.Validate(ApplicationResource.Parse(application.Metadata, raw), policy);
        foreach (var error in validation.Errors)
        {
            errors.Add(error with { Field = Place(error.Field, places) });
        }

        return validation.Spec;
    }

    /// <summary>The spec's options, without those that the request sets, and then the request's.</summary>
    private static List<string> Merge(ImmutableArray<string> before, SyncOperationSpec sync, out List<string> places)
    {
        var added = sync.SyncOptions.Select(static (option, i) =>
            (Option: option, Place: string.Create(CultureInfo.InvariantCulture, $"{Path}.sync.syncOptions[{i}]"))).ToList();
        if (sync.SyncStrategy?.Apply?.Force == true || sync.SyncStrategy?.Hook?.Force == true)
        {
            added.Add(("Force=true", $"{Path}.sync.syncStrategy.{(sync.SyncStrategy.Apply is null ? "hook" : "apply")}.force"));
        }

        var names = added.Select(static item => NameOf(item.Option)).ToHashSet(StringComparer.Ordinal);
        var kept = before.Select(static (option, i) => (Option: option, Place: string.Create(CultureInfo.InvariantCulture, $"{OptionsPath}[{i}]")))
            .Where(item => !names.Contains(NameOf(item.Option)));
        List<(string Option, string Place)> all = [.. kept, .. added];
        places = [.. all.Select(static item => item.Place)];
        return [.. all.Select(static item => item.Option)];
    }

    private static string NameOf(string option) => option.Split('=', 2)[0].Trim();

    private static string Place(string field, List<string> places)
    {
        if (field.StartsWith("spec.syncPolicy.retry", StringComparison.Ordinal))
        {
            return $"{Path}.{field["spec.syncPolicy.".Length..]}";
        }

        return field.StartsWith(OptionsPath + "[", StringComparison.Ordinal)
            && int.TryParse(field[(OptionsPath.Length + 1)..].TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && index < places.Count
                ? places[index]
                : field;
    }
}
