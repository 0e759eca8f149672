using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GitOps.Operator.Model;

namespace GitOps.Operator.Git.Signatures;

/// <summary>The text of keys, and what to call where it stands; never printed.</summary>
internal sealed record KeyText(string Origin, string Text)
{
    /// <summary>The same as a reference; null: nobody names it.</summary>
    public KeyReference? Reference { get; init; }

    public override string ToString() => Origin;
}

/// <summary>When the keys of one text end to be of use.</summary>
/// <param name="Source">Where they stand.</param>
/// <param name="Times">One for each key; null: never.</param>
internal sealed record KeyEnds(KeyText Source, ImmutableArray<DateTimeOffset?> Times)
{
    /// <summary>The next end that people can do something about; null: none, or it passed and others of these keys are still good.</summary>
    public DateTimeOffset? Next(DateTimeOffset now) =>
        Times.Where(time => time > now).Min() ?? (Times.Contains(null) ? null : Times.Max());
}

/// <summary>
/// The public keys that signatures are checked against: armored OpenPGP blocks, and lines for ssh-keygen. Reading them starts no
/// program; whether an OpenPGP block holds keys, gpg says when it takes it in.
/// </summary>
internal sealed class VerificationKeys
{
    private const int MaxBytes = 1024 * 1024;
    private const string PublicBlock = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
    private const string EndOfBlock = "-----END PGP PUBLIC KEY BLOCK-----";

    private VerificationKeys(ImmutableArray<KeyText> openPgp, ImmutableArray<string> signers, ImmutableHashSet<string> sshFingerprints, ImmutableArray<KeyEnds> ends)
    {
        OpenPgp = openPgp;
        Signers = signers;
        SshFingerprints = sshFingerprints;
        Ends = ends;
        Id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', OpenPgp.Select(static block => block.Text)) + "\0\0" + string.Join('\n', signers))));
    }

    /// <summary>Armored blocks.</summary>
    public ImmutableArray<KeyText> OpenPgp { get; }

    /// <summary>Lines of an allowed_signers file.</summary>
    public ImmutableArray<string> Signers { get; }

    /// <summary><c>SHA256:…</c>, as ssh-keygen prints them.</summary>
    public ImmutableHashSet<string> SshFingerprints { get; }

    /// <summary>Text by text; without those of which no key is read.</summary>
    public ImmutableArray<KeyEnds> Ends { get; }

    /// <summary>Another one for other keys. Only for memory.</summary>
    public string Id { get; }

    /// <exception cref="VerificationException">A text is no public key; the message names where it stands and not what it says.</exception>
    public static VerificationKeys Parse(IReadOnlyList<KeyText> texts)
    {
        var blocks = ImmutableArray.CreateBuilder<KeyText>();
        var signers = new List<SshSigner>();
        var read = new List<(KeyText Source, List<(string Id, DateTimeOffset? EndsAt)> Keys)>();
        foreach (var source in texts)
        {
            var (origin, text) = (source.Origin, source.Text);
            if (text.Length > MaxBytes)
            {
                throw Invalid(origin, "is longer than a megabyte, which no set of keys is");
            }

            if (text.Contains("PRIVATE KEY", StringComparison.Ordinal))
            {
                throw Invalid(origin, "holds a private key; only public keys belong here, and that one should be replaced: it has been readable here");
            }

            var (blocksBefore, signersBefore) = (blocks.Count, signers.Count);
            ReadInto(source, blocks, signers);
            read.Add((source,
            [
                .. blocks.Skip(blocksBefore).SelectMany(static block => OpenPgpKeys.Read(block.Text)),
                .. signers.Skip(signersBefore).Select(static signer => (signer.Fingerprint, signer.EndsAt)),
            ]));
            if (blocks.Count == blocksBefore && signers.Count == signersBefore)
            {
                throw Invalid(origin, "holds no key: write armored OpenPGP public keys, ssh public keys, or lines of an allowed_signers file");
            }
        }

        if (blocks.Count + signers.Count == 0)
        {
            throw Invalid("spec.source.verify.keys", "give no key");
        }

        return new(
            blocks.ToImmutable(), [.. signers.Select(static signer => signer.Line).Distinct(StringComparer.Ordinal)],
            [.. signers.Select(static signer => signer.Fingerprint)], EndsOf(read));
    }

    /// <summary>A key that is there twice, as it was and renewed, is good for as long as either says: gpg and ssh-keygen go by both.</summary>
    private static ImmutableArray<KeyEnds> EndsOf(List<(KeyText Source, List<(string Id, DateTimeOffset? EndsAt)> Keys)> read)
    {
        var ends = read.SelectMany(static text => text.Keys).GroupBy(static key => key.Id, StringComparer.Ordinal).ToDictionary(
            static keys => keys.Key, static keys => keys.Any(static key => key.EndsAt is null) ? null : keys.Max(static key => key.EndsAt), StringComparer.Ordinal);
        return [.. read.Where(static text => text.Keys.Count > 0).Select(text => new KeyEnds(
            text.Source with { Text = string.Empty }, [.. text.Keys.Select(key => ends[key.Id])]))];
    }

    private static void ReadInto(KeyText source, ImmutableArray<KeyText>.Builder blocks, List<SshSigner> signers)
    {
        StringBuilder? block = null;
        var number = 0;
        foreach (var raw in source.Text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (block is not null)
            {
                block.Append(line).Append('\n');
                if (line == EndOfBlock)
                {
                    blocks.Add(source with { Text = block.ToString() });
                    block = null;
                }
            }
            else if (line == PublicBlock)
            {
                block = new StringBuilder().Append(line).Append('\n');
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                signers.Add(SshSigner.Parse(line) ?? throw Invalid(
                    source.Origin, $"line {number} is neither an armored OpenPGP public key, nor an ssh public key, nor a line of an allowed_signers file (cert-authority is not supported)"));
            }
        }

        if (block is not null)
        {
            throw Invalid(source.Origin, $"has an OpenPGP public key without its end ({EndOfBlock})");
        }
    }

    private static VerificationException Invalid(string origin, string problem) => new("KeysInvalid", $"{origin} {problem}");
}
