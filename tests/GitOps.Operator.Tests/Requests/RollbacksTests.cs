using GitOps.Operator.Reconcile.Requests;

namespace GitOps.Operator.Tests.Requests;

public sealed class RollbacksTests
{
    [Theory]
    [InlineData("3", 3L, false)]
    [InlineData("12,until-newer", 12L, true)]
    [InlineData(" 12 , until-newer ", 12L, true)]
    public void An_annotation_names_an_entry(string value, long id, bool untilNewer) => Rollbacks.Read(value).ShouldBe((id, untilNewer));

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("abc")]
    [InlineData("1,")]
    [InlineData("1,until-later")]
    [InlineData("1,until-newer,x")]
    [InlineData("until-newer")]
    [InlineData("99999999999999999999")]
    public void Anything_else_makes_no_sense(string value) => Rollbacks.Read(value).ShouldBeNull();
}
