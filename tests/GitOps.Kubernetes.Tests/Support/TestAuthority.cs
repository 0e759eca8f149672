using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace GitOps.Kubernetes.Tests.Support;

/// <summary>A certificate authority that lives as long as a test.</summary>
internal sealed class TestAuthority
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UtcNow.AddDays(-10);
    private static int _serial;

    private readonly X509Certificate2 _certificate;

    private TestAuthority(X509Certificate2 certificate) => _certificate = certificate;

    public static DateTimeOffset Now => Start.AddDays(10);

    public byte[] Pem => Encoding.ASCII.GetBytes(_certificate.ExportCertificatePem());

    public X509Certificate2 Certificate => _certificate;

    public static TestAuthority Create(string name = "test root")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new(Request(name, key, isAuthority: true).CreateSelfSigned(Start, Start.AddYears(5)));
    }

    public TestAuthority Intermediate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new(Sign(Request(name, key, isAuthority: true), key, Start.AddYears(4)));
    }

    /// <summary>Another authority of the same name, as an impostor would make it.</summary>
    public TestAuthority Impostor()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new(Request(_certificate.Subject[3..], key, isAuthority: true).CreateSelfSigned(Start, Start.AddYears(5)));
    }

    /// <summary>A server certificate for names and addresses.</summary>
    public X509Certificate2 Server(bool isExpired = false, params string[] names) =>
        Server(Start, isExpired ? Start.AddDays(5) : Start.AddYears(1), usage: null, names);

    public X509Certificate2 Server(DateTimeOffset start, DateTimeOffset end, string? usage, params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request("server", key, isAuthority: false);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(alternatives.Build());
        if (usage is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        }

        return Sign(request, key, end, start);
    }

    /// <summary>A client certificate and its key as PEM.</summary>
    public (string Certificate, string Key) Client(string name, bool useRsa = false) => Client(name, useRsa ? "PKCS#1" : "PKCS#8");

    /// <param name="name">Its common name.</param>
    /// <param name="form">Of the key: <c>PKCS#1</c> (RSA), <c>RSA PKCS#8</c>, <c>SEC 1</c> or <c>PKCS#8</c> (elliptic curve).</param>
    public (string Certificate, string Key) Client(string name, string form)
    {
        using AsymmetricAlgorithm key = form is "PKCS#1" or "RSA PKCS#8" ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = key is RSA rsa
            ? new CertificateRequest($"CN={name}", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : Request(name, (ECDsa)key, isAuthority: false);
        var serial = BitConverter.GetBytes(Interlocked.Increment(ref _serial));
        using var issuerKey = _certificate.GetECDsaPrivateKey()!;
        using var signed = request.Create(
            _certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), Start, Start.AddYears(1), serial);
        var keyPem = form switch
        {
            "PKCS#1" => ((RSA)key).ExportRSAPrivateKeyPem(),
            "SEC 1" => ((ECDsa)key).ExportECPrivateKeyPem(),
            _ => key.ExportPkcs8PrivateKeyPem(),
        };
        return (signed.ExportCertificatePem(), keyPem);
    }

    private static CertificateRequest Request(string name, ECDsa key, bool isAuthority)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, hasPathLengthConstraint: false, 0, critical: true));
        return request;
    }

    private X509Certificate2 Sign(CertificateRequest request, ECDsa key, DateTimeOffset end, DateTimeOffset? start = null)
    {
        var serial = BitConverter.GetBytes(Interlocked.Increment(ref _serial));
        using var signed = request.Create(_certificate, start ?? Start, end, serial);
        using var withKey = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), password: null, X509KeyStorageFlags.Exportable);
    }
}
