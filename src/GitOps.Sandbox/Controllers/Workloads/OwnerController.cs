using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>A controller of one kind that makes objects of others: told of both, it looks at the owner.</summary>
internal abstract class OwnerController : IController
{
    private readonly GroupResource[] _children;

    protected OwnerController(ClusterView view, GroupResource kind, string account, params GroupResource[] children)
    {
        (View, Kind, _children) = (view, kind, children);
        Client = ControllerClient.Of(view, account);
    }

    protected ClusterView View { get; }

    protected ControllerClient Client { get; }

    protected GroupResource Kind { get; }

    public virtual IEnumerable<WorkKey> Concerns(GroupResource resource, Change change)
    {
        if (resource == Kind)
        {
            return [WorkKey.Of(resource, change.After!)];
        }

        return _children.Contains(resource) ? Owners(change) : [];
    }

    public abstract Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken);

    /// <summary>An owner reference of a controller.</summary>
    protected static JsonObject ControllerReference(KubernetesObject owner) => new()
    {
        ["apiVersion"] = owner.ApiVersion,
        ["kind"] = owner.Kind,
        ["name"] = owner.Name,
        ["uid"] = owner.Uid,
        ["controller"] = true,
        ["blockOwnerDeletion"] = true,
    };

    /// <summary>
    /// What an owner controls and selects. What nobody controls is taken over if it is selected, what is not selected any more
    /// is let go; an owner that is being deleted takes over nothing.
    /// </summary>
    /// <param name="owner">The owner.</param>
    /// <param name="selector">What it selects by.</param>
    /// <param name="kind">What is claimed.</param>
    /// <param name="isClaimable">Which are worth it.</param>
    protected async Task<IReadOnlyList<StoredObject>> ClaimAsync(
        KubernetesObject owner, ObjectSelector selector, GroupResource kind, Func<StoredObject, bool> isClaimable)
    {
        var claimed = new List<StoredObject>();
        foreach (var stored in View.ControlledBy(owner.Uid!, kind))
        {
            if (selector.Matches(stored.Labels))
            {
                claimed.Add(stored);
            }
            else if (!owner.IsTerminating && !stored.IsTerminating)
            {
                await Client.PatchAsync(WorkKey.Of(kind, stored), child => References(child, owner.Uid!, null));
            }
        }

        foreach (var stored in owner.IsTerminating ? [] : View.Uncontrolled(kind, owner.Namespace))
        {
            if (!stored.IsTerminating && selector.Matches(stored.Labels) && isClaimable(stored)
                && await Client.PatchAsync(WorkKey.Of(kind, stored), child => References(child, owner.Uid!, ControllerReference(owner))) is { } taken)
            {
                claimed.Add(taken);
            }
        }

        return claimed;
    }

    /// <summary>Those of an owner's pods that it selects; a pod that is over is not worth taking over.</summary>
    protected async Task<List<PodFacts>> ClaimPodsAsync(KubernetesObject owner, ObjectSelector selector)
    {
        var pods = await ClaimAsync(owner, selector, Kinds.Pods, stored => !View.Facts(stored).IsOver);
        return [.. pods.Select(View.Facts)];
    }

    /// <summary>When the next of some pods will have been ready for long enough.</summary>
    protected static TimeSpan? NextAvailable(IEnumerable<PodFacts> pods, long minReadySeconds, DateTimeOffset now)
    {
        var waiting = pods.Where(pod => pod.IsActive && pod.IsReady && !pod.IsAvailable(minReadySeconds, now))
            .Select(pod => pod.ReadySince!.Value.AddSeconds(minReadySeconds) - now).ToList();
        return waiting.Count > 0 ? waiting.Min() : null;
    }

    /// <summary>Writes a status if it is another than the present one.</summary>
    /// <returns>Whether it was written.</returns>
    protected async Task<bool> WriteStatusAsync(KubernetesObject subject, JsonObject status)
    {
        if (JsonNode.DeepEquals(subject.At("status"), status))
        {
            return false;
        }

        subject.Json["status"] = status;
        await Client.UpdateStatusAsync(Kind, subject);
        return true;
    }

    private static void References(KubernetesObject child, string ownerUid, JsonObject? added)
    {
        var references = Fields.Items(child.Metadata?["ownerReferences"]).Where(reference => Fields.Text(reference, "uid") != ownerUid);
        Fields.Metadata(child.Json)["ownerReferences"] = Fields.Copy(added is null ? references : [.. references, added]);
    }

    private IEnumerable<WorkKey> Owners(Change change)
    {
        var (before, after) = (change.Before?.ControllerUid, change.After!.ControllerUid);
        foreach (var uid in (string?[])[before, after == before ? null : after])
        {
            if (uid is not null && View.FindUid(uid) is { } owner && owner.Resource == Kind)
            {
                yield return owner;
            }
        }

        if (after is null && change.Type != ChangeType.Deleted)
        {
            foreach (var candidate in View.List(Kind, change.After.Namespace))
            {
                yield return WorkKey.Of(Kind, candidate);
            }
        }
    }
}
