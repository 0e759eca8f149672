using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using GitOps.Operator.Model;

namespace GitOps.Operator.Credentials.Expiry;

/// <summary>When one thing that a credential holds ends to be of use.</summary>
/// <param name="What">One of <see cref="CredentialPart"/>.</param>
/// <param name="Key">Of the Secret; empty: its annotation says so.</param>
/// <param name="At">From then on.</param>
/// <param name="IsShortLived">It is good for so little time that a program has to replace it.</param>
internal readonly record struct CredentialEnd(string What, string Key, DateTimeOffset At, bool IsShortLived = false);

/// <summary>Finds out when what a credential holds ends. Tokens of GitHub Apps are no part of it: they are replaced by us.</summary>
internal static class CredentialEnds
{
    /// <summary>
    /// Three times the week before which people are warned: a program that replaces a certificate when a third of its time is left
    /// would be called late each time.
    /// </summary>
    private static readonly TimeSpan ShortLife = TimeSpan.FromDays(21);

    public static ImmutableArray<CredentialEnd> Of(RepositoryCredential credential)
    {
        var ends = ImmutableArray.CreateBuilder<CredentialEnd>();
        if (credential.TlsClientCertificate is { } certificate && LeafOf(certificate) is { } leaf)
        {
            ends.Add(new(CredentialPart.ClientCertificate, CredentialKeys.TlsClientCertificate, leaf.Until, IsShort(leaf.From, leaf.Until)));
        }

        foreach (var (key, token) in ((string, string?)[])[(CredentialKeys.BearerToken, credential.BearerToken), (CredentialKeys.Password, credential.Password)])
        {
            if (token is not null && TokenText.Read(token) is { } said)
            {
                ends.Add(new(CredentialPart.Token, key, said.EndsAt, IsShort(said.IssuedAt, said.EndsAt)));
            }
        }

        if (credential.CertificateAuthorities is { } authorities && OfBundle(authorities) is { } last)
        {
            ends.Add(new(CredentialPart.Authorities, CredentialKeys.Authorities, last));
        }

        if (credential.EndsAt is { } stated)
        {
            ends.Add(new(CredentialPart.Annotation, string.Empty, stated));
        }

        return ends.ToImmutable();
    }

    /// <summary>
    /// When nothing of a bundle is valid any more. Not when the first of it ends: bundles carry authorities that nobody uses, and
    /// during a change the former one beside its successor.
    /// </summary>
    public static DateTimeOffset? OfBundle(string pem)
    {
        var found = CredentialPem.Certificates(pem);
        DateTimeOffset? last = null;
        foreach (var certificate in found)
        {
            var until = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
            last = last is null || until > last ? until : last;
            certificate.Dispose();
        }

        return last;
    }

    /// <summary>What the server may have refused because it has ended, for a message; null: nothing of which that is known.</summary>
    /// <param name="credential">That was used.</param>
    /// <param name="isAboutServer">The server was refused by us, and not we by the server.</param>
    /// <param name="now">By the clock.</param>
    public static string? Ended(RepositoryCredential? credential, bool isAboutServer, DateTimeOffset now)
    {
        if (credential is null)
        {
            return null;
        }

        var ended = Of(credential).Where(end => end.At <= now && end.What == CredentialPart.Authorities == isAboutServer).Select(static end => end.What switch
        {
            CredentialPart.ClientCertificate => $"the client certificate in its key {end.Key} expired on {ExpiryDate.Text(end.At)}",
            CredentialPart.Token => $"the token in its key {end.Key} expired on {ExpiryDate.Text(end.At)}",
            CredentialPart.Authorities => $"the last authority in its key {end.Key} expired on {ExpiryDate.Text(end.At)}",
            _ => $"it expired on {ExpiryDate.Text(end.At)}, as its annotation {Api.Annotations.ExpiresAt} says",
        }).ToList();
        return ended.Count == 0 ? null : string.Join(", and ", ended);
    }

    /// <summary>The certificate that is presented is the first; those behind it are its issuers.</summary>
    private static (DateTimeOffset From, DateTimeOffset Until)? LeafOf(string pem)
    {
        try
        {
            using var leaf = X509Certificate2.CreateFromPem(pem);
            return (new(leaf.NotBefore.ToUniversalTime()), new(leaf.NotAfter.ToUniversalTime()));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static bool IsShort(DateTimeOffset? from, DateTimeOffset until) => from is { } begin && until - begin <= ShortLife;
}
