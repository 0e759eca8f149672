using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Syncing;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Survival;

/// <summary>A person who approves the first plan of each commit, and never looks again: an approval that got lost is missed for good.</summary>
internal sealed class Approver : IAsyncDisposable
{
    public const string Alice = "alice@example.com";

    private readonly TestSpace _space;
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<string> _approved = new(StringComparer.Ordinal);
    private readonly Task _loop;

    public Approver(TestSpace space)
    {
        _space = space;
        _loop = RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await foreach (var item in _space.Cluster.Client.WatchAsync(Kinds.Application, _space.ApplicationNamespace, new WatchOptions(), _stopping.Token))
            {
                if (item is { Type: WatchEventType.InitItem or WatchEventType.Applied, Object: { } found })
                {
                    await LookAsync(found.Key.NamespacedName, ApplicationStatus.Parse(found.Json["status"] as System.Text.Json.Nodes.JsonObject));
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The test is over.
        }
    }

    private async Task LookAsync(NamespacedName application, ApplicationStatus status)
    {
        if (status.Condition(Conditions.ApprovalPending) is { Status: "True", Reason: "ApprovalRequired" }
            && status.Plan is { Hash: { } hash, Revision: { } revision } && _approved.Add(revision))
        {
            await _space.ApproveAsync(application, revision, hash, Alice);
        }
    }
}
