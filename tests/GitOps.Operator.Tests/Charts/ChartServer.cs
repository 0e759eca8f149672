using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Tests.Charts;

/// <param name="Method">GET or HEAD.</param>
/// <param name="Path">With its query.</param>
/// <param name="Authorization">As it was sent.</param>
/// <param name="IfNoneMatch">As it was sent.</param>
/// <param name="Client">The subject of the client certificate.</param>
internal sealed record ServedRequest(string Method, string Path, string? Authorization, string? IfNoneMatch, string? Client);

/// <summary>An https server on loopback that answers as a test says, and remembers what it was asked.</summary>
internal sealed class ChartServer
{
    private static readonly Lazy<X509Certificate2> Shared = new(Certificate);

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Func<HttpContext, Task>> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<ServedRequest> _requests = new();

    private ChartServer(bool asksForCertificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Limits.MinResponseDataRate = null;
            options.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.UseHttps(new HttpsConnectionAdapterOptions
                {
                    ServerCertificate = Shared.Value,
                    ClientCertificateMode = asksForCertificate ? ClientCertificateMode.AllowCertificate : ClientCertificateMode.NoCertificate,
                    ClientCertificateValidation = static (_, _, _) => true,
                });
            });
        });
        _app = builder.Build();
        _app.Run(ServeAsync);
    }

    /// <summary>Of the authority that signed its certificate.</summary>
    public static string Authority => Shared.Value.ExportCertificatePem();

    public static string AuthorityKey => Shared.Value.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem();

    public int Port { get; private set; }

    public string Url => $"https://localhost:{Port}";

    public IReadOnlyList<ServedRequest> Requests => [.. _requests];

    /// <summary>Called before anything is answered; a test may hold requests back here, or refuse them with a status.</summary>
    public Func<HttpContext, Task>? Before { get; set; }

    public static async Task<ChartServer> StartAsync(bool asksForCertificate = false)
    {
        var server = new ChartServer(asksForCertificate);
        await server._app.StartAsync();
        server.Port = new Uri(server._app.Urls.First()).Port;
        return server;
    }

    public void On(string path, Func<HttpContext, Task> answer) => _answers[path] = answer;

    public void On(string path, byte[] content, string? etag = null) => On(path, async context =>
    {
        if (etag is not null)
        {
            context.Response.Headers.ETag = etag;
            if (context.Request.Headers.IfNoneMatch == etag)
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
        }

        await context.Response.Body.WriteAsync(content);
    });

    public void On(string path, string content, string? etag = null) => On(path, System.Text.Encoding.UTF8.GetBytes(content), etag);

    public void On(string path, int status, params (string Name, string Value)[] headers) => On(path, context =>
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        return Task.CompletedTask;
    });

    public int Count(string path) => _requests.Count(request => request.Path.Split('?')[0] == path);

    /// <summary>Cuts what is open.</summary>
    public async Task StopAsync()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await _app.StopAsync(stop.Token);
        await _app.DisposeAsync();
    }

    private static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=charts of tests", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private async Task ServeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? string.Empty;
        _requests.Enqueue(new(
            context.Request.Method, path + context.Request.QueryString, context.Request.Headers.Authorization, context.Request.Headers.IfNoneMatch,
            context.Connection.ClientCertificate?.Subject));
        if (Before is { } before)
        {
            await before(context);
            if (context.Response.StatusCode != StatusCodes.Status200OK)
            {
                return;
            }
        }

        if (_answers.TryGetValue(path, out var answer))
        {
            await answer(context);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }
}
