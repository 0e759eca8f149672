using GitOps.Manifests;
using GitOps.Manifests.Helm;
using GitOps.Operator.Charts;
using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Charts;

public sealed class ChartDependencyTests : IAsyncLifetime
{
    private static readonly byte[] Package = ChartPackage.Of("common", "2.1.0");

    private readonly ChartBed _bed = new();
    private ChartServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await _bed.ServerAsync();
        _server.On("/index.yaml", ChartPackage.Index(("common", "2.1.0", "common.tgz", Package)));
        _server.On("/common.tgz", Package);
        new TestRegistry(_server).Push("charts/common", "2.1.0", Package);
        _bed.Credentials.Set("team-a", TestCredentials.Login("robot", "x"));
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Theory]
    [InlineData("https://localhost:PORT", "2.x.x")]
    [InlineData("https://localhost:PORT/", "2.1.0")]
    [InlineData("oci://localhost:PORT/charts", "~2.1")]
    public async Task A_dependency_comes_from_its_repository(string repository, string version) =>
        (await OpenAsync(repository, version)).ShouldBe("2.1.0");

    [Fact]
    public async Task It_is_fetched_with_the_credentials_of_the_namespace()
    {
        await OpenAsync("https://localhost:PORT", "2.1.0");
        _server.Requests.ShouldAllBe(static request => request.Authorization!.StartsWith("Basic ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("@stable", "2.1.0", "'@stable' is the name")]
    [InlineData("alias:stable", "2.1.0", "is the name")]
    [InlineData("", "2.1.0", "not in charts/")]
    [InlineData("../common", "2.1.0", "not in charts/")]
    [InlineData("http://localhost:PORT", "2.1.0", "not allowed")]
    [InlineData("file:///srv/common", "2.1.0", "cannot be parsed")]
    [InlineData("https://localhost:PORT", "3.x", "no version that '3.x' allows")]
    public async Task What_cannot_be_a_dependency_is_said_with_its_name(string repository, string version, string words)
    {
        var failure = await Should.ThrowAsync<ManifestException>(() => OpenAsync(repository, version));
        failure.Message.ShouldStartWith("Chart.yaml: dependency 'common'");
        failure.Message.ShouldContain(words);
    }

    [Fact]
    public async Task A_repository_that_cannot_be_reached_is_no_fault_of_the_chart()
    {
        _server.On("/index.yaml", 503);
        (await Should.ThrowAsync<GitException>(() => OpenAsync("https://localhost:PORT", "2.1.0"))).Kind.ShouldBe(GitFailure.Unreachable);
    }

    private async Task<string> OpenAsync(string repository, string version)
    {
        var dependencies = new ChartDependencies(_bed.Repositories, "team-a", passCredentials: false);
        var url = repository.Replace("PORT", _server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        return (await dependencies.OpenAsync(new ChartDependency("common", url, version), ChartBed.Cancellation)).Revision;
    }
}
