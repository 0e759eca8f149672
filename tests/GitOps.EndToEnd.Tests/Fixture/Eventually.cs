using System.Diagnostics;
using GitOps.Kubernetes.Http;

namespace GitOps.EndToEnd.Tests.Fixture;

/// <summary>Waits until something is so, and says what was there instead if it never is.</summary>
internal static class Eventually
{
    /// <summary>Generous: a loaded machine must not fail a test. What works is much faster.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(40);

    /// <summary>Asks until the answer is not null.</summary>
    /// <param name="what">What is waited for, for the message.</param>
    /// <param name="probe">A refusal or a failed connection counts as not yet.</param>
    /// <param name="explain">Told if it does not come.</param>
    /// <param name="deadline">Null: <see cref="Deadline"/>.</param>
    public static async Task<T> GetAsync<T>(string what, Func<Task<T?>> probe, Func<Task<string>>? explain = null, TimeSpan? deadline = null)
        where T : class
    {
        var started = Stopwatch.GetTimestamp();
        Exception? last = null;
        while (true)
        {
            try
            {
                if (await probe() is { } answer)
                {
                    return answer;
                }
            }
            catch (Exception failure) when (failure is ApiException or ApiConnectionException)
            {
                last = failure;
            }

            if (Stopwatch.GetElapsedTime(started) > (deadline ?? Deadline))
            {
                var state = explain is null ? string.Empty : "\n" + await explain();
                throw new TimeoutException($"did not happen in {(deadline ?? Deadline).TotalSeconds:0} s: {what}{state}", last);
            }

            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }

    public static Task IsTrueAsync(string what, Func<Task<bool>> probe, Func<Task<string>>? explain = null, TimeSpan? deadline = null) =>
        GetAsync(what, async () => await probe() ? what : null, explain, deadline);

    public static Task IsTrueAsync(string what, Func<bool> probe, Func<Task<string>>? explain = null, TimeSpan? deadline = null) =>
        GetAsync(what, () => Task.FromResult(probe() ? what : null), explain, deadline);
}
