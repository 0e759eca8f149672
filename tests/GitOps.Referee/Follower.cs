using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;

namespace GitOps.Referee;

/// <summary>A kind that is watched, in the version in which our manager applies it.</summary>
/// <param name="ApiVersion"><c>v1</c>, <c>apps/v1</c>, …</param>
/// <param name="Kind">The kind.</param>
/// <param name="Plural">In paths.</param>
public sealed record WatchedKind(string ApiVersion, string Kind, string Plural)
{
    /// <summary>The collection in all namespaces.</summary>
    public string Path => $"{Root}/{Plural}";

    private string Root => ApiVersion.Contains('/', StringComparison.Ordinal) ? $"/apis/{ApiVersion}" : $"/api/{ApiVersion}";

    /// <summary>The collection in a namespace, or an object in it.</summary>
    public string PathIn(string @namespace, string? name = null) =>
        $"{Root}/namespaces/{@namespace}/{Plural}{(name is null ? string.Empty : "/" + name)}";
}

/// <summary>Lists kinds and follows every event of theirs from there, without any filter of the server.</summary>
public sealed class Follower : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly ApiServer _server;
    private readonly Action<string, JsonObject, long> _take;
    private readonly Func<string, bool> _isMeant;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _loops = [];

    private Follower(ApiServer server, Action<string, JsonObject, long> take, Func<string, bool> isMeant) =>
        (_server, _take, _isMeant) = (server, take, isMeant);

    /// <summary>Why it had to give up; null while it follows.</summary>
    public string? Problem { get; private set; }

    /// <summary>Begins; returns when everything that is there has been taken in.</summary>
    /// <param name="server">Where.</param>
    /// <param name="kinds">What.</param>
    /// <param name="isMeant">Which namespaces.</param>
    /// <param name="take">Told the type, the object and <see cref="Stopwatch.GetTimestamp"/>; one kind's events in order.</param>
    /// <param name="cancellationToken">Ends the lists.</param>
    public static async Task<Follower> StartAsync(
        ApiServer server, IEnumerable<WatchedKind> kinds, Func<string, bool> isMeant, Action<string, JsonObject, long> take,
        CancellationToken cancellationToken)
    {
        var follower = new Follower(server, take, isMeant);
        foreach (var kind in kinds)
        {
            var list = await server.GetAsync(kind.Path, cancellationToken) ?? throw new HttpRequestException($"there is no {kind.Path}");
            foreach (var item in list["items"]!.AsArray().ToList())
            {
                // Items of a list do not say what they are.
                item!["kind"] = kind.Kind;
                follower.Take("ADDED", item.AsObject());
            }

            var version = list["metadata"]!["resourceVersion"]!.GetValue<string>();
            follower._loops.Add(Task.Run(() => follower.FollowAsync(kind, version), cancellationToken));
        }

        return follower;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_loops);
        _stopping.Dispose();
    }

    private async Task FollowAsync(WatchedKind kind, string version)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Pause, _stopping.Token);
                await foreach (var (type, subject) in _server.WatchAsync(kind.Path, version, _stopping.Token))
                {
                    if (type == "ERROR")
                    {
                        throw new HttpRequestException($"watch of {kind.Path}: {subject["message"]}", null, HttpStatusCode.Gone);
                    }

                    version = subject["metadata"]!["resourceVersion"]!.GetValue<string>();
                    if (type != "BOOKMARK")
                    {
                        Take(type, subject);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to.
        }
        catch (HttpRequestException failure)
        {
            Problem = failure.Message;
        }
    }

    private void Take(string type, JsonObject subject)
    {
        if (_isMeant(subject["metadata"]!["namespace"]?.GetValue<string>() ?? string.Empty))
        {
            _take(type, subject, Stopwatch.GetTimestamp());
        }
    }
}
