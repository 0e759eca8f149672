using GitOps.Operator.Git.Signatures;
using GitOps.Operator.Model;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Verifying;

/// <summary>Signatures that are said, not made: of which commits, by which key, and for how long.</summary>
internal sealed class MemorySignatures(ManualTimeProvider time) : ISignedHistory
{
    /// <summary>Commit to the id of the keys that it counts for; empty: of any.</summary>
    public Dictionary<string, string> Signed { get; } = new(StringComparer.Ordinal);

    /// <summary>When the key of all of them expires; null: never.</summary>
    public DateTimeOffset? Expires { get; set; }

    public Task<CommitRange> RangeAsync(
        RepositoryAddress repository, string sha, IReadOnlyCollection<string> excluded, bool firstParentOnly, int limit, CancellationToken cancellationToken) =>
        Task.FromResult(new CommitRange([new(sha, 1, "ann@example.org", [])], IsCut: false));

    public Task<IReadOnlyDictionary<string, SignatureFinding>> CheckCommitsAsync(
        RepositoryAddress repository, IReadOnlyCollection<string> shas, VerificationKeys keys, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, SignatureFinding>>(shas.ToDictionary(static sha => sha, sha => FindingOf(sha, keys), StringComparer.Ordinal));

    public Task<TagFinding> CheckTagAsync(
        RepositoryAddress repository, string sha, string? tag, Func<string, bool> isAllowed, VerificationKeys keys, bool again, CancellationToken cancellationToken) =>
        Task.FromResult(new TagFinding(null, SignatureFinding.NotSigned, "no tag points to it"));

    public Task<IReadOnlyList<string>> NamesOfAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>(["refs/heads/main"]);

    private SignatureFinding FindingOf(string sha, VerificationKeys keys) =>
        !Signed.TryGetValue(sha, out var of) ? SignatureFinding.NotSigned
        : of.Length > 0 && of != keys.Id ? new(SignatureState.UnknownKey, "ssh", "SHA256:other")
        : Expires is { } end && end <= time.GetUtcNow() ? new(SignatureState.ExpiredKey, "ssh", "SHA256:one")
        : new(SignatureState.Good, "ssh", "SHA256:one", "one@example.org") { GoodUntil = Expires };
}
