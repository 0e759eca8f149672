using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Api;
using GitOps.Operator.Options;
using GitOps.Operator.Reconcile.Gates;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Controllers;

/// <summary>
/// Watches SyncApprovals, and the admission policy that makes them worth something: an approval opens its gate at once, and a
/// policy that goes shuts them all.
/// </summary>
internal sealed class ApprovalWatch
{
    private readonly IKubernetesClient _client;
    private readonly OperatorOptions _options;
    private readonly ApprovalBook _book;
    private readonly ApprovalDesk _desk;
    private readonly IReconcileTrigger _trigger;
    private readonly Action _triggerAll;
    private readonly ILogger<ApprovalWatch> _log;
    private int _unlisted;

    public ApprovalWatch(
        IKubernetesClient client, OperatorOptions options, ApprovalBook book, ApprovalDesk desk, IReconcileTrigger trigger, Action triggerAll,
        ILogger<ApprovalWatch> log)
    {
        _client = client;
        _options = options;
        _book = book;
        _desk = desk;
        _trigger = trigger;
        _triggerAll = triggerAll;
        _log = log;
    }

    /// <summary>Runs until cancelled; anything else that ends it is a broken invariant.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        string[] scopes = _options.Namespaces.IsEmpty ? [string.Empty] : [.. _options.Namespaces];
        _unlisted = scopes.Length;
        await await Task.WhenAny(scopes.Select(scope => WatchApprovalsAsync(scope, stoppingToken))
            .Concat(ApprovalDesk.Watched.Select(resource => WatchPolicyAsync(resource, stoppingToken))));
    }

    private async Task WatchApprovalsAsync(string scope, CancellationToken cancellationToken)
    {
        var present = new HashSet<NamespacedName>();
        var isListed = false;
        await foreach (var item in _client.WatchAsync(Names.SyncApproval, scope, new WatchOptions(), cancellationToken))
        {
            switch (item.Type)
            {
                case WatchEventType.Restarted:
                    present.Clear();
                    break;
                case WatchEventType.InitItem:
                    present.Add(new(item.Object!.Namespace, item.Object.Name));
                    Take(item.Object);
                    break;
                case WatchEventType.Applied:
                    Take(item.Object!);
                    break;
                case WatchEventType.InitDone:
                    foreach (var gone in _book.Keys.Where(key => (scope.Length == 0 || key.Namespace == scope) && !present.Contains(key)))
                    {
                        Drop(gone);
                    }

                    if (!isListed)
                    {
                        isListed = true;
                        Listed();
                    }

                    break;
                case WatchEventType.Deleted:
                    Drop(new(item.Object!.Namespace, item.Object.Name));
                    break;
                case WatchEventType.Interrupted:
                    Log.WatchInterrupted(_log, Names.SyncApprovalKind, item.Error?.Message ?? string.Empty);
                    break;
                default:
                    break;
            }
        }
    }

    private async Task WatchPolicyAsync(ApiResource resource, CancellationToken cancellationToken)
    {
        var options = new WatchOptions(FieldSelector: $"metadata.name={Names.ApprovalPolicy}");
        await foreach (var item in _client.WatchAsync(resource, string.Empty, options, cancellationToken))
        {
            if (item.Type is WatchEventType.InitDone or WatchEventType.Applied or WatchEventType.Deleted)
            {
                await ReadPolicyAsync(cancellationToken);
            }
            else if (item is { Type: WatchEventType.Interrupted, Error: ApiException refusal } && (refusal.IsForbidden || refusal.IsNotFound))
            {
                Log.WatchInterrupted(_log, resource.Kind, refusal.Message);
                LosePolicy(refusal.Message);
            }
        }
    }

    private async Task ReadPolicyAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await _desk.ReadPolicyAsync(cancellationToken))
            {
                _triggerAll();
            }
        }
        catch (Exception failure) when (failure is ApiException or ApiConnectionException)
        {
            // Read once more before any gate opens; until a watch tells more, none does.
            LosePolicy(failure.Message);
        }
    }

    private void LosePolicy(string message)
    {
        if (_desk.LosePolicy($"the operator cannot read the admission policies: {message}"))
        {
            _triggerAll();
        }
    }

    private void Listed()
    {
        if (Interlocked.Decrement(ref _unlisted) == 0)
        {
            _book.IsListed = true;
            _triggerAll();
        }
    }

    private void Take(KubernetesObject found)
    {
        if (SyncApproval.Parse(found) is not { } approval)
        {
            Drop(new(found.Namespace, found.Name));
            return;
        }

        _book.Set(approval);
        _trigger.Trigger(approval.Application);
    }

    private void Drop(NamespacedName key)
    {
        if (_book.Remove(key) is { } application)
        {
            _trigger.Trigger(application);
        }
    }
}
