using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Operator.Commands;

/// <summary>What is shown of an Application.</summary>
internal sealed record ApplicationRow(NamespacedName Key, string Sync, string Health, string Revision, int Drifted, string Message)
{
    private const string None = "-";

    public static ApplicationRow Of(KubernetesObject application)
    {
        var status = ApplicationResource.Parse(application).Status;
        var revision = status.Sync?.FullRevision ?? string.Empty;
        return new(
            new NamespacedName(application.Namespace, application.Name),
            status.Sync?.Status.ToString() ?? None,
            status.Health?.Status.ToString() ?? None,
            revision.Length == 0 ? None : Revisions.Short(revision),
            status.DriftCount ?? DriftOf(status).Count(),
            application.IsTerminating ? "is being deleted" : MessageOf(status));
    }

    private static string MessageOf(ApplicationStatus status)
    {
        if (DriftOf(status).FirstOrDefault() is { } drift)
        {
            var more = (status.DriftCount ?? DriftOf(status).Count()) - 1;
            return $"{Describe(drift)}{(more > 0 ? $", and {more} more" : string.Empty)}";
        }

        var ready = status.Condition(Conditions.Ready);
        return ready is null or { IsTrue: true } ? string.Empty : OneLine($"{ready.Reason}: {ready.Message}");
    }

    private static IEnumerable<DriftRow> DriftOf(ApplicationStatus status) => status.Drift.Where(static row => row.Change != DriftChange.Adopted);

    private static string Describe(DriftRow drift)
    {
        var what = $"{drift.Kind} {drift.Name}";
        if (drift.Fields.IsEmpty)
        {
            return $"{what} {drift.Change.ToString().ToLowerInvariant()}";
        }

        var field = drift.Fields[0];
        var others = drift.Fields.Length > 1 ? $" (+{drift.Fields.Length - 1})" : string.Empty;
        var who = string.IsNullOrEmpty(field.Manager) ? string.Empty : $" by {field.Manager}";
        return $"{what}: {field.Path}{others} {drift.Change.ToString().ToLowerInvariant()}{who}";
    }

    private static string OneLine(string text) => text.ReplaceLineEndings("; ");
}
