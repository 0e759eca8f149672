using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Controllers.Nodes;

/// <summary>How far a pod is on its way.</summary>
internal enum PodStage
{
    /// <summary>Its containers are being made.</summary>
    Starting,

    /// <summary>It has become what its script says.</summary>
    Done,
}

/// <summary>The status that a kubelet writes. Pure: what has not changed keeps its times.</summary>
internal sealed class PodStatus
{
    private static readonly string[] ConditionOrder = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady"];

    private readonly KubernetesObject _pod;
    private readonly JsonObject? _before;
    private readonly string _now;

    private PodStatus(KubernetesObject pod, DateTimeOffset now) => (_pod, _before, _now) = (pod, pod.Part("status"), Fields.Time(now));

    /// <param name="pod">A pod that is bound to a node.</param>
    /// <param name="outcome">What becomes of it.</param>
    /// <param name="stage">How far it is.</param>
    /// <param name="restarts">How often its containers have been started again.</param>
    /// <param name="now">The present time.</param>
    public static JsonObject Of(KubernetesObject pod, PodOutcome outcome, PodStage stage, long restarts, DateTimeOffset now) =>
        new PodStatus(pod, now).Build(stage == PodStage.Starting ? PodOutcome.Creating : outcome, restarts);

    private JsonObject Build(PodOutcome outcome, long restarts)
    {
        var status = (JsonObject?)_before?.DeepClone() ?? [];
        if (_pod.Generation is { } generation)
        {
            status["observedGeneration"] = generation;
        }

        status["phase"] = PhaseOf(outcome);
        status["startTime"] ??= _now;
        if (outcome == PodOutcome.Evicted)
        {
            (status["reason"], status["message"]) = ("Evicted", "The node was low on resource: memory.");
            status["conditions"] = Conditions(outcome);
            return status;
        }

        var host = NodePool.AddressOf(_pod.Text("spec", "nodeName"));
        status["hostIP"] = host;
        status["hostIPs"] = new JsonArray(new JsonObject { ["ip"] = host });
        if (outcome != PodOutcome.Creating)
        {
            status["podIP"] = NodePool.AddressOfPod(_pod.Uid!);
            status["podIPs"] = new JsonArray(new JsonObject { ["ip"] = NodePool.AddressOfPod(_pod.Uid!) });
        }

        status["conditions"] = Conditions(outcome);
        if (Fields.Items(_pod.At("spec", "initContainers")).Any())
        {
            status["initContainerStatuses"] = Fields.Copy(
                Fields.Items(_pod.At("spec", "initContainers")).Select(container => InitContainer(container, outcome)));
        }

        status["containerStatuses"] = Fields.Copy(Fields.Items(_pod.At("spec", "containers")).Select(container => Container(container, outcome, restarts)));
        return status;
    }

    private static string PhaseOf(PodOutcome outcome) => outcome switch
    {
        PodOutcome.Pending or PodOutcome.Creating or PodOutcome.ImagePull => "Pending",
        PodOutcome.Evicted or PodOutcome.Fail => "Failed",
        PodOutcome.Succeed => "Succeeded",
        _ => "Running",
    };

    private JsonArray Conditions(PodOutcome outcome)
    {
        var isReady = outcome == PodOutcome.Ready;
        var conditions = Fields.Items(_before?["conditions"]).Where(static condition => !ConditionOrder.Contains(Fields.Text(condition, "type")))
            .Select(static condition => (JsonObject)condition.DeepClone()).ToList();
        var names = string.Join(' ', Fields.Items(_pod.At("spec", "containers")).Select(static container => Fields.Text(container, "name")));
        var index = 0;
        foreach (var type in ConditionOrder)
        {
            var isTrue = type switch
            {
                "PodReadyToStartContainers" => outcome is not (PodOutcome.Creating or PodOutcome.Evicted or PodOutcome.Succeed or PodOutcome.Fail),
                "Initialized" => true,
                _ => isReady,
            };
            var (reason, message) = type is not ("Ready" or "ContainersReady") && !(type == "Initialized" && outcome == PodOutcome.Succeed) ? (null, null) : outcome switch
            {
                PodOutcome.Ready => (null, null),
                PodOutcome.Succeed => ("PodCompleted", null),
                PodOutcome.Fail or PodOutcome.Evicted => ("PodFailed", null),
                _ => ((string?)"ContainersNotReady", (string?)$"containers with unready status: [{names}]"),
            };
            conditions.Insert(index++, Condition(type, isTrue ? "True" : "False", reason, message));
        }

        return Fields.Copy(conditions);
    }

    private JsonObject Condition(string type, string status, string? reason, string? message)
    {
        var before = Fields.Items(_before?["conditions"]).FirstOrDefault(condition => Fields.Text(condition, "type") == type);
        var condition = new JsonObject
        {
            ["type"] = type,
            ["status"] = status,
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = Fields.Text(before, "status") == status ? Fields.Text(before, "lastTransitionTime") : _now,
        };
        if (_pod.Generation is { } generation)
        {
            condition["observedGeneration"] = generation;
        }

        foreach (var (name, value) in ((string, string?)[])[("reason", reason), ("message", message)])
        {
            if (value is not null)
            {
                condition[name] = value;
            }
        }

        return condition;
    }

    private JsonObject InitContainer(JsonObject container, PodOutcome outcome)
    {
        if (Fields.Text(container, "restartPolicy") == "Always")
        {
            return Container(container, outcome is PodOutcome.Creating or PodOutcome.ImagePull ? PodOutcome.Creating : PodOutcome.Ready, 0);
        }

        return outcome == PodOutcome.Creating
            ? Status(container, new() { ["waiting"] = Waiting("PodInitializing", null) }, false, false, 0)
            : Status(container, new() { ["terminated"] = Terminated(container, 0, "Completed") }, true, false, 0);
    }

    private JsonObject Container(JsonObject container, PodOutcome outcome, long restarts) => outcome switch
    {
        PodOutcome.Creating => Status(container, new() { ["waiting"] = Waiting("ContainerCreating", null) }, false, false, 0),
        PodOutcome.ImagePull => Status(
            container, new() { ["waiting"] = Waiting("ImagePullBackOff", $"Back-off pulling image \"{Fields.Text(container, "image")}\"") }, false, false, 0),
        PodOutcome.Crash => Crashing(container, restarts),
        PodOutcome.Succeed => Status(container, new() { ["terminated"] = Terminated(container, 0, "Completed") }, false, false, restarts),
        PodOutcome.Fail => Status(container, new() { ["terminated"] = Terminated(container, 1, "Error") }, false, false, restarts),
        _ => Status(container, new() { ["running"] = new JsonObject { ["startedAt"] = Since(container, "running", "startedAt") } },
            outcome == PodOutcome.Ready, true, restarts),
    };

    private JsonObject Crashing(JsonObject container, long restarts)
    {
        var backoff = PodRestarts.Backoff(restarts);
        var message = $"back-off {PodRestarts.Text(backoff)} restarting failed container={Fields.Text(container, "name")} "
            + $"pod={_pod.Name}_{_pod.Namespace}({_pod.Uid})";
        var status = Status(container, new() { ["waiting"] = Waiting("CrashLoopBackOff", message) }, false, false, restarts);
        status["lastState"] = (KubernetesObject.GetInt64(Before(container), "restartCount") ?? 0) == restarts && Before(container)?["lastState"] is JsonObject { Count: > 0 } last
            ? last.DeepClone()
            : new JsonObject { ["terminated"] = Ended(container, 1, "Error", _now, _now) };
        return status;
    }

    private JsonObject Status(JsonObject container, JsonObject state, bool isReady, bool isStarted, long restarts)
    {
        var image = Fields.Text(container, "image");
        var isMade = !state.ContainsKey("waiting") || restarts > 0;
        var status = new JsonObject
        {
            ["name"] = Fields.Text(container, "name"),
            ["state"] = state,
            ["lastState"] = new JsonObject(),
            ["ready"] = isReady,
            ["restartCount"] = restarts,
            ["image"] = image,
            ["imageID"] = isMade ? $"{image}@sha256:{Digest(image)}" : string.Empty,
        };
        if (isMade)
        {
            status["containerID"] = ContainerId(container);
        }

        status["started"] = isStarted;
        return status;
    }

    private static JsonObject Waiting(string reason, string? message)
    {
        var waiting = new JsonObject { ["reason"] = reason };
        if (message is not null)
        {
            waiting["message"] = message;
        }

        return waiting;
    }

    private JsonObject Terminated(JsonObject container, int exitCode, string reason) =>
        Ended(container, exitCode, reason, Since(container, "terminated", "startedAt"), Since(container, "terminated", "finishedAt"));

    private JsonObject Ended(JsonObject container, int exitCode, string reason, string startedAt, string finishedAt) => new()
    {
        ["exitCode"] = exitCode,
        ["reason"] = reason,
        ["startedAt"] = startedAt,
        ["finishedAt"] = finishedAt,
        ["containerID"] = ContainerId(container),
    };

    /// <summary>A time of the present state stays as it is.</summary>
    private string Since(JsonObject container, string state, string field) =>
        Before(container)?["state"]?[state] is JsonObject present && Fields.Text(present, field) is { Length: > 0 } time ? time
        : field == "startedAt" && Before(container)?["state"]?["running"] is JsonObject running ? Fields.Text(running, field)
        : _now;

    private JsonObject? Before(JsonObject container) =>
        Fields.Items(_before?["containerStatuses"]).Concat(Fields.Items(_before?["initContainerStatuses"]))
            .FirstOrDefault(status => Fields.Text(status, "name") == Fields.Text(container, "name"));

    private string ContainerId(JsonObject container) => $"containerd://{Digest($"{_pod.Uid}/{Fields.Text(container, "name")}")}";

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <summary>When a container that fails is started again: later each time.</summary>
internal static class PodRestarts
{
    private const int FirstSeconds = 10;
    private const int LongestSeconds = 300;

    public static TimeSpan Backoff(long restarts) =>
        TimeSpan.FromSeconds(Math.Min(LongestSeconds, FirstSeconds * Math.Pow(2, Math.Clamp(restarts - 1, 0, 10))));

    /// <summary><c>10s</c>, <c>2m40s</c>.</summary>
    public static string Text(TimeSpan time) =>
        time.TotalMinutes >= 1 ? $"{(int)time.TotalMinutes}m{time.Seconds}s" : $"{(int)time.TotalSeconds}s";
}
