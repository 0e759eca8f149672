using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace GitOps.Kubernetes.Auth;

/// <summary>
/// From PEM to the options of a TLS client. There is no validation callback: the runtime checks chain, dates and host name,
/// against the given roots alone.
/// </summary>
internal static class TlsSettings
{
    /// <summary>The chain policy for a CA bundle of roots and intermediates.</summary>
    /// <exception cref="CryptographicException">It holds no certificate, or no root.</exception>
    public static X509ChainPolicy Trust(byte[] bundle)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(Encoding.UTF8.GetString(bundle));
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        foreach (var certificate in certificates)
        {
            var isRoot = certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
            (isRoot ? policy.CustomTrustStore : policy.ExtraStore).Add(certificate);
        }

        if (certificates.Count == 0)
        {
            throw new CryptographicException("the CA bundle holds no PEM certificate");
        }

        // Other clients take an intermediate for an anchor; the runtime's chain building needs the root.
        return policy.CustomTrustStore.Count > 0
            ? policy
            : throw new CryptographicException("the CA bundle holds only intermediate certificates; add the root that signed them");
    }

    /// <summary>A client certificate with the intermediates that stand after it in the file.</summary>
    /// <exception cref="CryptographicException">It is no certificate, or the key is encrypted or of another one.</exception>
    public static SslStreamCertificateContext Client(ClientPem pem)
    {
        var certificateText = Encoding.UTF8.GetString(pem.Certificate);
        var keyText = Encoding.UTF8.GetString(pem.Key);
        if (keyText.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            throw new CryptographicException("the client key is encrypted; decrypt it, nobody is here to type its password");
        }

        X509Certificate2 leaf;
        try
        {
            leaf = X509Certificate2.CreateFromPem(certificateText, keyText);
        }
        catch (ArgumentException exception)
        {
            throw new CryptographicException("the client key does not belong to the client certificate", exception);
        }

        if (OperatingSystem.IsWindows())
        {
            // Its TLS library takes no key that lives in memory alone.
            using var ephemeral = leaf;
            leaf = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), password: null);
        }

        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificateText);
        return SslStreamCertificateContext.Create(leaf, chain, offline: true);
    }
}
