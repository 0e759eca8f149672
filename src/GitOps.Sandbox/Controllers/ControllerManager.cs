using System.Runtime.ExceptionServices;
using GitOps.Kubernetes.Http;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers;

/// <summary>
/// Runs the controllers that are switched on: follows the store, gives each controller the keys that a change concerns, and
/// looks at one key of each controller at a time. What fails is tried again: at once after a conflict, else later each time.
/// </summary>
internal sealed class ControllerManager : IAsyncDisposable
{
    private readonly Cluster _cluster;
    private readonly ClusterView _view;
    private readonly List<(IController Controller, WorkQueue Queue)> _controllers = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private ExceptionDispatchInfo? _mistake;

    /// <param name="cluster">The cluster, whose options say what runs.</param>
    /// <param name="rootCertificate">What every namespace is told to trust, as PEM.</param>
    public ControllerManager(Cluster cluster, string rootCertificate)
    {
        _cluster = cluster;
        _view = new(cluster, Dispatch, _stopping.Token);
        foreach (var controller in ControllerSet.Create(cluster.Options.Controllers, _view, rootCertificate))
        {
            _controllers.Add((controller, new(cluster.Options.TimeProvider)));
        }

        _running = _controllers.Count == 0
            ? Task.CompletedTask
            : Task.WhenAll([Task.Run(FollowAsync), .. _controllers.Select(pair => Task.Run(() => WorkAsync(pair.Controller, pair.Queue)))]);
    }

    /// <summary>Ends when there is nothing to do until time passes or somebody writes.</summary>
    /// <exception cref="Exception">A controller failed by its own mistake.</exception>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var version = _view.CatchUp();
            foreach (var (_, queue) in _controllers)
            {
                await queue.WhenIdleAsync(cancellationToken);
            }

            _mistake?.Throw();
            if (_cluster.Store.Version == version && _controllers.TrueForAll(static pair => pair.Queue.IsIdle))
            {
                return;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var (_, queue) in _controllers)
        {
            queue.Dispose();
        }

        _stopping.Dispose();
    }

    private void Dispatch(GroupResource resource, Change change)
    {
        foreach (var (controller, queue) in _controllers)
        {
            foreach (var key in controller.Concerns(resource, change))
            {
                queue.Add(key);
            }
        }
    }

    private async Task FollowAsync()
    {
        try
        {
            while (true)
            {
                var version = _view.CatchUp();
                await _cluster.Store.WaitForVersionAfter(version).WaitAsync(_stopping.Token);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _mistake ??= ExceptionDispatchInfo.Capture(exception);
        }
    }

    private async Task WorkAsync(IController controller, WorkQueue queue)
    {
        while (true)
        {
            var key = await queue.TakeAsync(_stopping.Token);
            try
            {
                _view.CatchUp();
                if (await controller.ReconcileAsync(key, _stopping.Token) is { } delay)
                {
                    queue.AddAfter(key, delay);
                }

                queue.Forget(key);
            }
            catch (Exception exception) when (exception is ApiError or ApiException)
            {
                queue.AddFailed(key, isConflict: exception is ApiError { Reason: "Conflict" });
            }
            catch (Exception exception) when (!_stopping.IsCancellationRequested)
            {
                _mistake ??= ExceptionDispatchInfo.Capture(exception);
                queue.AddFailed(key, isConflict: false);
            }
            finally
            {
                queue.Done(key);
            }
        }
    }
}
