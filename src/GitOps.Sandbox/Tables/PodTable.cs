using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Tables;

/// <summary>Pods: what state they are in is told by their containers more than by their phase.</summary>
internal static class PodTable
{
    private const string None = "<none>";

    public static KindTable Table { get; } = new(
        "Name!, Ready, Status, Restarts, Age, IP?, Node?, Nominated Node?, Readiness Gates?", Cells)
    { Conditions = Conditions };

    private static JsonNode?[] Cells(TableSource pod)
    {
        var state = new State(pod);
        state.ReadInitContainers();
        if (!state.IsInitializing || pod.Condition("Initialized", "status", "conditions")?.Text("status") == "True")
        {
            state.ReadContainers();
        }

        return
        [
            pod.Name,
            Ratio(state.Ready, state.Total),
            Status(pod, state.Reason),
            state.Restarts,
            pod.Age,
            pod.Items("status", "podIPs") is [var first, ..] ? first.TextOr(None, "ip") : None,
            pod.TextOr(None, "spec", "nodeName"),
            pod.TextOr(None, "status", "nominatedNodeName"),
            ReadinessGates(pod),
        ];
    }

    private static JsonArray? Conditions(TableSource pod) => pod.Text("status", "phase") switch
    {
        "Succeeded" => Completed("Succeeded", "The pod has completed successfully."),
        "Failed" => Completed("Failed", "The pod failed."),
        _ => null,
    };

    private static JsonArray Completed(string reason, string message) =>
        [new JsonObject { ["type"] = "Completed", ["status"] = "True", ["reason"] = reason, ["message"] = message }];

    private static string Status(TableSource pod, string reason) => pod.IsTerminating switch
    {
        true when pod.Text("status", "reason") == "NodeLost" => "Unknown",
        true when pod.Text("status", "phase") is not ("Succeeded" or "Failed") => "Terminating",
        _ => reason,
    };

    private static string ReadinessGates(TableSource pod)
    {
        var gates = pod.Items("spec", "readinessGates");
        return gates.Count == 0
            ? None
            : Ratio(gates.Count(gate => pod.Condition(gate.Text("conditionType"), "status", "conditions")?.Text("status") == "True"), gates.Count);
    }

    private static string Ratio(int part, int whole) => string.Create(CultureInfo.InvariantCulture, $"{part}/{whole}");

    /// <summary>What is found out about a pod, container by container.</summary>
    private sealed class State
    {
        private readonly TableSource _pod;
        private readonly HashSet<string> _sidecars;
        private Counter _all;
        private Counter _ofSidecars;

        public State(TableSource pod)
        {
            _pod = pod;
            _sidecars =
            [
                .. pod.Items("spec", "initContainers")
                    .Where(static container => container.Text("restartPolicy") == "Always").Select(static container => container.Text("name")),
            ];
            Total = pod.Count("spec", "containers") + _sidecars.Count;
            var scheduling = pod.Items("status", "conditions")
                .Any(static condition => condition.Text("type") == "PodScheduled" && condition.Text("reason") == "SchedulingGated");
            Reason = scheduling ? "SchedulingGated" : pod.TextOr(pod.Text("status", "phase"), "status", "reason");
        }

        public int Total { get; }

        public int Ready { get; private set; }

        public string Reason { get; private set; }

        public bool IsInitializing { get; private set; }

        public string Restarts => _all.Count != 0 && _all.Last is { } last
            ? string.Create(CultureInfo.InvariantCulture, $"{_all.Count} ({_pod.Between(last, null)} ago)")
            : _all.Count.ToString(CultureInfo.InvariantCulture);

        public void ReadInitContainers()
        {
            var statuses = _pod.Items("status", "initContainerStatuses");
            for (var i = 0; i < statuses.Count && !IsInitializing; i++)
            {
                var container = statuses[i];
                var isSidecar = _sidecars.Contains(container.Text("name"));
                _all.Add(container);
                if (isSidecar)
                {
                    _ofSidecars.Add(container);
                }

                if (container.Has("state", "terminated") && container.Number("state", "terminated", "exitCode") == 0)
                {
                    continue;
                }

                if (isSidecar && container.Flag("started"))
                {
                    Ready += container.Flag("ready") ? 1 : 0;
                    continue;
                }

                IsInitializing = true;
                Reason = "Init:" + (container.Has("state", "terminated") ? Ending(container)
                    : container.Text("state", "waiting", "reason") is { Length: > 0 } waiting and not "PodInitializing" ? waiting
                    : Ratio(i, _pod.Count("spec", "initContainers")));
            }
        }

        public void ReadContainers()
        {
            _all = _ofSidecars;
            var (hasRunning, failure) = (false, string.Empty);
            foreach (var container in _pod.Items("status", "containerStatuses").Reverse())
            {
                _all.Add(container);
                if (container.Text("state", "waiting", "reason") is { Length: > 0 } waiting)
                {
                    Reason = waiting;
                }
                else if (container.Has("state", "terminated"))
                {
                    Reason = Ending(container);
                    failure = container.Number("state", "terminated", "exitCode") != 0 ? Reason : failure;
                }
                else if (container.Flag("ready") && container.Has("state", "running"))
                {
                    hasRunning = true;
                    Ready++;
                }
            }

            if (Reason == "Completed")
            {
                Reason = hasRunning && _pod.Items("status", "conditions").Any(static condition =>
                    condition.Text("type") == "Ready" && condition.Text("status") == "True") ? "Running"
                    : failure.Length > 0 ? failure
                    : hasRunning ? "NotReady"
                    : Reason;
            }
        }

        private static string Ending(TableSource container)
        {
            var terminated = container.Part("state", "terminated");
            return terminated.Text("reason") is { Length: > 0 } reason ? reason
                : terminated.Number("signal") is var signal and not 0 ? string.Create(CultureInfo.InvariantCulture, $"Signal:{signal}")
                : string.Create(CultureInfo.InvariantCulture, $"ExitCode:{terminated.Number("exitCode")}");
        }
    }

    /// <summary>How often containers were restarted, and when the last time.</summary>
    [StructLayout(LayoutKind.Auto)]
    private struct Counter
    {
        public long Count { get; private set; }

        public DateTimeOffset? Last { get; private set; }

        public void Add(TableSource container)
        {
            Count += container.Number("restartCount");
            if (container.Time("lastState", "terminated", "finishedAt") is { } finished && (Last is null || finished > Last))
            {
                Last = finished;
            }
        }
    }
}
