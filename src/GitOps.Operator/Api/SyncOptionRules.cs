using System.Collections.Immutable;

namespace GitOps.Operator.Api;

/// <param name="CreateNamespace"><c>CreateNamespace=true</c>.</param>
/// <param name="PruneUnmarked">False: <c>Prune=false</c>.</param>
internal sealed record SyncOptions(bool CreateNamespace, bool PruneUnmarked);

/// <summary><c>spec.syncPolicy.syncOptions</c>: the options of Argo CD, and which of their values are supported.</summary>
internal static class SyncOptionRules
{
    private const string Path = "spec.syncPolicy.syncOptions";

    /// <summary>Every option of Argo CD with the values that are supported.</summary>
    private static readonly Dictionary<string, ImmutableArray<string>> Known = new(StringComparer.Ordinal)
    {
        ["CreateNamespace"] = ["true", "false"],
        ["ServerSideApply"] = ["true"],
        ["Prune"] = ["true", "false"],
        ["Validate"] = ["true"],
        ["ApplyOutOfSyncOnly"] = [],
        ["ClientSideApplyMigration"] = [],
        ["Delete"] = [],
        ["FailOnSharedResource"] = [],
        ["Force"] = [],
        ["PruneLast"] = [],
        ["PrunePropagationPolicy"] = [],
        ["Replace"] = [],
        ["RespectIgnoreDifferences"] = [],
        ["SkipDryRunOnMissingResource"] = [],
    };

    public static SyncOptions Check(ImmutableArray<string> options, SpecErrors errors)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < options.Length; i++)
        {
            Check($"{Path}[{i}]", options[i].Trim(), values, errors);
        }

        return new(values.GetValueOrDefault("CreateNamespace") == "true", values.GetValueOrDefault("Prune") != "false");
    }

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
            errors.Unsupported(field, $"there is no option '{name}'; remove it");
        }
        else if (!supported.Contains(value, StringComparer.Ordinal))
        {
            errors.Unsupported(field, supported.IsEmpty
                ? $"'{name}' is not supported yet; remove it"
                : $"'{option}' is not supported; remove it or set {string.Join(" or ", supported.Select(item => $"{name}={item}"))}");
        }
        else if (!values.TryAdd(name, value) && values[name] != value)
        {
            errors.Contradiction(field, $"'{name}' is set to {values[name]} before; keep one of the two");
        }
    }
}
