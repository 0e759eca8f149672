namespace GitOps.Sandbox.Tests.Clients.Kubectl;

/// <summary>kubectl's writing commands give what they give against a real server.</summary>
public sealed class WritingTests
{
    [Theory]
    [InlineData("create")]
    [InlineData("edit-and-patch")]
    [InlineData("workload")]
    [InlineData("delete")]
    public Task A_session_goes_as_with_a_real_server(string name) => Session.PlayAsync(name);
}
