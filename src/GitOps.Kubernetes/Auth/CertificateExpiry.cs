namespace GitOps.Kubernetes.Auth;

public enum CertificateUse
{
    /// <summary>One that server certificates are trusted by.</summary>
    Authority,

    /// <summary>The one that is presented to the server.</summary>
    Client,
}

/// <param name="Use">What the certificate is for.</param>
/// <param name="NotAfter">When it ends to be valid; of several of one use, the one that ends first.</param>
public sealed record CertificateExpiry(CertificateUse Use, DateTimeOffset NotAfter);
