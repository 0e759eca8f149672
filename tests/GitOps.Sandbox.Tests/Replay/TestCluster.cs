using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using YamlDotNet.RepresentationModel;

namespace GitOps.Sandbox.Tests.Replay;

/// <summary>The server under test: a sandbox, or the one named by GITOPS_TEST_KUBECONFIG, against which the player itself is checked.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    public const string KubeconfigVariable = "GITOPS_TEST_KUBECONFIG";

    private readonly X509Certificate2 _authority;

    private TestCluster(SandboxServer? server, Uri url, string token, string caPem)
    {
        (Server, Url, Token) = (server, url, token);
        _authority = X509Certificate2.CreateFromPem(caPem);
        Http = new(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            EnableMultipleHttp2Connections = true,
            SslOptions = new()
            {
                CertificateChainPolicy = new()
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                    CustomTrustStore = { _authority },
                }
            },
        });
        Http.DefaultRequestVersion = new(2, 0);
    }

    public SandboxServer? Server { get; }

    public SandboxServer Sandbox => Server ?? throw new InvalidOperationException("this test needs the sandbox");

    public Uri Url { get; }

    public string Token { get; }

    public HttpClient Http { get; }

    public static bool IsReal => Environment.GetEnvironmentVariable(KubeconfigVariable) is { Length: > 0 };

    /// <summary>A sandbox.</summary>
    public static async Task<TestCluster> StartAsync(SandboxOptions? options = null)
    {
        var server = await SandboxServer.StartAsync(options ?? new(), CancellationToken.None);
        return new(server, server.Url, server.AdminToken, server.CaPem);
    }

    /// <summary>The server named by the environment, else a sandbox.</summary>
    public static async Task<TestCluster> ConnectAsync(SandboxOptions? options = null) =>
        Environment.GetEnvironmentVariable(KubeconfigVariable) is { Length: > 0 } path ? FromKubeconfig(path) : await StartAsync(options);

    public HttpRequestMessage Request(HttpMethod method, string path, string? body = null, string contentType = "application/json")
    {
        var message = new HttpRequestMessage(method, new Uri(Url, path)) { Version = new(2, 0) };
        message.Headers.Authorization = new("Bearer", Token);
        message.Headers.TryAddWithoutValidation("User-Agent", "tests");
        if (body is not null)
        {
            message.Content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(contentType));
        }

        return message;
    }

    /// <summary>One request and its answer.</summary>
    public async Task<Answer> CallAsync(HttpMethod method, string path, string? body = null, string contentType = "application/json")
    {
        using var request = Request(method, path, body, contentType);
        using var response = await Http.SendAsync(request);
        return await Answer.ReadAsync(response);
    }

    public Task<Answer> GetAsync(string path) => CallAsync(HttpMethod.Get, path);

    public Task<Answer> PostAsync(string path, string body) => CallAsync(HttpMethod.Post, path, body);

    public Task<Answer> MergeAsync(string path, string body) => CallAsync(HttpMethod.Patch, path, body, "application/merge-patch+json");

    public Task<Answer> ApplyAsync(string path, string body, string manager = "tests") =>
        CallAsync(HttpMethod.Patch, $"{path}?fieldManager={manager}", body, "application/apply-patch+yaml");

    public Task<Answer> DeleteAsync(string path) => CallAsync(HttpMethod.Delete, path);

    /// <summary>A ConfigMap in <c>default</c>.</summary>
    public async Task<Answer> CreateConfigMapAsync(string name, string metadata = "") => await PostAsync(
        "/api/v1/namespaces/default/configmaps",
        $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}"{{{(metadata.Length > 0 ? "," + metadata : "")}}} },"data":{"k":"v"}}""");

    /// <summary>An open watch; its headers have arrived.</summary>
    public async Task<WatchReader> WatchAsync(string path, string accept = "application/json")
    {
        using var request = Request(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        ((int)response.StatusCode).ShouldBe(200);
        return new(response);
    }

    public async Task CreateNamespaceAsync(string name)
    {
        using var request = Request(
            HttpMethod.Post, "/api/v1/namespaces", $$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{name}}}"}}""");
        using var response = await Http.SendAsync(request);
        ((int)response.StatusCode).ShouldBe(201, await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _authority.Dispose();
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }
    }

    private static TestCluster FromKubeconfig(string path)
    {
        var yaml = new YamlStream();
        using (var reader = new StreamReader(path))
        {
            yaml.Load(reader);
        }

        var root = (YamlMappingNode)yaml.Documents[0].RootNode;
        var cluster = (YamlMappingNode)root["clusters"][0]["cluster"];
        var ca = Encoding.UTF8.GetString(Convert.FromBase64String(Scalar(cluster["certificate-authority-data"])));
        return new(null, new(Scalar(cluster["server"])), Scalar(root["users"][0]["user"]["token"]), ca);
    }

    private static string Scalar(YamlNode node) => ((YamlScalarNode)node).Value!;
}
