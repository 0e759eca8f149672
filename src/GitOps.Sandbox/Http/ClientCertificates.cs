using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace GitOps.Sandbox.Http;

/// <summary>Users by certificate: the common name is the user, each organization a group. Only the server's own authority is trusted.</summary>
internal sealed class ClientCertificates
{
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";
    private const string CommonName = "2.5.4.3";
    private const string Organization = "2.5.4.10";

    private readonly X509Certificate2 _authority;

    /// <summary>A connection shows one certificate for all its requests.</summary>
    private readonly ConditionalWeakTable<X509Certificate2, Verdict> _verdicts = [];

    public ClientCertificates(X509Certificate2 authority) => _authority = authority;

    /// <returns>Null: it is not valid now, is for something else, comes from elsewhere, or names no user.</returns>
    public Caller? Find(X509Certificate2 certificate) => IsOurs(certificate) ? Judged(certificate).Caller : null;

    /// <summary>Whether it is one of the authority's, for clients, and valid now, whomever it names.</summary>
    public bool IsOurs(X509Certificate2 certificate)
    {
        var now = TimeProvider.System.GetLocalNow().DateTime;
        return Judged(certificate).IsTrusted && now >= certificate.NotBefore && now <= certificate.NotAfter;
    }

    /// <summary>A certificate for a user, and its key, as PEM.</summary>
    /// <param name="user">The common name.</param>
    /// <param name="groups">The organizations.</param>
    /// <param name="now">It is valid around this time.</param>
    public (string CertificatePem, string KeyPem) Issue(string user, IReadOnlyList<string> groups, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(user);
        foreach (var group in groups.Reverse())
        {
            // The builder puts last what was added first.
            name.AddOrganizationName(group);
        }

        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new(ClientUsage)], false));
        using var issued = request.Create(_authority, now.AddDays(-1), now.AddYears(1), RandomNumberGenerator.GetBytes(16));
        return (issued.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    private static Caller? CallerOf(X509Certificate2 certificate)
    {
        var names = Names(certificate).ToList();
        var user = names.FirstOrDefault(static name => name.Type == CommonName).Value;
        if (string.IsNullOrEmpty(user))
        {
            return null;
        }

        var groups = names.Where(static name => name.Type == Organization).Select(static name => name.Value).Append(Caller.Authenticated);
        var id = $"X509SHA256={certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant()}";
        return new(user, [.. groups.Distinct(StringComparer.Ordinal)])
        {
            Extra = ImmutableSortedDictionary.Create<string, ImmutableArray<string>>(StringComparer.Ordinal).Add(Caller.CredentialId, [id]),
        };
    }

    /// <summary>The parts of the subject in their order; several may be in one set.</summary>
    private static IEnumerable<(string Type, string Value)> Names(X509Certificate2 certificate)
    {
        var sequence = new AsnReader(certificate.SubjectName.RawData, AsnEncodingRules.DER).ReadSequence();
        while (sequence.HasData)
        {
            var set = sequence.ReadSetOf(skipSortOrderValidation: true);
            while (set.HasData)
            {
                var part = set.ReadSequence();
                var type = part.ReadObjectIdentifier();
                var tag = part.PeekTag();
                if (tag.TagClass == TagClass.Universal && type is CommonName or Organization)
                {
                    yield return (type, part.ReadCharacterString((UniversalTagNumber)tag.TagValue));
                }
            }
        }
    }

    private Verdict Judged(X509Certificate2 certificate) => _verdicts.GetValue(certificate, Judge);

    private Verdict Judge(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientUsage));
        return chain.Build(certificate) ? new(true, CallerOf(certificate)) : new(false, null);
    }

    private sealed record Verdict(bool IsTrusted, Caller? Caller);
}
