using System.Text;
using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Git.Submodules;

public sealed class SubmodulePinTests : IDisposable
{
    private const string Name = "ns/app";

    private static readonly CancellationToken None = CancellationToken.None;

    private readonly GitTestBed _bed = new();
    private readonly TestRepository _library;
    private readonly TestRepository _source;
    private readonly string _applied;
    private readonly string _inLibrary;

    public SubmodulePinTests()
    {
        _library = _bed.Repository("library");

        // Without filters what no ref has is pruned for real.
        _library.Git("config", "uploadpack.allowFilter", "false");
        _inLibrary = _library.CommitFile("settings.yaml", "a: 1");
        _source = _bed.Repository();
        _source.CommitFile("own.yaml", "own: 1");
        _applied = Include(_inLibrary);
    }

    public void Dispose() => _bed.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_applied_from_a_submodule_outlives_its_branch_its_mirror_s_repack_and_a_restart(bool isClaimedFirst)
    {
        using (var before = _bed.Open())
        {
            await KeepAsync(before, isClaimedFirst);
            await before.KeepHouseAsync(force: false, None);
        }

        Rewrite();
        var repositories = _bed.Open();
        await KeepAsync(repositories, isClaimedFirst);
        await PassesAsync(repositories, TimeSpan.FromMinutes(61));

        Kept(repositories).ShouldBe(_inLibrary);
        PruneMirror(repositories);
        await PassesAsync(repositories, TimeSpan.FromMinutes(61));
        (await ReadAsync(repositories)).ShouldBe("a: 1");
    }

    [Fact]
    public async Task What_nobody_has_applied_any_more_goes()
    {
        var repositories = _bed.Open();
        await KeepAsync(repositories, isClaimedFirst: false);
        await repositories.KeepHouseAsync(force: false, None);
        var next = Include(_library.CommitFile("settings.yaml", "a: 2"));
        await repositories.RefreshAsync(_source.Url, None);
        (await ReadAsync(repositories, next)).ShouldBe("a: 2");
        await repositories.PinAsync(_source.Url, Name, next, None);
        await PassesAsync(repositories, TimeSpan.FromMinutes(61));
        Kept(repositories).ShouldBe(_library.Head());

        repositories.Unpin(_source.Url, Name);
        await PassesAsync(repositories, TimeSpan.FromMinutes(61));
        Directory.GetDirectories(Path.Combine(_bed.Root, "cache", "mirrors")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_commit_that_the_submodule_does_not_have_any_more_is_named_and_looked_for_again()
    {
        Rewrite();
        var repositories = _bed.Open();

        var failure = await Should.ThrowAsync<GitException>(() => ReadAsync(repositories));

        (failure.Kind, failure.IsUnwatched).ShouldBe((GitFailure.RevisionNotFound, true));
        failure.Message.ShouldBe(
            $"the submodule 'lib' of {_source.Url} at {_inLibrary[..7]}: {_library.Url}: there is no commit {_inLibrary}");
    }

    private async Task KeepAsync(GitRepositories repositories, bool isClaimedFirst)
    {
        if (isClaimedFirst)
        {
            repositories.Claim(_source.Url, Name, [_applied]);
        }

        (await ReadAsync(repositories)).ShouldBe("a: 1");
        if (!isClaimedFirst)
        {
            await repositories.PinAsync(_source.Url, Name, _applied, None);
        }
    }

    private async Task PassesAsync(GitRepositories repositories, TimeSpan time)
    {
        _bed.Time.Advance(time);
        await repositories.KeepHouseAsync(force: true, None);
    }

    private async Task<string> ReadAsync(GitRepositories repositories, string? commit = null)
    {
        var tree = await repositories.OpenAsync(_source.Url, commit ?? _applied, None);
        return Encoding.UTF8.GetString((await tree.ReadAsync("lib/settings.yaml", None)).Span);
    }

    private TestRepository Mirror(GitRepositories repositories) => new(repositories.Find(_library.Url).Directory, create: false);

    private string Kept(GitRepositories repositories) => Mirror(repositories).Git("for-each-ref", "--format=%(objectname)", "refs/gitops");

    private void PruneMirror(GitRepositories repositories) => Mirror(repositories).Git("gc", "--quiet", "--prune=now");

    private void Rewrite()
    {
        _library.Git("checkout", "--quiet", "--orphan", "other");
        var other = _library.CommitFile("settings.yaml", "a: other");
        _library.Git("branch", "--quiet", "--force", "main", other);
        _library.Git("reflog", "expire", "--expire=now", "--all");
        _library.Git("gc", "--quiet", "--prune=now");
    }

    private string Include(string commit)
    {
        _source.Write(".gitmodules", "[submodule \"lib\"]\n\tpath = lib\n\turl = ../library\n");
        Directory.CreateDirectory(Path.Combine(_source.Path, "lib"));
        _source.Git("add", "--all");
        _source.Git("update-index", "--add", "--cacheinfo", $"160000,{commit},lib");
        _source.Git("commit", "--quiet", "--message", "include");
        return _source.Head();
    }
}
