using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace GitOps.Operator.Credentials;

/// <summary>Whether keys and certificates can be used, found out before a server is asked. Says nothing of what is in them.</summary>
internal static class CredentialPem
{
    private const string OpenSshHeader = "-----BEGIN OPENSSH PRIVATE KEY-----";
    private const string OpenSshFooter = "-----END OPENSSH PRIVATE KEY-----";

    private static readonly byte[] OpenSshMagic = "openssh-key-v1\0"u8.ToArray();

    /// <returns>What is wrong with a private key for ssh, after "key … "; null: nothing that can be seen.</returns>
    public static string? KeyProblem(string pem)
    {
        const string Passphrase = "has a passphrase, which nobody is there to type; store the key without one";
        if (!pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            return "is no private key in PEM or OpenSSH's form";
        }

        if (pem.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            return Passphrase;
        }

        var begin = pem.IndexOf(OpenSshHeader, StringComparison.Ordinal);
        var end = pem.IndexOf(OpenSshFooter, StringComparison.Ordinal);
        if (begin < 0)
        {
            return null;
        }

        return end > begin && OpenSshCipher(pem[(begin + OpenSshHeader.Length)..end]) is { } cipher
            ? cipher == "none" ? null : Passphrase
            : "is a damaged private key: copy it whole, with all its lines";
    }

    public static bool IsRsaKey(string pem)
    {
        try
        {
            using var key = RSA.Create();
            key.ImportFromPem(pem);
            return true;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return false;
        }
    }

    public static bool IsCertificate(string certificate, string key)
    {
        try
        {
            X509Certificate2.CreateFromPem(certificate, key).Dispose();
            return true;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return false;
        }
    }

    public static bool AreCertificates(string pem) => Certificates(pem).Count > 0;

    /// <returns>Empty if there is none, or one of them is damaged.</returns>
    public static X509Certificate2Collection Certificates(string pem)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(pem);
            return found;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return [];
        }
    }

    private static string? OpenSshCipher(string base64)
    {
        try
        {
            // The magic, then the cipher's name with its length in four bytes before it.
            var content = Convert.FromBase64String(base64);
            var start = OpenSshMagic.Length + 4;
            if (content.Length < start || !content.AsSpan().StartsWith(OpenSshMagic))
            {
                return null;
            }

            var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(content.AsSpan(OpenSshMagic.Length, 4));
            return length <= 64 && content.Length >= start + (int)length ? Encoding.ASCII.GetString(content, start, (int)length) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
