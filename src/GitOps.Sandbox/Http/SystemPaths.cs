using System.Text;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Http;

/// <summary>What is served beside resources: the version, health, and the index of the OpenAPI documents.</summary>
internal static class SystemPaths
{
    private const string Version = "v1.36.2";

    /// <returns>False: there is no such path.</returns>
    public static async Task<bool> TryAnswerAsync(ApiContext context)
    {
        switch ((context.Http.Request.Path.Value ?? "/").TrimEnd('/'))
        {
            case "/version":
                await context.AnswerAsync(200, new JsonObject
                {
                    ["major"] = "1",
                    ["minor"] = "36",
                    ["gitVersion"] = Version,
                    ["gitCommit"] = string.Empty,
                    ["gitTreeState"] = "clean",
                    ["buildDate"] = "2026-01-01T00:00:00Z",
                    ["goVersion"] = "none",
                    ["compiler"] = "none",
                    ["platform"] = "linux/amd64",
                });
                return true;
            case "/healthz" or "/livez" or "/readyz":
                await context.AnswerAsync(200, Encoding.UTF8.GetBytes("ok"), "text/plain; charset=utf-8");
                return true;
            case OpenApiDocuments.Root:
                await context.AnswerAsync(200, OpenApiDocuments.Index(context.Cluster.Catalog));
                return true;
            case "":
                await context.AnswerAsync(200, new JsonObject
                {
                    ["paths"] = new JsonArray("/api", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"),
                });
                return true;
            case var path when path.StartsWith(OpenApiDocuments.Root + "/", StringComparison.Ordinal)
                && OpenApiDocuments.Document(context.Cluster.Catalog, path[(OpenApiDocuments.Root.Length + 1)..]) is { } document:
                await context.AnswerAsync(200, document);
                return true;
            default:
                return false;
        }
    }
}
