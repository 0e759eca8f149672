using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Http;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>
/// Deployments make a ReplicaSet for each of their templates and move the replicas from the old ones to the newest. Each look
/// takes one step; the step's own changes bring the next look.
/// </summary>
internal sealed class DeploymentController : OwnerController
{
    public DeploymentController(ClusterView view)
        : base(view, Kinds.Deployments, "deployment-controller", Kinds.ReplicaSets)
    {
    }

    public override async Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken)
    {
        if (View.Read(key) is not { } deployment)
        {
            return null;
        }

        var selector = ObjectSelector.Of(deployment);
        var sets = (await ClaimAsync(deployment, selector, Kinds.ReplicaSets, static _ => true))
            .Select(stored => new ReplicaSetState(View.Read(Kinds.ReplicaSets, stored)!)).ToList();
        sets.Sort(ReplicaSetState.CompareAge);
        var rollout = new Rollout(deployment, sets, View.Now);
        if (deployment.IsTerminating)
        {
            await WriteStatusAsync(deployment, rollout.Status(judgesProgress: false));
            return null;
        }

        if (PausedCondition(rollout) is { } paused)
        {
            await WriteStatusAsync(deployment, paused);
            return null;
        }

        if (rollout.Newest is { } newest && await SyncNewestAsync(rollout, newest))
        {
            return null;
        }

        if (rollout.Spec.IsPaused || rollout.IsBeingScaled)
        {
            await ScaleAsync(rollout);
            if (rollout.Spec.IsPaused)
            {
                await CleanUpAsync(rollout);
            }

            await WriteStatusAsync(deployment, rollout.Status(judgesProgress: false));
            return null;
        }

        await (rollout.Spec.IsRolling ? RollAsync(rollout) : RecreateAsync(rollout));
        return rollout.HasEnded ? null : await ReportAsync(rollout);
    }

    private static JsonObject? PausedCondition(Rollout rollout)
    {
        var reason = Fields.Text(
            Fields.Items(rollout.Deployment.At("status", "conditions")).FirstOrDefault(static condition => Fields.Text(condition, "type") == DeploymentStatus.Progressing),
            "reason");
        if (rollout.Spec.Deadline is null || reason == DeploymentStatus.TimedOut || rollout.Spec.IsPaused == (reason == DeploymentStatus.Paused))
        {
            return null;
        }

        var status = new DeploymentStatus(rollout.Deployment, rollout.Spec, rollout.Now);
        return rollout.Spec.IsPaused
            ? status.With(DeploymentStatus.Progressing, "Unknown", DeploymentStatus.Paused, "Deployment is paused")
            : status.With(DeploymentStatus.Progressing, "Unknown", "DeploymentResumed", "Deployment is resumed");
    }

    private async Task<TimeSpan?> ReportAsync(Rollout rollout)
    {
        await WriteStatusAsync(rollout.Deployment, rollout.Status(judgesProgress: true));
        return DeploymentStatus.UntilTimeout(rollout.Deployment, rollout.Spec, rollout.Now);
    }

    /// <summary>Brings the newest set's annotations, and the Deployment's revision, up to date.</summary>
    /// <returns>Whether the Deployment was written: what follows is for the next look.</returns>
    private async Task<bool> SyncNewestAsync(Rollout rollout, ReplicaSetState newest)
    {
        var changed = rollout.Annotate(newest);
        if ((newest.Set.Number("spec", "minReadySeconds") ?? 0) != rollout.Spec.MinReadySeconds)
        {
            Fields.Child(newest.Set.Json, "spec")["minReadySeconds"] = rollout.Spec.MinReadySeconds;
            changed = true;
        }

        if (changed)
        {
            await UpdateAsync(newest);
            return false;
        }

        var deployment = rollout.Deployment;
        var status = rollout.Spec.Deadline is not null && !rollout.HasProgress
            ? new DeploymentStatus(deployment, rollout.Spec, rollout.Now)
                .With(DeploymentStatus.Progressing, "True", "FoundNewReplicaSet", $"Found new replica set \"{newest.Name}\"")
            : null;
        return await WriteRevisionAsync(deployment, newest.Set.Annotation(ReplicaSetState.Revision) ?? string.Empty, status);
    }

    private async Task<bool> WriteRevisionAsync(KubernetesObject deployment, string revision, JsonObject? status)
    {
        if (status is null && deployment.Annotation(ReplicaSetState.Revision) == revision)
        {
            return false;
        }

        Fields.Child(Fields.Metadata(deployment.Json), "annotations")[ReplicaSetState.Revision] = revision;
        if (status is not null)
        {
            deployment.Json["status"] = status;
        }

        await Client.UpdateStatusAsync(Kind, deployment);
        return true;
    }

    private async Task RollAsync(Rollout rollout)
    {
        if (rollout.Newest is not { } newest)
        {
            await CreateAsync(rollout);
            return;
        }

        if (newest.Replicas != rollout.Spec.Replicas)
        {
            var wanted = newest.Replicas > rollout.Spec.Replicas
                ? rollout.Spec.Replicas
                : rollout.Spec.ReplicasOfNewest(rollout.All, newest.Replicas);
            if (await ScaleAsync(rollout, newest, wanted))
            {
                return;
            }
        }

        if (!await ScaleDownOldAsync(rollout, newest) && DeploymentStatus.IsComplete(rollout.Deployment, rollout.Spec))
        {
            await CleanUpAsync(rollout);
        }
    }

    /// <summary>First what is not healthy anyway, then as much as the minimum of available replicas lets go.</summary>
    private async Task<bool> ScaleDownOldAsync(Rollout rollout, ReplicaSetState newest)
    {
        var old = rollout.Old.Where(static set => set.Replicas > 0).ToList();
        if (old.Count == 0)
        {
            return false;
        }

        var room = rollout.All.Sum(static set => set.Replicas) - rollout.Spec.MinAvailable - (newest.Replicas - newest.Available);
        if (room <= 0)
        {
            return false;
        }

        var cleaned = 0L;
        foreach (var set in old.Where(static set => set.Replicas != set.Available).ToList())
        {
            var count = Math.Min(room - cleaned, set.Replicas - set.Available);
            if (count > 0)
            {
                await ScaleAsync(rollout, set, set.Replicas - count);
                cleaned += count;
            }
        }

        // A set that was scaled down a moment ago still counts the pods it is about to lose: they are no reason to take more.
        var spare = rollout.All.Sum(static set => Math.Min(set.Available, set.Replicas)) - rollout.Spec.MinAvailable;
        var scaled = 0L;
        foreach (var set in old.Where(static set => set.Replicas > 0))
        {
            var count = Math.Min(set.Replicas, spare - scaled);
            if (count > 0)
            {
                await ScaleAsync(rollout, set, set.Replicas - count);
                scaled += count;
            }
        }

        return cleaned + scaled > 0;
    }

    private async Task RecreateAsync(Rollout rollout)
    {
        var scaled = false;
        foreach (var set in rollout.Old.Where(static set => set.Replicas > 0).ToList())
        {
            scaled |= await ScaleAsync(rollout, set, 0);
        }

        if (scaled || HasOldPods(rollout))
        {
            return;
        }

        if (rollout.Newest is not { } newest)
        {
            await CreateAsync(rollout);
            return;
        }

        await ScaleAsync(rollout, newest, rollout.Spec.Replicas);
        if (DeploymentStatus.IsComplete(rollout.Deployment, rollout.Spec))
        {
            await CleanUpAsync(rollout);
        }
    }

    private bool HasOldPods(Rollout rollout) => rollout.Old.Any(set =>
        set.StatusReplicas > 0 || View.ControlledBy(set.Set.Uid!, Kinds.Pods).Any(pod => !View.Facts(pod).IsOver));

    private async Task CreateAsync(Rollout rollout)
    {
        var deployment = rollout.Deployment;
        var hash = PodTemplates.Hash(rollout.Spec.Template, deployment.Number("status", "collisionCount"));
        var set = rollout.NewSet(hash, ControllerReference(deployment));
        rollout.End();
        ReplicaSetState made;
        try
        {
            made = new(View.Read(Kinds.ReplicaSets, await Client.CreateAsync(Kinds.ReplicaSets, deployment.Namespace, set.Json))!);
        }
        catch (ApiError error) when (error.Reason == "AlreadyExists")
        {
            var taken = View.Read(new(Kinds.ReplicaSets, deployment.Namespace, set.Name));
            if (taken is null || !new ReplicaSetState(taken).IsMadeFrom(rollout.Spec.Template)
                || View.Find(new(Kinds.ReplicaSets, deployment.Namespace, set.Name))?.ControllerUid != deployment.Uid)
            {
                Fields.Child(deployment.Json, "status")["collisionCount"] = (deployment.Number("status", "collisionCount") ?? 0) + 1;
                await Client.UpdateStatusAsync(Kind, deployment);
            }

            throw;
        }
        catch (Exception exception) when (exception is ApiError or ApiException)
        {
            await ReportFailureAsync(rollout, set.Name, exception);
            throw;
        }

        var status = rollout.Spec.Deadline is null ? null : new DeploymentStatus(deployment, rollout.Spec, rollout.Now)
            .With(DeploymentStatus.Progressing, "True", "NewReplicaSetCreated", $"Created new replica set \"{set.Name}\"");
        await WriteRevisionAsync(deployment, set.Annotation(ReplicaSetState.Revision)!, status);

        // The set is counted as it was made, before it has pods: else there would be no progress to see.
        if (View.Read(new(Kind, deployment.Namespace, deployment.Name)) is { } written)
        {
            await WriteStatusAsync(written, new Rollout(written, [.. rollout.All, made], rollout.Now).Status(judgesProgress: true));
        }
    }

    private async Task ReportFailureAsync(Rollout rollout, string name, Exception exception)
    {
        var isTerminating = View.Find(new(Kinds.Namespaces, string.Empty, rollout.Deployment.Namespace)) is not { IsTerminating: false };
        if (rollout.Spec.Deadline is not null && !isTerminating)
        {
            await WriteStatusAsync(rollout.Deployment, new DeploymentStatus(rollout.Deployment, rollout.Spec, rollout.Now)
                .With(DeploymentStatus.Progressing, "False", "ReplicaSetCreateError", $"Failed to create new replica set \"{name}\": {exception.Message}"));
        }
    }

    /// <summary>Takes over a new size: by the one active set, by a newest that is complete, or by all in proportion.</summary>
    private async Task ScaleAsync(Rollout rollout)
    {
        var active = rollout.All.Where(static set => set.Replicas > 0).ToList();
        if (active.Count <= 1)
        {
            if ((active.FirstOrDefault() ?? rollout.Newest ?? (rollout.Old is [.., var last] ? last : null)) is { } only)
            {
                // Its size may be right by chance, scaled down by a rollout to what is asked for now: it is told all the same,
                // else the Deployment would be taken for one that is being scaled for ever.
                await ScaleAsync(rollout, only, rollout.Spec.Replicas, evenIfEqual: true);
            }
        }
        else if (rollout.IsSaturated)
        {
            foreach (var set in rollout.Old.Where(static set => set.Replicas > 0).ToList())
            {
                await ScaleAsync(rollout, set, 0);
            }
        }
        else if (rollout.Spec.IsRolling)
        {
            foreach (var (set, replicas) in rollout.Spec.Share(active, rollout.Deployment.Number("status", "replicas") ?? 0))
            {
                await ScaleAsync(rollout, set, replicas, evenIfEqual: true);
            }
        }
    }

    /// <returns>Whether the number of replicas was changed.</returns>
    private async Task<bool> ScaleAsync(Rollout rollout, ReplicaSetState set, long replicas, bool evenIfEqual = false)
    {
        var isOther = set.Replicas != replicas;
        if (!isOther && !evenIfEqual)
        {
            return false;
        }

        var annotated = rollout.AnnotateSize(set);
        if (isOther || annotated)
        {
            Fields.Child(set.Set.Json, "spec")["replicas"] = replicas;
            await UpdateAsync(set);
        }

        return isOther;
    }

    private async Task CleanUpAsync(Rollout rollout)
    {
        if (rollout.Spec.HistoryLimit is not { } limit)
        {
            return;
        }

        var old = rollout.Old.Where(static set => !set.Set.IsTerminating).OrderBy(static set => set.RevisionNumber).ToList();
        foreach (var set in old.Take((int)Math.Max(0, old.Count - limit)))
        {
            if (set is { StatusReplicas: 0, Replicas: 0 } && (set.Set.Generation ?? 0) <= set.Observed
                && View.Find(new(Kinds.ReplicaSets, set.Set.Namespace, set.Name)) is { } stored)
            {
                await Client.DeleteAsync(Kinds.ReplicaSets, stored);
            }
        }
    }

    private async Task UpdateAsync(ReplicaSetState set)
    {
        if (await Client.UpdateAsync(Kinds.ReplicaSets, set.Set) is { } written)
        {
            set.Replace(View.Read(Kinds.ReplicaSets, written)!);
        }
    }
}
