using GitOps.Kubernetes.Objects;
using GitOps.Operator.Diff;

namespace GitOps.Operator.Tests.Diff;

public sealed class SemanticEqualityTests
{
    [Theory]
    [InlineData("1000m", "1", true)]
    [InlineData("1024Mi", "1Gi", true)]
    [InlineData("0.5", "500m", true)]
    [InlineData("1e3", "1k", true)]
    [InlineData("1E3", "1000", true)]
    [InlineData("+1", "1", true)]
    [InlineData(".5", "500m", true)]
    [InlineData("1E", "1000P", true)]
    [InlineData("1.5Gi", "1536Mi", true)]
    [InlineData("100n", "0.1u", true)]
    [InlineData("1M", "1Mi", false)]
    [InlineData("1", "1.1", false)]
    [InlineData("1e999999999", "1e999999999", false)]
    [InlineData("", "", false)]
    [InlineData("1.2.3", "1.2.3", false)]
    [InlineData("abc", "abc", false)]
    public void Quantities_are_compared_by_amount(string left, string right, bool equal) =>
        Quantity.AreEqual(left, right).ShouldBe(equal);

    [Theory]
    [InlineData("1", "1.0", false, true)]
    [InlineData("1", "\"1\"", false, false)]
    [InlineData("1", "\"1\"", true, true)]
    [InlineData("\"1000m\"", "\"1\"", true, true)]
    [InlineData("\"1000m\"", "\"1\"", false, false)]
    [InlineData("null", "null", false, true)]
    [InlineData("\"\"", "null", false, false)]
    [InlineData("true", "false", false, false)]
    [InlineData("{\"a\":1,\"b\":null}", "{\"a\":1}", false, true)]
    [InlineData("{\"a\":1,\"b\":\"\"}", "{\"a\":1}", false, true)]
    [InlineData("{\"a\":1,\"b\":{}}", "{\"a\":1}", false, false)]
    [InlineData("{\"limits\":{\"cpu\":1}}", "{\"limits\":{\"cpu\":\"1000m\"}}", false, true)]
    [InlineData("[1,2]", "[1]", false, false)]
    [InlineData("[1,2]", "[2,1]", false, false)]
    [InlineData("{}", "[]", false, false)]
    public void Values_are_compared_as_the_server_stores_them(string desired, string live, bool quantities, bool equal) =>
        SemanticEquality.AreEqual(KubernetesJson.Parse(desired), KubernetesJson.Parse(live), quantities, exact: false).ShouldBe(equal);

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Only_a_value_that_somebody_else_owns_may_have_no_more_members(bool exact, bool equal) =>
        SemanticEquality.AreEqual(
            KubernetesJson.Parse("[{\"port\":80}]"), KubernetesJson.Parse("[{\"port\":80,\"protocol\":\"TCP\"}]"), quantities: false, exact)
            .ShouldBe(equal);
}
