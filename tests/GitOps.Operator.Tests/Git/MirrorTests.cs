using System.Diagnostics;
using GitOps.Manifests.Trees;
using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Git;

public sealed class MirrorTests : IDisposable
{
    private readonly GitTestBed _bed = new();
    private readonly TestRepository _source;

    public MirrorTests() => _source = _bed.Repository();

    private string MirrorDirectory => Directory.GetDirectories(Path.Combine(_bed.Root, "cache", "mirrors")).ShouldHaveSingleItem();

    private TestRepository Mirror => new(MirrorDirectory, create: false);

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task Files_are_fetched_in_one_request_when_told_ahead()
    {
        for (var i = 0; i < 40; i++)
        {
            _source.Write($"apps/a{i}.yaml", $"n: {i}");
        }

        var tree = await OpenAsync(_bed.Open(), _source.Commit());
        var files = await tree.ListAsync("apps", GitTestBed.None);
        MirrorHas(files[0].ObjectId).ShouldBeFalse();
        await tree.PrefetchAsync(files, GitTestBed.None);
        foreach (var file in files)
        {
            await tree.ReadAsync(file.Path, GitTestBed.None);
        }

        _bed.Observer.Count("fetch-objects").ShouldBe(1);
        MirrorHas(files[0].ObjectId).ShouldBeTrue();
        await tree.PrefetchAsync(files, GitTestBed.None);
        _bed.Observer.Count("fetch-objects").ShouldBe(1);
    }

    [Fact]
    public async Task A_file_nobody_announced_is_fetched_when_read_and_is_unreadable_only_while_the_server_is_away()
    {
        _source.Write("a.yaml", "a: 1");
        _source.Write("b.yaml", "b: 1");
        var tree = await OpenAsync(_bed.Open(), _source.Commit());
        (await ReadAsync(tree, "a.yaml")).ShouldBe("a: 1");

        Directory.Move(_source.Path, _source.Path + ".away");
        (await ReadAsync(tree, "a.yaml")).ShouldBe("a: 1");
        (await Should.ThrowAsync<GitException>(() => ReadAsync(tree, "b.yaml"))).Kind.ShouldBe(GitFailure.NotFound);
        Directory.Move(_source.Path + ".away", _source.Path);

        (await ReadAsync(tree, "b.yaml")).ShouldBe("b: 1");
    }

    [Fact]
    public async Task A_server_without_partial_clones_works_too()
    {
        _source.Git("config", "uploadpack.allowFilter", "false");
        var tree = await OpenAsync(_bed.Open(), _source.CommitFile("a.yaml", "a: 1"));

        (await ReadAsync(tree, "a.yaml")).ShouldBe("a: 1");

        _bed.Observer.Count("fetch-objects").ShouldBe(0);
    }

    [Fact]
    public async Task The_mirror_holds_no_url_no_hooks_and_no_settings_of_the_server()
    {
        await OpenAsync(_bed.Open(), _source.CommitFile("a.yaml", "a: 1"));

        var config = await File.ReadAllTextAsync(Path.Combine(MirrorDirectory, "config"));

        config.ShouldNotContain("remote");
        config.ShouldNotContain(_source.Path);
        Directory.Exists(Path.Combine(MirrorDirectory, "hooks")).ShouldBeFalse();
        Directory.EnumerateFileSystemEntries(Path.Combine(_bed.Root, "cache", "home")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_killed_reader_is_replaced()
    {
        var repositories = _bed.Open();
        var sha = _source.CommitFile("a.yaml", "a: 1");
        var tree = await OpenAsync(repositories, sha);
        await ReadAsync(tree, "a.yaml");
        var readers = repositories.Find(_source.Url).Mirror.Readers;
        foreach (var id in readers.IdleProcesses.ToArray())
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }

        (await ReadAsync(tree, "a.yaml")).ShouldBe("a: 1");
    }

    [Fact]
    public async Task An_idle_reader_is_closed()
    {
        var repositories = _bed.Open();
        await OpenAsync(repositories, _source.CommitFile("a.yaml", "a: 1"));
        var readers = repositories.Find(_source.Url).Mirror.Readers;
        readers.IdleProcesses.Count.ShouldBeGreaterThan(0);
        await repositories.KeepHouseAsync(force: false, GitTestBed.None);
        readers.IdleProcesses.Count.ShouldBeGreaterThan(0);

        _bed.Time.Advance(TimeSpan.FromMinutes(1));
        await repositories.KeepHouseAsync(force: false, GitTestBed.None);

        readers.IdleProcesses.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("config")]
    [InlineData("HEAD")]
    [InlineData("packs")]
    [InlineData("index")]
    [InlineData("everything")]
    public async Task A_damaged_mirror_is_cloned_again(string damage)
    {
        var sha = _source.CommitFile("dir/a.yaml", "a: 1");
        using (var before = _bed.Open())
        {
            await ReadAsync(await OpenAsync(before, sha), "dir/a.yaml");
            await before.PinAsync(_source.Url, "app", sha, GitTestBed.None);
        }

        Damage(damage);
        _bed.Time.Advance(TimeSpan.FromHours(1));
        var repositories = _bed.Open();
        await repositories.ResolveAsync(_source.Url, "main", GitTestBed.None);

        (await ReadAsync(await OpenAsync(repositories, sha), "dir/a.yaml")).ShouldBe("a: 1");
        var pushed = _source.CommitFile("dir/a.yaml", "a: 2");
        await repositories.RefreshAsync(_source.Url, GitTestBed.None);
        (await ReadAsync(await OpenAsync(repositories, pushed), "dir/a.yaml")).ShouldBe("a: 2");
    }

    [Fact]
    public async Task A_mirror_damaged_in_use_is_replaced_and_keeps_its_pins()
    {
        var lost = _source.CommitFile("a.yaml", "a: 1");
        var repositories = _bed.Open();
        await repositories.PinAsync(_source.Url, "app", lost, GitTestBed.None);
        Damage("everything");
        foreach (var id in repositories.Find(_source.Url).Mirror.Readers.IdleProcesses.ToArray())
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }

        var sha = _source.CommitFile("a.yaml", "a: 2");
        await repositories.RefreshAsync(_source.Url, GitTestBed.None);

        (await ReadAsync(await OpenAsync(repositories, sha), "a.yaml")).ShouldBe("a: 2");
        Mirror.Git("for-each-ref", "--format=%(objectname)", "refs/gitops").ShouldBe(lost);
    }

    [Fact]
    public async Task What_a_killed_git_left_behind_is_cleared_at_the_start()
    {
        var sha = _source.CommitFile("a.yaml", "a: 1");
        using (var before = _bed.Open())
        {
            await OpenAsync(before, sha);
        }

        string[] left =
        [
            "packed-refs.lock", "config.lock", "refs/heads/main.lock", "gc.pid", "objects/pack/tmp_pack_abc", "objects/incoming-x/y",
        ];
        foreach (var file in left)
        {
            var path = Path.Combine(MirrorDirectory, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, "left");
        }

        Directory.CreateDirectory(MirrorDirectory + ".new");
        var repositories = _bed.Open();
        var pushed = _source.CommitFile("a.yaml", "a: 2");
        (await ReadAsync(await OpenAsync(repositories, pushed), "a.yaml")).ShouldBe("a: 2");

        var mirror = Path.Combine(_bed.Root, "cache", "mirrors", MirrorName());
        left.Where(file => File.Exists(Path.Combine(mirror, file))).ShouldBeEmpty();
    }

    [Fact]
    public void A_branch_named_like_a_temporary_file_is_no_leftover()
    {
        var branch = Path.Combine(_bed.Root, "mirror", "refs", "heads", "tmp_feature");
        Directory.CreateDirectory(Path.GetDirectoryName(branch)!);
        Directory.CreateDirectory(Path.Combine(_bed.Root, "mirror", "objects"));
        File.WriteAllText(branch, "sha");

        MirrorFiles.RemoveLeftovers(Path.Combine(_bed.Root, "mirror"));

        File.Exists(branch).ShouldBeTrue();
    }

    [Fact]
    public async Task A_restart_fetches_nothing_that_is_there()
    {
        var sha = _source.CommitFile("a.yaml", "a: 1");
        using (var before = _bed.Open())
        {
            await ReadAsync(await OpenAsync(before, sha), "a.yaml");
        }

        var fetches = _bed.Observer.Count("fetch") + _bed.Observer.Count("fetch-objects");
        var repositories = _bed.Open();
        repositories.Subscribe(new RepositorySubscription(_source.Url, "main", TimeSpan.FromSeconds(30), static () => { }));
        await repositories.ResolveAsync(_source.Url, "main", GitTestBed.None);
        await ReadAsync(await OpenAsync(repositories, sha), "a.yaml");

        (_bed.Observer.Count("fetch") + _bed.Observer.Count("fetch-objects")).ShouldBe(fetches);
    }

    [Fact]
    public async Task A_known_commit_opens_after_a_restart_while_the_server_is_away()
    {
        var sha = _source.CommitFile("a.yaml", "a: 1");
        using (var before = _bed.Open())
        {
            await ReadAsync(await OpenAsync(before, sha), "a.yaml");
        }

        Directory.Move(_source.Path, _source.Path + ".away");

        (await ReadAsync(await OpenAsync(_bed.Open(), sha), "a.yaml")).ShouldBe("a: 1");
    }

    [Fact]
    public async Task Pins_survive_a_repack_and_unclaimed_ones_go()
    {
        // A server without partial clones: unreachable commits of such a mirror are pruned for real.
        _source.Git("config", "uploadpack.allowFilter", "false");
        _source.CommitFile("a.yaml", "a: 1");
        var kept = _source.CommitFile("a.yaml", "a: 2");
        _source.Git("reset", "--quiet", "--hard", "HEAD~1");
        var dropped = _source.CommitFile("a.yaml", "a: 3");
        _source.Git("reset", "--quiet", "--hard", "HEAD~1");
        var repositories = _bed.Open();
        await repositories.PinAsync(_source.Url, "ns/one", kept, GitTestBed.None);
        await repositories.PinAsync(_source.Url, "ns/two", kept, GitTestBed.None);
        await repositories.PinAsync(_source.Url, "ns/three", dropped, GitTestBed.None);
        _bed.Observer.Count("update-ref").ShouldBe(2);
        repositories.Unpin(_source.Url, "ns/two");
        repositories.Unpin(_source.Url, "ns/three");

        _bed.Time.Advance(TimeSpan.FromMinutes(61));
        repositories.StateOf(_source.Url);
        await repositories.KeepHouseAsync(force: true, GitTestBed.None);

        _bed.Observer.Count("gc", "ok").ShouldBe(1);
        Mirror.Git("for-each-ref", "--format=%(objectname)", "refs/gitops").ShouldBe(kept);
        _source.Git("reflog", "expire", "--expire=now", "--all");
        _source.Git("gc", "--quiet", "--prune=now");
        (await ReadAsync(await OpenAsync(repositories, kept), "a.yaml")).ShouldBe("a: 2");
    }

    [Fact]
    public async Task Claimed_commits_outlive_their_branch_and_go_when_nobody_claims_them_any_more()
    {
        _source.Git("config", "uploadpack.allowFilter", "false");
        _source.CommitFile("a.yaml", "a: 0");
        var older = _source.CommitFile("a.yaml", "a: 1");
        var old = _source.CommitFile("a.yaml", "a: 2");
        var repositories = _bed.Open();
        await ReadAsync(await OpenAsync(repositories, older), "a.yaml");
        await ReadAsync(await OpenAsync(repositories, old), "a.yaml");
        var unknown = new string('1', 40);
        repositories.Claim(_source.Url, "ns/one", [older, old, unknown, "main"]);
        repositories.Claim(_source.Url, "ns/two", [old]);
        _source.Git("reset", "--quiet", "--hard", "HEAD~2");
        _source.CommitFile("a.yaml", "a: another");
        _source.Git("reflog", "expire", "--expire=now", "--all");
        _source.Git("gc", "--quiet", "--prune=now");
        await repositories.RefreshAsync(_source.Url, GitTestBed.None);

        await repositories.KeepHouseAsync(force: false, GitTestBed.None);
        Mirror.Git("for-each-ref", "--format=%(objectname)", "refs/gitops").Split('\n').ShouldBe([older, old], ignoreOrder: true);
        _bed.Observer.Count("update-ref").ShouldBe(1, "all of them at once");
        await repositories.KeepHouseAsync(force: false, GitTestBed.None);
        _bed.Observer.Count("update-ref").ShouldBe(1, "nothing has changed");
        Mirror.Git("gc", "--quiet", "--prune=now");
        (await ReadAsync(await OpenAsync(repositories, older), "a.yaml")).ShouldBe("a: 1");

        repositories.Claim(_source.Url, "ns/one", [old]);
        repositories.Unpin(_source.Url, "ns/two");
        _bed.Time.Advance(TimeSpan.FromMinutes(61));
        repositories.StateOf(_source.Url);
        await repositories.KeepHouseAsync(force: true, GitTestBed.None);
        Mirror.Git("for-each-ref", "--format=%(objectname)", "refs/gitops").ShouldBe(old);
    }

    [Fact]
    public async Task Many_packs_are_repacked()
    {
        var repositories = _bed.Open(static options => options with { MaxPacks = 3 });
        for (var i = 0; i < 4; i++)
        {
            await ReadAsync(await OpenAsync(repositories, _source.CommitFile("a.yaml", $"a: {i}")), "a.yaml");
            await repositories.RefreshAsync(_source.Url, GitTestBed.None);
        }

        await repositories.KeepHouseAsync(force: false, GitTestBed.None);
        await repositories.KeepHouseAsync(force: false, GitTestBed.None);

        _bed.Observer.Count("gc", "ok").ShouldBe(1);
        Directory.GetFiles(Path.Combine(MirrorDirectory, "objects", "pack"), "*.pack").Length.ShouldBeLessThanOrEqualTo(2);
        (await ReadAsync(await OpenAsync(repositories, _source.Head()), "a.yaml")).ShouldBe("a: 3");
    }

    [Fact]
    public async Task A_mirror_nobody_uses_is_deleted()
    {
        var repositories = _bed.Open();
        await OpenAsync(repositories, _source.CommitFile("a.yaml", "a: 1"));
        var used = _bed.Repository("used");
        var sha = used.CommitFile("b.yaml", "b: 1");
        using var subscription = repositories.Subscribe(new RepositorySubscription(used.Url, "main", TimeSpan.FromHours(9), static () => { }));
        await repositories.OpenAsync(used.Url, sha, GitTestBed.None);
        Directory.GetDirectories(Path.Combine(_bed.Root, "cache", "mirrors")).Length.ShouldBe(2);

        _bed.Time.Advance(TimeSpan.FromMinutes(61));
        await repositories.KeepHouseAsync(force: false, GitTestBed.None);

        MirrorDirectory.ShouldBe(repositories.Find(used.Url).Directory);
        (await ReadAsync(await OpenAsync(repositories, _source.Head()), "a.yaml")).ShouldBe("a: 1");
    }

    [Fact]
    public void A_second_process_is_refused_the_cache_directory()
    {
        using var first = _bed.Open();

        var failure = Should.Throw<GitException>(() => _bed.Open());

        failure.Message.ShouldContain(Path.Combine(_bed.Root, "cache"));
        first.Dispose();
        _bed.Open().ShouldNotBeNull();
    }

    private static async Task<string> ReadAsync(ISourceTree tree, string path) =>
        System.Text.Encoding.UTF8.GetString((await tree.ReadAsync(path, GitTestBed.None)).Span);

    private Task<ISourceTree> OpenAsync(GitRepositories repositories, string sha) => repositories.OpenAsync(_source.Url, sha, GitTestBed.None);

    private string MirrorName() => Path.GetFileName(
        Directory.GetDirectories(Path.Combine(_bed.Root, "cache", "mirrors")).Single(static name => !name.EndsWith(".new", StringComparison.Ordinal)));

    // The test's own look must not fetch, or it would prove nothing: without the partial clone's settings git cannot.
    private bool MirrorHas(string id) => Mirror.GitWithInput(System.Text.Encoding.ASCII.GetBytes(id + "\n"), "cat-file", "--batch-check").Contains("blob");

    private void Damage(string what)
    {
        var packs = Path.Combine(MirrorDirectory, "objects", "pack");
        switch (what)
        {
            case "config":
                File.WriteAllText(Path.Combine(MirrorDirectory, "config"), "[core\nnonsense");
                break;
            case "HEAD":
                File.WriteAllText(Path.Combine(MirrorDirectory, "HEAD"), "nonsense");
                break;
            case "everything":
                var directory = MirrorDirectory;
                Directory.Delete(directory, recursive: true);
                Directory.CreateDirectory(directory);
                break;
            default:
                foreach (var file in Directory.GetFiles(packs, what == "packs" ? "*.pack" : "*.idx"))
                {
                    File.SetAttributes(file, FileAttributes.Normal);
                    File.WriteAllBytes(file, new byte[100]);
                }

                break;
        }
    }
}
