using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers.Nodes;

/// <summary>
/// Stands for the scheduler and the kubelets: puts pods on the pretended nodes, writes the status that their script tells at
/// its time, and lets them go when they are deleted. Nothing is run.
/// </summary>
internal sealed class PodController : IController
{
    private readonly ClusterView _view;
    private readonly NodePool _nodes;
    private readonly SandboxControllers _options;
    private readonly Dictionary<WorkKey, (string Uid, DateTimeOffset Time)> _starts = [];
    private readonly Dictionary<WorkKey, (string Uid, DateTimeOffset Time)> _stops = [];

    public PodController(ClusterView view, NodePool nodes) => (_view, _nodes, _options) = (view, nodes, view.Cluster.Options.Controllers);

    private DateTimeOffset Now => _view.Cluster.Options.TimeProvider.GetUtcNow();

    public IEnumerable<WorkKey> Concerns(GroupResource resource, Change change) =>
        resource == Kinds.Pods ? [WorkKey.Of(resource, change.After!)] : [];

    public async Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken)
    {
        if (_view.Find(key) is not { } stored || _view.Read(Kinds.Pods, stored) is not { } pod)
        {
            _starts.Remove(key);
            _stops.Remove(key);
            return null;
        }

        var script = PodScript.Of(pod, _options);
        if (pod.Text("spec", "nodeName").Length == 0)
        {
            if (pod.IsTerminating || pod.Text("spec", "schedulerName") != "default-scheduler" || pod.At("spec", "schedulingGates") is JsonArray { Count: > 0 })
            {
                return null;
            }

            var node = script.Outcome == PodOutcome.Pending ? null : _nodes.Choose(pod);
            if (node is null)
            {
                await LeaveUnscheduledAsync(key);
                return null;
            }

            Bind(key, pod.Uid!, node);
            if (_view.Read(key) is not { } bound)
            {
                return null;
            }

            pod = bound;
        }

        if (!_nodes.Has(pod.Text("spec", "nodeName")))
        {
            return null;
        }

        return pod.IsTerminating ? await StopAsync(key, stored, pod) : await RunAsync(key, pod, script);
    }

    private async Task LeaveUnscheduledAsync(WorkKey key)
    {
        var now = Fields.Time(_view.Now);
        var message = $"0/{_options.Nodes} nodes are available: {_options.Nodes} Insufficient cpu.";
        await ControllerClient.OfScheduler(_view).PatchAsync(key, pod =>
        {
            if (!Fields.Items(pod.At("status", "conditions")).Any(static condition => Fields.Text(condition, "type") == "PodScheduled"))
            {
                Fields.Child(pod.Json, "status")["conditions"] = new JsonArray(new JsonObject
                {
                    ["type"] = "PodScheduled",
                    ["status"] = "False",
                    ["lastProbeTime"] = null,
                    ["lastTransitionTime"] = now,
                    ["reason"] = "Unschedulable",
                    ["message"] = message,
                });
            }
        }, "status");
    }

    /// <summary>As a server does when the scheduler binds a pod: nobody owns what it writes.</summary>
    private void Bind(WorkKey key, string uid, string node)
    {
        var now = Fields.Time(_view.Now);
        _view.Cluster.Writer.Adjust(_view.ServedAs(Kinds.Pods)!, key.Namespace, key.Name, json =>
        {
            var pod = new KubernetesObject(json);
            if (pod.Uid != uid || pod.IsTerminating || pod.Text("spec", "nodeName").Length > 0)
            {
                return false;
            }

            Fields.Child(json, "spec")["nodeName"] = node;
            var status = Fields.Child(json, "status");
            var others = Fields.Items(status["conditions"]).Where(static condition => Fields.Text(condition, "type") != "PodScheduled");
            var scheduled = new JsonObject { ["type"] = "PodScheduled", ["status"] = "True", ["lastProbeTime"] = null, ["lastTransitionTime"] = now };
            status["conditions"] = Fields.Copy([.. others, scheduled]);
            return true;
        });
    }

    private async Task<TimeSpan?> RunAsync(WorkKey key, KubernetesObject pod, PodScript script)
    {
        if (pod.Text("status", "phase") is "Succeeded" or "Failed" || script.Outcome == PodOutcome.Pending)
        {
            return null;
        }

        var start = TimeOf(_starts, key, pod.Uid!, Fields.Time(pod.Text("status", "startTime")) ?? Now);
        var left = script.Outcome == PodOutcome.Creating ? (TimeSpan?)null : start + script.Delay - Now;
        var stage = left is { } time && time <= TimeSpan.Zero ? PodStage.Done : PodStage.Starting;
        var restarts = script.Outcome == PodOutcome.Crash && stage == PodStage.Done ? Restarts(Now - start - script.Delay) : (Count: 0, Next: (TimeSpan?)null);
        var status = PodStatus.Of(pod, script.Outcome, stage, restarts.Count, _view.Now);
        if (!JsonNode.DeepEquals(status, pod.At("status")))
        {
            pod.Json["status"] = status;
            await ControllerClient.OfNode(_view, pod.Text("spec", "nodeName")).UpdateStatusAsync(Kinds.Pods, pod);
        }

        return stage == PodStage.Starting ? left : restarts.Next;
    }

    /// <summary>How often a crashing container has been started again after a time, and when the next time is.</summary>
    private static (int Count, TimeSpan? Next) Restarts(TimeSpan since)
    {
        var (count, next) = (1, PodRestarts.Backoff(1));
        while (next <= since)
        {
            count++;
            next += PodRestarts.Backoff(count);
        }

        return (count, next - since);
    }

    private async Task<TimeSpan?> StopAsync(WorkKey key, StoredObject stored, KubernetesObject pod)
    {
        var stop = TimeOf(_stops, key, stored.Uid, Now);
        var grace = TimeSpan.FromSeconds(pod.Number("metadata", "deletionGracePeriodSeconds") ?? 0);
        var left = stop + (_options.PodShutdown < grace ? _options.PodShutdown : grace) - Now;
        if (left > TimeSpan.Zero)
        {
            return left;
        }

        if (pod.Finalizers.Count > 0 && pod.Text("status", "phase") is not ("Succeeded" or "Failed"))
        {
            // Whoever holds the pod has to see how it ended.
            pod.Json["status"] = PodStatus.Of(pod, PodOutcome.Fail, PodStage.Done, 0, _view.Now);
            await ControllerClient.OfNode(_view, pod.Text("spec", "nodeName")).UpdateStatusAsync(Kinds.Pods, pod);
        }

        if (grace > TimeSpan.Zero || pod.Finalizers.Count == 0)
        {
            await ControllerClient.OfNode(_view, pod.Text("spec", "nodeName")).DeleteAsync(Kinds.Pods, stored, graceSeconds: 0);
        }

        return null;
    }

    /// <summary>When something was first seen, exactly: what objects tell is in whole seconds.</summary>
    private static DateTimeOffset TimeOf(Dictionary<WorkKey, (string Uid, DateTimeOffset Time)> times, WorkKey key, string uid, DateTimeOffset now)
    {
        if (!times.TryGetValue(key, out var known) || known.Uid != uid)
        {
            times[key] = known = (uid, now);
        }

        return known.Time;
    }
}
