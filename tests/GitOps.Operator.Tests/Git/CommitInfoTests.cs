using System.Text;
using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Git;

public sealed class CommitInfoTests : IDisposable
{
    private const string Tree = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";

    private readonly GitTestBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task A_commit_tells_who_when_and_what()
    {
        var source = _bed.Repository();
        source.Write("a.yaml", "a");
        var sha = source.Commit("Raise replicas\nto seven\n\nBecause of the load.\n");

        var commit = await _bed.Open().CommitAsync(source.Url, sha, GitTestBed.None);

        commit.ShouldBe(new CommitInfo(
            sha,
            source.Git("rev-parse", "HEAD^{tree}"),
            "Ada <ada@example.org>",
            "Grace <grace@example.org>",
            "Raise replicas to seven",
            new DateTimeOffset(2026, 1, 2, 1, 4, 5, TimeSpan.Zero),
            new DateTimeOffset(2026, 1, 2, 1, 4, 6, TimeSpan.Zero),
            null));
    }

    [Theory]
    [InlineData("committer G <g@x> 99999999999999999999 +0000\n\nm", "1970-01-01T00:00:00Z")]
    [InlineData("committer G <g@x> 9999999999999 +9999\n\nm", "9999-12-31T23:59:59Z")]
    [InlineData("committer G <g@x> -5 +0000\n\nm", "1970-01-01T00:00:00Z")]
    [InlineData("committer G <g@x>\n\nm", "1970-01-01T00:00:00Z")]
    [InlineData("committer G <g@x> 86400 -0730\n\nm", "1970-01-02T00:00:00Z")]
    [InlineData("", "1970-01-01T00:00:00Z")]
    public void Any_date_survives(string rest, string expected) =>
        CommitInfo.Parse("s", Encoding.UTF8.GetBytes(Tree + rest)).CommittedAt.ShouldBe(DateTimeOffset.Parse(expected));

    [Fact]
    public void Texts_are_bounded_and_free_of_control_characters()
    {
        var commit = Encoding.UTF8.GetBytes($"{Tree}author A\u001b[31m\u202eB <a@b> 1 +0000\ncommitter C <c@d> 1 +0000\n\n\n  Hi\tthere\u0007{new string('x', 5000)}");

        var info = CommitInfo.Parse("s", commit);

        info.Author.ShouldBe("A[31mB <a@b>");
        info.Subject.ShouldStartWith("Hi therexx");
        info.Subject.Length.ShouldBe(201);
    }

    [Fact]
    public void Other_encodings_survive()
    {
        var latin = Encoding.Latin1.GetBytes($"{Tree}author Jürgen <j@x> 1 +0000\nencoding ISO-8859-1\n\nGrüße");
        CommitInfo.Parse("s", latin).Subject.ShouldBe("Grüße");
        CommitInfo.Parse("s", latin).Author.ShouldBe("Jürgen <j@x>");

        byte[] broken = [.. Encoding.ASCII.GetBytes(Tree + "\n"), 0xff, 0xfe, (byte)'a'];
        CommitInfo.Parse("s", broken).Subject.ShouldEndWith("a");
    }

    [Theory]
    [InlineData("gpgsig -----BEGIN PGP SIGNATURE-----\n x\n -----END PGP SIGNATURE-----\n", "openpgp")]
    [InlineData("gpgsig -----BEGIN SSH SIGNATURE-----\n x\n -----END SSH SIGNATURE-----\n", "ssh")]
    [InlineData("gpgsig -----BEGIN SIGNED MESSAGE-----\n x\n -----END SIGNED MESSAGE-----\n", "x509")]
    [InlineData("", null)]
    public void A_signature_is_noted(string header, string? format) =>
        CommitInfo.Parse("s", Encoding.UTF8.GetBytes($"{Tree}{header}\nmessage")).SignatureFormat.ShouldBe(format);

    [Fact]
    public void A_commit_without_a_tree_is_damage() =>
        Should.Throw<GitException>(static () => CommitInfo.Parse("s", "author A <a@b> 1 +0000\n\nm"u8)).Kind.ShouldBe(GitFailure.Corrupt);
}
