using System.Security.Cryptography;
using System.Text;
using GitOps.Operator.Credentials;
using GitOps.Operator.Git;
using GitOps.Operator.Git.Lfs;

namespace GitOps.Operator.Tests.Git.Lfs;

public sealed class LfsTests : IDisposable
{
    private const string Content = "a: 1\nlarge: true\n";

    private static readonly CancellationToken None = CancellationToken.None;

    private readonly GitTestBed _bed = new();
    private readonly TestRepository _source;

    public LfsTests() => _source = _bed.Repository();

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task A_pointer_is_refused_with_the_way_out()
    {
        _source.CommitFile("plain.yaml", "a: 1");
        _source.CommitFile("dir/large.yaml", PointerTo(Content));
        var tree = await _bed.Open().OpenAsync(_source.Url, _source.Head(), None);

        (await tree.ReadAsync("plain.yaml", None)).Length.ShouldBe(4);
        var refused = await Should.ThrowAsync<GitException>(async () => await tree.ReadAsync("dir/large.yaml", None));
        (refused.Kind, refused.NeedsUser).ShouldBe((GitFailure.NotAllowed, true));
        refused.Message.ShouldBe(
            $"{_source.Url}: 'dir/large.yaml' is kept by Git LFS, and only a pointer to it is in the repository: "
            + "set enableLfs to \"true\" in the repository's Secret, or commit the file itself");
    }

    [Fact]
    public async Task The_file_is_brought_by_git_lfs_where_the_Secret_allows_it()
    {
        LfsProgram.Require();
        _source.CommitFile("large.yaml", PointerTo(Content));
        Keep(Content);
        var tree = await OpenEnabledAsync();

        Encoding.UTF8.GetString((await tree.ReadAsync("large.yaml", None)).Span).ShouldBe(Content);
    }

    [Fact]
    public async Task A_file_that_is_not_there_or_is_another_is_an_error_that_is_tried_again()
    {
        LfsProgram.Require();
        _source.CommitFile("missing.yaml", PointerTo("elsewhere"));
        _source.CommitFile("other.yaml", PointerTo(Content));
        Keep(Content, "b: 1\nlarge: true\n");
        var tree = await OpenEnabledAsync();

        foreach (var path in (string[])["missing.yaml", "other.yaml"])
        {
            var failure = await Should.ThrowAsync<GitException>(async () => await tree.ReadAsync(path, None));
            failure.IsUnwatched.ShouldBeTrue();
            failure.Message.ShouldContain($"{_source.Url}: '{path}'");
        }
    }

    [Fact]
    public async Task A_file_above_the_limit_is_not_fetched()
    {
        _source.CommitFile("huge.yaml", PointerTo(Content).Replace("size 17", "size 99999999999", StringComparison.Ordinal));
        var tree = await OpenEnabledAsync();

        (await Should.ThrowAsync<Exception>(async () => await tree.ReadAsync("huge.yaml", None))).Message.ShouldContain("limit");
        _bed.Observer.Count("lfs").ShouldBe(0);
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:OID\nsize 5\n", 5L)]
    [InlineData("version https://hawser.github.com/spec/v1\noid sha256:OID\nsize 5", 5L)]
    [InlineData("version https://git-lfs.github.com/spec/v1\r\noid sha256:OID\r\nsize 0\r\n", 0L)]
    [InlineData("version https://git-lfs.github.com/spec/v1\next-0-foo sha256:OID\noid sha256:OID\nsize 7\n", 7L)]
    [InlineData("version https://git-lfs.github.com/spec/v2\noid sha256:OID\nsize 5\n", null)]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 5\n", null)]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:OID\nsize -5\n", null)]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:OID\nsize 5\nmore: text\n", null)]
    [InlineData("# version https://git-lfs.github.com/spec/v1\noid sha256:OID\nsize 5\n", null)]
    [InlineData("", null)]
    public void Only_a_whole_pointer_is_one(string text, long? size)
    {
        var pointer = LfsPointer.Parse(Encoding.UTF8.GetBytes(text.Replace("OID", Digest("x"), StringComparison.Ordinal)));

        pointer.ShouldBe(size is { } bytes ? new LfsPointer(Digest("x"), bytes) : null);
    }

    private static string Digest(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    private static string PointerTo(string content) =>
        $"version https://git-lfs.github.com/spec/v1\noid sha256:{Digest(content)}\nsize {Encoding.UTF8.GetByteCount(content)}\n";

    /// <summary>Lays a file where git-lfs looks for it in a local repository.</summary>
    private void Keep(string named, string? content = null)
    {
        var digest = Digest(named);
        _source.Write($".git/lfs/objects/{digest[..2]}/{digest[2..4]}/{digest}", content ?? named);
    }

    private async Task<GitOps.Manifests.Trees.ISourceTree> OpenEnabledAsync()
    {
        var repositories = _bed.Open();
        repositories.Find(_source.Url).Remote.Access.Credential = new RepositoryCredential { Origin = "team-a/lfs", Identity = "lfs", Version = "1", IsLfsEnabled = true };
        return await repositories.OpenAsync(_source.Url, _source.Head(), None);
    }
}
