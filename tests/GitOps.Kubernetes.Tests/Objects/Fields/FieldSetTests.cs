using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Kubernetes.Tests.Objects.Fields;

public sealed class FieldSetTests
{
    [Fact]
    public void The_operations_agree_with_those_on_plain_sets_of_paths()
    {
        var random = new Random(20_260_101);
        for (var round = 0; round < 500; round++)
        {
            var (first, second) = (Paths(random), Paths(random));
            var (left, right) = (FieldSet.Of(first), FieldSet.Of(second));
            left.Paths().ShouldBe(first, ignoreOrder: true);
            left.Union(right).ShouldBe(FieldSet.Of(first.Union(second)));
            left.Intersect(right).ShouldBe(FieldSet.Of(first.Intersect(second)));
            left.Except(right).ShouldBe(FieldSet.Of(first.Except(second)));
            left.ExceptBelow(right).ShouldBe(FieldSet.Of(first.Where(path => !second.Any(covering => Covers(covering, path)))));
            left.IsSubsetOf(right).ShouldBe(first.IsSubsetOf(second));
            left.Intersect(right).IsSubsetOf(right).ShouldBeTrue();
            FieldSet.Parse(left.ToJson()).ShouldBe(left);
            FieldSet.FromEntries([.. left.Entries.Reverse()]).ShouldBe(left);
        }
    }

    [Fact]
    public void What_does_not_change_is_shared()
    {
        var set = FieldSet.Of(Path("a", "b"), Path("c"));
        set.Except(FieldSet.Of(Path("x"))).ShouldBeSameAs(set);
        set.Intersect(set).ShouldBeSameAs(set);
        set.Union(FieldSet.Empty).ShouldBeSameAs(set);
    }

    [Theory]
    [InlineData("main", "k:{\"name\":\"main\"}")]
    [InlineData("a\"b\\", "k:{\"name\":\"a\\\"b\\\\\"}")]
    [InlineData("ä", "k:{\"name\":\"ä\"}")]
    [InlineData("line\nbreak", "k:{\"name\":\"line\\nbreak\"}")]
    public void A_key_is_written_as_JSON_and_read_back(string name, string text)
    {
        var element = PathElement.Key("name", JsonValue.Create(name));
        element.Text.ShouldBe(text);
        PathElement.Parse(text).ShouldBe(element);
        element.ShouldBe(PathElement.Key([new("name", JsonValue.Create(name))]));
    }

    [Fact]
    public void Keys_are_sorted_by_name() => PathElement.Key([new("protocol", JsonValue.Create("TCP")), new("port", JsonValue.Create(80))])
        .Text.ShouldBe("k:{\"port\":80,\"protocol\":\"TCP\"}");

    private static FieldPath Path(params string[] names) =>
        names.Aggregate(FieldPath.Root, static (path, name) => path.Append(PathElement.Field(name)));

    private static bool Covers(FieldPath covering, FieldPath path) =>
        covering.Elements.Length <= path.Elements.Length
        && covering.Elements.SequenceEqual(path.Elements[..covering.Elements.Length]);

    private static HashSet<FieldPath> Paths(Random random)
    {
        var paths = new HashSet<FieldPath>();
        var count = random.Next(8);
        for (var i = 0; i < count; i++)
        {
            var path = FieldPath.Root;
            var depth = random.Next(1, 4);
            for (var step = 0; step < depth; step++)
            {
                path = path.Append(random.Next(3) switch
                {
                    0 => PathElement.Field("f" + random.Next(3)),
                    1 => PathElement.Key("name", JsonValue.Create("k" + random.Next(2))),
                    _ => PathElement.Value(JsonValue.Create(random.Next(2))),
                });
            }

            paths.Add(path);
        }

        return paths;
    }
}
