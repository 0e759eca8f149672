using System.Globalization;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tables;

/// <summary>What makes pods, and what guards them.</summary>
internal static class WorkloadTables
{
    private const string None = "<none>";

    public static KindTable PodTemplate { get; } = new("Name!, Containers, Images, Pod Labels", static row =>
    {
        var (names, images) = row.Containers("template", "spec", "containers");
        return [row.Name, names, images, Selectors.Labels(row.Members("template", "metadata", "labels"))];
    });

    public static KindTable ReplicationController { get; } = new(
        "Name!, Desired:integer, Current:integer, Ready:integer, Age, Containers?, Images?, Selector?", static row =>
        {
            var (names, images) = row.Containers("spec", "template", "spec", "containers");
            return
            [
                row.Name, row.Number("spec", "replicas"), row.Number("status", "replicas"), row.Number("status", "readyReplicas"), row.Age,
                names, images, Selectors.Labels(row.Members("spec", "selector")),
            ];
        });

    public static KindTable ReplicaSet { get; } = new(
        "Name!, Desired:integer, Current:integer, Ready:integer, Age, Containers?, Images?, Selector?", static row =>
        {
            var (names, images) = row.Containers("spec", "template", "spec", "containers");
            return
            [
                row.Name, row.Number("spec", "replicas"), row.Number("status", "replicas"), row.Number("status", "readyReplicas"), row.Age,
                names, images, Selectors.TextOrNone(row.Members("spec", "selector")),
            ];
        });

    public static KindTable Deployment { get; } = new(
        "Name!, Ready, Up-to-date, Available, Age, Containers?, Images?, Selector?", static row =>
        {
            var (names, images) = row.Containers("spec", "template", "spec", "containers");
            return
            [
                row.Name, Ready(row), row.Number("status", "updatedReplicas"), row.Number("status", "availableReplicas"), row.Age,
                names, images, Selectors.Text(row.Members("spec", "selector")),
            ];
        });

    public static KindTable StatefulSet { get; } = new("Name!, Ready, Age, Containers?, Images?", static row =>
    {
        var (names, images) = row.Containers("spec", "template", "spec", "containers");
        return [row.Name, Ready(row), row.Age, names, images];
    });

    public static KindTable DaemonSet { get; } = new(
        "Name!, Desired:integer, Current:integer, Ready:integer, Up-to-date:integer, Available:integer, Node Selector, Age, "
            + "Containers?, Images?, Selector?",
        static row =>
        {
            var (names, images) = row.Containers("spec", "template", "spec", "containers");
            return
            [
                row.Name, row.Number("status", "desiredNumberScheduled"), row.Number("status", "currentNumberScheduled"),
                row.Number("status", "numberReady"), row.Number("status", "updatedNumberScheduled"), row.Number("status", "numberAvailable"),
                Selectors.Labels(row.Members("spec", "template", "spec", "nodeSelector")), row.Age,
                names, images, Selectors.TextOrNone(row.Members("spec", "selector")),
            ];
        });

    public static KindTable Job { get; } = new("Name!, Status, Completions, Duration, Age, Containers?, Images?, Selector?", static row =>
    {
        var (names, images) = row.Containers("spec", "template", "spec", "containers");
        return
        [
            row.Name, JobStatus(row), Completions(row), JobDuration(row), row.Age,
            names, images, Selectors.TextOrNone(row.Members("spec", "selector")),
        ];
    });

    public static KindTable CronJob { get; } = new(
        "Name!, Schedule, Timezone, Suspend:boolean, Active:integer, Last Schedule, Age, Containers?, Images?, Selector?", static row =>
        {
            var (names, images) = row.Containers("spec", "jobTemplate", "spec", "template", "spec", "containers");
            return
            [
                row.Name, row.Text("spec", "schedule"), row.TextOr(None, "spec", "timeZone"),
                row.Has("spec", "suspend") ? (row.Flag("spec", "suspend") ? "True" : "False") : "<unset>",
                row.Count("status", "active"), row.Has("status", "lastScheduleTime") ? row.Since("status", "lastScheduleTime") : None, row.Age,
                names, images, Selectors.TextOrNone(row.Members("spec", "jobTemplate", "spec", "selector")),
            ];
        });

    public static KindTable ControllerRevision { get; } = new("Name!, Controller, Revision, Age", static row =>
        [row.Name, Controller(row), row.Number("revision"), row.Age]);

    public static KindTable PodDisruptionBudget { get; } = new(
        "Name!, Min Available, Max Unavailable, Allowed Disruptions:integer, Age", static row =>
        [
            row.Name, row.AnyOr("N/A", "spec", "minAvailable"), row.AnyOr("N/A", "spec", "maxUnavailable"),
            row.Number("status", "disruptionsAllowed"), row.Age,
        ]);

    private static string Ready(TableSource row) =>
        string.Create(CultureInfo.InvariantCulture, $"{row.Number("status", "readyReplicas")}/{row.Number("spec", "replicas")}");

    private static string JobStatus(TableSource row)
    {
        bool Is(string type) => row.Condition(type, "status", "conditions")?.Text("status") == "True";

        return Is("Complete") ? "Complete"
            : Is("Failed") ? "Failed"
            : row.IsTerminating ? "Terminating"
            : Is("Suspended") ? "Suspended"
            : Is("FailureTarget") ? "FailureTarget"
            : Is("SuccessCriteriaMet") ? "SuccessCriteriaMet"
            : "Running";
    }

    private static string Completions(TableSource row)
    {
        var succeeded = row.Number("status", "succeeded");
        var parallelism = row.Number("spec", "parallelism");
        return row.Has("spec", "completions") ? string.Create(CultureInfo.InvariantCulture, $"{succeeded}/{row.Number("spec", "completions")}")
            : parallelism > 1 ? string.Create(CultureInfo.InvariantCulture, $"{succeeded}/1 of {parallelism}")
            : string.Create(CultureInfo.InvariantCulture, $"{succeeded}/1");
    }

    private static string JobDuration(TableSource row) =>
        row.Time("status", "startTime") is { } start ? row.Between(start, row.Time("status", "completionTime")) : string.Empty;

    private static string Controller(TableSource row)
    {
        foreach (var owner in row.Items("metadata", "ownerReferences"))
        {
            if (owner.Flag("controller"))
            {
                var group = GroupVersionKind.Parse(owner.Text("apiVersion"), owner.Text("kind")).Group;
                return $"{owner.Text("kind").ToLowerInvariant()}{(group.Length > 0 ? "." + group : string.Empty)}/{owner.Text("name")}";
            }
        }

        return None;
    }
}
