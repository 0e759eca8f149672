namespace GitOps.Sandbox.Tests.Clients.Kubectl;

/// <summary>kubectl's reading commands give what they give against a real server.</summary>
public sealed class ReadingTests
{
    [Theory]
    [InlineData("discovery")]
    [InlineData("get")]
    [InlineData("describe")]
    [InlineData("explain")]
    [InlineData("access")]
    public Task A_session_goes_as_with_a_real_server(string name) => Session.PlayAsync(name);

    [Fact]
    public void Every_recorded_session_is_played() => Session.Names.Order(StringComparer.Ordinal).ShouldBe(
    [
        "access", "client-side-apply", "create", "custom-resource", "delete", "describe", "discovery", "edit-and-patch", "explain", "get",
        "server-side-apply", "workload",
    ]);
}
