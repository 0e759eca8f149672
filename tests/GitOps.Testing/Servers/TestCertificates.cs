using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace GitOps.Testing.Servers;

/// <summary>An authority of a test's own, and what it has signed.</summary>
public sealed class TestCertificates : IDisposable
{
    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _authority;

    /// <summary>Makes the authority.</summary>
    public TestCertificates()
    {
        var request = new CertificateRequest("CN=Test Authority", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        _authority = request.CreateSelfSigned(Now.AddDays(-2), Now.AddDays(2));
    }

    /// <summary>PEM of the authority.</summary>
    public string Authority => _authority.ExportCertificatePem();

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>A certificate for a server at localhost, and its key, both PEM.</summary>
    public (string Certificate, string Key) Server() => Sign("CN=localhost", "1.3.6.1.5.5.7.3.1");

    /// <summary>A certificate for a client, and its key, both PEM.</summary>
    public (string Certificate, string Key) Client(string name) => Sign($"CN={name}", "1.3.6.1.5.5.7.3.2");

    /// <summary>A certificate that nobody else vouches for, and its key, both PEM.</summary>
    public static (string Certificate, string Key) SelfSigned(string name, DateTimeOffset from, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(from, until);
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
    }

    private (string Certificate, string Key) Sign(string subject, string usage)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        using var certificate = request.Create(_authority, Now.AddDays(-1), Now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
