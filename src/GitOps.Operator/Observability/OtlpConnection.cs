using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace GitOps.Operator.Observability;

/// <summary>Files in PEM, for the connection to a collector.</summary>
/// <param name="Authorities">Trusted instead of those of the system; null: those of the system.</param>
/// <param name="Certificate">Shown to the collector; null: none.</param>
/// <param name="Key">Of it; null: in the same file.</param>
internal sealed record OtlpCertificates(string? Authorities, string? Certificate, string? Key);

/// <summary>
/// The way to a collector. Certificates are read anew for each connection, and a connection lives ten minutes: files that are
/// replaced are taken up. It follows no redirect, since each request carries what the collector knows us by.
/// </summary>
internal static class OtlpConnection
{
    private const int MaxAnswer = 4 * 1024 * 1024;

    /// <summary>Why the files cannot be used; null: they can.</summary>
    /// <exception cref="CryptographicException">One holds no certificate or key.</exception>
    /// <exception cref="IOException">One cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">One may not be read.</exception>
    public static void Check(OtlpCertificates files)
    {
        if (files.Authorities is { } authorities)
        {
            Roots(authorities);
        }

        if (files.Certificate is not null)
        {
            using var certificate = Own(files);
        }
    }

    /// <param name="signal">One of <see cref="TelemetryDelivery.Signals"/>.</param>
    /// <param name="isGrpc">Whether answers end with a status.</param>
    /// <param name="timeout">Of one request.</param>
    /// <param name="files">For https.</param>
    /// <param name="delivery">Is told how each request ended.</param>
    public static HttpClient Open(string signal, bool isGrpc, TimeSpan timeout, OtlpCertificates files, TelemetryDelivery delivery)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),

            // What sends traces is in none.
            ActivityHeadersPropagator = null,
        };
        if (files.Authorities is { } authorities)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, chain, errors) => IsTrusted(presented, chain, errors, authorities);
        }

        if (files.Certificate is not null)
        {
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => Own(files);
        }

        return new(new OtlpHandler(handler, signal, isGrpc, timeout, delivery)) { Timeout = timeout, MaxResponseContentBufferSize = MaxAnswer };
    }

    private static bool IsTrusted(X509Certificate? presented, X509Chain? sent, SslPolicyErrors errors, string authorities)
    {
        if (presented is not X509Certificate2 certificate)
        {
            return false;
        }

        // What is thrown here is what is told; that a callback said no helps nobody.
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            throw new AuthenticationException("its certificate is for another name");
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Roots(authorities));
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return chain.Build(certificate) ? true : throw new AuthenticationException($"its certificate is not good by {authorities}: {string.Join(", ", chain.ChainStatus.Select(static status => status.Status))}");
    }

    private static X509Certificate2Collection Roots(string file)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(file);
        return roots.Count > 0 ? roots : throw new CryptographicException("there is no certificate in it");
    }

    private static X509Certificate2 Own(OtlpCertificates files) => X509Certificate2.CreateFromPemFile(files.Certificate!, files.Key);
}

/// <summary>Sees how each request to a collector ends. What the collector says is not told: it may hold what it was asked with.</summary>
internal sealed class OtlpHandler : DelegatingHandler
{
    private const string WrongProtocol = "if it takes OTLP over HTTP, set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf (its port is mostly 4318)";

    /// <summary>By number, as gRPC calls them.</summary>
    private static readonly string[] Statuses =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    private readonly string _signal;
    private readonly bool _isGrpc;
    private readonly TimeSpan _timeout;
    private readonly TelemetryDelivery _delivery;

    public OtlpHandler(HttpMessageHandler inner, string signal, bool isGrpc, TimeSpan timeout, TelemetryDelivery delivery)
        : base(inner)
    {
        _signal = signal;
        _isGrpc = isGrpc;
        _timeout = timeout;
        _delivery = delivery;
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var answer = base.Send(request, cancellationToken);
            _delivery.Report(_signal, Problem(request, answer));
            return answer;
        }
        catch (Exception failure)
        {
            _delivery.Report(_signal, Problem(request, failure));
            throw;
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await base.SendAsync(request, cancellationToken);
            if (_isGrpc)
            {
                // The status comes behind the answer.
                await answer.Content.LoadIntoBufferAsync(cancellationToken);
            }

            _delivery.Report(_signal, Problem(request, answer));
            return answer;
        }
        catch (Exception failure)
        {
            _delivery.Report(_signal, Problem(request, failure));
            throw;
        }
    }

    private string? Problem(HttpRequestMessage request, HttpResponseMessage answer)
    {
        var who = request.RequestUri!.Authority;
        if (!answer.IsSuccessStatusCode)
        {
            return $"{who} answers {(int)answer.StatusCode} ({answer.StatusCode})" + (_isGrpc ? "; " + WrongProtocol : string.Empty);
        }

        if (!_isGrpc)
        {
            return null;
        }

        return (answer.TrailingHeaders.TryGetValues("grpc-status", out var values) || answer.Headers.TryGetValues("grpc-status", out values)) && values.FirstOrDefault() is { } status
            ? status == "0" ? null : $"{who} answers with the status {(int.TryParse(status, out var number) && number > 0 && number < Statuses.Length ? Statuses[number] : "UNKNOWN")}"
            : $"{who} answers without a status; {WrongProtocol}";
    }

    private string Problem(HttpRequestMessage request, Exception failure)
    {
        var who = request.RequestUri!.Authority;
        return failure switch
        {
            OperationCanceledException => $"{who} does not answer within {_timeout.TotalMilliseconds:0} ms",
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError } =>
                $"{who}: {failure.GetBaseException().Message}",
            HttpRequestException when _isGrpc => $"{who}: {failure.GetBaseException().Message}; {WrongProtocol}",
            _ => $"{who}: {failure.GetBaseException().Message}",
        };
    }
}
