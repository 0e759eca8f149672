using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>The SyncApprovals of the cluster, as the watch shows them. Thread-safe.</summary>
internal sealed class ApprovalBook
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NamespacedName, SyncApproval> _approvals = [];
    private readonly Dictionary<NamespacedName, Dictionary<NamespacedName, SyncApproval>> _byApplication = [];
    private volatile bool _isListed;

    /// <summary>All that there are have been seen once.</summary>
    public bool IsListed
    {
        get => _isListed;
        set => _isListed = value;
    }

    /// <summary>Those of one Application, the oldest first.</summary>
    public ImmutableArray<SyncApproval> Of(NamespacedName application)
    {
        lock (_lock)
        {
            return _byApplication.TryGetValue(application, out var approvals)
                ? [.. approvals.Values.OrderBy(static approval => approval.CreatedAt).ThenBy(static approval => approval.Key.Name, StringComparer.Ordinal)]
                : [];
        }
    }

    public ImmutableArray<NamespacedName> Keys
    {
        get
        {
            lock (_lock)
            {
                return [.. _approvals.Keys];
            }
        }
    }

    public void Set(SyncApproval approval)
    {
        lock (_lock)
        {
            Remove_NeedsLock(approval.Key);
            _approvals[approval.Key] = approval;
            if (!_byApplication.TryGetValue(approval.Application, out var approvals))
            {
                _byApplication[approval.Application] = approvals = [];
            }

            approvals[approval.Key] = approval;
        }
    }

    /// <returns>Whose approval it was; null: it was not known.</returns>
    public NamespacedName? Remove(NamespacedName key)
    {
        lock (_lock)
        {
            return Remove_NeedsLock(key);
        }
    }

    private NamespacedName? Remove_NeedsLock(NamespacedName key)
    {
        if (!_approvals.Remove(key, out var approval))
        {
            return null;
        }

        if (_byApplication.TryGetValue(approval.Application, out var approvals) && approvals.Remove(key) && approvals.Count == 0)
        {
            _byApplication.Remove(approval.Application);
        }

        return approval.Application;
    }
}
