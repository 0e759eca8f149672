using System.IO.Compression;
using System.Text;
using GitOps.Operator.Charts;
using GitOps.Operator.Git;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Charts;

public sealed class IndexRepositoryTests : IAsyncLifetime
{
    private static readonly byte[] One = ChartPackage.Of("web", "1.0.0", ("values.yaml", "a: 1\n"));
    private static readonly byte[] Two = ChartPackage.Of("web", "1.2.0", ("values.yaml", "a: 2\n"));
    private static readonly byte[] Next = ChartPackage.Of("web", "2.0.0-rc.1");

    private readonly ChartBed _bed = new();
    private ChartServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await _bed.ServerAsync();
        _server.On("/charts/index.yaml", Index());
        _server.On("/charts/web-1.0.0.tgz", One);
        _server.On("/charts/web-1.2.0.tgz", Two);
        _server.On("/charts/web-2.0.0-rc.1.tgz", Next);
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Theory]
    [InlineData("1.0.0", "1.0.0")]
    [InlineData("", "1.2.0")]
    [InlineData("*", "1.2.0")]
    [InlineData("^1.0", "1.2.0")]
    [InlineData("~1.0.0", "1.0.0")]
    [InlineData("1.0", "1.0.0")]
    [InlineData(">=1.0.0-0", "2.0.0-rc.1")]
    [InlineData("2.0.0-rc.1", "2.0.0-rc.1")]
    public async Task The_greatest_version_that_is_allowed_is_opened(string asked, string expected)
    {
        var resolved = await _bed.ResolveAsync(Web(asked));
        resolved.Version.ShouldBe(expected);
        resolved.ObservedAt.ShouldBe(_bed.Time.GetUtcNow());
        var tree = await _bed.OpenAsync(Web(asked));
        tree.Revision.ShouldBe(expected);
        (await ChartBed.TextAsync(tree, "Chart.yaml")).ShouldContain(expected);
    }

    [Theory]
    [InlineData("3.0.0", "no version that '3.0.0' allows")]
    [InlineData("^3", "the newest: 2.0.0-rc.1, 1.2.0, 1.0.0")]
    [InlineData("main", "'main', and that is no range")]
    [InlineData("1.0.0@sha256:abc", "no digest")]
    public async Task A_version_that_is_not_there_is_said_with_those_that_are(string asked, string words)
    {
        var failure = await _bed.FailureAsync(Web(asked));
        failure.Message.ShouldContain(words);
        failure.Message.ShouldContain("localhost");
        failure.NeedsUser.ShouldBeTrue();
    }

    [Fact]
    public async Task A_chart_that_is_not_there_is_said_with_those_that_are()
    {
        var failure = await _bed.FailureAsync(Web("1.0.0") with { Name = "wep" });
        failure.Kind.ShouldBe(GitFailure.RevisionNotFound);
        failure.Message.ShouldContain("no chart 'wep'; there is web");
    }

    [Fact]
    public async Task A_second_chart_of_the_repository_costs_no_second_download()
    {
        _server.On("/charts/index.yaml", Index() + "  db:\n  - version: 5.0.0\n    urls: [db.tgz]\n", "\"1\"");
        await _bed.ResolveAsync(Web("1.0.0"));
        (await _bed.ResolveAsync(Web("*") with { Name = "db" })).Version.ShouldBe("5.0.0");
        _bed.Observer.All.ShouldBe(["index ok", "index not-modified"]);
    }

    [Fact]
    public async Task An_exact_digest_is_held_to()
    {
        (await _bed.OpenAsync(Web($"1.0.0@{ChartPackage.Digest(One)}"))).Revision.ShouldBe("1.0.0");
        (await _bed.FailureAsync(Web($"1.0.0@{ChartPackage.Digest(Two)}"))).Message.ShouldContain("not the one that is asked for");
    }

    [Fact]
    public async Task A_package_with_another_digest_than_promised_is_refused_and_not_kept()
    {
        _server.On("/charts/web-1.0.0.tgz", Two);
        var failure = await _bed.FailureAsync(Web("1.0.0"));
        failure.Message.ShouldContain($"has {ChartPackage.Digest(Two)}, {ChartPackage.Digest(One)} was promised");
        _server.On("/charts/web-1.0.0.tgz", One);
        (await _bed.OpenAsync(Web("1.0.0"))).Revision.ShouldBe("1.0.0");
    }

    [Theory]
    [InlineData("web", "1.0.1")]
    [InlineData("wep", "1.0.0")]
    public async Task A_package_of_another_chart_is_refused(string name, string version)
    {
        var package = ChartPackage.Of(name, version);
        _server.On("/charts/index.yaml", ChartPackage.Index(("web", "1.0.0", "web-1.0.0.tgz", package)));
        _server.On("/charts/web-1.0.0.tgz", package);
        (await _bed.FailureAsync(Web("1.0.0"))).Message.ShouldContain($"holds another chart: its Chart.yaml says {name} {version}");
    }

    [Fact]
    public async Task Without_a_digest_in_the_index_the_package_is_taken_as_it_is()
    {
        _server.On("/charts/index.yaml", ChartPackage.Index(("web", "1.0.0", "web-1.0.0.tgz", null)));
        (await _bed.ResolveAsync(Web("1.0.0"))).Digest.ShouldBeEmpty();
        await _bed.OpenAsync(Web("1.0.0"));
        await _bed.OpenAsync(Web("1.0.0"));
        _server.Count("/charts/web-1.0.0.tgz").ShouldBe(1);
    }

    [Fact]
    public async Task A_package_survives_a_restart_and_the_repository_going_away()
    {
        var resolved = await _bed.ResolveAsync(Web("1.0.0"));
        await _bed.OpenAsync(Web("1.0.0"));
        _bed.Restart();
        _server.On("/charts/index.yaml", 500);
        (await _bed.Repositories.OpenAsync(Web("1.0.0"), resolved, ChartBed.Cancellation)).Revision.ShouldBe("1.0.0");
        _server.Count("/charts/web-1.0.0.tgz").ShouldBe(1);
    }

    [Fact]
    public async Task A_damaged_file_of_the_cache_is_fetched_again()
    {
        await _bed.OpenAsync(Web("1.0.0"));
        _bed.Restart();
        var file = Directory.GetFiles(Path.Combine(_bed.Options.CacheDirectory, "packages")).ShouldHaveSingleItem();
        var content = await File.ReadAllBytesAsync(file, ChartBed.Cancellation);
        content[^5] ^= 1;
        await File.WriteAllBytesAsync(file, content, ChartBed.Cancellation);
        (await ChartBed.TextAsync(await _bed.OpenAsync(Web("1.0.0")), "values.yaml")).ShouldBe("a: 1\n");
        _server.Count("/charts/web-1.0.0.tgz").ShouldBe(2);
        ChartPackage.Digest(await File.ReadAllBytesAsync(file, ChartBed.Cancellation)).ShouldBe(ChartPackage.Digest(One));
    }

    [Fact]
    public async Task What_was_not_used_for_longest_leaves_a_full_cache()
    {
        _bed.Options = _bed.Options with { MaxCacheBytes = One.Length + 10, MaxOpenBytes = 1 };
        await _bed.OpenAsync(Web("1.0.0"));
        _bed.Time.Advance(TimeSpan.FromSeconds(5));
        await _bed.OpenAsync(Web("1.2.0"));
        Directory.GetFiles(Path.Combine(_bed.Options.CacheDirectory, "packages")).Length.ShouldBe(1);
        await _bed.OpenAsync(Web("1.2.0"));
        _server.Count("/charts/web-1.2.0.tgz").ShouldBe(1);
        await _bed.OpenAsync(Web("1.0.0"));
        _server.Count("/charts/web-1.0.0.tgz").ShouldBe(2);
    }

    [Theory]
    [InlineData(401, GitFailure.Authentication)]
    [InlineData(403, GitFailure.Authentication)]
    [InlineData(404, GitFailure.NotFound)]
    [InlineData(410, GitFailure.NotFound)]
    [InlineData(418, GitFailure.Other)]
    [InlineData(429, GitFailure.Unreachable)]
    [InlineData(503, GitFailure.Unreachable)]
    public async Task A_refusal_is_said_with_its_status(int status, object kind)
    {
        _server.On("/charts/index.yaml", status);
        var failure = await _bed.FailureAsync(Web("1.0.0"));
        failure.Kind.ShouldBe((GitFailure)kind);
        failure.Message.ShouldContain($"HTTP {status}");
        failure.Message.ShouldContain("https://localhost:");
        failure.Message.ShouldContain("index.yaml");
        _bed.Repositories.StateOf(Web("1.0.0")).Health.ShouldBe(RepositoryHealth.NeverReached);
        _bed.Observer.All.ShouldBe([$"index {kind}"]);
    }

    [Fact]
    public async Task A_package_that_is_not_there_is_said_with_chart_and_version()
    {
        _server.On("/charts/web-1.0.0.tgz", 404);
        (await _bed.FailureAsync(Web("1.0.0"))).Message.ShouldContain("chart web 1.0.0 is not there (HTTP 404)");
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up()
    {
        _server.Before = static context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        var failing = _bed.FailureAsync(Web("1.0.0"));
        await _bed.AdvanceUntilAsync(() => failing.IsCompleted, "the time limit", TimeSpan.FromSeconds(10));
        (await failing).Kind.ShouldBe(GitFailure.Timeout);
    }

    [Fact]
    public async Task A_server_that_sends_a_byte_now_and_then_is_given_up()
    {
        _server.On("/charts/index.yaml", static async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync("#"u8.ToArray());
                await context.Response.Body.FlushAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, context.RequestAborted);
            }
        });
        var failing = _bed.FailureAsync(Web("1.0.0"));
        await _bed.AdvanceUntilAsync(() => failing.IsCompleted, "the time limit", TimeSpan.FromSeconds(10));
        (await failing).Kind.ShouldBe(GitFailure.Timeout);
    }

    [Fact]
    public async Task A_connection_that_is_cut_leaves_nothing_behind()
    {
        _server.On("/charts/web-1.0.0.tgz", static async context =>
        {
            context.Response.ContentLength = One.Length;
            await context.Response.Body.WriteAsync(One.AsMemory(0, 50));
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        var failure = await _bed.FailureAsync(Web("1.0.0"));
        failure.Kind.ShouldBe(GitFailure.Unreachable);
        failure.Message.ShouldContain("cut");
        Directory.GetFiles(_bed.Options.CacheDirectory, "*.part", SearchOption.AllDirectories).ShouldBeEmpty();
        _server.On("/charts/web-1.0.0.tgz", One);
        await _bed.OpenAsync(Web("1.0.0"));
    }

    [Theory]
    [InlineData("/charts/index.yaml")]
    [InlineData("/charts/web-1.0.0.tgz")]
    public async Task A_body_without_end_is_cut_off_at_the_limit(string path)
    {
        _bed.Options = _bed.Options with { MaxIndexBytes = 100_000, MaxPackageBytes = 100_000 };
        _server.On(path, static async context =>
        {
            var lines = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("# nothing\n", 1000)));
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(lines);
            }
        });
        var failure = await _bed.FailureAsync(Web("1.0.0"));
        failure.Kind.ShouldBe(GitFailure.TooLarge);
        failure.Message.ShouldContain("larger than 100000 bytes");
    }

    [Fact]
    public async Task An_index_may_come_compressed()
    {
        _server.On("/charts/index.yaml", static context =>
        {
            context.Request.Headers.AcceptEncoding.ToString().ShouldBe("gzip");
            context.Response.Headers.ContentEncoding = "gzip";
            return context.Response.Body.WriteAsync(Gzip(Encoding.UTF8.GetBytes(Index()))).AsTask();
        });
        (await _bed.OpenAsync(Web("1.0.0"))).Revision.ShouldBe("1.0.0");
    }

    [Fact]
    public async Task An_index_that_unpacks_to_very_much_is_refused_on_the_way()
    {
        _bed.Options = _bed.Options with { MaxIndexBytes = 1_000_000 };
        _server.On("/charts/index.yaml", static context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            return context.Response.Body.WriteAsync(Gzip(new byte[50_000_000])).AsTask();
        });
        (await _bed.FailureAsync(Web("1.0.0"))).Kind.ShouldBe(GitFailure.TooLarge);
    }

    [Theory]
    [InlineData("http://localhost/charts", GitFailure.NotAllowed, "use https or oci")]
    [InlineData("ftp://localhost/charts", GitFailure.NotAllowed, "use https or oci")]
    [InlineData("file:///srv/charts", GitFailure.InvalidUrl, "cannot be parsed")]
    [InlineData("https://user:secret@localhost/charts", GitFailure.InvalidUrl, "credentials in a Secret")]
    [InlineData("https://localhost/charts#1.0", GitFailure.InvalidUrl, "targetRevision")]
    [InlineData("", GitFailure.InvalidUrl, "empty")]
    [InlineData("https://local host/", GitFailure.InvalidUrl, "white space")]
    public async Task A_url_that_may_not_be_is_refused(string url, object kind, string words)
    {
        var failure = await _bed.FailureAsync(new(url, "web", "1.0.0"));
        failure.Kind.ShouldBe((GitFailure)kind);
        failure.Message.ShouldContain(words);
        failure.Message.ShouldNotContain("secret@");
    }

    [Theory]
    [InlineData("http://localhost/web.tgz")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://user:pass@localhost/web.tgz")]
    public async Task A_package_at_a_url_that_may_not_be_is_refused(string url)
    {
        _server.On("/charts/index.yaml", ChartPackage.Index(("web", "1.0.0", url, One)));
        var failure = await _bed.FailureAsync(Web("1.0.0"));
        failure.Kind.ShouldBe(GitFailure.NotAllowed);
        failure.Message.ShouldNotContain("pass@");
    }

    [Fact]
    public async Task A_server_with_an_unknown_certificate_is_not_asked()
    {
        _bed.Credentials.Set("plain", null);
        var failure = await _bed.FailureAsync(new(new RepositoryAddress(_server.Url + "/charts", "plain"), "web", "1.0.0"));
        failure.Kind.ShouldBe(GitFailure.UntrustedServer);
        _server.Requests.ShouldBeEmpty();
    }

    private static byte[] Gzip(byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return bytes.ToArray();
    }

    private static string Index() => ChartPackage.Index(
        ("web", "1.0.0", "web-1.0.0.tgz", One), ("web", "1.2.0", "web-1.2.0.tgz", Two), ("web", "2.0.0-rc.1", "web-2.0.0-rc.1.tgz", Next)).Replace("generated", "x-generated", StringComparison.Ordinal)
        .Replace("x-generated: \"2026-01-01T00:00:00Z\"\n", string.Empty, StringComparison.Ordinal);

    private ChartReference Web(string version) => new(_server.Url + "/charts", "web", version);
}
