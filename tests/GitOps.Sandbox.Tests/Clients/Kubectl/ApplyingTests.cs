namespace GitOps.Sandbox.Tests.Clients.Kubectl;

/// <summary>kubectl's apply, of both sides, and custom resources give what they give against a real server.</summary>
public sealed class ApplyingTests
{
    [Theory]
    [InlineData("client-side-apply")]
    [InlineData("server-side-apply")]
    [InlineData("custom-resource")]
    public Task A_session_goes_as_with_a_real_server(string name) => Session.PlayAsync(name);
}
