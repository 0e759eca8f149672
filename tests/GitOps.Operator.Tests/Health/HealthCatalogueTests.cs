using GitOps.Operator.Health;
using GitOps.Operator.Tests.Architecture;

namespace GitOps.Operator.Tests.Health;

/// <summary>The catalogue against what Argo CD knows, and against the reference. With UPDATE_GOLDEN=1 the reference's table is written anew.</summary>
public sealed class HealthCatalogueTests
{
    private const string Begin = "<!-- kinds: begin -->";
    private const string End = "<!-- kinds: end -->";

    [Fact]
    public void Every_kind_that_argo_cd_has_a_rule_for_has_one_here()
    {
        var known = BuiltInRules.Instance.All.Select(static rule => $"{rule.Group}/{rule.Kind}").ToHashSet(StringComparer.Ordinal);
        var wanted = File.ReadAllLines(HealthCases.Folder("argo-kinds.txt"));

        wanted.Length.ShouldBe(254);
        wanted.Where(kind => !known.Contains(kind)).ShouldBeEmpty();
    }

    [Fact]
    public void The_reference_lists_every_rule()
    {
        var file = Path.Combine(Repository.Root, "docs", "health.md");
        var text = File.ReadAllText(file);
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        var table = "\n" + Table() + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(file, text[..begin] + table + text[end..]);
            return;
        }

        text[begin..end].ShouldBe(table, "with UPDATE_GOLDEN=1 this test writes it anew");
    }

    private static string Table()
    {
        var rows = BuiltInRules.Instance.All.GroupBy(static rule => (rule.Group, rule.Summary)).Select(static rows =>
            $"| {(rows.Key.Group.Length == 0 ? "(core)" : $"`{rows.Key.Group}`")} | {string.Join(", ", rows.Select(static rule => rule.Kind == "*" ? "all" : rule.Kind))} | {Escape(rows.Key.Summary)} |");
        return string.Join('\n', rows.Prepend("| --- | --- | --- |").Prepend("| group | kinds | what is looked at, in this order |"));
    }

    private static string Escape(string text) => text.Replace("|", " \\| ", StringComparison.Ordinal);
}
