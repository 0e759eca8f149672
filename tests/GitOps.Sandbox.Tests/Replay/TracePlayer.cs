using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tests.Replay;

/// <summary>Plays recorded steps against a server, over real HTTP, and says where its answers differ.</summary>
public sealed partial class TracePlayer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly TestCluster _cluster;
    private readonly string _userAgent;
    private readonly TraceMatcher _matcher = new();
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, WatchReader> _watches = new(StringComparer.Ordinal);

    /// <param name="cluster">The server.</param>
    /// <param name="namespace">Made beforehand.</param>
    /// <param name="userAgent">Whose first part becomes the field manager.</param>
    public TracePlayer(TestCluster cluster, string @namespace, string userAgent = "recorder")
    {
        (_cluster, _userAgent) = (cluster, userAgent);
        _values["ns"] = @namespace;
    }

    /// <summary>Plays one step.</summary>
    /// <returns>Every difference; empty if it is as recorded.</returns>
    public async Task<IReadOnlyList<string>> PlayAsync(JsonObject step)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var resolved = (JsonObject)Resolve(step)!;
        if (resolved["watch"] is JsonObject watch)
        {
            return await OpenWatchAsync(watch, deadline.Token);
        }

        if (resolved["events"] is JsonObject events)
        {
            return await ReadEventsAsync(events, resolved["expect"]!.AsArray(), deadline.Token);
        }

        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var differences = await RequestAsync(resolved, deadline.Token);
            var mayWait = WaitNote().IsMatch(KubernetesObject.GetString(resolved, "note") ?? string.Empty);
            if (differences.Count == 0 || !mayWait || TimeProvider.System.GetElapsedTime(started) > Patience)
            {
                return differences;
            }

            await Task.Delay(Pause, deadline.Token);
        }
    }

    /// <summary>Plays one step and answers with the step as it is to be recorded: its expectation is what the server did.</summary>
    /// <param name="step">A step; an expectation it has is replaced.</param>
    /// <param name="scrubber">Takes out of the answers what is another each time.</param>
    public async Task<JsonObject> RecordAsync(JsonObject step, AnswerScrubber scrubber)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var recorded = (JsonObject)step.DeepClone();
        var resolved = (JsonObject)Resolve(step)!;
        if (resolved["watch"] is JsonObject watch)
        {
            (await OpenWatchAsync(watch, deadline.Token)).ShouldBeEmpty();
            return recorded;
        }

        if (resolved["events"] is JsonObject events)
        {
            recorded["expect"] = await RecordEventsAsync(events, scrubber, deadline.Token);
            return recorded;
        }

        var waits = WaitNote().IsMatch(KubernetesObject.GetString(resolved, "note") ?? string.Empty);
        using var response = await SendAsync(resolved, waits, deadline.Token);
        var answer = await response.Content.ReadAsStringAsync(deadline.Token);
        Capture(resolved, answer);
        recorded["expect"] = scrubber.Describe(resolved, response, answer);
        return recorded;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var watch in _watches.Values)
        {
            await watch.DisposeAsync();
        }
    }

    private HttpRequestMessage Message(string method, string path)
    {
        var message = new HttpRequestMessage(new(method), new Uri(_cluster.Url, path)) { Version = new(2, 0) };
        message.Headers.TryAddWithoutValidation("User-Agent", _userAgent);
        message.Headers.Authorization = new("Bearer", _cluster.Token);
        return message;
    }

    private async Task<IReadOnlyList<string>> RequestAsync(JsonObject step, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(step, cancellationToken);
        var answer = await response.Content.ReadAsStringAsync(cancellationToken);
        var differences = Judge(step, response, answer);
        if (differences.Count == 0)
        {
            Capture(step, answer);
        }

        return differences;
    }

    internal static HashSet<string> Pointers(JsonNode? ignored) =>
        (ignored as JsonArray ?? []).Select(static pointer => pointer!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);

    /// <summary>As <see cref="SendAsync(JsonObject, CancellationToken)"/>; with <paramref name="waits"/>, until it succeeds.</summary>
    private async Task<HttpResponseMessage> SendAsync(JsonObject step, bool waits, CancellationToken cancellationToken)
    {
        while (true)
        {
            var response = await SendAsync(step, cancellationToken);
            if (!waits || response.IsSuccessStatusCode)
            {
                return response;
            }

            response.Dispose();
            await Task.Delay(Pause, cancellationToken);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(JsonObject step, CancellationToken cancellationToken)
    {
        var request = step["request"]!.AsObject();
        using var message = Message(KubernetesObject.GetString(request, "method")!, KubernetesObject.GetString(request, "path")!);
        foreach (var (name, value) in request["headers"] as JsonObject ?? [])
        {
            message.Headers.Remove(name);
            message.Headers.TryAddWithoutValidation(name, value!.GetValue<string>());
        }

        if (request.TryGetPropertyValue("body", out var body))
        {
            message.Content = new ByteArrayContent(body is JsonValue text && text.TryGetValue(out string? raw)
                ? Encoding.UTF8.GetBytes(raw)
                : KubernetesJson.ToUtf8(body));
            message.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(KubernetesObject.GetString(request, "contentType")!);
        }

        return await _cluster.Http.SendAsync(message, cancellationToken);
    }

    private List<string> Judge(JsonObject step, HttpResponseMessage response, string answer)
    {
        var expected = step["expect"]!.AsObject();
        var differences = new List<string>();
        if ((int)response.StatusCode != expected["status"]!.GetValue<int>())
        {
            differences.Add($"status: expected {expected["status"]}, got {(int)response.StatusCode}: {answer}");
            return differences;
        }

        var warnings = response.Headers.TryGetValues("Warning", out var sent) ? sent.ToList() : [];
        var wanted = (expected["warnings"] as JsonArray ?? []).Select(static warning => warning!.GetValue<string>()).ToList();
        if (!wanted.SequenceEqual(warnings, StringComparer.Ordinal) && KubernetesObject.GetString(step, "compare") != "status")
        {
            differences.Add($"warnings: expected [{string.Join(", ", wanted)}], got [{string.Join(", ", warnings)}]");
        }

        foreach (var (name, value) in expected["headers"] as JsonObject ?? [])
        {
            var header = HeaderOf(response, name);
            if (header != value!.GetValue<string>())
            {
                differences.Add($"header {name}: expected {value}, got {header}");
            }
        }

        var compare = KubernetesObject.GetString(step, "compare");
        if (compare is "full" or "subset")
        {
            differences.AddRange(_matcher.Compare(expected["body"], AnswerScrubber.Read(answer), compare == "subset", Pointers(step["ignore"])));
        }

        return differences;
    }

    private void Capture(JsonObject step, string answer)
    {
        foreach (var (name, pointer) in step["capture"] as JsonObject ?? [])
        {
            var value = pointer!.GetValue<string>().Split('/', StringSplitOptions.RemoveEmptyEntries)
                .Aggregate(KubernetesJson.Parse(answer), static (node, field) => node?[field]);
            _values[name] = value?.GetValue<string>() ?? string.Empty;
        }
    }

    private async Task<IReadOnlyList<string>> OpenWatchAsync(JsonObject watch, CancellationToken cancellationToken)
    {
        using var message = Message("GET", KubernetesObject.GetString(watch, "path")!);
        var response = await _cluster.Http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            return [$"watch: got {(int)response.StatusCode}"];
        }

        _watches[KubernetesObject.GetString(watch, "id")!] = new(response);
        return [];
    }

    private async Task<IReadOnlyList<string>> ReadEventsAsync(JsonObject events, JsonArray expected, CancellationToken cancellationToken)
    {
        var watch = _watches[KubernetesObject.GetString(events, "id")!];
        var ignored = Pointers(events["ignore"]);
        var differences = new List<string>();
        for (var i = 0; i < expected.Count; i++)
        {
            JsonObject? read;
            do
            {
                read = await watch.NextAsync(cancellationToken);
            }
            while (read is not null && IsPlainBookmark(read));
            if (read is null)
            {
                differences.Add($"event {i}: the stream has ended");
                break;
            }

            differences.AddRange(_matcher.Compare(expected[i], read, false, ignored).Select(difference => $"event {i}{difference}"));
        }

        return differences;
    }

    private async Task<JsonArray> RecordEventsAsync(JsonObject events, AnswerScrubber scrubber, CancellationToken cancellationToken)
    {
        var watch = _watches[KubernetesObject.GetString(events, "id")!];
        var recorded = new JsonArray();
        while (recorded.Count < KubernetesObject.GetInt64(events, "count") && await watch.NextAsync(cancellationToken) is { } read)
        {
            if (!IsPlainBookmark(read))
            {
                recorded.Add(scrubber.Scrub(read));
            }
        }

        return recorded;
    }

    internal static string? HeaderOf(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values)
            ? string.Join(", ", values)
            : null;

    private static bool IsPlainBookmark(JsonObject read) =>
        KubernetesObject.GetString(read, "type") == "BOOKMARK"
        && read["object"]?["metadata"]?["annotations"]?["k8s.io/initial-events-end"] is null;

    /// <summary>A step with the values of <c>${name}</c> put in, in paths escaped.</summary>
    private JsonNode? Resolve(JsonNode? node) => node switch
    {
        JsonObject fields => new JsonObject(fields.Select(field => KeyValuePair.Create(Resolve(field.Key, isPath: false), field.Key == "path"
            ? JsonValue.Create(Resolve(field.Value!.GetValue<string>(), isPath: true))
            : Resolve(field.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Resolve)]),
        JsonValue value when value.TryGetValue(out string? text) => JsonValue.Create(Resolve(text, isPath: false)),
        _ => node?.DeepClone(),
    };

    private string Resolve(string text, bool isPath) => Reference().Replace(text, match =>
        _values.TryGetValue(match.Groups[1].Value, out var value) ? isPath ? Uri.EscapeDataString(value) : value : match.Value);

    [GeneratedRegex(@"\$\{([a-z0-9]+)\}")]
    private static partial Regex Reference();

    [GeneratedRegex("(up to|within) 5 s")]
    private static partial Regex WaitNote();
}
