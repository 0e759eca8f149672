using GitOps.Manifests.Plain;

namespace GitOps.Manifests.Tests.Plain;

public sealed class GlobPatternTests
{
    [Theory]
    [InlineData("*.yaml", "a.yaml", true)]
    [InlineData("*.yaml", "d/a.yaml", true)]
    [InlineData("*.yaml", "a.yml", false)]
    [InlineData("d/*", "d/e/a.yaml", true)]
    [InlineData("**/a.yaml", "a.yaml", false)]
    [InlineData("**/a.yaml", "d/e/a.yaml", true)]
    [InlineData("{config.json,env-usw2/*}", "config.json", true)]
    [InlineData("{config.json,env-usw2/*}", "env-usw2/x/y.yaml", true)]
    [InlineData("{config.json,env-usw2/*}", "env-use1/x.yaml", false)]
    [InlineData("{a{b,c},d}.yml", "ac.yml", true)]
    [InlineData("{a,}.yml", ".yml", true)]
    [InlineData("a,b", "a,b", true)]
    [InlineData("?.yml", "a.yml", true)]
    [InlineData("?.yml", "ab.yml", false)]
    [InlineData("[abc].yml", "b.yml", true)]
    [InlineData("[a-c].yml", "b.yml", true)]
    [InlineData("[!a-c].yml", "b.yml", false)]
    [InlineData("[!abc].yml", "d.yml", true)]
    [InlineData("\\*.yml", "*.yml", true)]
    [InlineData("\\*.yml", "a.yml", false)]
    [InlineData("a.b+(c)$", "a.b+(c)$", true)]
    [InlineData("a.b", "axb", false)]
    [InlineData("}", "}", true)]
    public void Globs_match_as_in_Argo_CD(string pattern, string path, bool matches) => GlobPattern.Parse(pattern).IsMatch(path).ShouldBe(matches);

    [Theory]
    [InlineData("{a")]
    [InlineData("[a")]
    [InlineData("[]")]
    [InlineData("[c-a]")]
    [InlineData("[a-zA-Z]")]
    public void A_malformed_glob_is_refused(string pattern) => Should.Throw<FormatException>(() => GlobPattern.Parse(pattern));

    [Fact]
    public void No_glob_takes_long() =>
        GlobPattern.Parse(string.Concat(Enumerable.Repeat("{*a*,*}", 50)) + "b").IsMatch(new string('a', 5_000)).ShouldBeFalse();
}
