using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>The status of a Deployment: counts, and conditions that remember. Pure.</summary>
internal sealed class DeploymentStatus
{
    public const string Progressing = "Progressing";
    public const string TimedOut = "ProgressDeadlineExceeded";
    public const string Paused = "DeploymentPaused";

    private const string Complete = "NewReplicaSetAvailable";
    private const string Available = "Available";
    private const string ReplicaFailure = "ReplicaFailure";

    private readonly KubernetesObject _deployment;
    private readonly DeploymentSpec _spec;
    private readonly DateTimeOffset _now;
    private readonly List<JsonObject> _conditions;

    public DeploymentStatus(KubernetesObject deployment, DeploymentSpec spec, DateTimeOffset now)
    {
        (_deployment, _spec, _now) = (deployment, spec, now);
        _conditions = [.. Fields.Items(deployment.At("status", "conditions")).Select(static condition => (JsonObject)condition.DeepClone())];
    }

    /// <summary>The present status with a condition set.</summary>
    public JsonObject With(string type, string status, string reason, string message)
    {
        Set(type, status, reason, message);
        return Merge((JsonObject?)_deployment.Part("status")?.DeepClone() ?? []);
    }

    /// <param name="all">All sets, the newest among them.</param>
    /// <param name="newest">The set of the present template; null if there is none.</param>
    /// <param name="judgesProgress">Whether a rollout is being followed; not so while it is paused or scaled.</param>
    public JsonObject Of(IReadOnlyList<ReplicaSetState> all, ReplicaSetState? newest, bool judgesProgress)
    {
        var counts = new Counts(
            all.Sum(static set => set.StatusReplicas), newest?.StatusReplicas ?? 0, all.Sum(static set => set.Ready), all.Sum(static set => set.Available));
        var isEnough = counts.Available >= _spec.MinAvailable;
        Set(Available, isEnough ? "True" : "False", isEnough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
            isEnough ? "Deployment has minimum availability." : "Deployment does not have minimum availability.");
        if (judgesProgress)
        {
            Judge(counts, newest);
            CopyFailure(all, newest);
        }

        var status = new JsonObject()
            .WithCount("observedGeneration", _deployment.Generation ?? 0)
            .WithCount("replicas", counts.Replicas)
            .WithCount("updatedReplicas", counts.Updated)
            .WithCount("readyReplicas", counts.Ready)
            .WithCount("availableReplicas", counts.Available)
            .WithCount("unavailableReplicas", Math.Max(0, all.Sum(static set => set.Replicas) - counts.Available));
        if (!all.Any(static set => set is { Terminating: null, Observed: > 0 }))
        {
            status["terminatingReplicas"] = all.Sum(static set => set.Terminating ?? 0);
        }

        if (_deployment.Number("status", "collisionCount") is { } collisions)
        {
            status["collisionCount"] = collisions;
        }

        return Merge(status);
    }

    /// <summary>Whether all replicas are of the newest template and available, as the status says.</summary>
    public static bool IsComplete(KubernetesObject deployment, DeploymentSpec spec) =>
        (deployment.Number("status", "observedGeneration") ?? 0) >= (deployment.Generation ?? 0) && IsComplete(Counts.Of(deployment), spec);

    /// <summary>When the deadline will have passed, if nothing happens until then; null: there is none, or it does not matter.</summary>
    public static TimeSpan? UntilTimeout(KubernetesObject deployment, DeploymentSpec spec, DateTimeOffset now)
    {
        var condition = Fields.Items(deployment.At("status", "conditions")).FirstOrDefault(static condition => Fields.Text(condition, "type") == Progressing);
        if (spec.Deadline is not { } deadline || spec.IsPaused || condition is null || Fields.Text(condition, "reason") is TimedOut or Complete
            || IsComplete(deployment, spec) || Fields.Time(Fields.Text(condition, "lastUpdateTime")) is not { } updated)
        {
            return null;
        }

        // Times are whole seconds, and the deadline has to be behind.
        return updated + deadline + TimeSpan.FromSeconds(1) - now;
    }

    private static bool IsComplete(Counts counts, DeploymentSpec spec) =>
        counts.Updated == spec.Replicas && counts.Replicas == spec.Replicas && counts.Available == spec.Replicas;

    private void Judge(Counts counts, ReplicaSetState? newest)
    {
        if (_spec.Deadline is not { } deadline)
        {
            _conditions.RemoveAll(static condition => Fields.Text(condition, "type") == Progressing);
            return;
        }

        var current = Find(Progressing);
        if (counts.Replicas == counts.Updated && Fields.Text(current, "reason") == Complete)
        {
            return;
        }

        var subject = newest is null ? $"Deployment \"{_deployment.Name}\"" : $"ReplicaSet \"{newest.Name}\"";
        var before = Counts.Of(_deployment);
        if (IsComplete(counts, _spec))
        {
            Set(Progressing, "True", Complete, $"{subject} has successfully progressed.");
        }
        else if (counts.Updated > before.Updated || counts.Old < before.Old || counts.Ready > before.Ready || counts.Available > before.Available)
        {
            var transition = Fields.Text(current, "status") == "True" ? Fields.Text(current, "lastTransitionTime") : null;
            _conditions.RemoveAll(static condition => Fields.Text(condition, "type") == Progressing);
            Set(Progressing, "True", "ReplicaSetUpdated", $"{subject} is progressing.", transition);
        }
        else if (current is not null && IsTimedOut(current, deadline))
        {
            Set(Progressing, "False", TimedOut, $"{subject} has timed out progressing.");
        }
    }

    private bool IsTimedOut(JsonObject condition, TimeSpan deadline) => Fields.Text(condition, "reason") switch
    {
        Complete => false,
        TimedOut => true,
        _ => Fields.Time(Fields.Text(condition, "lastUpdateTime")) is { } updated && updated + deadline < _now,
    };

    private void CopyFailure(IReadOnlyList<ReplicaSetState> all, ReplicaSetState? newest)
    {
        var failed = (newest is null ? all : [newest, .. all])
            .SelectMany(static set => Fields.Items(set.Set.At("status", "conditions")))
            .FirstOrDefault(static condition => Fields.Text(condition, "type") == ReplicaFailure);
        if (failed is null)
        {
            _conditions.RemoveAll(static condition => Fields.Text(condition, "type") == ReplicaFailure);
        }
        else
        {
            var time = Fields.Text(failed, "lastTransitionTime");
            Set(ReplicaFailure, Fields.Text(failed, "status"), Fields.Text(failed, "reason"), Fields.Text(failed, "message"), time, time);
        }
    }

    private JsonObject? Find(string type) => _conditions.Find(condition => Fields.Text(condition, "type") == type);

    /// <summary>A condition whose status and reason stay is left as it is; one that changes moves to the end.</summary>
    private void Set(string type, string status, string reason, string message, string? transition = null, string? update = null)
    {
        var current = Find(type);
        if (current is not null && Fields.Text(current, "status") == status && Fields.Text(current, "reason") == reason)
        {
            return;
        }

        if (current is not null && Fields.Text(current, "status") == status)
        {
            transition = Fields.Text(current, "lastTransitionTime");
        }

        _conditions.RemoveAll(condition => Fields.Text(condition, "type") == type);
        _conditions.Add(new()
        {
            ["type"] = type,
            ["status"] = status,
            ["lastUpdateTime"] = update ?? Fields.Time(_now),
            ["lastTransitionTime"] = transition ?? Fields.Time(_now),
            ["reason"] = reason,
            ["message"] = message,
        });
    }

    private JsonObject Merge(JsonObject status)
    {
        status.Remove("conditions");
        if (_conditions.Count > 0)
        {
            status["conditions"] = Fields.Copy(_conditions);
        }

        return status;
    }

    private sealed record Counts(long Replicas, long Updated, long Ready, long Available)
    {
        public long Old => Replicas - Updated;

        public static Counts Of(KubernetesObject deployment) => new(
            deployment.Number("status", "replicas") ?? 0, deployment.Number("status", "updatedReplicas") ?? 0,
            deployment.Number("status", "readyReplicas") ?? 0, deployment.Number("status", "availableReplicas") ?? 0);
    }
}
