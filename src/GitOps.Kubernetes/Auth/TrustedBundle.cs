using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace GitOps.Kubernetes.Auth;

/// <summary>
/// The certificates of a CA bundle, and how a server is checked against them alone. Chain, dates, use and host name are always
/// the runtime's to check. What it does not know are anchors that are no roots: Kubernetes' own programs trust every certificate
/// of a bundle, and there are clusters whose bundle is an intermediate alone.
/// </summary>
internal sealed class TrustedBundle : IDisposable
{
    private readonly X509Certificate2Collection _certificates = [];

    /// <exception cref="CryptographicException">It holds no certificate.</exception>
    public TrustedBundle(byte[] pem)
    {
        _certificates.ImportFromPem(Encoding.UTF8.GetString(pem));
        if (_certificates.Count == 0)
        {
            throw new CryptographicException("the CA bundle holds no PEM certificate");
        }
    }

    /// <summary>When the first of them ends.</summary>
    public DateTimeOffset NotAfter => new(_certificates.Min(static certificate => certificate.NotAfter.ToUniversalTime()));

    public void ApplyTo(SslClientAuthenticationOptions tls)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        foreach (var certificate in _certificates)
        {
            (IsRoot(certificate) ? policy.CustomTrustStore : policy.ExtraStore).Add(certificate);
        }

        tls.CertificateChainPolicy = policy;
        if (policy.ExtraStore.Count > 0)
        {
            tls.RemoteCertificateValidationCallback = (_, _, chain, errors) => errors == SslPolicyErrors.None
                || (errors == SslPolicyErrors.RemoteCertificateChainErrors && chain is not null && EndsInAnchor(chain));
        }
    }

    public void Dispose()
    {
        foreach (var certificate in _certificates)
        {
            certificate.Dispose();
        }
    }

    private static bool IsRoot(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    /// <summary>From the server's certificate up to one of the bundle nothing may be wrong but that the way to a root goes on.</summary>
    private bool EndsInAnchor(X509Chain chain)
    {
        foreach (var element in chain.ChainElements)
        {
            const X509ChainStatusFlags NoRoot = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot;
            if (element.ChainElementStatus.Any(static status => (status.Status & ~NoRoot) != X509ChainStatusFlags.NoError))
            {
                return false;
            }

            if (_certificates.Any(anchor => anchor.RawDataMemory.Span.SequenceEqual(element.Certificate.RawDataMemory.Span)))
            {
                return true;
            }
        }

        return false;
    }
}
