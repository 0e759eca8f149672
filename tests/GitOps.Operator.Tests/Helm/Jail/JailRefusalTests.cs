using GitOps.Operator.Helm.Jail;

namespace GitOps.Operator.Tests.Helm.Jail;

public sealed class JailRefusalTests
{
    [Theory]
    [InlineData(38, "older than Linux 5.13")]
    [InlineData(95, "lsm=")]
    [InlineData(1, "seccomp profile")]
    [InlineData(22, "error 22")]
    public void It_says_who_can_change_that_there_is_no_Landlock(int error, string expected) => JailRefusal.OfLandlock(error).ShouldContain(expected);

    [Theory]
    [InlineData(38, "built without seccomp filters")]
    [InlineData(1, "has to allow the call 'seccomp'")]
    [InlineData(22, "error 22")]
    public void It_says_who_can_change_that_there_is_no_seccomp(int error, string expected) => JailRefusal.OfSeccomp(error).ShouldContain(expected);
}
