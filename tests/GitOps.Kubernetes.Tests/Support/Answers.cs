using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace GitOps.Kubernetes.Tests.Support;

/// <summary>What a Kubernetes API server answers.</summary>
internal static class Answers
{
    public static async Task JsonAsync(this HttpContext context, string body, int code = 200, string contentType = "application/json")
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = contentType;
        await context.Response.WriteAsync(body);
    }

    public static Task StatusAsync(this HttpContext context, int code, string reason, string message = "refused", JsonObject? details = null) =>
        context.JsonAsync(Status(code, reason, message, details), code);

    public static string Status(int code, string reason, string message = "refused", JsonObject? details = null)
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = message,
            ["reason"] = reason,
            ["code"] = code,
        };
        if (details is not null)
        {
            status["details"] = details;
        }

        return status.ToJsonString();
    }

    public static string ConfigMap(string name, string version = "1", string data = "1") =>
        $$$"""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"{{{name}}}","namespace":"ns","uid":"u-{{{name}}}","resourceVersion":"{{{version}}}"},"data":{"a":"{{{data}}}"}}""";

    /// <summary>As in lists: without apiVersion and kind.</summary>
    public static string Item(string name, string version = "1") =>
        $$$"""{"metadata":{"name":"{{{name}}}","namespace":"ns","uid":"u-{{{name}}}","resourceVersion":"{{{version}}}"},"data":{"a":"1"}}""";

    public static string List(string version, string? next, params string[] items)
    {
        var token = next is null ? string.Empty : $",\"continue\":\"{next}\"";
        return $$$"""{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"{{{version}}}"{{{token}}}},"items":[{{{string.Join(',', items)}}}]}""";
    }

    public static string Event(string type, string item) => $$$"""{"type":"{{{type}}}","object":{{{item}}}}""";

    public static string Bookmark(string version, bool isInitialEnd = false)
    {
        var mark = isInitialEnd ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : string.Empty;
        return Event("BOOKMARK", $$$"""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"{{{version}}}"{{{mark}}}}}""");
    }

    /// <summary>Writes lines of a watch and sends them off.</summary>
    public static async Task SendAsync(this HttpContext context, params string[] lines)
    {
        foreach (var line in lines)
        {
            await context.Response.WriteAsync(line + "\n");
        }

        await context.Response.Body.FlushAsync();
    }

    public static async Task SendRawAsync(this HttpContext context, string text)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text));
        await context.Response.Body.FlushAsync();
    }

    /// <summary>Keeps a stream open, silently, until the client goes.</summary>
    public static async Task HoldAsync(this HttpContext context)
    {
        await context.Response.Body.FlushAsync();
        await Task.Delay(Timeout.Infinite, context.RequestAborted);
    }
}
