using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Http;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>ReplicaSets make as many pods as they want, and count them. Counted is what was there before.</summary>
internal sealed class ReplicaSetController : OwnerController
{
    private const int Burst = 500;

    public ReplicaSetController(ClusterView view)
        : base(view, Kinds.ReplicaSets, "replicaset-controller", Kinds.Pods)
    {
    }

    public override async Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken)
    {
        if (View.Read(key) is not { } set)
        {
            return null;
        }

        var pods = await ClaimPodsAsync(set, ObjectSelector.Of(set));
        var active = pods.FindAll(static pod => pod.IsActive);
        Exception? failure = null;
        if (!set.IsTerminating)
        {
            failure = await ManageAsync(set, active);
        }

        var now = View.Now;
        await WriteStatusAsync(set, Status(set, active, pods.Count(static pod => pod.IsTerminating && !pod.IsOver), failure, now));
        return failure is null ? NextAvailable(active, MinReady(set), now) : throw failure;
    }

    private static long Replicas(KubernetesObject set) => set.Number("spec", "replicas") ?? 1;

    private static long MinReady(KubernetesObject set) => set.Number("spec", "minReadySeconds") ?? 0;

    private static JsonObject Status(KubernetesObject set, List<PodFacts> active, int terminating, Exception? failure, DateTimeOffset now)
    {
        var labels = ObjectSelector.OfLabels(set.Part("spec", "template", "metadata", "labels"));
        var status = new JsonObject()
            .WithCount("availableReplicas", active.Count(pod => pod.IsAvailable(MinReady(set), now)))
            .WithCount("fullyLabeledReplicas", active.Count(pod => labels.Matches(pod.Stored.Labels)))
            .WithCount("observedGeneration", set.Generation ?? 0)
            .WithCount("readyReplicas", active.Count(static pod => pod.IsReady));
        status["replicas"] = active.Count;
        status["terminatingReplicas"] = terminating;
        var conditions = Fields.Items(set.At("status", "conditions")).ToList();
        var failed = conditions.Find(static condition => Fields.Text(condition, "type") == "ReplicaFailure");
        if (failure is not null && failed is null)
        {
            conditions.Add(new()
            {
                ["type"] = "ReplicaFailure",
                ["status"] = "True",
                ["lastTransitionTime"] = Fields.Time(now),
                ["reason"] = active.Count < Replicas(set) ? "FailedCreate" : "FailedDelete",
                ["message"] = failure.Message,
            });
        }
        else if (failure is null && failed is not null)
        {
            conditions.Remove(failed);
        }

        if (conditions.Count > 0)
        {
            status["conditions"] = Fields.Copy(conditions);
        }

        return status;
    }

    private async Task<Exception?> ManageAsync(KubernetesObject set, List<PodFacts> active)
    {
        var missing = Replicas(set) - active.Count;
        try
        {
            for (var i = 0; i < Math.Min(missing, Burst); i++)
            {
                await Client.CreateAsync(Kinds.Pods, set.Namespace, PodTemplates.Pod(set, ControllerReference(set)));
            }

            if (missing < 0)
            {
                foreach (var pod in active.Order(Comparer<PodFacts>.Create(PodFacts.CompareForDeletion)).Take((int)Math.Min(-missing, Burst)).ToList())
                {
                    await Client.DeleteAsync(Kinds.Pods, pod.Stored);
                }
            }
        }
        catch (Exception exception) when (exception is ApiError or ApiException)
        {
            return exception;
        }

        return null;
    }
}
