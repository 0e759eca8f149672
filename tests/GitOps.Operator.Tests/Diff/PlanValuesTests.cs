using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Api;
using GitOps.Operator.Diff;

namespace GitOps.Operator.Tests.Diff;

public sealed class PlanValuesTests
{
    private static readonly ObjectKey Map = new(string.Empty, "ConfigMap", "a", "b");
    private static readonly ObjectKey Secret = Map with { Kind = "Secret" };

    /// <summary>A path of <c>f:</c> elements; live and desired JSON; what is shown.</summary>
    public static TheoryData<string, string, string, string?, string?> Shown => new()
    {
        { "data/key", """{"data":{"key":"old"}}""", """{"data":{"key":"new"}}""", "\"old\"", "\"new\"" },
        { "spec/replicas", """{"spec":{"replicas":2}}""", """{"spec":{"replicas":3}}""", "2", "3" },
        { "data/key", """{"data":{}}""", """{"data":{"key":"new"}}""", null, "\"new\"" },
        { "data/key", """{"data":{"key":"old"}}""", """{}""", "\"old\"", null },
        { "data/db-password", """{"data":{"db-password":"old"}}""", """{"data":{"db-password":"new"}}""", PlanValues.Hidden, PlanValues.Hidden },
        { "data/API_KEY", """{}""", """{"data":{"API_KEY":"new"}}""", null, PlanValues.Hidden },
        { "metadata/annotations/x.io/auth-token", """{}""", """{"metadata":{"annotations":{"x.io/auth-token":"new"}}}""", null, PlanValues.Hidden },
        { "spec/config", """{}""", """{"spec":{"config":{"a":1,"token":"t","deep":[{"clientSecret":"s","b":2}]}}}""", null,
            """{"a":1,"token":"(hidden)","deep":[{"clientSecret":"(hidden)","b":2}]}""" },
        { "spec/env", """{}""", """{"spec":{"env":[{"name":"DB_PASSWORD","value":"x"},{"name":"COLOR","value":"red"}]}}""", null,
            """[{"name":"DB_PASSWORD","value":"(hidden)"},{"name":"COLOR","value":"red"}]""" },
    };

    [Theory]
    [MemberData(nameof(Shown))]
    public void Values_are_shown_unless_they_may_be_secret(string path, string live, string desired, string? from, string? to)
    {
        var field = Of(Map, path.Replace("x.io/auth-token", "x.io|auth-token", StringComparison.Ordinal), live, desired);
        (field.From, field.To).ShouldBe((from, to));
    }

    [Fact]
    public void Nothing_of_a_Secret_is_shown()
    {
        var field = Of(Secret, "data/color", """{"data":{"color":"cmVk"}}""", """{"data":{"color":"Ymx1ZQ=="}}""");
        (field.Path, field.From, field.To).ShouldBe(("data.color", PlanValues.Hidden, PlanValues.Hidden));
    }

    [Fact]
    public void The_item_of_a_list_says_by_its_key_that_its_value_is_secret()
    {
        var path = new FieldPath([PathElement.Field("env"), PathElement.Key("name", "DB_PASSWORD"), PathElement.Field("value")]);
        var live = KubernetesObject.Parse("""{"env":[{"name":"DB_PASSWORD","value":"old"}]}""");
        PlanValues.Of(Map, path, live, live).From.ShouldBe(PlanValues.Hidden);
    }

    [Fact]
    public void Long_values_are_cut_between_characters()
    {
        var field = Of(Map, "data/key", "{}", $$"""{"data":{"key":"{{string.Concat(Enumerable.Repeat("😀", 500))}}"} }""");
        field.To.ShouldNotBeNull().Length.ShouldBeInRange(120, 128);
        field.To.ShouldEndWith("…");
        field.To.ShouldNotContain("\uFFFD");
        char.IsHighSurrogate(field.To[^2]).ShouldBeFalse();
    }

    private static PlanField Of(ObjectKey key, string path, string live, string desired) => PlanValues.Of(
        key, new([.. path.Split('/').Select(static name => PathElement.Field(name.Replace('|', '/')))]),
        KubernetesObject.Parse(live), KubernetesObject.Parse(desired));
}
