using System.Formats.Tar;
using System.Text;
using GitOps.Operator.Charts;
using GitOps.Operator.Git;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Charts;

public sealed class OciRepositoryTests : IAsyncLifetime
{
    private const string ImageConfig = "application/vnd.oci.image.config.v1+json";
    private const string ImageLayer = "application/vnd.oci.image.layer.v1.tar+gzip";

    private static readonly byte[] One = ChartPackage.Of("web", "1.0.0");
    private static readonly byte[] Built = ChartPackage.Of("web", "1.1.0+build.7");

    private readonly ChartBed _bed = new();
    private ChartServer _server = null!;
    private TestRegistry _registry = null!;
    private string _digest = string.Empty;

    public async ValueTask InitializeAsync()
    {
        _server = await _bed.ServerAsync();
        _registry = new(_server);
        _digest = _registry.Push("charts/web", "1.0.0", One, config: "{\"name\":\"web\",\"version\":\"1.0.0\"}");
        _registry.Push("charts/web", "1.1.0_build.7", Built);
        _registry.Push("charts/web", "latest", One);
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Theory]
    [InlineData("1.0.0", "1.0.0")]
    [InlineData("", "1.1.0+build.7")]
    [InlineData("^1.0.0", "1.1.0+build.7")]
    [InlineData("1.0", "1.0.0")]
    [InlineData("1.1.0+build.7", "1.1.0+build.7")]
    public async Task A_version_or_a_range_is_found_among_the_tags(string asked, string expected)
    {
        (await _bed.ResolveAsync(Web(asked))).Version.ShouldBe(expected);
        (await _bed.OpenAsync(Web(asked))).Revision.ShouldBe(expected);
    }

    [Theory]
    [InlineData("oci://{0}/charts", "web")]
    [InlineData("{0}/charts", "web")]
    [InlineData("OCI://{0}/charts/", "web")]
    [InlineData("oci://{0}", "charts/web")]
    [InlineData("oci://{0}/charts/web", "")]
    public async Task Every_spelling_of_a_registry_is_understood(string url, string name)
    {
        var chart = new ChartReference(url.Replace("{0}", _registry.Host, StringComparison.Ordinal), name, "1.0.0");
        var tree = await _bed.OpenAsync(chart);
        (await ChartBed.TextAsync(tree, "Chart.yaml")).ShouldContain("name: web");
    }

    [Fact]
    public async Task A_version_by_name_costs_one_small_request_a_poll()
    {
        await _bed.ResolveAsync(Web("1.0.0"));
        await _bed.Repositories.RefreshAsync(Web("1.0.0"), ChartBed.Cancellation);
        await _bed.Repositories.RefreshAsync(Web("1.0.0"), ChartBed.Cancellation);
        _server.Requests.Select(static request => $"{request.Method} {request.Path.Split('/')[^1]}")
            .ShouldBe(["HEAD 1.0.0", $"GET {_digest}", "HEAD 1.0.0", "HEAD 1.0.0"]);
    }

    [Fact]
    public async Task A_tag_that_moves_is_another_package()
    {
        var first = await _bed.ResolveAsync(Web("1.0.0"));
        var moved = ChartPackage.Of("web", "1.0.0", ("values.yaml", "moved: true\n"));
        _registry.Push("charts/web", "1.0.0", moved);
        await _bed.Repositories.RefreshAsync(Web("1.0.0"), ChartBed.Cancellation);
        var second = await _bed.ResolveAsync(Web("1.0.0"));
        second.Digest.ShouldBe(ChartPackage.Digest(moved));
        (second.Digest == first.Digest).ShouldBeFalse();
        first.Warning.ShouldBeNull();
        second.Warning.ShouldNotBeNull().ShouldStartWith(
            $"chart web 1.0.0 was replaced in its repository: it was {first.Digest[..19]} before and is {second.Digest[..19]} now; ");
        (await _bed.ResolveAsync(Web($"1.0.0@{_digest}"))).Warning.ShouldBeNull();
        (await Should.ThrowAsync<GitException>(() => _bed.Repositories.OpenAsync(Web("1.0.0"), first, ChartBed.Cancellation))).Message.ShouldContain("another package now");
    }

    [Fact]
    public async Task A_digest_is_held_to_with_a_version_and_without()
    {
        _registry.Push("charts/web", "1.0.0", ChartPackage.Of("web", "1.0.0", ("values.yaml", "moved: true\n")));
        (await _bed.ResolveAsync(Web(_digest))).ShouldBe(new ResolvedChart("1.0.0", ChartPackage.Digest(One), _bed.Time.GetUtcNow(), null));
        (await _bed.ResolveAsync(Web($"1.0.0@{_digest}"))).Digest.ShouldBe(ChartPackage.Digest(One));
        (await _bed.OpenAsync(Web(_digest))).Revision.ShouldBe("1.0.0");
        (await _bed.FailureAsync(Web($"2.0.0@{_digest}"))).Message.ShouldContain("holds another chart");
    }

    [Theory]
    [InlineData("9.9.9", "version 9.9.9 is not there (HTTP 404)")]
    [InlineData("^9", "no version that '^9' allows; the newest: 1.1.0+build.7, 1.0.0")]
    [InlineData("not/a/tag", "neither a version nor a range")]
    [InlineData("sha256:00", "no digest")]
    public async Task A_version_that_is_not_there_is_said(string asked, string words)
    {
        var failure = await _bed.FailureAsync(Web(asked));
        failure.Message.ShouldContain(words);
        failure.Message.ShouldContain($"oci://{_registry.Host}/charts/web");
        failure.NeedsUser.ShouldBeTrue();
    }

    [Fact]
    public async Task One_version_that_is_missing_does_not_hurt_the_others()
    {
        await _bed.FailureAsync(Web("9.9.9"));
        (await _bed.OpenAsync(Web("1.0.0"))).Revision.ShouldBe("1.0.0");
        _bed.Repositories.StateOf(Web("1.0.0")).Health.ShouldBe(RepositoryHealth.Reachable);
    }

    [Fact]
    public async Task Tags_come_in_pages()
    {
        _registry.PageSize = 2;
        for (var i = 0; i < 9; i++)
        {
            _registry.Push("charts/web", $"2.0.{i}", ChartPackage.Of("web", $"2.0.{i}"));
        }

        (await _bed.ResolveAsync(Web("^2"))).Version.ShouldBe("2.0.8");
        _bed.Observer.All.Count(static line => line == "tags ok").ShouldBe(6);
    }

    [Fact]
    public async Task Pages_of_tags_on_another_host_are_refused()
    {
        (_registry.PageSize, _registry.Link) = (1, static _ => "<https://elsewhere.example/v2/x>; rel=\"next\"");
        (await _bed.FailureAsync(Web("^1"))).Kind.ShouldBe(GitFailure.NotAllowed);
    }

    [Fact]
    public async Task Pages_of_tags_without_end_are_given_up()
    {
        _bed.Options = _bed.Options with { MaxTags = 100 };
        (_registry.PageSize, _registry.Link) = (1, static _ => "</v2/charts/web/tags/list>; rel=\"next\"");
        (await _bed.FailureAsync(Web("^1"))).Kind.ShouldBe(GitFailure.TooLarge);
    }

    [Fact]
    public async Task A_token_is_asked_for_once_and_used_until_it_gets_old()
    {
        _registry.AskForToken();
        _registry.Login = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("robot:s3cret-word"));
        _bed.Credentials.Set("team-a", TestCredentials.Login("robot", "s3cret-word"));
        await _bed.OpenAsync(Web("1.0.0"));
        await _bed.Repositories.RefreshAsync(Web("1.0.0"), ChartBed.Cancellation);
        _server.Count("/token").ShouldBe(1);
        var token = _server.Requests.Single(static request => request.Path.StartsWith("/token", StringComparison.Ordinal));
        token.Path.ShouldBe("/token?service=tests&scope=repository%3Acharts%2Fweb%3Apull");
        _server.Requests.Count(static request => request.Authorization is null).ShouldBe(1);

        _bed.Time.Advance(TimeSpan.FromSeconds(299));
        await _bed.Repositories.RefreshAsync(Web("1.0.0"), ChartBed.Cancellation);
        _server.Count("/token").ShouldBe(2);
    }

    [Fact]
    public async Task A_token_that_is_refused_is_replaced()
    {
        _registry.AskForToken();
        await _bed.ResolveAsync(Web("1.0.0"));
        _registry.Token = "token-2";
        await _bed.Repositories.RefreshAsync(Web("1.0.0"), ChartBed.Cancellation);
        _server.Count("/token").ShouldBe(2);
    }

    [Fact]
    public async Task A_login_that_is_refused_is_said_without_it()
    {
        _registry.AskForToken();
        _registry.Login = "Basic other";
        _bed.Credentials.Set("team-a", TestCredentials.Login("robot", "s3cret-word"));
        var failure = await _bed.FailureAsync(Web("1.0.0"));
        failure.Kind.ShouldBe(GitFailure.Authentication);
        failure.Message.ShouldContain("a token: access was refused (HTTP 401)");
        (failure + _bed.Log.Text).ShouldNotContain("s3cret-word");
    }

    [Fact]
    public async Task A_registry_that_wants_the_login_itself_gets_it()
    {
        _registry.Challenge = "Basic realm=\"tests\"";
        _registry.Login = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("robot:s3cret-word"));
        _bed.Credentials.Set("team-a", TestCredentials.Login("robot", "s3cret-word"));
        await _bed.OpenAsync(Web("1.0.0"));
        (await _bed.FailureAsync(Web("1.0.0") with { Repository = $"oci://{_registry.Host}/charts" })).Kind.ShouldBe(GitFailure.Authentication);
    }

    [Theory]
    [InlineData("Bearer realm=\"http://localhost/token\"", GitFailure.NotAllowed)]
    [InlineData("Bearer realm=\"nowhere\"", GitFailure.NotAllowed)]
    [InlineData("Bearer", GitFailure.Authentication)]
    [InlineData("Negotiate", GitFailure.Authentication)]
    public async Task A_way_to_prove_who_we_are_that_cannot_be_gone_is_refused(string challenge, object kind)
    {
        _registry.Challenge = challenge;
        _bed.Credentials.Set("team-a", TestCredentials.Login("robot", "s3cret-word"));
        (await _bed.FailureAsync(Web("1.0.0"))).Kind.ShouldBe((GitFailure)kind);
    }

    [Fact]
    public async Task A_layer_that_is_not_what_its_digest_says_is_refused()
    {
        _server.On($"/v2/charts/web/blobs/{ChartPackage.Digest(One)}", Built);
        (await _bed.FailureAsync(Web("1.0.0"))).Message.ShouldContain("is not what the repository says that it is");
    }

    [Fact]
    public async Task A_manifest_that_is_not_what_its_digest_says_is_refused()
    {
        _server.On($"/v2/charts/web/manifests/{_digest}", "{}");
        (await _bed.FailureAsync(Web("1.0.0"))).Message.ShouldContain("is not what its digest says");
    }

    [Fact]
    public async Task A_layer_on_another_host_is_fetched_without_the_token()
    {
        var blobs = await _bed.ServerAsync();
        _registry.AskForToken();
        _server.On($"/v2/charts/web/blobs/{ChartPackage.Digest(One)}", 307, ("Location", blobs.Url + "/one"));
        blobs.On("/one", One);
        await _bed.OpenAsync(Web("1.0.0"));
        blobs.Requests.ShouldHaveSingleItem().Authorization.ShouldBeNull();
    }

    [Fact]
    public async Task What_is_no_chart_is_not_taken_for_one()
    {
        _registry.Push("charts/web", "3.0.0", One, ImageLayer, configType: ImageConfig);
        (await _bed.FailureAsync(Web("3.0.0"))).Message.ShouldContain("is no Helm chart");
        _registry.Tag("charts/web", "3.1.0", "{\"schemaVersion\":2,\"manifests\":[]}"u8.ToArray());
        (await _bed.FailureAsync(Web("3.1.0"))).Message.ShouldContain("index of several images");
        _registry.Tag("charts/web", "3.2.0", "[1]"u8.ToArray());
        (await _bed.FailureAsync(Web("3.2.0"))).Message.ShouldContain("no manifest that can be read");
    }

    [Theory]
    [InlineData(false, ImageLayer)]
    [InlineData(false, "application/vnd.cncf.flux.content.v1.tar+gzip")]
    [InlineData(true, "application/vnd.oci.image.layer.v1.tar")]
    public async Task An_artefact_of_manifests_is_read_as_it_is(bool isPlain, string type)
    {
        var content = ChartPackage.Packed(
            static writer =>
            {
                ChartPackage.Add(writer, "apps/a.yaml", "kind: ConfigMap\n");
                ChartPackage.Add(writer, "b.yaml", "kind: Secret\n");
            },
            TarEntryFormat.Pax,
            isPlain);
        _registry.Push("team/manifests", "my_tag", content, type, configType: ImageConfig);
        var chart = new ChartReference($"oci://{_registry.Host}/team/manifests", string.Empty, "my_tag");
        (await _bed.ResolveAsync(chart)).Version.ShouldBe("my_tag");
        (await ChartBed.TextAsync(await _bed.OpenAsync(chart), "apps/a.yaml")).ShouldBe("kind: ConfigMap\n");
    }

    [Theory]
    [InlineData(2, ImageLayer)]
    [InlineData(1, "application/vnd.something")]
    public async Task An_artefact_with_other_layers_is_refused(int layers, string type)
    {
        _registry.Push("team/manifests", "v1", One, type, configType: ImageConfig, layers: layers);
        (await _bed.FailureAsync(new($"oci://{_registry.Host}/team/manifests", string.Empty, "v1"))).Message.ShouldContain("exactly one layer");
    }

    [Theory]
    [InlineData("oci://localhost/Charts", "web")]
    [InlineData("oci://localhost/charts", "../web")]
    [InlineData("oci://localhost/charts?x=1", "web")]
    [InlineData("oci://localhost", "")]
    [InlineData("oci://", "web")]
    public async Task A_name_that_no_registry_has_is_refused(string url, string name) =>
        (await _bed.FailureAsync(new(url, name, "1.0.0"))).Kind.ShouldBe(GitFailure.InvalidUrl);

    private ChartReference Web(string version) => new(new RepositoryAddress($"oci://{_registry.Host}/charts", "team-a"), "web", version);
}
