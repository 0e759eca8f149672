using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Options;

namespace GitOps.Operator.Tests.Api;

public sealed class ResourceFilterTests
{
    private const string Exclusions = """
        - apiGroups: [""]
          kinds: [Endpoints]
        - apiGroups: [discovery.k8s.io]
          kinds: [EndpointSlice]
        - apiGroups: ["*.cilium.io", cilium.io]
          kinds: ["*"]
          clusters: ["*"]
        - kinds: [Elsewhere]
          clusters: ["https://192.168.*"]
        - apiGroups: [kyverno.io]
        """;

    [Theory]
    [InlineData("", "Endpoints", "--resource-exclusions")]
    [InlineData("", "Service", null)]
    [InlineData("discovery.k8s.io", "EndpointSlice", "--resource-exclusions")]
    [InlineData("apps", "Endpoints", null)]
    [InlineData("net.cilium.io", "Anything", "--resource-exclusions")]
    [InlineData("cilium.io", "CiliumIdentity", "--resource-exclusions")]
    [InlineData("kyverno.io", "Policy", "--resource-exclusions")]
    [InlineData("", "Elsewhere", null)]
    public void An_excluded_kind_is_left_alone(string group, string kind, string? option) =>
        new ResourceFilter([], [.. Parse(Exclusions)]).Leaves(new GroupKind(group, kind)).ShouldBe(option);

    [Theory]
    [InlineData("apps", "Deployment", null)]
    [InlineData("apps", "ReplicaSet", "--resource-exclusions")]
    [InlineData("", "ConfigMap", "--resource-inclusions")]
    public void Of_what_is_included_the_excluded_is_left_alone(string group, string kind, string? option) =>
        new ResourceFilter([.. Parse("- {apiGroups: [apps]}")], [.. Parse("- {kinds: [ReplicaSet]}")]).Leaves(new GroupKind(group, kind)).ShouldBe(option);

    [Fact]
    public void Nothing_said_is_everything()
    {
        ResourceFilter.Everything.Leaves(new("", "Secret")).ShouldBeNull();
        Parse(string.Empty).ShouldBeEmpty();
        new ResourceFilter([], [.. Parse(Exclusions)]).Text.ShouldNotBe(ResourceFilter.Everything.Text, StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("kinds: [Secret]", "is not a list")]
    [InlineData("- {kind: [Secret]}", "there is no field 'kind'")]
    [InlineData("- {kinds: Secret}", "kinds is not a list of strings")]
    [InlineData("- {apiGroups: ['[']}", "line 1")]
    [InlineData("- {}", "would mean everything")]
    [InlineData("- just text", "not of the form")]
    [InlineData("- {kinds: [", "is no YAML")]
    public void What_makes_no_sense_is_told_with_its_place(string text, string expected)
    {
        var errors = new List<string>();

        ResourceRuleFile.Parse("--resource-exclusions: 'x.yaml'", text, errors);

        errors.ShouldHaveSingleItem().ShouldContain(expected);
        errors[0].ShouldStartWith("--resource-exclusions: 'x.yaml'");
    }

    private static ImmutableArray<ResourceRule> Parse(string text)
    {
        var errors = new List<string>();
        var rules = ResourceRuleFile.Parse("file", text, errors);
        errors.ShouldBeEmpty();
        return rules;
    }
}
