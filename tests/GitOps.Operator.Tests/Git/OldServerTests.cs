using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Tests.Credentials;
using GitOps.Testing;
using GitOps.Testing.Servers;

namespace GitOps.Operator.Tests.Git;

/// <summary>Real servers that cannot, or may not, do what a partial clone asks them for.</summary>
public sealed class OldServerTests : IDisposable
{
    private const string NoFilters = "sends every file of every commit";
    private const string NoObjects = "hands out no files by their ids";

    private readonly PrivateBed _bed = new();
    private readonly List<IDisposable> _servers = [];

    public void Dispose()
    {
        _servers.ForEach(static server => server.Dispose());
        _bed.Dispose();
    }

    [Theory]
    [InlineData("https", true, null)]
    [InlineData("https", false, NoFilters)]
    [InlineData("old https", true, NoObjects)]
    [InlineData("old https", false, NoFilters)]
    [InlineData("old ssh", true, NoObjects)]
    [InlineData("old ssh", false, NoFilters)]
    [InlineData("v1 https", true, NoObjects)]
    [InlineData("v1 https", false, NoFilters)]
    [InlineData("v1 ssh", true, NoObjects)]
    [InlineData("v1 ssh", false, NoFilters)]
    public async Task Whatever_a_server_lacks_its_commits_are_read_and_it_is_said_once(string kind, bool hasFilters, string? said)
    {
        _bed.Source.Git("config", "uploadpack.allowFilter", hasFilters ? "true" : "false");
        for (var i = 0; i < 20; i++)
        {
            _bed.Source.Write($"many/{i}.yaml", $"a: {i}");
        }

        var second = _bed.Source.Commit();
        var address = await StartAsync(kind);
        var repositories = _bed.Open();

        await ReadsAllAsync(repositories, address, second);
        var third = _bed.Source.CommitFile("many/1.yaml", "a: changed");
        await repositories.RefreshAsync(address, GitTestBed.None);
        await ReadsAllAsync(repositories, address, third);
        await ReadsAllAsync(repositories, address, second);

        ShouldHaveFetched(said);
        Told(NoFilters).ShouldBe(said == NoFilters ? 1 : 0);
        Told(NoObjects).ShouldBe(said == NoObjects ? 1 : 0);

        // What was learnt of the server outlives a restart, as the mirror does.
        repositories.Dispose();
        var fourth = _bed.Source.CommitFile("many/2.yaml", "a: changed");
        repositories = _bed.Open();
        await ReadsAllAsync(repositories, address, fourth);
        _bed.Bed.Observer.Count("fetch-again").ShouldBe(said == NoObjects ? 1 : 0);
    }

    [Theory]
    [InlineData("old https")]
    [InlineData("old ssh")]
    [InlineData("v1 https")]
    [InlineData("v1 ssh")]
    public async Task A_commit_named_by_its_id_is_found_among_the_branches(string kind)
    {
        var second = _bed.Source.CommitFile("a.yaml", "a: 2");
        var address = await StartAsync(kind);
        var repositories = _bed.Open();

        (await repositories.ResolveAsync(address, _bed.First, GitTestBed.None)).Sha.ShouldBe(_bed.First);
        (await ReadAsync(repositories, address, _bed.First)).ShouldBe("a: 1");
        (await ReadAsync(repositories, address, second)).ShouldBe("a: 2");

        _bed.Source.Git("checkout", "--quiet", "--detach");
        var lost = _bed.Source.CommitFile("a.yaml", "a: lost");
        _bed.Source.Git("checkout", "--quiet", "main");
        var failure = await Should.ThrowAsync<GitException>(async () => await repositories.ResolveAsync(address, lost, GitTestBed.None));
        failure.Kind.ShouldBe(GitFailure.RevisionNotFound);
        failure.Message.ShouldEndWith($"there is no commit {lost} on a branch or tag, and the server hands out no others (uploadpack.allowAnySHA1InWant is not set there)");
        _bed.Bed.Observer.Count("fetch-again").ShouldBeLessThanOrEqualTo(1);
    }

    [Theory]
    [InlineData("old https")]
    [InlineData("old ssh")]
    [InlineData("v1 https")]
    [InlineData("v1 ssh")]
    public async Task Where_the_server_allows_it_files_and_commits_come_by_their_ids_over_any_protocol(string kind)
    {
        _bed.Source.Git("config", "uploadpack.allowFilter", "true");
        _bed.Source.Git("config", "uploadpack.allowAnySHA1InWant", "true");
        _bed.Source.Git("checkout", "--quiet", "--detach");
        var detached = _bed.Source.CommitFile("a.yaml", "a: detached");
        _bed.Source.Git("checkout", "--quiet", "main");
        var address = await StartAsync(kind);
        var repositories = _bed.Open();

        (await ReadAsync(repositories, address, (await repositories.ResolveAsync(address, "main", GitTestBed.None)).Sha)).ShouldBe("a: 1");
        (await repositories.ResolveAsync(address, detached, GitTestBed.None)).Sha.ShouldBe(detached);
        (await ReadAsync(repositories, address, detached)).ShouldBe("a: detached");

        _bed.Bed.Observer.Count("fetch-objects", "ok").ShouldBeGreaterThanOrEqualTo(2);
        _bed.Bed.Observer.Count("fetch-again").ShouldBe(0);
        Told(NoFilters).ShouldBe(0);
        Told(NoObjects).ShouldBe(0);
    }

    [Theory]
    [InlineData("https", "version 2")]
    [InlineData("v1 https", "version 1")]
    [InlineData("old https", null)]
    public async Task These_servers_speak_what_they_are_called_by(string kind, string? version)
    {
        var address = await StartAsync(kind);
        var authority = Path.Combine(_bed.Bed.Root, "nginx", "authority.pem");

        var told = await TestProgram.OnPath("git")
            .With([], new Dictionary<string, string>(StringComparer.Ordinal) { ["GIT_TRACE_PACKET"] = "1", ["GIT_SSL_CAINFO"] = authority, ["GIT_CONFIG_GLOBAL"] = "/dev/null" })
            .TryAsync("ls-remote", address.Url);

        told.ExitCode.ShouldBe(0, told.Error);
        (told.Error.Split('\n').FirstOrDefault(static line => line.Contains("< version ", StringComparison.Ordinal))?.Split("< ")[1]).ShouldBe(version);
    }

    [Fact]
    public async Task What_was_applied_is_read_after_a_restart_although_its_branch_was_rewritten()
    {
        var address = await StartAsync("old https");
        using (var before = _bed.Open())
        {
            (await ReadAsync(before, address, _bed.First)).ShouldBe("a: 1");
            await before.PinAsync(address, "ns/app", _bed.First, GitTestBed.None);
        }

        _bed.Source.Git("checkout", "--quiet", "--orphan", "other");
        var other = _bed.Source.CommitFile("a.yaml", "a: other");
        _bed.Source.Git("branch", "--quiet", "--force", "main", other);
        _bed.Source.Git("reflog", "expire", "--expire=now", "--all");
        _bed.Source.Git("gc", "--quiet", "--prune=now");
        var repositories = _bed.Open();
        await repositories.RefreshAsync(address, GitTestBed.None);
        (await ReadAsync(repositories, address, other)).ShouldBe("a: other");

        repositories.Claim(address, "ns/app", [_bed.First]);
        _bed.Bed.Time.Advance(TimeSpan.FromMinutes(61));
        repositories.StateOf(address);
        await repositories.KeepHouseAsync(force: true, GitTestBed.None);
        (await ReadAsync(repositories, address, _bed.First)).ShouldBe("a: 1");
    }

    [Fact]
    public async Task A_server_that_does_not_know_git_is_refused()
    {
        _bed.Source.Git("update-server-info");
        var address = await StartAsync("dumb");
        var repositories = _bed.Open();

        var failure = await _bed.FailsAsync(repositories, address, GitFailure.NotAllowed);

        failure.Message.ShouldEndWith("(the \"dumb\" protocol), which is not supported: let it run git http-backend, or use ssh");
        _bed.Bed.Observer.Count("fetch").ShouldBe(0);
    }

    private static async Task<string> ReadAsync(GitRepositories repositories, RepositoryAddress address, string sha)
    {
        var tree = await repositories.OpenAsync(address, sha, GitTestBed.None);
        return System.Text.Encoding.UTF8.GetString((await tree.ReadAsync("a.yaml", GitTestBed.None)).Span);
    }

    private static async Task ReadsAllAsync(GitRepositories repositories, RepositoryAddress address, string sha)
    {
        var tree = await repositories.OpenAsync(address, sha, GitTestBed.None);
        var files = await tree.ListAsync("many", GitTestBed.None);
        await tree.PrefetchAsync(files, GitTestBed.None);
        foreach (var file in files)
        {
            (await tree.ReadAsync(file.Path, GitTestBed.None)).IsEmpty.ShouldBeFalse();
        }
    }

    private void ShouldHaveFetched(string? said)
    {
        var observer = _bed.Bed.Observer;
        observer.Count("fetch").ShouldBe(2, "one for each commit");
        observer.Count("fetch-again").ShouldBe(said == NoObjects ? 1 : 0);
        observer.Count("fetch-objects", "ok").ShouldBe(said is null ? 2 : 0);
        observer.Count("fetch-objects").ShouldBe(said is null ? 2 : said == NoObjects ? 1 : 0);
    }

    private int Told(string what) => _bed.Said.Count(line => line.Contains(what, StringComparison.Ordinal));

    private async Task<RepositoryAddress> StartAsync(string kind)
    {
        if (kind is "old ssh" or "v1 ssh")
        {
            var ssh = await SshGitServer.StartAsync(Path.Combine(_bed.Bed.Root, "sshd"), protocol: kind == "old ssh" ? 0 : 1);
            _servers.Add(ssh);
            var key = await SshGitServer.NewKeyAsync(Path.Combine(_bed.Bed.Root, "key"));
            ssh.SetKeys(key.Public);
            var url = ssh.Url(_bed.Source.Path);
            _bed.Set("platform", "key", ("url", url), ("sshPrivateKey", key.Private), ("known_hosts", ssh.KnownHost));
            return new(url, "platform");
        }

        var nginx = await NginxGitServer.StartAsync(Path.Combine(_bed.Bed.Root, "nginx"), _bed.Bed.Root);
        _servers.Add(nginx);
        _bed.Book.Share(shared => shared with { Authorities = shared.Authorities.Add("localhost", nginx.Certificates.Authority) });
        return new(
            kind switch
            {
                "https" => nginx.Open("app/.git"),
                "dumb" => nginx.Dumb("app/.git"),
                "v1 https" => nginx.One("app/.git"),
                _ => nginx.Old("app/.git"),
            },
            "platform");
    }
}
