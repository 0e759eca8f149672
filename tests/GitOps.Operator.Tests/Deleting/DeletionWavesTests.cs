using System.Globalization;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Deleting;

namespace GitOps.Operator.Tests.Deleting;

public sealed class DeletionWavesTests
{
    private const string Kinds = "ns=Namespace crd=CustomResourceDefinition cm=ConfigMap widget=Widget";

    /// <summary>An object is <c>kind:namespace/name@wave</c>; a wave's are joined by a blank, waves by a bar.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("cm:a/x@0", "a/x")]
    [InlineData("cm:a/x@0 cm:a/y@1 cm:a/z@-1 cm:a/w@1", "a/w a/y | a/x | a/z")]
    [InlineData("ns:/a@5 cm:a/x@0 cm:b/y@3", "b/y | a/x /a")]
    [InlineData("ns:/a@-5 cm:a/x@0", "a/x | /a")]
    [InlineData("ns:/a@5 cm:b/x@0", "/a | b/x")]
    [InlineData("crd:/widgets.example.com@5 widget:a/x@1 widget:a/y@9", "a/y | /widgets.example.com a/x")]
    [InlineData("crd:/widgets.example.org@5 widget:a/x@1", "/widgets.example.org | a/x")]
    public void What_came_last_goes_first_and_nothing_loses_what_it_lives_in(string entries, string expected) =>
        string.Join(" | ", DeletionWaves.Of([.. Words(entries).Select(Entry)])
            .Select(static wave => string.Join(' ', wave.Select(static entry => $"{entry.Key.Namespace}/{entry.Key.Name}"))))
            .ShouldBe(expected);

    [Theory]
    [InlineData("ns:/jobs@0", true)]
    [InlineData("ns:/other@0", false)]
    [InlineData("crd:/works.example.com@0", true)]
    [InlineData("crd:/works.example.org@0", false)]
    [InlineData("cm:jobs/x@0", false)]
    public void A_hook_needs_its_namespace_and_its_definition(string entry, bool expected)
    {
        var hook = new HookObject(
            new("example.com", "Work", "jobs", "bye"), new("example.com", "v1", "Work"), [], null,
            new(0, [SyncPhase.PostDelete], HookDeletion.None, IsLeftOut: false), "post.yaml");
        DeletionWaves.Needs(hook, Entry(entry)).ShouldBe(expected);
        DeletionWaves.HoldsOthers(Entry(entry)).ShouldBe(!entry.StartsWith("cm", StringComparison.Ordinal));
    }

    private static InventoryEntry Entry(string text)
    {
        var parts = text.Split(':', '/', '@');
        var kind = Words(Kinds).Select(static pair => pair.Split('=')).First(pair => pair[0] == parts[0])[1];
        var group = kind switch
        {
            "CustomResourceDefinition" => "apiextensions.k8s.io",
            "Widget" => "example.com",
            _ => string.Empty,
        };
        return new(new(group, kind, parts[1], parts[2]), "v1", "u", "h", null) { Wave = int.Parse(parts[3], CultureInfo.InvariantCulture) };
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
