using GitOps.Kubernetes.Tests.Support;
using GitOps.Kubernetes.Watching;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Watching;

/// <summary>What an observer is told of how a watch stands.</summary>
public sealed class WatchChangeTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly RecordingObserver _observer = new();

    [Theory]
    [InlineData("cut", "Opening, Open, Broken Cut, Open")]
    [InlineData("ended", "Opening, Open, Restarting Ended")]
    [InlineData("expired", "Opening, Open, Restarting Expired relists, Open")]
    [InlineData("refused", "Opening, Open, Refused Error, Open")]
    [InlineData("wrong", "Opening, Open, Broken Error relists, Open")]
    public async Task The_end_of_a_stream_is_told_with_its_reason_and_so_is_that_it_goes_on(string end, string told)
    {
        var seenByClient = new TaskCompletionSource();
        var watches = 0;
        await using var server = await ScriptedServer.StartAsync(async (context, seen) =>
        {
            if (seen.Parameter("watch") is null)
            {
                await context.JsonAsync(Answers.List("10", next: null));
            }
            else if (++watches > 1)
            {
                await context.HoldAsync();
            }
            else
            {
                await context.SendAsync(Answers.Event("ADDED", Answers.ConfigMap("a", "11")));
                await seenByClient.Task;
                switch (end)
                {
                    case "cut":
                        context.Abort();
                        break;
                    case "ended":
                        break;
                    default:
                        var code = end switch { "expired" => 410, "refused" => 403, _ => 400 };
                        await context.SendAsync(Answers.Event("ERROR", Answers.Status(code, "Whatever")));
                        break;
                }
            }
        });
        await using (var client = server.Client(new()
        {
            TimeProvider = _time,
            Random = static () => 0.5,
            RequestTimeout = TimeSpan.FromDays(1),
            WatchIdleTimeout = TimeSpan.FromDays(1),
            Observer = _observer,
        }))
        {
            await using var log = new WatchLog(token => client.WatchAsync(Kinds.ConfigMap, "ns", new(StreamingList: false), token));
            (await log.TakeAsync(3)).ShouldBe(["Restarted", "InitDone", "Applied a"]);
            seenByClient.SetResult();
            var expected = told.Split(", ");
            if (end == "ended")
            {
                await Task.WhenAny(log.BeginNext(), Waiting.UntilAsync(() => watches == 2));
            }
            else
            {
                // Interrupted and what comes then; the list that is asked for again.
                await log.TakeAsync(end switch { "wrong" => 3, _ => 2 }, _time);
            }

            _observer.Watches.Select(Text).ShouldBe(expected);
        }

        // Who waits for the next event when it ends, ends a moment later.
        await Waiting.UntilAsync(() => _observer.Watches.Last().Phase == WatchPhase.Closed);
        _observer.Watches.Select(static change => change.Watch).Distinct().Count().ShouldBe(1);
        _observer.Watches.ShouldAllBe(static change => change.Group.Length == 0 && change.Resource == "configmaps");
    }

    private static string Text(WatchChange change) =>
        $"{change.Phase}{(change.End == WatchEnd.None ? string.Empty : $" {change.End}")}{(change.Relists ? " relists" : string.Empty)}";
}
