using GitOps.Kubernetes.Objects;
using GitOps.Operator.Controllers;

namespace GitOps.Operator.Reconcile;

/// <summary>
/// Work that may take long (a clone, a slow server), so that it does not hold a worker: a pass waits for it a moment, and is
/// begun again when it is done. The result is taken once, by the pass that asks for the same thing.
/// </summary>
internal sealed class Patience<T>
{
    private string? _asked;
    private Task<T>? _running;

    /// <summary>Starts the work, or finds it under way or done.</summary>
    /// <param name="asked">What it is about; another question drops the answer to this one.</param>
    /// <param name="work">Goes on in the background if it does not end at once; its exceptions are thrown here.</param>
    /// <param name="wait">How long this pass has time for it.</param>
    /// <param name="trigger">Begins another pass.</param>
    /// <param name="key">Whose pass.</param>
    /// <param name="time">For the waiting.</param>
    /// <param name="cancellationToken">Ends the waiting; the work has its own.</param>
    /// <returns>Null in the first part: not done yet.</returns>
    public async Task<(bool Done, T? Result)> AskAsync(
        string asked, Func<ValueTask<T>> work, TimeSpan wait, IReconcileTrigger trigger, NamespacedName key, TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (_running is null || _asked != asked)
        {
            var begun = work();
            if (begun.IsCompletedSuccessfully)
            {
                _running = null;
                return (true, begun.Result);
            }

            _asked = asked;
            _running = begun.AsTask();
        }

        var running = _running;
        try
        {
            var result = await running.WaitAsync(wait, time, cancellationToken);
            _running = null;
            return (true, result);
        }
        catch (TimeoutException) when (!running.IsCompleted)
        {
            _ = running.ContinueWith(
                _ => trigger.Trigger(key), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return (false, default);
        }
        catch
        {
            if (running.IsCompleted)
            {
                _running = null;
            }

            throw;
        }
    }
}
