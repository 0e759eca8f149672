using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary>
/// Plays the controllers of Jobs and Deployments in one namespace: each Job ends at once, each Deployment is rolled out at once.
/// Where a cluster has these controllers itself, they may be first: the outcome is the same.
/// </summary>
internal sealed class WorkloadPlayer : IAsyncDisposable
{
    private readonly TestSpace _space;
    private readonly Func<string, bool> _succeeds;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task[] _loops;

    /// <param name="space">Whose target namespace.</param>
    /// <param name="succeeds">Whether the Job of this name does.</param>
    public WorkloadPlayer(TestSpace space, Func<string, bool>? succeeds = null)
    {
        _space = space;
        _succeeds = succeeds ?? (static _ => true);
        _loops =
        [
            RunAsync(Kinds.Job, async job =>
            {
                if (job.Json["status"]?["conditions"] is null)
                {
                    await _space.EndJobAsync(job.Name, _succeeds(job.Name));
                }
            }),
            RunAsync(Kinds.Deployment, async deployment =>
            {
                if (deployment.Json["status"]?["observedGeneration"]?.ToJsonString() != deployment.Metadata!["generation"]!.ToJsonString())
                {
                    await _space.RollOutAsync(deployment.Name);
                }
            }),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_loops);
        _stopping.Dispose();
    }

    private async Task RunAsync(ApiResource resource, Func<KubernetesObject, Task> play)
    {
        try
        {
            await foreach (var item in _space.Cluster.Client.WatchAsync(resource, _space.Target, new WatchOptions(), _stopping.Token))
            {
                if (item is { Type: WatchEventType.InitItem or WatchEventType.Applied, Object: { IsTerminating: false } found })
                {
                    await PlayAsync(play, found);
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The test is over.
        }
    }

    private static async Task PlayAsync(Func<KubernetesObject, Task> play, KubernetesObject found)
    {
        try
        {
            await play(found);
        }
        catch (ApiException refusal) when (refusal.IsNotFound || refusal.IsConflict || refusal.IsInvalid)
        {
            // It has gone, or ended, in between.
        }
    }
}
