using GitOps.Operator.Leading;
using GitOps.Operator.Options;

namespace GitOps.Operator.Tests.Leading;

public sealed class LeaderAddressTests
{
    [Theory]
    [InlineData("http://*:8080", null, "10.1.2.3", "http://10.1.2.3:8080")]
    [InlineData("http://*:8080", "http://*:8081", "10.1.2.3", "http://10.1.2.3:8081")]
    [InlineData("http://+:8080", null, "fd00::7", "http://[fd00::7]:8080")]
    [InlineData("http://127.0.0.1:8080", null, "10.1.2.3", "http://127.0.0.1:8080")]
    [InlineData("http://[::1]:8080", null, null, "http://[::1]:8080")]
    [InlineData("http://*:8080", null, null, null)]
    [InlineData("http://*:8080", null, "not an address", null)]
    [InlineData("http://127.0.0.1:0", null, "10.1.2.3", null)]
    public void The_others_are_told_where_webhooks_are_taken(string listen, string? webhooks, string? pod, string? expected) =>
        LeaderAddress.Of(new OperatorOptions { Listen = listen, WebhooksListen = webhooks, PodAddress = pod }).ShouldBe(expected);

    [Theory]
    [InlineData("http://10.1.2.3:8080", true)]
    [InlineData("http://[fd00::7]:8081", true)]
    [InlineData("http://collector.example.com:80", false)]
    [InlineData("https://10.1.2.3:8080", false)]
    [InlineData("http://10.1.2.3:8080/elsewhere", false)]
    [InlineData("http://user@10.1.2.3:8080", false)]
    [InlineData("10.1.2.3:8080", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Calls_go_to_an_address_of_that_form_alone(string? text, bool isTaken) => (LeaderAddress.Read(text) is not null).ShouldBe(isTaken);
}
