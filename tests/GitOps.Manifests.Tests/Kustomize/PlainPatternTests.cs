using System.Text.RegularExpressions;
using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;
using GitOps.Manifests.Kustomize.Transformers;

namespace GitOps.Manifests.Tests.Kustomize;

public sealed class PlainPatternTests
{
    [Fact]
    public void What_it_takes_matches_as_the_regular_expression_does()
    {
        var random = new Random(20260101);
        var (taken, matched) = (0, 0);
        for (var i = 0; i < 5_000; i++)
        {
            var pattern = Text(random, ["a", "b", "-", ".", ".*", ".+", "|", "\\.", "/"], 6);
            var text = Text(random, ["a", "b", "-", ".", "/", "\n"], 6);
            if (PlainPattern.TryParse(pattern) is not { } plain)
            {
                continue;
            }

            taken++;
            var expected = Regex.IsMatch(text, $"^(?:{pattern})\\z", RegexOptions.NonBacktracking, TimeSpan.FromSeconds(1));
            matched += expected ? 1 : 0;
            plain.IsMatch(text).ShouldBe(expected, $"{pattern} on {text}");
        }

        taken.ShouldBeGreaterThan(4_000);
        matched.ShouldBeGreaterThan(200);
    }

    [Theory]
    [InlineData("a*")]
    [InlineData("a.*?")]
    [InlineData("a.?")]
    [InlineData("(a|b)")]
    [InlineData("[ab]")]
    [InlineData("a{2}")]
    [InlineData("\\d")]
    [InlineData("^a$")]
    public void Anything_else_is_left_to_the_regular_expression(string pattern) => PlainPattern.TryParse(pattern).ShouldBeNull();

    [Theory]
    [InlineData("app", "app", true)]
    [InlineData("app", "app:1.0", true)]
    [InlineData("app", "app:", true)]
    [InlineData("app", "app@sha256:0123", true)]
    [InlineData("app", "app:1.0@sha256:0123", true)]
    [InlineData("app", "app@sha256:0123:1.0", false)]
    [InlineData("app", "app@sha512:0123", false)]
    [InlineData("app", "app/app:1.0", false)]
    [InlineData("app", "apple:1.0", false)]
    [InlineData("app", "ap", false)]
    [InlineData("app", "app:1.0/app", false)]
    [InlineData("example.com:5000/app", "example.com:5000/app:1.0", true)]
    [InlineData("example.com/app", "example-com/app", true)]
    [InlineData("app|web", "app:1.0", true)]
    [InlineData("(app|web)", "web:1.0", true)]
    [InlineData(".*pp", "app:1.0", true)]
    public void An_image_is_its_name_with_or_without_tag_and_digest(string name, string image, bool isIt)
    {
        var resources = new ResourceSet();
        resources.AppendAll(ResourceReader.ReadNodes(
            $$"""{apiVersion: v1, kind: Pod, metadata: {name: pod}, spec: {containers: [{name: it, image: "{{image}}"}] } }""")
            .ConvertAll(static node => new Resource(node)));

        new ImageTransformer(new Image(name, "other", string.Empty, "2", string.Empty), []).Transform(resources, new());

        resources.All[0].Node.Get("spec")!.Get("containers")!.Items[0].TextOf("image").ShouldBe(isIt ? "other:2" : image);
    }

    private static string Text(Random random, string[] parts, int most) =>
        string.Concat(Enumerable.Range(0, random.Next(most + 1)).Select(_ => parts[random.Next(parts.Length)]));
}
