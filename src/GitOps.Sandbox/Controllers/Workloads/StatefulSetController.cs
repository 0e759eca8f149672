using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>
/// StatefulSets make numbered pods and their claims: one after the other unless they may be made at once, from the lowest
/// number up, and taken away and replaced from the highest number down.
/// </summary>
internal sealed class StatefulSetController : OwnerController
{
    private readonly Revisions _revisions;

    public StatefulSetController(ClusterView view)
        : base(view, Kinds.StatefulSets, "statefulset-controller", Kinds.Pods, Kinds.Revisions) =>
        _revisions = new(view, Client, "controller.kubernetes.io/hash");

    public override async Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken)
    {
        if (View.Read(key) is not { } set)
        {
            return null;
        }

        var selector = ObjectSelector.Of(set);
        var known = _revisions.Of(await ClaimAsync(set, selector, Kinds.Revisions, static _ => true));
        var pods = (await ClaimPodsAsync(set, selector)).FindAll(pod => StatefulPods.Ordinal(set.Name, pod.Name) is not null);
        var update = await _revisions.CurrentAsync(set, ControllerReference(set), known, set.Number("status", "collisionCount"));
        var current = known.FirstOrDefault(revision => revision.Name == set.Text("status", "currentRevision")) ?? update;
        var look = new StatefulLook(set, current, update, pods, View.Now);
        if (!set.IsTerminating)
        {
            await StepAsync(look);
        }

        await WriteStatusAsync(set, look.Status());
        await _revisions.TruncateAsync(
            set, known, revision => revision.Name == update.Name || revision.Name == current.Name || pods.Exists(pod => StatefulLook.RevisionOf(pod) == revision.Name));
        return NextAvailable(pods, look.MinReadySeconds, look.Now);
    }

    private async Task StepAsync(StatefulLook look)
    {
        for (var ordinal = look.First; ordinal < look.First + look.Replicas; ordinal++)
        {
            if (!await EnsureAsync(look, ordinal))
            {
                return;
            }
        }

        foreach (var pod in look.Condemned)
        {
            if (look.IsOrdered && (pod.IsTerminating || (!pod.IsReady && pod != look.FirstUnhealthy)))
            {
                return;
            }

            if (!pod.IsTerminating)
            {
                await Client.DeleteAsync(Kinds.Pods, pod.Stored);
                look.Remove(pod);
                if (look.IsOrdered)
                {
                    return;
                }
            }
        }

        if (look.IsRolling)
        {
            await ReplaceAsync(look);
        }
    }

    /// <returns>Whether the next pod may be looked at.</returns>
    private async Task<bool> EnsureAsync(StatefulLook look, long ordinal)
    {
        var pod = look.Find(ordinal);
        if (pod is { IsOver: true })
        {
            if (!pod.IsTerminating)
            {
                await Client.DeleteAsync(Kinds.Pods, pod.Stored);
                look.Remove(pod);
            }

            return false;
        }

        if (pod is null)
        {
            foreach (var claim in StatefulPods.Claims(look.Set, ordinal))
            {
                if (View.Find(new(Kinds.Claims, look.Set.Namespace, Fields.Text((JsonObject)claim["metadata"]!, "name"))) is null)
                {
                    await Client.CreateAsync(Kinds.Claims, look.Set.Namespace, claim);
                }
            }

            var revision = look.RevisionFor(ordinal);
            var made = StatefulPods.Pod(revision.Restore(look.Set), ControllerReference(look.Set), ordinal, revision.Name);
            look.Add(View.Facts(await Client.CreateAsync(Kinds.Pods, look.Set.Namespace, made)));
            return !look.IsOrdered;
        }

        return !look.IsOrdered || (!pod.IsTerminating && look.IsAvailable(pod));
    }

    private async Task ReplaceAsync(StatefulLook look)
    {
        for (var ordinal = look.First + look.Replicas - 1; ordinal >= look.First + look.Partition; ordinal--)
        {
            if (look.Find(ordinal) is not { } pod)
            {
                return;
            }

            if (StatefulLook.RevisionOf(pod) != look.Update.Name && !pod.IsTerminating)
            {
                await Client.DeleteAsync(Kinds.Pods, pod.Stored);
                look.Remove(pod);
                return;
            }

            if (pod.IsTerminating || !look.IsAvailable(pod))
            {
                return;
            }
        }
    }
}
