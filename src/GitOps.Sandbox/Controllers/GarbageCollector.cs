using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers;

/// <summary>
/// Deletes what its owners have left behind, and carries out foreground and orphan deletion. An owner is looked for by the kind
/// and name of the reference, in the dependent's namespace, and is the owner only if the uid is the same.
/// </summary>
internal sealed class GarbageCollector : IController
{
    private static readonly TimeSpan UnknownDelay = TimeSpan.FromSeconds(30);

    private readonly ClusterView _view;
    private readonly ControllerClient _client;

    public GarbageCollector(ClusterView view) => (_view, _client) = (view, ControllerClient.Of(view, "generic-garbage-collector"));

    public IEnumerable<WorkKey> Concerns(GroupResource resource, Change change)
    {
        var (before, after) = (change.Before, change.After!);
        var isGone = change.Type == ChangeType.Deleted;
        if (!isGone && (after.IsTerminating || (after.OwnerUids.Count > 0 && (before is null || !before.OwnerUids.SequenceEqual(after.OwnerUids, StringComparer.Ordinal)))))
        {
            yield return WorkKey.Of(resource, after);
        }

        // An owner may have waited for this dependent, which is gone, or is its dependent no more, or does not hold it any more.
        foreach (var owner in (before?.OwnerUids ?? []).Select(_view.FindUid).OfType<WorkKey>())
        {
            if (_view.Find(owner) is { IsTerminating: true })
            {
                yield return owner;
            }
        }

        if (isGone)
        {
            foreach (var dependent in _view.DependentsOf(after.Uid))
            {
                yield return dependent;
            }
        }
    }

    public async Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken)
    {
        if (_view.Find(key) is not { } stored || _view.Read(key.Resource, stored) is not { } subject)
        {
            return null;
        }

        if (stored.IsTerminating)
        {
            if (HasFinalizer(subject, DeletionRules.OrphanFinalizer))
            {
                await OrphanAsync(key, stored.Uid);
            }
            else if (HasFinalizer(subject, DeletionRules.ForegroundFinalizer))
            {
                await DeleteForegroundAsync(key, stored.Uid);
            }

            return null;
        }

        return stored.OwnerUids.Count > 0 ? await CheckOwnersAsync(key, stored, subject) : null;
    }

    private async Task DeleteForegroundAsync(WorkKey key, string uid)
    {
        foreach (var dependent in _view.DependentsOf(uid))
        {
            if (_view.Find(dependent) is { IsTerminating: false } stored && _view.Read(dependent.Resource, stored) is { } subject)
            {
                await CheckOwnersAsync(dependent, stored, subject);
            }
        }

        _view.CatchUp();
        if (!IsBlocked(uid))
        {
            await RemoveFinalizerAsync(key, uid, DeletionRules.ForegroundFinalizer);
        }
    }

    private async Task OrphanAsync(WorkKey key, string uid)
    {
        foreach (var dependent in _view.DependentsOf(uid))
        {
            await RemoveReferencesAsync(dependent, owner => owner == uid);
        }

        await RemoveFinalizerAsync(key, uid, DeletionRules.OrphanFinalizer);
    }

    /// <summary>Only dependents that say so hold an owner back; the others are left behind, and collected after it.</summary>
    private bool IsBlocked(string uid) => _view.DependentsOf(uid).Any(dependent =>
        _view.Read(dependent) is { } subject && References(subject).Any(reference => Uid(reference) == uid && Fields.IsTrue(reference["blockOwnerDeletion"])));

    private async Task<TimeSpan?> CheckOwnersAsync(WorkKey key, StoredObject stored, KubernetesObject subject)
    {
        var states = References(subject).ConvertAll(reference => (Uid: Uid(reference), State: StateOf(reference, stored.Namespace)));
        if (states.Exists(static owner => owner.State == OwnerState.Unknown))
        {
            return UnknownDelay;
        }

        if (states.Exists(static owner => owner.State == OwnerState.Solid))
        {
            var lost = states.FindAll(static owner => owner.State != OwnerState.Solid).ConvertAll(static owner => owner.Uid);
            if (lost.Count > 0)
            {
                await RemoveReferencesAsync(key, lost.Contains);
            }

            return null;
        }

        var dependents = _view.DependentsOf(stored.Uid);
        if (dependents.Count > 0 && states.Exists(static owner => owner.State == OwnerState.Waiting))
        {
            await UnblockCircleAsync(key, dependents);
            await _client.DeleteAsync(key.Resource, stored, DeletionOptions.Foreground);
            return null;
        }

        await _client.DeleteAsync(key.Resource, stored, HasFinalizer(subject, DeletionRules.OrphanFinalizer) ? DeletionOptions.Orphan
            : HasFinalizer(subject, DeletionRules.ForegroundFinalizer) ? DeletionOptions.Foreground
            : DeletionOptions.Background);
        return null;
    }

    /// <summary>Where a dependent waits for its own dependents already, the chain may be a circle: it must not hold its owners.</summary>
    private async Task UnblockCircleAsync(WorkKey key, IReadOnlyList<WorkKey> dependents)
    {
        if (dependents.Any(dependent => _view.Read(dependent) is { } subject && IsWaiting(subject)))
        {
            await _client.PatchAsync(key, static subject =>
            {
                foreach (var reference in References(subject).Where(static reference => Fields.IsTrue(reference["blockOwnerDeletion"])))
                {
                    reference["blockOwnerDeletion"] = false;
                }
            });
        }
    }

    private async Task RemoveReferencesAsync(WorkKey dependent, Func<string, bool> isRemoved) => await _client.PatchAsync(dependent, subject =>
    {
        var kept = References(subject).FindAll(reference => !isRemoved(Uid(reference)));
        Fields.Metadata(subject.Json)["ownerReferences"] = Fields.Copy(kept);
    });

    private async Task RemoveFinalizerAsync(WorkKey key, string uid, string finalizer) => await _client.PatchAsync(key, subject =>
    {
        if (subject.Uid == uid)
        {
            Fields.Metadata(subject.Json)["finalizers"] = new JsonArray(
                [.. subject.Finalizers.Where(name => name != finalizer).Select(static name => JsonValue.Create(name))]);
        }
    });

    private OwnerState StateOf(JsonObject reference, string @namespace)
    {
        var kind = GroupVersionKind.Parse(Fields.Text(reference, "apiVersion"), Fields.Text(reference, "kind"));
        if (_view.Cluster.Catalog.FindKind(kind) is not { } resource || (resource.Namespaced && @namespace.Length == 0))
        {
            // A kind that nobody serves may be served again; an owner in a namespace cannot own what is in none.
            return OwnerState.Unknown;
        }

        var key = new WorkKey(resource.Storage, resource.Namespaced ? @namespace : string.Empty, Fields.Text(reference, "name"));
        if (_view.Find(key) is not { } owner || owner.Uid != Uid(reference))
        {
            return OwnerState.Absent;
        }

        return owner.IsTerminating && IsWaiting(_view.Read(key.Resource, owner)!) ? OwnerState.Waiting : OwnerState.Solid;
    }

    private static bool IsWaiting(KubernetesObject subject) => subject.IsTerminating && HasFinalizer(subject, DeletionRules.ForegroundFinalizer);

    private static bool HasFinalizer(KubernetesObject subject, string finalizer) => subject.Finalizers.Contains(finalizer, StringComparer.Ordinal);

    private static List<JsonObject> References(KubernetesObject subject) => [.. Fields.Items(subject.Metadata?["ownerReferences"])];

    private static string Uid(JsonObject reference) => Fields.Text(reference, "uid");

    private enum OwnerState
    {
        Solid,
        Waiting,
        Absent,
        Unknown,
    }
}
