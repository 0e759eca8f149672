using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Sync;

/// <summary>
/// How an object is to be written, compared and deleted, from its annotations: ours, else Argo CD's. What cannot be made sense
/// of is an error, never passed over: a misspelt <c>Prune=false</c> would be a deletion that nobody wanted.
/// </summary>
internal static class OptionReader
{
    private static readonly ImmutableArray<string> Boolean = ["true", "false"];
    private static readonly ImmutableArray<string> Consent = ["true", "false", "confirm"];

    /// <summary>The options of an object with their values.</summary>
    private static readonly Dictionary<string, ImmutableArray<string>> Known = new(StringComparer.Ordinal)
    {
        ["Delete"] = Consent,
        ["Force"] = Boolean,
        ["Prune"] = Consent,
        ["PruneLast"] = Boolean,
        ["Replace"] = Boolean,
        ["ServerSideApply"] = Boolean,
        ["SkipDryRunOnMissingResource"] = Boolean,
        ["Validate"] = Boolean,
    };

    /// <summary>What says how an object is compared; true: it is how it is done anyway.</summary>
    private static readonly Dictionary<string, bool> Comparisons = new(StringComparer.Ordinal)
    {
        ["IgnoreExtraneous"] = false,
        ["IgnoreExtraneous=true"] = false,
        ["IncludeMutationWebhook=true"] = true,
        ["ServerSideDiff=true"] = true,
    };

    /// <summary>Annotations that are <c>true</c> or <c>false</c>.</summary>
    private static readonly string[] Flags =
        [Annotations.IgnoreHealthCheck, Annotations.IgnoreRestartPolicy, Annotations.IgnoreResourceUpdates];

    /// <param name="rendered">The object.</param>
    /// <param name="errors">Takes a sentence for each annotation that makes no sense.</param>
    /// <param name="warnings">Takes a sentence for each that has no effect.</param>
    public static ObjectOptions Read(KubernetesObject rendered, ICollection<string> errors, ICollection<string> warnings)
    {
        var values = Values(rendered, errors);
        if (values.GetValueOrDefault("ServerSideApply") == "false")
        {
            warnings.Add($"{rendered}: ServerSideApply=false has no effect: the server applies everything, and knows who set which field");
        }

        foreach (var flag in Flags)
        {
            if (Annotations.FindNamed(rendered, flag) is { } named && !Boolean.Contains(named.Value, StringComparer.Ordinal))
            {
                errors.Add($"{rendered}: annotation {named.Name}: '{named.Value}' is neither true nor false");
            }
        }

        foreach (var unknown in Annotations.Unknown(rendered))
        {
            warnings.Add($"{rendered}: {unknown}");
        }

        var pruneLast = Truth(values, "PruneLast");
        return new()
        {
            Delete = SyncOptionRules.ConsentOf(values.GetValueOrDefault("Delete")),
            Force = Truth(values, "Force"),
            Prune = SyncOptionRules.ConsentOf(values.GetValueOrDefault("Prune")),
            PruneLast = pruneLast,
            Replace = Truth(values, "Replace"),
            SkipDryRunOnMissingResource = Truth(values, "SkipDryRunOnMissingResource"),
            Validate = Truth(values, "Validate"),
            Remembered = (pruneLast == true ? EntryOptions.PruneLast : EntryOptions.None)
                | (IgnoresExtraneous(rendered, errors) ? EntryOptions.IgnoreExtraneous : EntryOptions.None)
                | (values.GetValueOrDefault("Delete") == "confirm" || values.GetValueOrDefault("Prune") == "confirm" ? EntryOptions.ConfirmDeletion : EntryOptions.None)
                | (Annotations.IsTrue(rendered, Annotations.IgnoreHealthCheck) ? EntryOptions.IgnoreHealthCheck : EntryOptions.None),
        };
    }

    private static Dictionary<string, string> Values(KubernetesObject rendered, ICollection<string> errors)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Annotations.FindNamed(rendered, Annotations.SyncOptions) is not { } named)
        {
            return values;
        }

        foreach (var item in Words(named.Value))
        {
            var equals = item.IndexOf('=', StringComparison.Ordinal);
            var (option, value) = equals < 0 ? (item, string.Empty) : (item[..equals], item[(equals + 1)..]);
            if (!Known.TryGetValue(option, out var allowed))
            {
                errors.Add(SyncOptionRules.Names.Contains(option, StringComparer.Ordinal)
                    ? $"{rendered}: annotation {named.Name}: '{option}' is an option of an Application; set it in {SyncOptionRules.SpecPath}"
                    : $"{rendered}: annotation {named.Name}: '{option}' is no option of an object; the options are {string.Join(", ", Known.Keys)}");
            }
            else if (!allowed.Contains(value, StringComparer.Ordinal))
            {
                errors.Add($"{rendered}: annotation {named.Name}: '{item}' is not one of {string.Join(", ", allowed.Select(word => $"{option}={word}"))}");
            }
            else if (!values.TryAdd(option, value) && values[option] != value)
            {
                errors.Add($"{rendered}: annotation {named.Name}: '{option}' is {values[option]} and {value}; keep one of the two");
            }
        }

        return values;
    }

    private static bool IgnoresExtraneous(KubernetesObject rendered, ICollection<string> errors)
    {
        var ignores = false;
        if (Annotations.FindNamed(rendered, Annotations.CompareOptions) is { } named)
        {
            foreach (var item in Words(named.Value))
            {
                if (Comparisons.TryGetValue(item, out var isStandard))
                {
                    ignores |= !isStandard;
                }
                else
                {
                    errors.Add($"{rendered}: annotation {named.Name}: '{item}' is not one of {string.Join(", ", Comparisons.Keys)}");
                }
            }
        }

        return ignores;
    }

    private static bool? Truth(Dictionary<string, string> values, string option) =>
        values.TryGetValue(option, out var value) ? value == "true" : null;

    private static string[] Words(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
