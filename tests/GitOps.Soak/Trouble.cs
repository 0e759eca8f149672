using System.Diagnostics;
using System.Globalization;
using System.Net;
using GitOps.EndToEnd.Tests.Fixture;

namespace GitOps.Soak;

/// <summary>What goes wrong between the operator and the server: refusals, cut connections, watches that end or have expired.</summary>
internal sealed class Trouble
{
    private readonly ApiProxy _proxy;
    private readonly Random _dice;
    private readonly List<string> _record = [];
    private readonly List<long> _forgotten = [];

    public Trouble(ApiProxy proxy, int seed) => (_proxy, _dice) = (proxy, new Random(seed));

    /// <summary>What was done, for a failure's message.</summary>
    public IReadOnlyList<string> Record => _record;

    /// <summary>When the server forgot what happened: the operator lists anew and sees only what there is in the end.</summary>
    public IReadOnlyList<long> Forgotten => _forgotten;

    /// <summary>Makes trouble, again and again, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(1 + (_dice.NextDouble() * 4)), cancellationToken);
                await MakeAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }

    private async Task MakeAsync(CancellationToken cancellationToken)
    {
        var times = _dice.Next(1, 12);
        switch (_dice.Next(8))
        {
            case 0:
                await WhileAsync("429", _proxy.Refuse(HttpStatusCode.TooManyRequests, static request => !request.IsWatch, TimeSpan.FromSeconds(1), times), cancellationToken);
                break;
            case 1:
                await WhileAsync("500", _proxy.Refuse(HttpStatusCode.InternalServerError, static request => !request.IsWatch, null, times), cancellationToken);
                break;
            case 2:
                await WhileAsync("503", _proxy.Refuse(HttpStatusCode.ServiceUnavailable, static request => request.IsWrite, null, times), cancellationToken);
                break;
            case 3:
                await WhileAsync("cut before", _proxy.Cut(afterEffect: false, static request => request.IsWrite, times), cancellationToken);
                break;
            case 4:
                await WhileAsync("cut after", _proxy.Cut(afterEffect: true, static request => request.IsWrite, times), cancellationToken);
                break;
            case 5:
                Note("watches end");
                _proxy.DropWatches();
                break;
            case 6:
                Note("watches are reset");
                _proxy.DropWatches(reset: true);
                break;
            default:
                using (_proxy.Refuse(HttpStatusCode.Gone, static request => request.IsWatch, null, times))
                {
                    Note("watches end and have expired");
                    _forgotten.Add(Stopwatch.GetTimestamp());
                    _proxy.DropWatches();
                    await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
                }

                break;
        }
    }

    private async Task WhileAsync(string what, IDisposable rule, CancellationToken cancellationToken)
    {
        using (rule)
        {
            Note(what);
            await Task.Delay(TimeSpan.FromSeconds(0.2 + _dice.NextDouble()), cancellationToken);
        }
    }

    private void Note(string what) => _record.Add(string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.UtcNow:HH:mm:ss.fff} {what}"));
}
