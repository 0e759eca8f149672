using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Survival;

/// <summary>The history as text, to be compared.</summary>
internal static class ToldHistory
{
    /// <summary>A line for each entry, without its commit and its times.</summary>
    public static string Told(this ApplicationResource application) => string.Join('\n', application.Status.History.Select(static entry =>
        $"{entry.Id} {entry.Trigger} {entry.ApprovedBy} {entry.Commit?.Subject} Create={entry.Changes!.Create} Update={entry.Changes.Update} Delete={entry.Changes.Delete} "
        + string.Join(' ', entry.Objects.Select(static item => $"{item.Action}:{item.Kind}:{item.Namespace}:{item.Name}"))));
}
