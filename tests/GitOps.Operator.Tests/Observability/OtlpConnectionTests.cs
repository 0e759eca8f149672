using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using GitOps.Operator.Observability;
using GitOps.Testing;
using GitOps.Testing.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Tests.Observability;

/// <summary>How what is sent to a collector ends, and what is told of it.</summary>
public sealed class OtlpConnectionTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly TelemetryDelivery _delivery = new(new ManualTimeProvider());
    private readonly List<string> _told = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("otlp-").FullName;

    public OtlpConnectionTests() => _delivery.Tell((signal, problem) => _told.Add($"{signal}: {problem ?? "again"}"));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("0", null)]
    [InlineData("14", "answers with the status UNAVAILABLE")]
    [InlineData("99", "answers with the status UNKNOWN")]
    [InlineData(null, "answers without a status; if it takes OTLP over HTTP")]
    public async Task The_status_of_grpc_decides(string? status, string? problem)
    {
        await using var collector = await StartAsync(HttpProtocols.Http2, context =>
        {
            if (status is not null)
            {
                context.Response.AppendTrailer("grpc-status", status);
            }

            return context.Response.Body.WriteAsync(new byte[5]).AsTask();
        });

        await SendAsync(collector.Urls.Single(), isGrpc: true, Long);

        Told(problem);
    }

    [Theory]
    [InlineData(200, null)]
    [InlineData(401, "answers 401 (Unauthorized)")]
    [InlineData(302, "answers 302 (Found)")]
    public async Task The_status_of_http_decides_and_nobody_is_sent_elsewhere(int code, string? problem)
    {
        var calls = 0;
        await using var collector = await StartAsync(HttpProtocols.Http1, context =>
        {
            calls++;
            context.Response.Headers.Location = "/elsewhere";
            context.Response.StatusCode = code;
            return Task.CompletedTask;
        });

        await SendAsync(collector.Urls.Single(), isGrpc: false, Long);

        Told(problem);
        calls.ShouldBe(1);
    }

    [Fact]
    public async Task An_address_where_nobody_listens_is_told_with_what_the_system_says()
    {
        string url;
        await using (var gone = await StartAsync(HttpProtocols.Http2, static _ => Task.CompletedTask))
        {
            url = gone.Urls.Single();
        }

        await SendAsync(url, isGrpc: true, Long);

        Told($"{new Uri(url).Authority}: Connection refused");
    }

    [Fact]
    public async Task A_server_of_http_that_is_sent_grpc_is_told_with_the_way_out()
    {
        await using var collector = await StartAsync(HttpProtocols.Http1, static _ => Task.CompletedTask);

        await SendAsync(collector.Urls.Single(), isGrpc: true, Long);

        Told("OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf");
    }

    [Fact]
    public async Task One_that_does_not_answer_in_time_is_told_so()
    {
        await using var collector = await StartAsync(HttpProtocols.Http2, static context => Task.Delay(Timeout.Infinite, context.RequestAborted));

        await SendAsync(collector.Urls.Single(), isGrpc: true, TimeSpan.FromMilliseconds(50));

        Told("does not answer within 50 ms");
    }

    [Theory]
    [InlineData(true, true, null)]
    [InlineData(false, true, "its certificate is not good by")]
    [InlineData(true, false, "")]
    public async Task Over_https_the_files_decide_who_is_trusted_and_who_asks(bool trusts, bool shows, string? problem)
    {
        using var ours = new TestCertificates();
        using var theirs = new TestCertificates();
        var (server, client) = (ours.Server(), ours.Client("operator"));
        await using var collector = await StartAsync(HttpProtocols.Http2, AcceptAsync, https =>
        {
            https.ServerCertificate = X509CertificateLoader.LoadPkcs12(X509Certificate2.CreateFromPem(server.Certificate, server.Key).Export(X509ContentType.Pkcs12), null);
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (certificate, _, _) => certificate.Subject == "CN=operator";
        });
        var files = new OtlpCertificates(
            Write("ca.pem", (trusts ? ours : theirs).Authority), shows ? Write("client.pem", client.Certificate) : null, shows ? Write("client.key", client.Key) : null);
        OtlpConnection.Check(files);

        await SendAsync(collector.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal), isGrpc: true, Long, files);

        Told(problem);
    }

    [Fact]
    public void Files_that_hold_no_certificate_are_refused()
    {
        Should.Throw<CryptographicException>(() => OtlpConnection.Check(new(Write("ca.pem", "nothing"), null, null)));
        Should.Throw<IOException>(() => OtlpConnection.Check(new(Path.Combine(_directory, "none.pem"), null, null)));
        Should.Throw<CryptographicException>(() => OtlpConnection.Check(new(null, Write("client.pem", "nothing"), null)));
    }

    private static Task AcceptAsync(HttpContext context)
    {
        context.Response.AppendTrailer("grpc-status", "0");
        return context.Response.Body.WriteAsync(new byte[5]).AsTask();
    }

    private static async Task<WebApplication> StartAsync(HttpProtocols protocols, RequestDelegate answer, Action<HttpsConnectionAdapterOptions>? https = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = protocols;
            if (https is not null)
            {
                listen.UseHttps(https);
            }
        }));
        var server = builder.Build();
        server.Run(answer);
        await server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    private async Task SendAsync(string url, bool isGrpc, TimeSpan timeout, OtlpCertificates? files = null)
    {
        using var http = OtlpConnection.Open("traces", isGrpc, timeout, files ?? new(null, null, null), _delivery);
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new ByteArrayContent(new byte[5]),
            Version = isGrpc ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        try
        {
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            // Told of, as the test sees.
        }
    }

    private void Told(string? problem)
    {
        if (problem is null)
        {
            _told.ShouldBeEmpty();
            _delivery.Counts.ShouldContain(("traces", TelemetryDelivery.Sent, 1L));
        }
        else
        {
            _told.ShouldHaveSingleItem().ShouldContain(problem);
            _delivery.Counts.ShouldContain(("traces", TelemetryDelivery.Failed, 1L));
        }
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        return path;
    }
}
