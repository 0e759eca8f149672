using GitOps.EndToEnd.Tests.Fixture;

namespace GitOps.EndToEnd.Tests.Survival;

/// <summary>When a process is killed, beside the write that is its last.</summary>
internal enum Moment
{
    /// <summary>The write has taken effect, and the process does not know it.</summary>
    BeforeTheAnswer,

    /// <summary>The process may know it.</summary>
    AfterTheAnswer,
}

/// <summary>Kills an operator's process at one of its writes; nothing of it reaches the server from then on.</summary>
internal static class KillSwitch
{
    /// <summary>Whether a request belongs to a sync: what the operator does at its start does not.</summary>
    public static bool IsPart(ProxiedRequest request) => request.IsWrite && request.Resource != "leases";

    /// <param name="proxy">What the process talks through.</param>
    /// <param name="running">The process.</param>
    /// <param name="write">Which of its writes from now on is the last, from 1.</param>
    /// <param name="moment">Before or after that is answered.</param>
    /// <returns>Ends when it is dead.</returns>
    public static Task Arm(ApiProxy proxy, OperatorProcess running, int write, Moment moment) =>
        Arm(proxy, IsPart, write, moment, running.KillAsync);

    /// <param name="proxy">What the operator talks through.</param>
    /// <param name="isPart">Which writes count.</param>
    /// <param name="write">Which of them from now on is the last, from 1.</param>
    /// <param name="moment">Before or after that is answered.</param>
    /// <param name="kill">Ends the operator, when nothing of it goes through any more.</param>
    /// <returns>Ends when that is done.</returns>
    public static Task Arm(ApiProxy proxy, Func<ProxiedRequest, bool> isPart, int write, Moment moment, Func<Task> kill)
    {
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var count = 0;
        ProxiedRequest? last = null;
        proxy.Arrived = request =>
        {
            var number = isPart(request) ? Interlocked.Increment(ref count) : 0;
            if (number == write)
            {
                last = request;
            }

            // What comes later is held back until the process is dead.
            return number > write ? killed.Task : Task.CompletedTask;
        };
        proxy.Answering = request => moment == Moment.BeforeTheAnswer ? KillAsync(request) : Task.CompletedTask;
        proxy.Answered = request => moment == Moment.AfterTheAnswer ? KillAsync(request) : Task.CompletedTask;
        return killed.Task;

        async Task KillAsync(ProxiedRequest request)
        {
            if (request == last)
            {
                proxy.Freeze();
                await kill();
                killed.TrySetResult();
            }
        }
    }
}
