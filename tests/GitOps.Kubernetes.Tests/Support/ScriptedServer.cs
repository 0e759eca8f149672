using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GitOps.Kubernetes.Tests.Support;

internal sealed record SeenRequest(
    string Method, string Path, IReadOnlyDictionary<string, string> Query, IHeaderDictionary Headers, string Body, string Protocol,
    string? ClientName, string ConnectionId)
{
    public string? Parameter(string name) => Query.GetValueOrDefault(name);
}

/// <summary>A server on a free port that answers as the test says, and remembers what it was asked.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<SeenRequest> _requests = new();
    private readonly bool _isSecure;
    private readonly string _host;

    private ScriptedServer(WebApplication app, bool isSecure, IPAddress address)
    {
        _app = app;
        _host = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : $"{address}";
        _isSecure = isSecure;
    }

    public IReadOnlyList<SeenRequest> Requests => [.. _requests];

    public int Port => new Uri(_app.Urls.Single()).Port;

    public Uri Address => new($"{(_isSecure ? "https" : "http")}://{_host}:{Port}");

    public ClusterConfig Config => new() { Server = Address };

    public static async Task<ScriptedServer> StartAsync(
        Func<HttpContext, SeenRequest, Task> answer, X509Certificate2? certificate = null, X509Certificate2Collection? chain = null,
        bool wantsClientCertificate = false, Action<HttpsConnectionAdapterOptions>? configure = null, IPAddress? address = null)
    {
        address ??= IPAddress.Loopback;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, 0, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(https =>
                {
                    https.ServerCertificate = certificate;
                    https.ServerCertificateChain = chain;
                    https.ClientCertificateMode = wantsClientCertificate ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
                    https.ClientCertificateValidation = static (_, _, _) => true;
                    configure?.Invoke(https);
                });
            }
        }));
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromMilliseconds(100));
        var app = builder.Build();
        var server = new ScriptedServer(app, certificate is not null, address);
        app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
            var seen = new SeenRequest(
                context.Request.Method,
                context.Request.Path.Value ?? string.Empty,
                context.Request.Query.ToDictionary(static item => item.Key, static item => item.Value.ToString(), StringComparer.Ordinal),
                new HeaderDictionary(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase)),
                await reader.ReadToEndAsync(),
                context.Request.Protocol,
                context.Connection.ClientCertificate?.Subject,
                context.Connection.Id);
            server._requests.Enqueue(seen);
            try
            {
                await answer(context, seen);
            }
            catch (OperationCanceledException)
            {
                // The client went away.
            }
        });
        await app.StartAsync();
        return server;
    }

    public KubernetesClient Client(KubernetesClientOptions? options = null, ClusterConfig? config = null) =>
        new(config ?? Config, options ?? new KubernetesClientOptions());

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
