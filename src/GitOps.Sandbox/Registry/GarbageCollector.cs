using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <summary>
/// Deletes what its owners have left behind, and carries out foreground and orphan deletion. It follows the history of every
/// resource and keeps an index of owners, so that a write costs it only that object's references.
/// </summary>
internal sealed class GarbageCollector
{
    private readonly Cluster _cluster;
    private readonly Dictionary<ResourceTable, Change> _positions = [];
    private readonly Dictionary<string, HashSet<Member>> _dependents = new(StringComparer.Ordinal);
    private readonly HashSet<string> _waitingOwners = new(StringComparer.Ordinal);
    private readonly Queue<Member> _suspects = new();

    public GarbageCollector(Cluster cluster) => _cluster = cluster;

    private ObjectStore Store => _cluster.Store;

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var version = Store.Version;
            foreach (var table in Store.Tables())
            {
                Follow(table);
            }

            while (_suspects.TryDequeue(out var member))
            {
                Judge(member);
            }

            await Store.WaitForVersionAfter(version).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Follow(ResourceTable table)
    {
        if (!_positions.TryGetValue(table, out var position))
        {
            var start = Store.StartWatch(table);
            position = Store.SeekWatch(table, Store.OldestVersion(table)) ?? start.Position;
            foreach (var stored in start.Snapshot.Enumerate(null))
            {
                Learn(table, stored);
            }
        }

        while (position.Next is { } change)
        {
            position = change;
            Learn(table, change);
        }

        _positions[table] = position;
        if (table.IsClosed)
        {
            _positions.Remove(table);
        }
    }

    private void Learn(ResourceTable table, Change change)
    {
        if (change.After is not { } after)
        {
            return;
        }

        var member = new Member(table, after.Namespace, after.Name);
        foreach (var owner in change.Before?.OwnerUids ?? [])
        {
            if (change.Type == ChangeType.Deleted || !after.OwnerUids.Contains(owner, StringComparer.Ordinal))
            {
                _dependents.GetValueOrDefault(owner)?.Remove(member);
                SuspectWaiting(owner);
            }
        }

        if (change.Type != ChangeType.Deleted)
        {
            Learn(table, after);
            return;
        }

        _waitingOwners.Remove(after.Uid);
        foreach (var dependent in _dependents.GetValueOrDefault(after.Uid) ?? [])
        {
            _suspects.Enqueue(dependent);
        }
    }

    private void Learn(ResourceTable table, StoredObject stored)
    {
        var member = new Member(table, stored.Namespace, stored.Name);
        foreach (var owner in stored.OwnerUids)
        {
            if (!_dependents.TryGetValue(owner, out var members))
            {
                _dependents[owner] = members = [];
            }

            members.Add(member);
        }

        if (stored.IsTerminating || stored.OwnerUids.Count > 0)
        {
            _suspects.Enqueue(member);
        }
    }

    private void SuspectWaiting(string uid)
    {
        if (!_waitingOwners.Contains(uid))
        {
            return;
        }

        foreach (var table in Store.Tables())
        {
            foreach (var stored in Store.Take(table).Enumerate(null).Where(stored => stored.Uid == uid))
            {
                _suspects.Enqueue(new(table, stored.Namespace, stored.Name));
            }
        }
    }

    private void Judge(Member member)
    {
        if (member.Table.Find(member.Namespace, member.Name) is not { } stored || _cluster.Catalog.FindStored(member.Table.Resource) is not { } resource)
        {
            return;
        }

        var subject = new KubernetesObject(resource.Read(stored));
        if (stored.IsTerminating && subject.Finalizers.Contains(DeletionRules.OrphanFinalizer, StringComparer.Ordinal))
        {
            Orphan(resource, stored);
        }
        else if (stored.IsTerminating && subject.Finalizers.Contains(DeletionRules.ForegroundFinalizer, StringComparer.Ordinal))
        {
            DeleteDependents(resource, stored);
        }
        else if (stored.IsTerminating && AdmissionPlugins.ProtectionOf(resource) is { } protection)
        {
            RemoveFinalizer(resource, stored, protection);
        }
        else if (stored.OwnerUids.Count > 0 && !stored.IsTerminating)
        {
            CheckOwners(resource, stored, subject);
        }
    }

    private void Orphan(ServedResource resource, StoredObject owner)
    {
        foreach (var dependent in Dependents(owner.Uid))
        {
            RemoveReferences(dependent, uid => uid == owner.Uid);
        }

        RemoveFinalizer(resource, owner, DeletionRules.OrphanFinalizer);
    }

    private void DeleteDependents(ServedResource resource, StoredObject owner)
    {
        _waitingOwners.Add(owner.Uid);
        var isBlocked = false;
        foreach (var dependent in Dependents(owner.Uid))
        {
            if (dependent.Table.Find(dependent.Namespace, dependent.Name) is not { } stored
                || _cluster.Catalog.FindStored(dependent.Table.Resource) is not { } dependentResource)
            {
                continue;
            }

            var references = References(new(dependentResource.Read(stored)));
            isBlocked |= references.Any(reference => Uid(reference) == owner.Uid && IsTrue(reference, "blockOwnerDeletion"));
            if (references.Any(reference => Uid(reference) != owner.Uid && StateOf(reference, stored.Namespace) == OwnerState.Solid))
            {
                RemoveReferences(dependent, uid => uid == owner.Uid);
            }
            else if (!stored.IsTerminating)
            {
                Delete(dependentResource, stored, DeletionOptions.Foreground);
            }
        }

        if (!isBlocked)
        {
            RemoveFinalizer(resource, owner, DeletionRules.ForegroundFinalizer);
        }
    }

    private void CheckOwners(ServedResource resource, StoredObject stored, KubernetesObject subject)
    {
        var states = References(subject).Select(reference => (Reference: reference, State: StateOf(reference, stored.Namespace))).ToList();
        var absent = states.Where(static owner => owner.State == OwnerState.Absent).Select(static owner => Uid(owner.Reference)).ToHashSet(StringComparer.Ordinal);
        if (states.Any(static owner => owner.State is OwnerState.Solid or OwnerState.Unknown))
        {
            if (absent.Count > 0)
            {
                RemoveReferences(new(Store.Table(resource.Storage), stored.Namespace, stored.Name), absent.Contains);
            }

            return;
        }

        var isWaitedFor = states.Any(static owner => owner.State == OwnerState.Waiting);
        Delete(resource, stored, isWaitedFor ? DeletionOptions.Foreground : DeletionOptions.Background);
    }

    private void Delete(ServedResource resource, StoredObject stored, string propagation)
    {
        try
        {
            // A real collector keeps the finalizer that a user's own deletion policy asked for.
            _cluster.Deleter.Delete(resource, stored.Namespace, stored.Name, new(propagation, stored.Uid, null, null, false));
        }
        catch (ApiError error) when (error.Code is 403 or 404 or 409)
        {
            // Gone, another object by now, or never to be deleted.
        }
    }

    private void RemoveReferences(Member dependent, Func<string, bool> isRemoved)
    {
        if (_cluster.Catalog.FindStored(dependent.Table.Resource) is { } resource)
        {
            _cluster.Writer.Adjust(resource, dependent.Namespace, dependent.Name, json =>
            {
                var references = References(new(json));
                var kept = references.Where(reference => !isRemoved(Uid(reference))).Select(static reference => reference.DeepClone()).ToArray();
                MetadataRules.Of(json)["ownerReferences"] = new JsonArray(kept);
                MetadataRules.DropEmpty(MetadataRules.Of(json));
                return kept.Length < references.Count;
            });
        }
    }

    private void RemoveFinalizer(ServedResource resource, StoredObject owner, string finalizer) =>
        _cluster.Writer.Adjust(resource, owner.Namespace, owner.Name, json =>
        {
            var subject = new KubernetesObject(json);
            if (subject.Uid != owner.Uid || !subject.Finalizers.Contains(finalizer, StringComparer.Ordinal))
            {
                return false;
            }

            subject.Metadata!["finalizers"] = new JsonArray(
                [.. subject.Finalizers.Where(name => name != finalizer).Select(static name => JsonValue.Create(name))]);
            MetadataRules.DropEmpty(subject.Metadata);
            return true;
        });

    private List<Member> Dependents(string uid) => _dependents.TryGetValue(uid, out var members) ? [.. members] : [];

    private static List<JsonObject> References(KubernetesObject subject) =>
        [.. (subject.Metadata?["ownerReferences"] as JsonArray ?? []).OfType<JsonObject>()];

    private static string Uid(JsonObject reference) => KubernetesObject.GetString(reference, "uid") ?? string.Empty;

    private static bool IsTrue(JsonObject reference, string name) =>
        reference[name] is JsonValue value && value.TryGetValue(out bool isTrue) && isTrue;

    private OwnerState StateOf(JsonObject reference, string @namespace)
    {
        var kind = GroupVersionKind.Parse(
            KubernetesObject.GetString(reference, "apiVersion") ?? string.Empty, KubernetesObject.GetString(reference, "kind") ?? string.Empty);
        if (_cluster.Catalog.FindKind(kind) is not { } resource)
        {
            return OwnerState.Unknown;
        }

        var owner = _cluster.Find(resource, resource.Namespaced ? @namespace : string.Empty, KubernetesObject.GetString(reference, "name") ?? string.Empty);
        if (owner is null || owner.Uid != Uid(reference))
        {
            return OwnerState.Absent;
        }

        return owner.IsTerminating
            && new KubernetesObject(resource.Read(owner)).Finalizers.Contains(DeletionRules.ForegroundFinalizer, StringComparer.Ordinal)
                ? OwnerState.Waiting
                : OwnerState.Solid;
    }

    private enum OwnerState
    {
        Solid,
        Waiting,
        Absent,
        Unknown,
    }

    private readonly record struct Member(ResourceTable Table, string Namespace, string Name);
}
