using System.Globalization;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Tables;

/// <summary>Nodes, namespaces, what is configured, and what has happened.</summary>
internal static class ClusterTables
{
    private const string None = "<none>";
    private const string Unknown = "<unknown>";
    private const string RolePrefix = "node-role.kubernetes.io/";

    public static KindTable NameAndAge { get; } = new("Name!, Age", static row => [row.Name, row.Age]);

    /// <summary>Where a kind has no table of its own.</summary>
    public static KindTable Plain { get; } = new("Name!, Created At:date", static row => [row.Name, row.Text("metadata", "creationTimestamp")]);

    public static KindTable Scale { get; } = new("Name, Desired:integer, Available:integer, Age", static row =>
        [row.Name, row.Number("spec", "replicas"), row.Number("status", "replicas"), row.Age]);

    public static KindTable ConfigMap { get; } = new("Name!, Data, Age", static row =>
        [row.Name, row.Count("data") + row.Count("binaryData"), row.Age]);

    public static KindTable Secret { get; } = new("Name!, Type, Data, Age", static row => [row.Name, row.Text("type"), row.Count("data"), row.Age]);

    public static KindTable Namespace { get; } = new("Name!, Status, Age", static row => [row.Name, row.Text("status", "phase"), row.Age]);

    public static KindTable Node { get; } = new(
        "Name!, Status, Roles, Age, Version, Internal-IP?, External-IP?, OS-Image?, Kernel-Version?, Container-Runtime?", static row =>
        {
            var info = row.Part("status", "nodeInfo");
            var architecture = info.Text("architecture") is { Length: > 0 } name ? $" ({name})" : string.Empty;
            return
            [
                row.Name,
                NodeStatus(row),
                NodeRoles(row) is { Length: > 0 } roles ? roles : None,
                row.Age,
                info.Text("kubeletVersion"),
                Address(row, "InternalIP"),
                Address(row, "ExternalIP"),
                info.TextOr(Unknown, "osImage"),
                info.TextOr(Unknown, "kernelVersion") + architecture,
                info.TextOr(Unknown, "containerRuntimeVersion"),
            ];
        });

    public static KindTable Event { get; } = new(
        "Last Seen, Type, Reason, Object, Subobject?, Source?, Message, First Seen?, Count?, Name!?", static row =>
        {
            var first = row.Since("firstTimestamp") is var stamp && row.Has("firstTimestamp") ? stamp : row.Since("eventTime");
            var last = row.Has("series") ? row.Since("series", "lastObservedTime") : row.Has("lastTimestamp") ? row.Since("lastTimestamp") : first;
            var kind = row.Text("involvedObject", "kind").ToLowerInvariant();
            return
            [
                last,
                row.Text("type"),
                row.Text("reason"),
                row.Text("involvedObject", "name") is { Length: > 0 } name ? $"{kind}/{name}" : kind,
                row.Text("involvedObject", "fieldPath"),
                EventSource(row),
                row.Text("message").Trim(),
                first,
                row.Has("series") ? row.Number("series", "count") : Math.Max(row.Number("count"), 1),
                row.Name,
            ];
        });

    public static KindTable ResourceQuota { get; } = new("Name!, Request, Limit, Age", static row =>
        [row.Name, Usage(row, limits: false), Usage(row, limits: true), row.Age]);

    public static KindTable ComponentStatus { get; } = new("Name!, Status, Message, Error", static row =>
    {
        var healthy = row.Condition("Healthy", "conditions");
        return
        [
            row.Name,
            healthy is null ? "Unknown" : healthy.Value.Text("status") == "True" ? "Healthy" : "Unhealthy",
            healthy?.Text("message") ?? string.Empty,
            healthy?.Text("error") ?? string.Empty,
        ];
    });

    public static KindTable Lease { get; } = new("Name!, Holder, Age", static row => [row.Name, row.Text("spec", "holderIdentity"), row.Age]);

    public static KindTable PriorityClass { get; } = new("Name!, Value:integer, Global-Default:boolean, Age, PreemptionPolicy", static row =>
        [row.Name, row.Number("value"), row.Flag("globalDefault"), row.Age, row.Text("preemptionPolicy")]);

    public static KindTable RuntimeClass { get; } = new("Name!, Handler, Age", static row => [row.Name, row.Text("handler"), row.Age]);

    public static KindTable ApiService { get; } = new("Name!, Service, Available, Age", static row =>
    [
        row.Name,
        row.Has("spec", "service") ? $"{row.Text("spec", "service", "namespace")}/{row.Text("spec", "service", "name")}" : "Local",
        Availability(row.Condition("Available", "status", "conditions")),
        row.Age,
    ]);

    public static KindTable FlowSchema { get; } = new(
        "Name!, PriorityLevel, MatchingPrecedence, DistinguisherMethod, Age, MissingPL", static row =>
        [
            row.Name,
            row.Text("spec", "priorityLevelConfiguration", "name"),
            row.Number("spec", "matchingPrecedence"),
            row.TextOr(None, "spec", "distinguisherMethod", "type"),
            row.Age,
            row.Condition("Dangling", "status", "conditions")?.Text("status") ?? "?",
        ]);

    public static KindTable PriorityLevel { get; } = new(
        "Name!, Type, NominalConcurrencyShares, Queues, HandSize, QueueLengthLimit, Age", static row =>
        {
            var queuing = row.Part("spec", "limited", "limitResponse", "queuing");
            return
            [
                row.Name, row.Text("spec", "type"), NumberOrNone(row, "spec", "limited", "nominalConcurrencyShares"),
                NumberOrNone(queuing, "queues"), NumberOrNone(queuing, "handSize"), NumberOrNone(queuing, "queueLengthLimit"), row.Age,
            ];
        });

    public static KindTable ResourceClaim { get; } = new("Name!, State, Age", static row => [row.Name, ClaimState(row), row.Age]);

    public static KindTable ResourceSlice { get; } = new("Name!, Node, Driver, Pool, Age", static row =>
        [row.Name, row.Text("spec", "nodeName"), row.Text("spec", "driver"), row.Text("spec", "pool", "name"), row.Age]);

    private static string NodeStatus(TableSource row)
    {
        var ready = row.Condition("Ready", "status", "conditions");
        var status = ready is null ? "Unknown" : ready.Value.Text("status") == "True" ? "Ready" : "NotReady";
        return row.Flag("spec", "unschedulable") ? status + ",SchedulingDisabled" : status;
    }

    private static string NodeRoles(TableSource row) => string.Join(',', (row.Members("metadata", "labels") ?? [])
        .Select(static label => label.Key.StartsWith(RolePrefix, StringComparison.Ordinal) ? label.Key[RolePrefix.Length..]
            : label.Key == "kubernetes.io/role" ? label.Value?.ToString() ?? string.Empty
            : string.Empty)
        .Where(static role => role.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    private static string Address(TableSource row, string type) => row.Condition(type, "status", "addresses")?.Text("address") ?? None;

    private static string EventSource(TableSource row)
    {
        var component = row.TextOr(row.Text("reportingComponent"), "source", "component");
        var instance = row.TextOr(row.Text("reportingInstance"), "source", "host");
        return instance.Length == 0 ? component : $"{component}, {instance}";
    }

    private static string Usage(TableSource row, bool limits) => string.Join(", ", (row.Members("status", "hard") ?? [])
        .Where(resource => resource.Key.StartsWith("limits.", StringComparison.Ordinal) == limits)
        .OrderBy(static resource => resource.Key, StringComparer.Ordinal)
        .Select(resource => string.Create(CultureInfo.InvariantCulture, $"{resource.Key}: {row.AnyOr("0", "status", "used", resource.Key)}/{resource.Value}")));

    private static string Availability(TableSource? condition) => condition switch
    {
        null => "Unknown",
        { } known when known.Text("status") != "True" && known.Text("reason").Length > 0 => $"{known.Text("status")} ({known.Text("reason")})",
        { } known => known.Text("status"),
    };

    private static JsonNode NumberOrNone(TableSource row, params ReadOnlySpan<string> path) => row.Has(path) ? row.Number(path) : None;

    private static string ClaimState(TableSource row)
    {
        var states = new List<string>();
        if (row.IsTerminating)
        {
            states.Add("deleted");
        }

        if (row.Has("status", "allocation"))
        {
            states.Add("allocated");
            if (row.Count("status", "reservedFor") > 0)
            {
                states.Add("reserved");
            }
        }
        else if (!row.IsTerminating)
        {
            states.Add("pending");
        }

        return string.Join(',', states);
    }
}
