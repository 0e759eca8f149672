using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using GitOps.Testing.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Tests.Credentials;

/// <summary>The two calls of GitHub's API that a GitHub App needs, with the signature checked.</summary>
internal sealed class GitHubServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly X509Certificate2 _certificate;

    private GitHubServer(TestCertificates certificates)
    {
        var (certificate, key) = certificates.Server();
        using var made = X509Certificate2.CreateFromPem(certificate, key);
        _certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.UseHttps(_certificate);
        }));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public RSA Key { get; } = RSA.Create(2048);

    public string Api => $"https://localhost:{new Uri(_app.Urls.First()).Port}/api/v3";

    /// <summary>The next token that is given.</summary>
    public string Token { get; set; } = "ghs_first";

    /// <summary>When tokens that are given now end.</summary>
    public DateTimeOffset ExpiresAt { get; set; } = new(2026, 1, 1, 1, 0, 0, TimeSpan.Zero);

    public int Status { get; set; } = 200;

    public List<string> Requests { get; } = [];

    public string? Claims { get; private set; }

    public static async Task<GitHubServer> StartAsync(TestCertificates certificates)
    {
        var server = new GitHubServer(certificates);
        await server._app.StartAsync();
        return server;
    }

    public (string Key, string Value)[] App(string url, string authority, bool hasInstallation = true) =>
    [
        ("url", url), ("githubAppID", "12"), ("githubAppPrivateKey", Key.ExportRSAPrivateKeyPem()), ("githubAppEnterpriseBaseUrl", Api), ("ca.crt", authority),
        .. hasInstallation ? [("githubAppInstallationID", "34")] : Array.Empty<(string, string)>(),
    ];

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _certificate.Dispose();
        Key.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        lock (Requests)
        {
            Requests.Add($"{context.Request.Method} {context.Request.Path}");
        }

        var parts = context.Request.Headers.Authorization.ToString()["Bearer ".Length..].Split('.');
        var isSigned = Key.VerifyData(
            System.Text.Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), System.Buffers.Text.Base64Url.DecodeFromChars(parts[2]),
            HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        Claims = System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1]));
        context.Response.StatusCode = isSigned ? Status : 401;
        var answer = context.Request.Path.Value switch
        {
            "/api/v3/app/installations/34/access_tokens" => new JsonObject { ["token"] = Token, ["expires_at"] = ExpiresAt.ToString("yyyy-MM-ddTHH:mm:ssZ") },
            "/api/v3/repos/team/app/installation" => new JsonObject { ["id"] = 34 },
            _ => null,
        };
        if (answer is null)
        {
            context.Response.StatusCode = 404;
        }

        await context.Response.WriteAsync((answer ?? new JsonObject { ["message"] = "Not Found" }).ToJsonString());
    }
}
