using GitOps.Manifests.Trees;
using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Git;

/// <summary>What an Application of a large repository costs, in fetches and objects: none of it grows with what it does not read.</summary>
public sealed class LargeRepositoryTests : IDisposable
{
    private const int Teams = 12;
    private const int Files = 4;

    private readonly GitTestBed _bed = new();
    private readonly TestRepository _source;

    public LargeRepositoryTests()
    {
        _source = _bed.Repository();
        for (var team = 0; team < Teams; team++)
        {
            for (var application = 0; application < Teams; application++)
            {
                for (var file = 0; file < Files; file++)
                {
                    _source.Write($"teams/{team}/{application}/{file}.yaml", $"n: {team}-{application}-{file}");
                }
            }
        }

        _source.Commit();
    }

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task The_first_look_fetches_twice_and_reads_what_is_on_the_way()
    {
        var repositories = _bed.Open();

        await ReadAsync(repositories, "teams/3/4");

        Fetches().ShouldBe((1, 1, 1));
        Read(repositories).ShouldBe(1 + 4 + Files, "the commit, the four directories on the way, and the files");
    }

    [Fact]
    public async Task A_commit_elsewhere_is_one_fetch_and_the_directories_that_it_changed()
    {
        var repositories = _bed.Open();
        await ReadAsync(repositories, "teams/3/4");
        var (before, read) = (Fetches(), Read(repositories));

        _source.CommitFile("teams/7/7/0.yaml", "n: changed");
        await repositories.RefreshAsync(_source.Url, GitTestBed.None);
        var tree = await OpenAsync(repositories);
        await tree.FindAsync("teams/3/4", GitTestBed.None);

        Fetches().ShouldBe((before.Lists + 1, before.Commits + 1, before.Objects));
        (Read(repositories) - read).ShouldBe(3, "the commit, the root and the directory of all teams: the rest is known");
    }

    [Fact]
    public async Task A_look_where_nothing_changed_fetches_and_reads_nothing_however_many_follow()
    {
        var repositories = _bed.Open();
        var told = 0;
        for (var i = 0; i < 1000; i++)
        {
            repositories.Subscribe(new(_source.Url, "main", TimeSpan.FromMinutes(3), () => Interlocked.Increment(ref told)));
        }

        await ReadAsync(repositories, "teams/3/4");
        var (before, read) = (Fetches(), Read(repositories));

        await repositories.RefreshAsync(_source.Url, GitTestBed.None);

        Fetches().ShouldBe((before.Lists + 1, before.Commits, before.Objects));
        (Read(repositories) - read, told).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Who_wait_for_files_at_once_get_them_by_one_fetch()
    {
        var go = Path.Combine(_bed.Root, "go");
        var repositories = _bed.Open(options => options with { GitProgram = Script($"case \"$*\" in *--stdin*origin*) while [ ! -e {go} ]; do sleep 0.02; done;; esac") });
        await OpenAsync(repositories);
        var objects = repositories.Find(_source.Url).Mirror.Objects;

        var first = ReadAsync(repositories, "teams/0/0");
        await GitTestBed.EventuallyAsync(() => _bed.Observer.Count("fetch") == 1 && objects.Waiting == 1, "the first has its turn");
        var others = Enumerable.Range(1, 9).Select(team => ReadAsync(repositories, $"teams/{team}/1")).ToList();
        await GitTestBed.EventuallyAsync(() => objects.Waiting == 10, "the others wait");
        await File.WriteAllTextAsync(go, string.Empty);
        await Task.WhenAll([first, .. others]);

        // Whether the first took some of them along depends on when it began.
        _bed.Observer.Count("fetch-objects").ShouldBeInRange(1, 2);
        objects.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task Files_that_nobody_has_any_more_fail_only_those_who_wait_for_them()
    {
        var go = Path.Combine(_bed.Root, "go");
        var repositories = _bed.Open(options => options with { GitProgram = Script($"case \"$*\" in *--stdin*origin*) while [ ! -e {go} ]; do sleep 0.02; done;; esac") });
        var tree = await OpenAsync(repositories);
        var mirror = repositories.Find(_source.Url).Mirror;
        var files = await tree.ListAsync("teams/0/0", GitTestBed.None);

        var lost = Task.Run(() => mirror.EnsureObjectsAsync([new string('1', 40)], GitTestBed.None));
        var there = Task.Run(() => mirror.EnsureObjectsAsync([.. files.Select(static file => file.ObjectId)], GitTestBed.None));
        await GitTestBed.EventuallyAsync(() => mirror.Objects.Waiting == 2, "both wait");
        await File.WriteAllTextAsync(go, string.Empty);

        (await Should.ThrowAsync<GitException>(() => lost)).Kind.ShouldBe(GitFailure.RevisionNotFound);
        await there;
    }

    private long Read(GitRepositories repositories) => repositories.Find(_source.Url).Mirror.ObjectsRead;

    private (int Lists, int Commits, int Objects) Fetches() => (_bed.Observer.Count("ls-remote"), _bed.Observer.Count("fetch"), _bed.Observer.Count("fetch-objects"));

    private async Task<ISourceTree> OpenAsync(GitRepositories repositories) =>
        await repositories.OpenAsync(_source.Url, (await repositories.ResolveAsync(_source.Url, "main", GitTestBed.None)).Sha, GitTestBed.None);

    private async Task ReadAsync(GitRepositories repositories, string directory)
    {
        var tree = await OpenAsync(repositories);
        var files = await tree.ListAsync(directory, GitTestBed.None);
        await tree.PrefetchAsync(files, GitTestBed.None);
        foreach (var file in files)
        {
            (await tree.ReadAsync(file.Path, GitTestBed.None)).IsEmpty.ShouldBeFalse();
        }
    }

    private string Script(string body)
    {
        var path = Path.Combine(_bed.Root, "git-script");
        File.WriteAllText(path, $"#!/bin/sh\n{body}\nexec git \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }
}
