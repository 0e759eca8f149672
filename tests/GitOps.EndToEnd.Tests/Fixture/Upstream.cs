using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using GitOps.Kubernetes.Config;

namespace GitOps.EndToEnd.Tests.Fixture;

/// <summary>The API server behind a proxy, spoken to byte by byte with the administrator's credentials.</summary>
internal sealed class Upstream : IDisposable
{
    private static readonly string[] NotForwarded = ["Host", "Connection", "Transfer-Encoding", "Authorization", "Content-Length", "Content-Type"];

    private readonly ClusterConfig _config;
    private readonly HttpMessageInvoker _http;

    public Upstream(ClusterConfig config)
    {
        _config = config;
        var ssl = new SslClientAuthenticationOptions();
        if (config.CertificateAuthority is { } authority)
        {
            ssl.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            ssl.CertificateChainPolicy.CustomTrustStore.ImportFromPem(Encoding.UTF8.GetString(authority.Read()));
        }

        if (config.Credentials is { ClientCertificate: { } certificate, ClientKey: { } key })
        {
            ssl.ClientCertificates = [X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(certificate.Read()), Encoding.UTF8.GetString(key.Read()))];
        }

        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            EnableMultipleHttp2Connections = true,
            SslOptions = ssl,
        });
    }

    /// <summary>The answer, as soon as its headers are there.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequest request, byte[] body, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(_config.Server, request.Path + request.QueryString))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        foreach (var (name, values) in request.Headers)
        {
            if (!name.StartsWith(':') && !NotForwarded.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        if (_config.Credentials.Token is { } token)
        {
            message.Headers.Authorization = new("Bearer", token);
        }

        if (body.Length > 0 || request.ContentType is not null)
        {
            message.Content = new ByteArrayContent(body);
            message.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        }

        return await _http.SendAsync(message, cancellationToken);
    }

    public void Dispose() => _http.Dispose();
}
