using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace GitOps.Testing.Servers;

/// <summary>
/// Git LFS's batch endpoint and its files, over plain HTTP for a server before it: <c>POST …/objects/batch</c> names
/// <c>…/files/ID</c>, which hands a file out.
/// </summary>
public sealed class LfsServer : IDisposable
{
    private readonly ConcurrentDictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly HttpListener _listener;

    private LfsServer(HttpListener listener, int port)
    {
        (_listener, Port) = (listener, port);
        _ = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>What the files' addresses begin with, as clients reach them.</summary>
    public string PublicUrl { get; set; } = string.Empty;

    /// <summary>Starts it.</summary>
    public static LfsServer Start()
    {
        while (true)
        {
            var (port, listener) = (ServerProcess.FreePort(), new HttpListener());
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                listener.Start();
                return new(listener, port);
            }
            catch (HttpListenerException)
            {
                // The port was taken meanwhile.
                listener.Close();
            }
        }
    }

    /// <summary>Keeps a file, or something else in its place.</summary>
    /// <returns>The pointer to the file.</returns>
    public string Keep(byte[] file, byte[]? instead = null)
    {
        _files[IdOf(file)] = instead ?? file;
        return PointerTo(file);
    }

    /// <summary>What stands in a repository for a file.</summary>
    public static string PointerTo(byte[] file) => $"version https://git-lfs.github.com/spec/v1\noid sha256:{IdOf(file)}\nsize {file.Length}\n";

    /// <inheritdoc/>
    public void Dispose() => _listener.Close();

    private static string IdOf(byte[] file) => Convert.ToHexStringLower(SHA256.HashData(file));

    private async Task AcceptAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                // The test is over.
                return;
            }

            try
            {
                await AnswerAsync(context);
            }
            catch (Exception exception) when (exception is HttpListenerException or IOException or ObjectDisposedException)
            {
                // The client is gone.
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var path = context.Request.Url!.AbsolutePath;
        using var response = context.Response;
        if (path.EndsWith("/objects/batch", StringComparison.Ordinal))
        {
            var asked = JsonNode.Parse(await new StreamReader(context.Request.InputStream).ReadToEndAsync())!;
            var answer = new JsonObject { ["transfer"] = "basic", ["objects"] = new JsonArray([.. asked["objects"]!.AsArray().Select(one => (JsonNode)Describe(one!))]) };
            response.ContentType = "application/vnd.git-lfs+json";
            await using var writer = new StreamWriter(response.OutputStream);
            await writer.WriteAsync(answer.ToJsonString());
        }
        else if (_files.TryGetValue(path[(path.LastIndexOf('/') + 1)..], out var file))
        {
            response.ContentLength64 = file.Length;
            await response.OutputStream.WriteAsync(file);
        }
        else
        {
            response.StatusCode = 404;
        }
    }

    private JsonObject Describe(JsonNode asked)
    {
        var id = asked["oid"]!.GetValue<string>();
        var answer = new JsonObject { ["oid"] = id, ["size"] = asked["size"]!.GetValue<long>() };
        if (_files.ContainsKey(id))
        {
            answer["actions"] = new JsonObject { ["download"] = new JsonObject { ["href"] = $"{PublicUrl}/files/{id}" } };
        }
        else
        {
            answer["error"] = new JsonObject { ["code"] = 404, ["message"] = "Object does not exist" };
        }

        return answer;
    }
}
