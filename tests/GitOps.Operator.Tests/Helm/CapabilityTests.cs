using System.Collections.Immutable;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Manifests.Helm;

namespace GitOps.Operator.Tests.Helm;

public sealed class CapabilityTests
{
    private static readonly Served Cluster = new("v1.35.2", "apps/v1/Deployment", "example.org/v1/Thing");

    public static TheoryData<string, string> Questions => new()
    {
        { "{{ .Capabilities.KubeVersion.Version }}", "v1.35.2" },
        { "{{ .Capabilities.KubeVersion.Minor }}", "35" },
        { "{{ .Capabilities.APIVersions.Has \"example.org/v1\" }}", "true" },
        { "{{ .Capabilities.APIVersions.Has \"example.org/v1/Thing\" }}", "true" },
        { "{{ .Capabilities.APIVersions.Has \"example.org/v2\" }}", "false" },
        { "{{ $v := \"example.org/v1\" }}{{ .Capabilities.APIVersions.Has $v }}", "true" },
        { "{{ with .Capabilities }}{{ .APIVersions.Has \"example.org/v1\" }}{{ .KubeVersion.Version }}{{ end }}", "truev1.35.2" },
    };

    [Theory]
    [MemberData(nameof(Questions))]
    public async Task A_chart_sees_what_the_cluster_serves(string question, string answer)
    {
        using var bed = new HelmBed(discovery: Cluster);

        var rendered = await bed.RenderAsync(HelmBed.Chart(("templates/a.yaml", HelmBed.Map("a", $"text: '{question}'"))));

        rendered.Objects.Single().Object.Json["data"]!["text"]!.GetValue<string>().ShouldBe(answer);
    }

    [Theory]
    [InlineData("{{ .Capabilities.KubeVersion.Version }}", true, false, false)]
    [InlineData("{{ .Capabilities.APIVersions.Has \"example.org/v1\" }}", false, true, false)]
    [InlineData("{{ .Capabilities.APIVersions.Has \"other.org/v1\" }}", false, false, true)]
    [InlineData("{{ .Capabilities.APIVersions }}", false, true, true)]
    [InlineData("{{ .Capabilities }}", true, true, true)]
    [InlineData("{{ .Capabilities.HelmVersion.Version }}", false, false, false)]
    [InlineData("nothing", false, false, false)]
    public async Task Only_a_change_of_what_a_chart_asked_for_renders_it_again(string question, bool byVersion, bool byLoss, bool byAddition)
    {
        using var bed = new HelmBed(discovery: Cluster);
        var files = HelmBed.Chart(("templates/a.yaml", HelmBed.Map("a", $"text: '{question}'")));
        var tree = bed.Tree(files);
        await bed.RenderAsync(tree, HelmBed.Source());

        (await HoldsAsync(Cluster)).ShouldBeTrue();
        (await HoldsAsync(new("v1.36.0", "apps/v1/Deployment", "example.org/v1/Thing"))).ShouldBe(!byVersion);
        (await HoldsAsync(new("v1.35.2", "apps/v1/Deployment"))).ShouldBe(!byLoss);
        (await HoldsAsync(new("v1.35.2", "apps/v1/Deployment", "example.org/v1/Thing", "other.org/v1/One"))).ShouldBe(!byAddition);

        async Task<bool> HoldsAsync(Served cluster)
        {
            using var later = new HelmBed(discovery: cluster);
            return await tree.Inputs.HoldAsync(later.Tree(files, "def"), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_chart_that_needs_another_version_of_Kubernetes_is_told_which_there_is()
    {
        using var bed = new HelmBed(discovery: Cluster);

        var error = await Should.ThrowAsync<Manifests.ManifestException>(() => bed.RenderAsync(HelmBed.Chart(("Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\nkubeVersion: '>=1.40.0'\n"))));

        error.Message.ShouldContain("1.35.2");
    }

    [Fact]
    public async Task What_the_spec_says_of_the_cluster_counts()
    {
        using var bed = new HelmBed(discovery: Cluster);
        var chart = HelmBed.Chart(("templates/a.yaml", HelmBed.Map("a", "text: '{{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.APIVersions.Has \"a.org/v1\" }} {{ .Capabilities.APIVersions.Has \"example.org/v1\" }}'")));

        var rendered = await bed.RenderAsync(chart, """{"kubeVersion":"1.30","apiVersions":["a.org/v1"]}""");

        rendered.Objects.Single().Object.Json["data"]!["text"]!.GetValue<string>()
            .ShouldBe(await bed.IsHelm3Async() ? "v1.30.0 true false" : "v1.30 true false");
    }

    [Fact]
    public async Task That_the_cluster_does_not_say_is_not_no()
    {
        using var bed = new HelmBed(discovery: new Served("v1.35.2") { IsPartial = true });

        var failure = await Should.ThrowAsync<HelmException>(() => bed.RenderAsync(
            HelmBed.Chart(("templates/a.yaml", HelmBed.Map("a", "text: '{{ .Capabilities.APIVersions.Has \"example.org/v1\" }}'")))));

        failure.Failure.ShouldBe(HelmFailure.Unavailable);
        failure.Message.ShouldContain("example.org/v1");
    }

    internal sealed class Served(string version, params string[] kinds) : IDiscovery
    {
        private readonly ImmutableArray<ApiResource> _resources =
            [.. kinds.Select(static kind => kind.Split('/')).Select(static parts => ApiResource.Of($"{parts[0]}/{parts[1]}", parts[2], parts[2].ToLowerInvariant() + "s", namespaced: true))];

        public bool IsPartial { get; init; }

        public ValueTask<Lookup> FindAsync(GroupVersionKind kind, CancellationToken cancellationToken) =>
            new(new Lookup(IsPartial ? LookupOutcome.Unknown : LookupOutcome.Absent, null));

        public ValueTask<Lookup> FindPreferredAsync(GroupKind kind, CancellationToken cancellationToken) => new(new Lookup(LookupOutcome.Unknown, null));

        public ValueTask<IReadOnlyList<ApiResource>> AllAsync(CancellationToken cancellationToken) => new(_resources);

        public ValueTask<string?> ServerVersionAsync(CancellationToken cancellationToken) => new(version);

        public Task RefreshAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
