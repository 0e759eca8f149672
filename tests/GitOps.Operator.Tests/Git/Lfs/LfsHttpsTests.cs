using System.Text;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Tests.Credentials;
using GitOps.Testing.Servers;

namespace GitOps.Operator.Tests.Git.Lfs;

public sealed class LfsHttpsTests : IAsyncLifetime
{
    private const string Password = "p4ss/w0rd@with+odd%signs";

    private static readonly byte[] Large = "a: 1\nlarge: true\n"u8.ToArray();

    private readonly PrivateBed _bed = new();
    private NginxGitServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        LfsProgram.Require();
        _server = await NginxGitServer.StartAsync(Path.Combine(_bed.Bed.Root, "nginx"), _bed.Bed.Root);
        _server.SetUsers(("ada", Password));
        _server.SetLfsUsers(("ada", Password));
        _bed.Set(
            "platform", "login", ("url", Url), ("username", "ada"), ("password", Password), ("ca.crt", _server.Certificates.Authority), ("enableLfs", "true"));
    }

    public ValueTask DisposeAsync()
    {
        _server?.Dispose();
        _bed.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Digest => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Large));

    private string Url => _server.Private("app/.git");

    [Fact]
    public async Task A_file_is_brought_with_the_login_of_the_repository()
    {
        var repositories = _bed.Open();
        Commit(_server.Lfs.Keep(Large));

        (await ReadAsync(repositories)).ShouldBe(Encoding.UTF8.GetString(Large));
        await _bed.NothingLeakedAsync();
        Directory.EnumerateFiles(Path.Combine(_bed.Bed.Root, "cache"), "*", SearchOption.AllDirectories)
            .Where(static file => file.Contains("lfs", StringComparison.Ordinal)).ShouldBeEmpty("nothing of it is kept");
    }

    [Fact]
    public async Task A_login_that_is_refused_is_one_line_with_the_Secret()
    {
        var repositories = _bed.Open();
        Commit(_server.Lfs.Keep(Large));
        _server.SetLfsUsers(("ada", "another"));

        var failure = await FailsAsync(repositories, GitFailure.Authentication);

        failure.Message.ShouldEndWith(
            "'large.yaml': the server of Git LFS refused access; Secret platform/login was used: check that what it holds is right, has not expired, and may read this repository");
        _server.SetLfsUsers(("ada", Password));
        (await ReadAsync(repositories)).ShouldBe(Encoding.UTF8.GetString(Large));
    }

    [Fact]
    public async Task A_file_that_the_server_lacks_is_one_line()
    {
        var repositories = _bed.Open();
        Commit(LfsServer.PointerTo(Large));

        var failure = await FailsAsync(repositories, GitFailure.NotFound);

        failure.Message.ShouldEndWith(
            $"'large.yaml': the server of Git LFS does not have it, or there is none (sha256 {Digest}): push it by git lfs push --all; Secret platform/login was used");
    }

    [Theory]
    [InlineData("a: 2\nlarge: true\n")]
    [InlineData("a: 1\n")]
    [InlineData("a: 1\nlarge: true\nand more: 1\n")]
    [InlineData("")]
    public async Task Another_file_than_the_pointer_means_is_one_line(string instead)
    {
        var repositories = _bed.Open();
        Commit(_server.Lfs.Keep(Large, Encoding.UTF8.GetBytes(instead)));

        var failure = await FailsAsync(repositories, GitFailure.Other);

        failure.Message.ShouldEndWith($"'large.yaml': Git LFS brought something else than the pointer means (17 bytes, sha256 {Digest})");
    }

    [Fact]
    public async Task A_pointer_with_another_size_than_the_file_s_is_one_line()
    {
        var repositories = _bed.Open();
        Commit(_server.Lfs.Keep(Large).Replace("size 17", "size 16", StringComparison.Ordinal));

        (await FailsAsync(repositories, GitFailure.Other)).Message.ShouldEndWith($"brought something else than the pointer means (16 bytes, sha256 {Digest})");
    }

    private void Commit(string pointer) => _bed.Source.CommitFile("large.yaml", pointer);

    private async Task<string> ReadAsync(GitRepositories repositories)
    {
        var tree = await repositories.OpenAsync(new RepositoryAddress(Url, "platform"), _bed.Source.Head(), GitTestBed.None);
        return Encoding.UTF8.GetString((await tree.ReadAsync("large.yaml", GitTestBed.None)).Span);
    }

    private async Task<GitException> FailsAsync(GitRepositories repositories, GitFailure kind)
    {
        var failure = await Should.ThrowAsync<GitException>(() => ReadAsync(repositories));
        _bed.Hear(failure.ToString());
        failure.Message.ShouldStartWith($"{repositories.Find(new(Url, "platform")).Remote.Url.Key}: 'large.yaml'");
        failure.Message.ShouldNotContain('\n');
        (failure.Kind, failure.IsUnwatched).ShouldBe((kind, true), failure.Message);
        (await File.ReadAllTextAsync(Path.Combine(repositories.Find(new(Url, "platform")).Directory, "config"))).ShouldNotContain("lfs");
        await _bed.NothingLeakedAsync();
        return failure;
    }
}
