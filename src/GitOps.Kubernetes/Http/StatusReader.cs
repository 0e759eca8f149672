using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.Http;

/// <summary>From a refusal to an <see cref="ApiException"/>: a Status, or whatever a proxy wrote in its place.</summary>
internal static class StatusReader
{
    private const int MaxBody = 64 * 1024;
    private const int MaxForeignText = 256;

    public static async Task<ApiException> ReadAsync(HttpResponseMessage response, TimeProvider time, CancellationToken cancellationToken)
    {
        using var body = await PooledBody.ReadAsync(response.Content, MaxBody, truncate: true, cancellationToken);
        var retryAfter = RetryAfter(response, time.GetUtcNow());
        return TryParse(body.Span) is { } status && KubernetesObject.GetString(status, "kind") == "Status"
            ? FromStatus(status, response, retryAfter)
            : Create(response, response.StatusCode, string.Empty, Describe(response.StatusCode, body.Span), details: null, retryAfter);
    }

    /// <summary>From a Status: the body of a refusal, or the object of a watch's ERROR event.</summary>
    public static ApiException FromStatus(JsonObject status, HttpResponseMessage? response = null, TimeSpan? retryAfter = null)
    {
        var details = status["details"] as JsonObject;
        if (retryAfter is null && KubernetesObject.GetInt64(details, "retryAfterSeconds") is > 0 and var seconds)
        {
            retryAfter = TimeSpan.FromSeconds(Math.Min((double)seconds, int.MaxValue));
        }

        return Create(
            response,
            response?.StatusCode ?? (HttpStatusCode)(KubernetesObject.GetInt64(status, "code") ?? 500),
            KubernetesObject.GetString(status, "reason") ?? string.Empty,
            KubernetesObject.GetString(status, "message") is { Length: > 0 } message ? message : "the server gave no message",
            details,
            retryAfter);
    }

    /// <summary>Seconds or a date; null where there is none or it is in the past.</summary>
    internal static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now)
    {
        if (!response.Headers.NonValidated.TryGetValues("Retry-After", out var values))
        {
            return null;
        }

        var text = values.ToString();
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return TimeSpan.FromSeconds(seconds);
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) && date > now
            ? date - now
            : null;
    }

    private static ApiException Create(
        HttpResponseMessage? response, HttpStatusCode code, string reason, string message, JsonObject? details, TimeSpan? retryAfter) =>
        new(code, reason, message, details, retryAfter, Header(response, "Audit-ID"))
        {
            FlowSchemaUid = Header(response, "X-Kubernetes-PF-FlowSchema-UID"),
            PriorityLevelUid = Header(response, "X-Kubernetes-PF-PriorityLevel-UID"),
        };

    private static string? Header(HttpResponseMessage? response, string name) =>
        response is not null && response.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    private static JsonObject? TryParse(ReadOnlySpan<byte> body)
    {
        try
        {
            return KubernetesJson.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Describe(HttpStatusCode code, ReadOnlySpan<byte> body)
    {
        var text = Encoding.UTF8.GetString(body[..Math.Min(body.Length, MaxForeignText)]).Trim();
        var isPlain = text.Length > 0 && !text.StartsWith('<') && !text.StartsWith('{');
        var name = $"HTTP {(int)code} {code}";
        return isPlain ? $"{name}: {text.ReplaceLineEndings(" ")}" : $"{name}, and no Status: was it a proxy that answered?";
    }
}
