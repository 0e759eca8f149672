using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace GitOps.Kubernetes.Auth;

/// <summary>A client certificate with its key, and the intermediates that stand after it in the file, which are sent along.</summary>
internal sealed class ClientIdentity : IDisposable
{
    private readonly X509Certificate2 _leaf;
    private readonly X509Certificate2Collection _chain = [];

    /// <exception cref="CryptographicException">It is no certificate, or the key is encrypted or of another one.</exception>
    public ClientIdentity(ClientPem pem)
    {
        var certificateText = Encoding.UTF8.GetString(pem.Certificate);
        _leaf = Load(certificateText, Encoding.UTF8.GetString(pem.Key));
        _chain.ImportFromPem(certificateText);
        Context = SslStreamCertificateContext.Create(_leaf, _chain, offline: true);
    }

    public SslStreamCertificateContext Context { get; }

    public DateTimeOffset NotAfter => new(_leaf.NotAfter.ToUniversalTime());

    public void Dispose()
    {
        _leaf.Dispose();
        foreach (var certificate in _chain)
        {
            certificate.Dispose();
        }
    }

    private static X509Certificate2 Load(string certificateText, string keyText)
    {
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

        if (!OperatingSystem.IsWindows())
        {
            return leaf;
        }

        // Its TLS library takes no key that lives in memory alone.
        using (leaf)
        {
            return X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), password: null);
        }
    }
}
