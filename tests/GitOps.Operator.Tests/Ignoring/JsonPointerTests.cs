using GitOps.Operator.Model.Ignoring;

namespace GitOps.Operator.Tests.Ignoring;

public sealed class JsonPointerTests
{
    private const string Subject = """
        {"spec": {"replicas": 3, "list": [{"a": 1}, {"a": 2}], "null": null}, "a/b": 1, "m~n": 2, "": 3, "01": [1], "data": {"x.y": "z"} }
        """;

    [Theory]
    [InlineData("/spec/replicas", "spec,replicas")]
    [InlineData("/spec/list/1/a", "spec,list,#1,a")]
    [InlineData("/spec/null", "spec,null")]
    [InlineData("/a~1b", "a/b")]
    [InlineData("/m~0n", "m~n")]
    [InlineData("/01/0", "01,#0")]
    [InlineData("/data/x.y", "data,x.y")]
    [InlineData("/spec/missing", null)]
    [InlineData("/spec/missing/below", null)]
    [InlineData("/spec/list/2", null)]
    [InlineData("/spec/list/01", null)]
    [InlineData("/spec/list/-", null)]
    [InlineData("/spec/list/+1", null)]
    [InlineData("/spec/replicas/0", null)]
    [InlineData("/data/x/y", null)]
    public void It_leads_to_one_place_or_nowhere(string pointer, string? place)
    {
        var found = JsonPointer.Parse(pointer).Find(Objects.Json(Subject));
        (found is { } steps ? string.Join(',', steps.Select(static step => step.Name ?? $"#{step.Index}")) : null).ShouldBe(place);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("spec/replicas")]
    [InlineData("/a~")]
    [InlineData("/a~2")]
    public void What_is_no_pointer_to_a_field_is_refused(string pointer) =>
        Should.Throw<FormatException>(() => JsonPointer.Parse(pointer)).Message.ShouldContain($"'{pointer}'");
}
