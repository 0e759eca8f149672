using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using GitOps.Sandbox.Faults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace GitOps.Sandbox.Http;

/// <summary>Kestrel on one port, with TLS, HTTP/1.1 and HTTP/2. Stopping cuts all connections.</summary>
internal sealed class Listener
{
    private readonly WebApplication _application;

    private Listener(WebApplication application, Uri url) => (_application, Url) = (application, url);

    public Uri Url { get; }

    public static async Task<Listener> StartAsync(
        IPEndPoint endpoint, X509Certificate2 certificate, ApiHandler handler, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options => Configure(options, endpoint, certificate, handler.Faults));
        var application = builder.Build();
        application.Run(handler.HandleAsync);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }

        var addresses = application.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>();
        return new(application, new(addresses.Addresses.First()));
    }

    public async Task StopAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _application.StopAsync(now.Token);
        await _application.DisposeAsync();
    }

    private static void Configure(KestrelServerOptions options, IPEndPoint endpoint, X509Certificate2 certificate, FaultInjector faults)
    {
        options.AddServerHeader = false;

        // Warnings tell names of fields as they were sent.
        options.ResponseHeaderEncodingSelector = static _ => Encoding.UTF8;
        options.Limits.MaxRequestBodySize = null;
        options.Limits.MaxConcurrentConnections = null;
        options.Limits.MinRequestBodyDataRate = null;
        options.Limits.MinResponseDataRate = null;
        options.Limits.Http2.MaxStreamsPerConnection = 1000;
        options.Limits.Http2.InitialConnectionWindowSize = 1 << 20;
        options.Limits.Http2.InitialStreamWindowSize = 1 << 19;
        options.Listen(endpoint, listen =>
        {
            listen.Use(next => async connection =>
            {
                if (!await HandshakeRefusal.TryRefuseAsync(connection, faults))
                {
                    await next(connection);
                }
            });
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(https =>
            {
                // Who shows no certificate is let in; what one is worth is judged, and told, with the request.
                https.ServerCertificate = certificate;
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                https.AllowAnyClientCertificate();
            });
        });
    }
}
