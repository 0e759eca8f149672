using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace GitOps.Sandbox.Http;

/// <summary>A certificate authority of the server's own and the server's certificate, made at start and kept in memory alone.</summary>
internal sealed class ServerCertificates : IDisposable
{
    private readonly X509Certificate2 _authority;

    private ServerCertificates(X509Certificate2 authority, X509Certificate2 server)
    {
        (_authority, Server) = (authority, server);
        CaPem = authority.ExportCertificatePem() + "\n";
        Clients = new(authority);
    }

    /// <summary>What a kubeconfig needs to trust the server.</summary>
    public string CaPem { get; }

    public X509Certificate2 Server { get; }

    /// <summary>Those that the same authority makes out to users.</summary>
    public ClientCertificates Clients { get; }

    /// <param name="host">The address or name that clients connect to.</param>
    /// <param name="now">Both certificates are valid around this time.</param>
    public static ServerCertificates Create(string host, DateTimeOffset now)
    {
        var (from, to) = (now.AddDays(-1), now.AddYears(10));
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var caRequest = new CertificateRequest("CN=gitops-sandbox-ca", caKey, HashAlgorithmName.SHA256);
        caRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        caRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        caRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(caRequest.PublicKey, false));
        var authority = caRequest.CreateSelfSigned(from, to);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kube-apiserver", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(Names(host));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1")], false));
        using var issued = request.Create(authority, from, to, RandomNumberGenerator.GetBytes(16));
        return new(authority, issued.CopyWithPrivateKey(key));
    }

    public void Dispose()
    {
        Server.Dispose();
        _authority.Dispose();
    }

    private static X509Extension Names(string host)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        foreach (var name in (string[])["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"])
        {
            names.AddDnsName(name);
        }

        if (!IPAddress.TryParse(host, out var address))
        {
            names.AddDnsName(host);
        }
        else if (!IPAddress.IsLoopback(address))
        {
            names.AddIpAddress(address);
        }

        return names.Build();
    }
}
