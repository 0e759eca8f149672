using System.Security.Cryptography;
using GitOps.Operator.Git;
using GitOps.Operator.Git.Signatures;

namespace GitOps.Operator.Charts.Provenance;

/// <summary>Whether a package is the one that a provenance file was signed for. What holds once is not checked again until it expires: both are named by their content.</summary>
internal sealed class ProvenanceCheck
{
    private const int MaxKnown = 1024;

    private readonly SignedText _signed;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ChartSignature> _known = new(StringComparer.Ordinal);

    private readonly TimeProvider _time;

    public ProvenanceCheck(SignedText signed, TimeProvider time) => (_signed, _time) = (signed, time);

    /// <param name="release">Name and version.</param>
    /// <param name="digest">Of the package.</param>
    /// <param name="owner">The repository, and by which credential.</param>
    /// <param name="keys">Of those who may sign.</param>
    /// <param name="provenance">Fetches the provenance file; null: there is none.</param>
    /// <param name="subject">Of messages.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="GitException"><see cref="GitFailure.NotVerified"/>, or it cannot be told now.</exception>
    public async Task<ChartSignature> CheckAsync(
        ChartRelease release, string digest, string owner, IReadOnlyCollection<ReadOnlyMemory<byte>> keys,
        Func<CancellationToken, Task<byte[]?>> provenance, string subject, CancellationToken cancellationToken)
    {
        var key = KeyOf(owner, release, digest, keys);
        lock (_lock)
        {
            if (_known.TryGetValue(key, out var known) && !(known.Finding.GoodUntil <= _time.GetUtcNow()))
            {
                return known;
            }
        }

        var file = await provenance(cancellationToken)
            ?? throw new GitException(GitFailure.NotVerified, $"{subject} has to be signed, but the repository has no provenance file for it (helm package --sign makes one)")
            {
                Signature = SignatureFinding.NotSigned,
            };
        var text = await _signed.VerifyAsync(file, keys, subject, cancellationToken);
        var said = ProvenanceFile.Parse(text.Text, subject);
        if (said.Chart.Name != release.Name || said.Chart.Version.TrimStart('v') != release.Version.TrimStart('v'))
        {
            throw new GitException(
                GitFailure.NotVerified, $"{subject}: its provenance file is for another chart: {GitErrors.Clean($"{said.Chart.Name} {said.Chart.Version}")}");
        }

        if (!said.Files.Values.Contains(digest, StringComparer.Ordinal))
        {
            throw new GitException(GitFailure.NotVerified, $"{subject}: its provenance file is for a package with another digest, the package has {digest}");
        }

        lock (_lock)
        {
            if (_known.Count >= MaxKnown)
            {
                _known.Clear();
            }

            return _known[key] = new(text.Signature, digest);
        }
    }

    private static string KeyOf(string owner, ChartRelease release, string digest, IReadOnlyCollection<ReadOnlyMemory<byte>> keys)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var key in keys)
        {
            hash.AppendData(SHA256.HashData(key.Span));
        }

        return $"{owner}\n{release.Name}\n{release.Version}\n{digest}\n{Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }
}
