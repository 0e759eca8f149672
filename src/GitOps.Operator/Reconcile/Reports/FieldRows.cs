using System.Globalization;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Reports;

/// <summary>Differences of fields as a status tells them.</summary>
internal static class FieldRows
{
    /// <summary>What was done to the field.</summary>
    public static FieldRow OfDrift(FieldDiff field) => new()
    {
        Path = field.Path,
        Change = field.Change,
        Desired = field.Desired,
        Live = field.Live,
        Manager = Text(field.Manager),
        Operation = Text(field.Operation),
        Subresource = Text(field.Subresource),
        Time = DateTimeOffset.TryParse(field.Time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null,
    };

    /// <summary>What a sync would do to the field: it adds what the live object lacks.</summary>
    public static FieldRow OfPlan(FieldDiff field) => OfDrift(field) with
    {
        Change = field.Change switch
        {
            FieldChange.Removed => FieldChange.Added,
            FieldChange.Added => FieldChange.Removed,
            _ => field.Change,
        },
    };

    private static string? Text(string text) => text.Length == 0 ? null : text;
}
