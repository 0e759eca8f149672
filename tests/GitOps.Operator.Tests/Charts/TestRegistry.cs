using System.Text;
using System.Text.Json;
using GitOps.Operator.Charts.Oci;
using Microsoft.AspNetCore.Http;

namespace GitOps.Operator.Tests.Charts;

/// <summary>The few endpoints of a registry that are for reading, with tokens of its own where a test wants them.</summary>
internal sealed class TestRegistry
{
    private readonly ChartServer _server;
    private readonly Dictionary<string, List<string>> _tags = new(StringComparer.Ordinal);

    public TestRegistry(ChartServer server)
    {
        _server = server;
        server.Before = CheckAsync;
        server.On("/token", TokenAsync);
    }

    /// <summary>The login that a token is given for; null: to everybody.</summary>
    public string? Login { get; set; }

    /// <summary>Of what the registry asks for; null: it asks for nothing.</summary>
    public string? Challenge { get; set; }

    public string Token { get; set; } = "token-1";

    public int PageSize { get; set; } = 1000;

    /// <summary>Which page of tags follows, as it is sent.</summary>
    public Func<string, string> Link { get; set; } = static url => $"<{url}>; rel=\"next\"";

    public string Host => $"localhost:{_server.Port}";

    public void AskForToken() => Challenge = $"Bearer realm=\"{_server.Url}/token\",service=\"tests\",scope=\"repository:charts/web:pull\"";

    /// <returns>The manifest's digest.</returns>
    public string Push(
        string repository, string tag, byte[] content, string type = OciManifest.ChartContent, string config = "{}",
        string configType = OciManifest.ChartConfig, byte[]? provenance = null, int layers = 1)
    {
        var all = Enumerable.Repeat(Blob(repository, content, type), layers).ToList();
        if (provenance is not null)
        {
            all.Add(Blob(repository, provenance, OciManifest.ChartProvenance));
        }

        var manifest = JsonSerializer.SerializeToUtf8Bytes(new
        {
            schemaVersion = 2,
            mediaType = OciManifest.MediaType,
            config = Blob(repository, Encoding.UTF8.GetBytes(config), configType),
            layers = all,
        });
        return Tag(repository, tag, manifest);
    }

    public string Tag(string repository, string tag, byte[] manifest)
    {
        var digest = ChartPackage.Digest(manifest);
        foreach (var reference in new[] { tag, digest })
        {
            _server.On($"/v2/{repository}/manifests/{reference}", async context =>
            {
                context.Response.Headers["Docker-Content-Digest"] = digest;
                context.Response.ContentType = OciManifest.MediaType;
                context.Response.ContentLength = manifest.Length;
                if (context.Request.Method != "HEAD")
                {
                    await context.Response.Body.WriteAsync(manifest);
                }
            });
        }

        if (!_tags.TryGetValue(repository, out var tags))
        {
            _tags[repository] = tags = [];
            _server.On($"/v2/{repository}/tags/list", context => TagsAsync(context, repository));
        }

        tags.Remove(tag);
        tags.Add(tag);
        return digest;
    }

    private object Blob(string repository, byte[] content, string type)
    {
        var digest = ChartPackage.Digest(content);
        _server.On($"/v2/{repository}/blobs/{digest}", content);
        return new { mediaType = type, digest, size = content.Length };
    }

    private Task TagsAsync(HttpContext context, string repository)
    {
        var last = context.Request.Query["last"].ToString();
        var all = _tags[repository].Order(StringComparer.Ordinal).SkipWhile(tag => last.Length > 0 && string.CompareOrdinal(tag, last) <= 0).ToList();
        if (all.Count > PageSize)
        {
            context.Response.Headers["Link"] = Link($"/v2/{repository}/tags/list?last={Uri.EscapeDataString(all[PageSize - 1])}&n={PageSize}");
        }

        return context.Response.WriteAsJsonAsync(new { name = repository, tags = all.Take(PageSize) });
    }

    private Task CheckAsync(HttpContext context)
    {
        if (Challenge is null || context.Request.Path == "/token"
            || context.Request.Headers.Authorization == (Challenge.StartsWith("Basic", StringComparison.Ordinal) ? Login : $"Bearer {Token}"))
        {
            return Task.CompletedTask;
        }

        context.Response.Headers.WWWAuthenticate = Challenge;
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }

    private Task TokenAsync(HttpContext context)
    {
        if (Login is not null && context.Request.Headers.Authorization != Login)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        }

        return context.Response.WriteAsJsonAsync(new { token = Token, expires_in = 300 });
    }
}
