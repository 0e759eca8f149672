using System.Buffers;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Faults;
using GitOps.Sandbox.Registry;
using Microsoft.AspNetCore.Http;

namespace GitOps.Sandbox.Http;

/// <summary>One request on its way: what came, who asks, and the answer.</summary>
internal sealed class ApiContext
{
    private const int MaxBodyBytes = 3 * 1024 * 1024;

    private readonly List<string> _warnings = [];

    public ApiContext(HttpContext http, Cluster cluster) => (Http, Cluster) = (http, cluster);

    public HttpContext Http { get; }

    public Cluster Cluster { get; }

    public Caller Caller { get; set; } = Caller.Anonymous;

    /// <summary>Fields that stand twice in the body, as the server tells them.</summary>
    public List<string> BodyMistakes { get; } = [];

    public RequestRecord Record { get; set; } = null!;

    public IReadOnlyList<Fault> Faults { get; set; } = [];

    /// <summary>Called between the request's effect and its answer.</summary>
    public Func<RequestRecord, Task>? OnHandled { get; init; }

    /// <summary>Whether and how long the answer may be kept.</summary>
    public string CacheControl { get; set; } = "no-cache, private";

    public CancellationToken Aborted => Http.RequestAborted;

    public AnswerForm Form => MediaTypes.Negotiate(Http.Request.Headers.Accept);

    /// <summary>A query parameter; null where it is absent.</summary>
    public string? Query(string name) => Http.Request.Query.TryGetValue(name, out var values) ? values[^1] : null;

    /// <summary>As Go reads it: anything but <c>false</c>, <c>0</c> and nothing at all.</summary>
    public bool Flag(string name) => Query(name) is { } value && value is not ("0" or "false" or "False" or "F");

    /// <summary>Goes out as a Warning header, each text once.</summary>
    public void Warn(string text)
    {
        if (!_warnings.Contains(text, StringComparer.Ordinal))
        {
            _warnings.Add(text);
        }
    }

    /// <exception cref="ApiError">413: it is longer than an API server takes.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadBodyAsync()
    {
        if (Http.Request.ContentLength > MaxBodyBytes)
        {
            throw TooLarge();
        }

        var reader = Http.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(Aborted);
            if (result.IsCompleted)
            {
                var body = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return body;
            }

            if (result.Buffer.Length > MaxBodyBytes)
            {
                throw TooLarge();
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    public Task AnswerAsync(int status, JsonObject body) => AnswerAsync(status, KubernetesJson.ToUtf8(body));

    public async Task AnswerAsync(int status, ReadOnlyMemory<byte> body, string contentType = MediaTypes.Json)
    {
        BeginAnswer(status, contentType);
        if (OnHandled is { } onHandled)
        {
            await onHandled(Record);
        }

        if (Faults.Count > 0 && await FaultAnswers.TrySendAsync(this, body))
        {
            return;
        }

        Http.Response.ContentLength = body.Length;
        await Http.Response.Body.WriteAsync(body, Aborted);
    }

    /// <summary>Status and headers; what follows is the caller's.</summary>
    public void BeginAnswer(int status, string contentType = MediaTypes.Json)
    {
        Record.Status = status;
        Http.Response.StatusCode = status;
        Http.Response.ContentType = contentType;
        Http.Response.Headers.CacheControl = CacheControl;
        foreach (var warning in _warnings.Where(static warning => !warning.Any(char.IsControl)))
        {
            var quoted = warning.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
            Http.Response.Headers.Append("Warning", $"299 - \"{quoted}\"");
        }
    }

    private static ApiError TooLarge() =>
        new(413, "RequestEntityTooLarge", $"Request entity too large: limit is {MaxBodyBytes}", []);
}
