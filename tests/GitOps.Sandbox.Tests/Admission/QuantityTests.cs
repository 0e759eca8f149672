using GitOps.Sandbox.Admission;

namespace GitOps.Sandbox.Tests.Admission;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("1000m", "1")]
    [InlineData("0.5", "500m")]
    [InlineData("1500m", "1500m")]
    [InlineData("1.5", "1500m")]
    [InlineData("1000", "1k")]
    [InlineData("1024", "1024")]
    [InlineData("1024Mi", "1Gi")]
    [InlineData("1536Mi", "1536Mi")]
    [InlineData("1.5Gi", "1536Mi")]
    [InlineData("0.5Ki", "512")]
    [InlineData("0.1Ki", "102400m")]
    [InlineData("2000Mi", "2000Mi")]
    [InlineData("1e3", "1e3")]
    [InlineData("1000e3", "1e6")]
    [InlineData("12E0", "12")]
    [InlineData("0", "0")]
    [InlineData("0Mi", "0")]
    [InlineData("-1000m", "-1")]
    [InlineData("0.1n", "1n")]
    [InlineData("5G", "5G")]
    [InlineData("7Ei", "7Ei")]
    public void A_quantity_has_one_form(string given, string canonical) => Quantity.Canonical(given).ShouldBe(canonical);

    [Theory]
    [InlineData("lots")]
    [InlineData("1x")]
    [InlineData("")]
    [InlineData("1 Gi")]
    [InlineData("1.2.3")]
    public void What_is_no_quantity_has_none(string given) => Quantity.Canonical(given).ShouldBeNull();
}
