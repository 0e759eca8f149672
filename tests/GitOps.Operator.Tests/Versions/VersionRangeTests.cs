using GitOps.Operator.Model.Versions;

namespace GitOps.Operator.Tests.Versions;

public sealed class VersionRangeTests
{
    [Theory]
    [InlineData("*", "1.2.3 0.0.1 v4.5 7", "1.2.3-rc.1")]
    [InlineData("x", "1.2.3", "")]
    [InlineData("*-0", "1.2.3-alpha.1 1.2.3 20260309-192056-549", "")]
    [InlineData("1.x", "1.0.0 1.9.9 v1.4 1", "0.9.9 2.0.0 1.5.0-rc.1")]
    [InlineData("v1.x", "1.0.0 v1.9.9", "2.0.0")]
    [InlineData("1.X.x", "1.0.0 1.9.9", "2.0.0")]
    [InlineData("1.x.7", "1.0.0 1.9.9", "2.0.0")]
    [InlineData("1.2.*", "1.2.0 1.2.99", "1.3.0 1.1.9 1.2.3-a")]
    [InlineData("0.x.x", "0.0.0 0.9.1", "1.2.3")]
    [InlineData("0.0.x", "0.0.9", "0.1.0 1.2.3")]
    [InlineData("1", "1.0.0 1.9.9", "2.0.0")]
    [InlineData("1.2", "1.2.0 1.2.9", "1.3.0")]
    [InlineData("1.2.3", "1.2.3 v1.2.3 1.2.3+b", "1.2.4 1.2.3-rc.1")]
    [InlineData("=1.2.3", "1.2.3", "1.2.4")]
    [InlineData("= 2.0", "2.0.0 2.0.1", "1.2.3 2.1.0")]
    [InlineData("1.2.3-rc.1", "1.2.3-rc.1", "1.2.3 1.2.3-rc.2")]
    [InlineData("!=4.1", "4.2.0 5.1.0", "4.1.0 4.1.1 5.1.0-alpha.1")]
    [InlineData("!=4.x", "5.1.0", "4.1.0")]
    [InlineData("!=4.1.0", "4.1.1", "4.1.0 v4.1")]
    [InlineData("!=4.1-alpha", "4.1.0 5.0.0-alpha", "4.1.0-alpha 4.1.1-alpha")]
    [InlineData("^1.2", "1.2.0 1.9.9", "1.1.9 2.0.0 1.3.0-rc.1")]
    [InlineData("^1.2.3", "1.2.3 1.8.9", "1.2.2 2.8.9")]
    [InlineData("^1.2.3-rc.1", "1.2.3-rc.1 1.2.3 1.8.9-alpha", "1.2.3-alpha 2.0.0")]
    [InlineData("^1", "1.0.0 1.8.9", "2.0.0 0.9.0")]
    [InlineData("^0.2.3", "0.2.3 0.2.5", "0.3.0 1.2.3")]
    [InlineData("^0.2", "0.2.0 0.2.5", "0.3.0")]
    [InlineData("^0.0.3", "0.0.3", "0.0.4 0.1.0")]
    [InlineData("^0.0", "0.0.0 0.0.3", "0.1.4 1.0.4")]
    [InlineData("^0", "0.2.3 0.0.0", "1.1.4")]
    [InlineData("~1.2.3", "1.2.3 1.2.9", "1.2.2 1.3.0")]
    [InlineData("~1.2", "1.2.0 1.2.9", "1.3.0")]
    [InlineData("~1", "1.0.0 1.9.0", "2.0.0")]
    [InlineData("~>1.2.3", "1.2.9", "1.3.0")]
    [InlineData("~*", "2.1.1", "2.1.1-a")]
    [InlineData("~0.0.0", "0.0.0 1.2.3", "")]
    [InlineData("~1.2.3-beta.2", "1.2.3-beta.4 1.2.4-beta.2 1.2.3", "1.2.3-beta.1 1.3.4-beta.2")]
    [InlineData(">1.1", "1.2.0 4.1.0", "1.1.0 1.1.9")]
    [InlineData(">11", "12.0.0", "11.1.0")]
    [InlineData(">1.1.0", "1.1.1", "1.1.0")]
    [InlineData(">1.2.3-alpha.1", "1.2.3-alpha.2 1.3.3-alpha.2 1.2.3", "1.2.3-alpha.1 1.2.2")]
    [InlineData(">1.2.3-alpha.9", "1.2.3-alpha.10 1.2.3-alpha.x 1.2.3-alpha.9.0", "1.2.3-alpha.8 1.2.3-alpha")]
    [InlineData(">=1.1", "1.1.0 4.1.0", "1.0.9 4.1.0-beta")]
    [InlineData(">=0-0", "0.0.1-alpha 3.4.5-beta.1 1.0.0", "")]
    [InlineData("=>1.1", "1.1.0", "1.0.9")]
    [InlineData("<11", "0.1.0 10.9.9", "11.0.0 11.1.0")]
    [InlineData("<1.1.x", "1.0.500", "1.1.0")]
    [InlineData("<0-z", "0.0.0-alpha", "0.0.0")]
    [InlineData("<=11", "11.2.3 1.2.3", "12.2.3")]
    [InlineData("<=1.1", "1.1.9 0.1.0", "1.2.0")]
    [InlineData("<=1.1.1", "1.1.1", "1.1.2")]
    [InlineData("=<1.1.1", "1.1.1", "1.1.2")]
    [InlineData(">=1.0 <2.0", "1.0.0 1.9.9", "0.9.0 2.0.0")]
    [InlineData(">=1.0,<2.0", "1.0.0 1.9.9", "0.9.0 2.0.0")]
    [InlineData("  >= 1.0 ,  < 2.0  ", "1.0.0 1.9.9", "0.9.0 2.0.0")]
    [InlineData(">=1.1    <2    !=1.2.3", "1.2.4", "1.2.3 2.0.0")]
    [InlineData(">=1.1, <2, !=1.2.3 || > 3", "4.1.2 1.1.0", "3.1.2 1.2.3 2.5.0")]
    [InlineData("^1||^3", "1.5.0 3.1.0", "2.0.0")]
    [InlineData(">= 1.0.0  <= 2.0.0-beta || > 3", "1.0.1-beta 4.0.0", "3.0.1-beta 4.0.0-beta")]
    [InlineData("1.1 - 2", "1.1.1 2.0.0 2.9.9", "1.0.0 3.0.0")]
    [InlineData("1.5.0 - 4.5", "3.7.0 4.5.9", "1.4.0 4.6.0")]
    [InlineData("1.0.0 - 2.0.0, <=1.7.0", "1.5.0", "1.8.0")]
    [InlineData("2 - 3 2.5 - 5.1", "2.5.0 3.1.0", "2.4.0 4.0.0")]
    [InlineData("3 - 4 || => 6.0, < 7", "3.5.0 6.5.0", "5.0.0 7.0.0")]
    [InlineData("1.1-3", "1.1.0-3 1.1.5", "4.3.2 1.1.0-2")]
    public void A_range_allows_what_Masterminds_semver_allows(string text, string inside, string outside)
    {
        VersionRange.TryParse(text, out var range).ShouldBeTrue();

        foreach (var version in inside.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            range!.Allows(SemanticVersion.Parse(version)!).ShouldBeTrue(version);
        }

        foreach (var version in outside.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            range!.Allows(SemanticVersion.Parse(version)!).ShouldBeFalse(version);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("main")]
    [InlineData("HEAD")]
    [InlineData("feature/x")]
    [InlineData("release-1.x")]
    [InlineData("xx")]
    [InlineData("1xx")]
    [InlineData("V1.x")]
    [InlineData(">= bar")]
    [InlineData("BAR >= 1.2.3")]
    [InlineData("12.3.4.1234")]
    [InlineData("12.3.34~ 1.2.3")]
    [InlineData("1.2.3~1.2")]
    [InlineData("1.2.3-beta.01 ")]
    [InlineData("=>=1")]
    [InlineData("> = 1")]
    [InlineData("=! 1")]
    [InlineData(">1,")]
    [InlineData(",>1")]
    [InlineData(">1,,<2")]
    [InlineData("1 || ")]
    [InlineData("|| 1")]
    [InlineData("1 | 2")]
    [InlineData(">1 - 2")]
    [InlineData("1 - ")]
    [InlineData("1 - 2 - 3")]
    [InlineData("1.2.")]
    [InlineData("1.2.x-")]
    [InlineData("^99999999999999999999999")]
    [InlineData("(1.2)")]
    public void Anything_else_is_no_range(string text) => VersionRange.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void An_endless_range_is_none() =>
        VersionRange.TryParse(string.Concat(Enumerable.Repeat(">=1 ", 1000)) + ">=1", out _).ShouldBeFalse();

    [Theory]
    [InlineData("*", true)]
    [InlineData("1.x", true)]
    [InlineData("^1", true)]
    [InlineData("=1.2.3", true)]
    [InlineData("1 - 2", true)]
    [InlineData("1.2 || 1.4", true)]
    [InlineData("1", false)]
    [InlineData("1.2", false)]
    [InlineData("v1.2.3", false)]
    [InlineData("1.2.3-rc.1+b", false)]
    [InlineData("01.02.03", false)]
    [InlineData("main", false)]
    [InlineData("", false)]
    public void A_version_is_a_name_and_no_range(string text, bool isRange) => VersionRange.IsRange(text).ShouldBe(isRange);

    [Theory]
    [InlineData("*", "1.0.0 v1.10.0 1.9.0 main 2.0.0-rc.1", "v1.10.0")]
    [InlineData("*-0", "1.0.0 2.0.0-rc.1 2.0.0-rc.2", "2.0.0-rc.2")]
    [InlineData("*-0", "2.0.0-rc.1 2.0.0", "2.0.0")]
    [InlineData("*", "v1.0.0 1.0.0", "1.0.0")]
    [InlineData("*", "1.0.0+b 1.0.0+a", "1.0.0+a")]
    [InlineData("*", "2024.03-LTS-RC19 0.7.2 0.7.1", "0.7.2")]
    [InlineData("*", "1.0.0-01 99999999999999999999999.0.0 0.1", "0.1")]
    [InlineData("*-0", "20260309-192056-549 20260309-193104-150 1.0.0", "20260309-193104-150")]
    [InlineData("^3", "1.0.0 2.0.0", null)]
    [InlineData("*", "", null)]
    public void The_best_is_the_greatest_that_is_allowed(string text, string versions, string? best)
    {
        VersionRange.TryParse(text, out var range).ShouldBeTrue();

        range!.Best(versions.Split(' ')).ShouldBe(best);
    }

    [Theory]
    [InlineData("1.2.3-alpha 1.2.3-alpha.1 1.2.3-alpha.beta 1.2.3-beta 1.2.3-beta.2 1.2.3-beta.11 1.2.3-rc.1 1.2.3 1.2.4 1.10.0 2")]
    public void Versions_are_ordered_as_the_standard_says(string ascending)
    {
        var versions = ascending.Split(' ').Select(static text => SemanticVersion.Parse(text)!).ToArray();

        versions.Reverse().Order().Select(static version => version.Text).ShouldBe(ascending.Split(' '));
    }
}
