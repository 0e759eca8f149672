using System.Collections.Immutable;
using GitOps.Operator.Model;

namespace GitOps.Operator.Api;

/// <summary>
/// The sync options of Argo CD as they stand in a list: of an Application, or of an operation. Each value is taken, or refused
/// with the reason and the way out.
/// </summary>
internal static class SyncOptionRules
{
    public const string SpecPath = "spec.syncPolicy.syncOptions";

    private static readonly ImmutableArray<string> Boolean = ["true", "false"];
    private static readonly ImmutableArray<string> Consent = ["true", "false", "confirm"];

    /// <summary>Every option with the values that are taken.</summary>
    private static readonly Dictionary<string, ImmutableArray<string>> Known = new(StringComparer.Ordinal)
    {
        ["ApplyOutOfSyncOnly"] = Boolean,
        ["ClientSideApplyMigration"] = Boolean,
        ["CreateNamespace"] = Boolean,
        ["Delete"] = Consent,
        ["FailOnSharedResource"] = ["true"],
        ["Force"] = Boolean,
        ["Prune"] = Consent,
        ["PruneLast"] = Boolean,
        ["PrunePropagationPolicy"] = ["foreground", "background", "orphan"],
        ["Replace"] = Boolean,
        ["RespectIgnoreDifferences"] = Boolean,
        ["ServerSideApply"] = ["true"],
        ["SkipDryRunOnMissingResource"] = Boolean,
        ["Validate"] = Boolean,
    };

    /// <summary>Why values that exist in Argo CD are not taken.</summary>
    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["FailOnSharedResource=false"] = "an object of another Application is never taken over; remove the option, and such an object from one of the two",
        ["ServerSideApply=false"] = "the server applies everything, and knows who set which field; remove the option",
    };

    public static IEnumerable<string> Names => Known.Keys;

    /// <param name="options">As written: <c>Name=value</c>.</param>
    /// <param name="path">Of the list, for messages.</param>
    /// <param name="errors">Takes what is wrong with them.</param>
    public static SyncOptions Check(ImmutableArray<string> options, string path, SpecErrors errors)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < options.Length; i++)
        {
            Check($"{path}[{i}]", options[i].Trim(), values, errors);
        }

        return new()
        {
            ClientSideApplyMigration = values.GetValueOrDefault("ClientSideApplyMigration") != "false",
            CreateNamespace = IsTrue("CreateNamespace"),
            Delete = ConsentOf(values.GetValueOrDefault("Delete")),
            Force = IsTrue("Force"),
            Prune = ConsentOf(values.GetValueOrDefault("Prune")),
            PruneLast = IsTrue("PruneLast"),
            PrunePropagation = values.GetValueOrDefault("PrunePropagationPolicy") switch
            {
                "background" => "Background",
                "orphan" => "Orphan",
                _ => "Foreground",
            },
            Replace = IsTrue("Replace"),
            RespectIgnoreDifferences = IsTrue("RespectIgnoreDifferences"),
            SkipDryRunOnMissingResource = IsTrue("SkipDryRunOnMissingResource"),
            Validate = values.GetValueOrDefault("Validate") != "false",
        };

        bool IsTrue(string name) => values.GetValueOrDefault(name) == "true";
    }

    /// <summary>What a value of <c>Prune</c> or <c>Delete</c> means.</summary>
    public static DeletionConsent ConsentOf(string? value) => value switch
    {
        "true" => DeletionConsent.Yes,
        "false" => DeletionConsent.No,
        "confirm" => DeletionConsent.Confirm,
        _ => DeletionConsent.Unsaid,
    };

    private static void Check(string field, string option, Dictionary<string, string> values, SpecErrors errors)
    {
        var equals = option.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            errors.Invalid(field, $"'{option}' is not of the form Option=value");
            return;
        }

        var (name, value) = (option[..equals], option[(equals + 1)..]);
        if (!Known.TryGetValue(name, out var supported))
        {
            errors.Unsupported(field, $"there is no option '{name}'; the options are {string.Join(", ", Known.Keys)}");
        }
        else if (Refused.TryGetValue(option, out var why))
        {
            errors.Unsupported(field, $"'{option}' is not supported: {why}");
        }
        else if (!supported.Contains(value, StringComparer.Ordinal))
        {
            errors.Unsupported(field, $"'{option}' is not supported; remove it or set {string.Join(" or ", supported.Select(item => $"{name}={item}"))}");
        }
        else if (!values.TryAdd(name, value) && values[name] != value)
        {
            errors.Contradiction(field, $"'{name}' is set to {values[name]} before; keep one of the two");
        }
    }
}
