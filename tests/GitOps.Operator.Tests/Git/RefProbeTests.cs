using System.Net;
using System.Net.Http.Headers;
using System.Text;
using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Git;

public sealed class RefProbeTests : IDisposable
{
    private static readonly IReadOnlySet<string> NoRefs = new HashSet<string>(StringComparer.Ordinal);

    private readonly GitTestBed _bed = new();
    private readonly TestRepository _source;

    public RefProbeTests() => _source = _bed.Repository();

    public void Dispose() => _bed.Dispose();

    public static TheoryData<string, string[][]> Changes => new()
    {
        { "commit", [["commit", "--quiet", "--allow-empty", "-m", "x"]] },
        { "amend", [["commit", "--quiet", "--amend", "--allow-empty", "-m", "y"]] },
        { "branch", [["branch", "other"]] },
        { "nested branch", [["branch", "a/b/c"]] },
        { "deleted branch", [["branch", "-D", "old"]] },
        { "tag", [["tag", "v1"]] },
        { "switched HEAD", [["symbolic-ref", "HEAD", "refs/heads/old"]] },
        { "packed", [["branch", "other"], ["pack-refs", "--all"]] },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task The_local_look_differs_after_any_change_of_a_ref(string change, string[][] commands)
    {
        _source.CommitFile("a.yaml", "a: 1");
        _source.Git("branch", "old");
        _source.Git("pack-refs", "--all");
        var url = GitUrl.Parse(_source.Url, allowLocal: true);
        var probe = new LocalRefProbe();
        var before = await probe.FingerprintAsync(url, NoRefs, GitTestBed.None);
        (await probe.FingerprintAsync(url, NoRefs, GitTestBed.None)).ShouldBe(before);

        foreach (var command in commands)
        {
            _source.Git(command);
        }

        var after = await probe.FingerprintAsync(url, NoRefs, GitTestBed.None);
        before.ShouldNotBeNull();
        after.ShouldNotBeNull();
        (after == before).ShouldBeFalse(change);
    }

    [Fact]
    public async Task The_local_look_leaves_other_layouts_to_git()
    {
        _source.CommitFile("a.yaml", "a: 1");
        var worktree = Path.Combine(_bed.Root, "worktree");
        _source.Git("worktree", "add", "--quiet", worktree);
        var probe = new LocalRefProbe();

        (await probe.FingerprintAsync(GitUrl.Parse(worktree, allowLocal: true), NoRefs, GitTestBed.None)).ShouldBeNull();
        (await probe.FingerprintAsync(GitUrl.Parse(_bed.Root + "/missing", allowLocal: true), NoRefs, GitTestBed.None)).ShouldBeNull();
        Directory.CreateDirectory(Path.Combine(_source.Path, ".git", "reftable"));
        (await probe.FingerprintAsync(GitUrl.Parse(_source.Url, allowLocal: true), NoRefs, GitTestBed.None)).ShouldBeNull();
    }

    [Fact]
    public async Task While_the_look_is_the_same_git_is_asked_only_now_and_then()
    {
        _source.CommitFile("a.yaml", "a: 1");
        var repositories = _bed.Open(probe: new LocalRefProbe());
        await repositories.StartAsync(GitTestBed.None);
        using var subscription = repositories.Subscribe(new RepositorySubscription(_source.Url, "main", TimeSpan.FromMinutes(5), static () => { }));
        await repositories.ResolveAsync(_source.Url, "main", GitTestBed.None);
        int[] listings = [1, 1, 2, 2];
        for (var i = 0; i < listings.Length; i++)
        {
            _bed.Time.Advance(TimeSpan.FromMinutes(5));
            var now = _bed.Time.GetUtcNow();
            await GitTestBed.EventuallyAsync(() => repositories.StateOf(_source.Url).LastReachedAt == now, "the next poll");
            _bed.Observer.Count("ls-remote").ShouldBe(listings[i]);
        }

        var pushed = _source.CommitFile("a.yaml", "a: 2");
        _bed.Time.Advance(TimeSpan.FromMinutes(5));
        await GitTestBed.EventuallyAsync(() => _bed.Observer.Count("ls-remote") == 3, "the push is seen");
        await GitTestBed.EventuallyAsync(() => _bed.Observer.Count("fetch") == 2, "the push is fetched");
        await repositories.RefreshAsync(_source.Url, GitTestBed.None);
        (await repositories.ResolveAsync(_source.Url, "main", GitTestBed.None)).Sha.ShouldBe(pushed);
    }

    [Fact]
    public async Task An_https_repository_is_cloned_read_and_polled()
    {
        await using var server = await GitHttpServer.StartAsync(_bed.Root);
        var first = _source.CommitFile("dir/a.yaml", "a: 1");
        using var probe = new HttpRefProbe(server.Trusting(), TimeProvider.System);
        var url = server.Url("source/.git");
        var repositories = _bed.Open(
            options => options with
            {
                AllowLocalRepositories = false,
                InheritedEnvironment = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["PATH"] = Environment.GetEnvironmentVariable("PATH")!,
                    ["SSL_CERT_FILE"] = server.CertificateFile,
                },
            },
            new RefProbes(probe));
        await repositories.StartAsync(GitTestBed.None);
        using var subscription = repositories.Subscribe(new RepositorySubscription(url, "main", TimeSpan.FromSeconds(30), static () => { }));

        (await repositories.ResolveAsync(url, "main", GitTestBed.None)).Sha.ShouldBe(first);
        var tree = await repositories.OpenAsync(url, first, GitTestBed.None);
        (await tree.ReadAsync("dir/a.yaml", GitTestBed.None)).ToArray().ShouldBe("a: 1"u8.ToArray());
        _bed.Observer.Count("fetch-objects").ShouldBe(1);
        var requests = server.Requests;
        await PollAsync();
        (server.Requests - requests, _bed.Observer.Count("ls-remote"), _bed.Observer.Count("probe", "ok")).ShouldBe((1, 1, 1));

        var second = _source.CommitFile("dir/a.yaml", "a: 2");
        await PollAsync();
        (await repositories.ResolveAsync(url, "main", GitTestBed.None)).Sha.ShouldBe(second);
        await PollAsync();
        (_bed.Observer.Count("ls-remote"), _bed.Observer.Count("probe", "changed"), _bed.Observer.Count("probe", "ok")).ShouldBe((2, 2, 2));
        (await Should.ThrowAsync<GitException>(() => repositories.RefreshAsync(server.Url("missing"), GitTestBed.None))).Kind.ShouldBe(GitFailure.NotFound);

        async Task PollAsync()
        {
            _bed.Time.Advance(TimeSpan.FromSeconds(30));
            var now = _bed.Time.GetUtcNow();
            await GitTestBed.EventuallyAsync(() => repositories.StateOf(url).LastReachedAt == now, "the next poll");
        }
    }

    [Theory]
    [InlineData(200, "application/x-git-upload-pack-result", "003d0123456789012345678901234567890123456789 refs/heads/main\n0000", true)]
    [InlineData(200, "application/x-git-upload-pack-result", "003d0123456789012345678901234567890123456789 refs/heads/main\n", false)]
    [InlineData(200, "application/x-git-upload-pack-result", "0000", false)]
    [InlineData(200, "application/x-git-upload-pack-result", "003cERR access denied or repository is not exported: x/y/z/z0000", false)]
    [InlineData(200, "application/x-git-upload-pack-result", "zzzz", false)]
    [InlineData(200, "application/x-git-upload-pack-result", "", false)]
    [InlineData(200, "text/html", "003d0123456789012345678901234567890123456789 refs/heads/main\n0000", false)]
    [InlineData(301, "application/x-git-upload-pack-result", "003d0123456789012345678901234567890123456789 refs/heads/main\n0000", false)]
    [InlineData(401, "application/x-git-upload-pack-result", "003d0123456789012345678901234567890123456789 refs/heads/main\n0000", false)]
    public async Task Only_an_answer_of_refs_counts(int status, string type, string body, bool isKnown)
    {
        using var probe = new HttpRefProbe(new Canned(status, type, body), TimeProvider.System);

        var fingerprint = await probe.FingerprintAsync(GitUrl.Parse("https://example.org/r", allowLocal: false), NoRefs, GitTestBed.None);

        (fingerprint is not null).ShouldBe(isKnown);
    }

    private sealed class Canned(int status, string type, string body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri!.ToString().ShouldBe("https://example.org/r/git-upload-pack");
            var content = new ByteArrayContent(Encoding.ASCII.GetBytes(body));
            content.Headers.ContentType = new MediaTypeHeaderValue(type);
            return Task.FromResult(new HttpResponseMessage((HttpStatusCode)status) { Content = content });
        }
    }
}
