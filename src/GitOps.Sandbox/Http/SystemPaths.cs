using System.Text;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Http;

/// <summary>What is served beside resources: the version, health, and the index of the OpenAPI documents.</summary>
internal static class SystemPaths
{
    private const string Version = "v1.36.2";

    private static readonly string[] Checks = ["ping", "log", "etcd", "informer-sync"];

    /// <returns>False: there is no such path.</returns>
    public static async Task<bool> TryAnswerAsync(ApiContext context)
    {
        var path = (context.Http.Request.Path.Value ?? "/").TrimEnd('/');
        if (path.StartsWith("/openapi/", StringComparison.Ordinal))
        {
            return await OpenApiHandler.TryAnswerAsync(context, path);
        }

        switch (path)
        {
            case "/version":
                await context.AnswerAsync(200, new JsonObject
                {
                    ["major"] = "1",
                    ["minor"] = "36",
                    ["emulationMajor"] = "1",
                    ["emulationMinor"] = "36",
                    ["minCompatibilityMajor"] = "1",
                    ["minCompatibilityMinor"] = "35",
                    ["gitVersion"] = Version,
                    ["gitCommit"] = string.Empty,
                    ["gitTreeState"] = "clean",
                    ["buildDate"] = "2026-01-01T00:00:00Z",
                    ["goVersion"] = "none",
                    ["compiler"] = "none",
                    ["platform"] = "linux/amd64",
                });
                return true;
            case "":
                await context.AnswerAsync(200, new JsonObject { ["paths"] = new JsonArray([.. Paths(context).Select(static path => JsonValue.Create(path))]) });
                return true;
            default:
                return await TryAnswerHealthAsync(context, path.Split('/'));
        }
    }

    /// <summary><c>/readyz</c> and <c>/readyz/CHECK</c>, with <c>?verbose</c>: all that is checked is well as long as anybody answers.</summary>
    private static async Task<bool> TryAnswerHealthAsync(ApiContext context, string[] parts)
    {
        if (parts is not (["", "healthz" or "livez" or "readyz"] or ["", "healthz" or "livez" or "readyz", _])
            || (parts.Length == 3 && !Checks.Contains(parts[2], StringComparer.Ordinal)))
        {
            return false;
        }

        var text = parts.Length == 2 && context.Http.Request.Query.ContainsKey("verbose")
            ? string.Concat(Checks.Select(static check => $"[+]{check} ok\n")) + $"{parts[1]} check passed\n"
            : "ok";
        await context.AnswerAsync(200, Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8");
        return true;
    }

    private static IEnumerable<string> Paths(ApiContext context)
    {
        var groups = context.Cluster.Catalog.Groups.SelectMany(static group => group.Name.Length == 0
            ? group.Versions.Select(static version => $"/api/{version.Version}")
            : group.Versions.Select(version => $"/apis/{group.Name}/{version.Version}").Prepend($"/apis/{group.Name}"));
        return groups.Concat(["/api", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"]).Order(StringComparer.Ordinal);
    }
}
