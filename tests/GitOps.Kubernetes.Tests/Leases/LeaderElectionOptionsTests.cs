using GitOps.Kubernetes.Leases;
using GitOps.Kubernetes.Tests.Support;

namespace GitOps.Kubernetes.Tests.Leases;

public sealed class LeaderElectionOptionsTests
{
    private static readonly LeaderElectionOptions Valid = new() { Namespace = "ns", Name = "l", Identity = "me" };

    [Fact]
    public void The_defaults_are_those_of_kubernetes_own_programs()
    {
        Valid.LeaseDuration.ShouldBe(TimeSpan.FromSeconds(15));
        Valid.RenewDeadline.ShouldBe(TimeSpan.FromSeconds(10));
        Valid.RetryPeriod.ShouldBe(TimeSpan.FromSeconds(2));
        Should.NotThrow(() => new LeaderElector(new LeaseServer(), Valid));
    }

    [Theory]
    [InlineData(10, 10, 2, "LeaseDuration is not longer than RenewDeadline")]
    [InlineData(15, 2.4, 2, "RenewDeadline is not longer than RetryPeriod × 1.2")]
    [InlineData(15, 10, 0, "RetryPeriod is not positive")]
    [InlineData(15.5, 10, 2, "whole seconds")]
    [InlineData(100_000, 10, 2, "longer than a day")]
    public void What_would_let_two_lead_is_refused(double duration, double deadline, double retry, string problem) =>
        Should.Throw<InvalidOperationException>(() => new LeaderElector(new LeaseServer(), Valid with
        {
            LeaseDuration = TimeSpan.FromSeconds(duration),
            RenewDeadline = TimeSpan.FromSeconds(deadline),
            RetryPeriod = TimeSpan.FromSeconds(retry),
        })).Message.ShouldContain(problem);

    [Fact]
    public void All_problems_are_named_at_once()
    {
        var message = Should.Throw<InvalidOperationException>(() => new LeaderElector(
            new LeaseServer(), Valid with { Name = string.Empty, Identity = string.Empty, ReleaseTimeout = TimeSpan.Zero })).Message;
        message.ShouldContain("Name is empty");
        message.ShouldContain("Identity is empty");
        message.ShouldContain("ReleaseTimeout");
    }

    [Fact]
    public void An_identity_is_the_pods_name_and_uid_or_made_up()
    {
        LeaseIdentity.Create(Pod).ShouldBe("pod_uid");
        var made = LeaseIdentity.Create(static name => name == "POD_NAME" ? "pod" : null);
        made.ShouldStartWith("pod_");
        string.Equals(made, LeaseIdentity.Create(static name => name == "POD_NAME" ? "pod" : null), StringComparison.Ordinal).ShouldBeFalse();
        LeaseIdentity.Create(static _ => null).ShouldStartWith(Environment.MachineName + "_");
    }

    private static string? Pod(string variable) => variable switch
    {
        "POD_NAME" => "pod",
        "POD_UID" => "uid",
        _ => null,
    };
}
