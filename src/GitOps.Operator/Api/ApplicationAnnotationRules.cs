using System.Collections.Immutable;
using System.Globalization;

namespace GitOps.Operator.Api;

/// <summary>The annotations of an Application that say how it is compared and synced: taken, warned of, or refused.</summary>
internal static class ApplicationAnnotationRules
{
    private const string Notifications = "notifications.argoproj.io/";

    private static readonly string[] Checked =
    [
        Annotations.CompareOptions, Annotations.DeletionApproved, Annotations.Hydrate, Annotations.HydrateTimestamp,
        Annotations.MigrationManager, Annotations.SkipReconcile,
    ];

    private static readonly string[] Comparisons = ["IncludeMutationWebhook=true", "ServerSideDiff=true"];

    /// <summary>Changes when anything changes that is looked at here: annotations move no generation.</summary>
    public static string Signature(IReadOnlyDictionary<string, string> annotations) => annotations.Count == 0
        ? string.Empty
        : string.Join('\n', annotations.Where(static pair => IsChecked(pair.Key))
            .OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key}={pair.Value}"));

    /// <returns>What has no effect, a sentence each.</returns>
    public static ImmutableArray<string> Check(IReadOnlyDictionary<string, string> annotations, SpecErrors errors)
    {
        foreach (var name in Checked)
        {
            foreach (var prefix in (ReadOnlySpan<string>)[Annotations.Prefix, Annotations.ArgoPrefix])
            {
                if (annotations.TryGetValue(prefix + name, out var value))
                {
                    Check(name, $"metadata.annotations[{prefix}{name}]", value, errors);
                    break;
                }
            }
        }

        return [.. annotations.Keys.Where(static name => name.StartsWith(Notifications, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(static name => $"annotation {name}: notifications are not supported; watch the Application's conditions and events, or remove it"),
            .. annotations.Keys.Order(StringComparer.Ordinal).Select(static name => Annotations.UnknownUnder(Annotations.Prefix, name)).OfType<string>()];
    }

    /// <summary>When a person last approved deletions that ask for it; null: never, or nobody can tell.</summary>
    public static DateTimeOffset? DeletionApproved(IReadOnlyDictionary<string, string> annotations) =>
        Annotations.Find(annotations, Annotations.DeletionApproved) is { } text && TryParse(text, out var time) ? time : null;

    private static bool IsChecked(string name) => name.StartsWith(Notifications, StringComparison.Ordinal)
        || Annotations.UnknownUnder(Annotations.Prefix, name) is not null
        || Checked.Any(known => name == Annotations.Prefix + known || name == Annotations.ArgoPrefix + known);

    private static void Check(string name, string field, string value, SpecErrors errors)
    {
        switch (name)
        {
            case Annotations.Hydrate or Annotations.HydrateTimestamp:
                errors.Unsupported(field, "the source hydrator is not supported; remove it, and set spec.source to the hydrated branch");
                break;
            case Annotations.SkipReconcile when value is not ("true" or "false"):
                errors.Invalid(field, $"'{value}' is neither true nor false");
                break;
            case Annotations.DeletionApproved when !TryParse(value, out _):
                errors.Invalid(field, $"'{value}' is no time; write it as 2006-01-02T15:04:05Z");
                break;
            case Annotations.MigrationManager when string.IsNullOrWhiteSpace(value):
                errors.Invalid(field, "names no field manager; remove it");
                break;
            case Annotations.CompareOptions:
                CheckComparison(field, value, errors);
                break;
            default:
                break;
        }
    }

    private static void CheckComparison(string field, string value, SpecErrors errors)
    {
        foreach (var option in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (option == "ServerSideDiff=false")
            {
                errors.Unsupported(field, "the server says what differs, and what mutating webhooks make of it counts; remove 'ServerSideDiff=false'");
            }
            else if (!Comparisons.Contains(option, StringComparer.Ordinal))
            {
                errors.Invalid(field, $"'{option}' is not one of {string.Join(", ", Comparisons)}");
            }
        }
    }

    private static bool TryParse(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text.Trim(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time) && text.Contains('T', StringComparison.Ordinal);
}
