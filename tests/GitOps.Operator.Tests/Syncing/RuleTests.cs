using GitOps.Operator.Tests.Syncing.Bed;

namespace GitOps.Operator.Tests.Syncing;

/// <summary>
/// The rules of syncing, each played pass by pass: what is done, every write that comes of it in its order, and what the status
/// says. With <c>GITOPS_UPDATE_RULES=1</c> a rule that comes out otherwise fails, and is rewritten: read what changed.
/// </summary>
public sealed class RuleTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Rules");
    private static readonly IReadOnlyList<Rule> All = Rule.ReadAll(Folder);

    public static TheoryData<string, string> Rules
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var rule in All)
            {
                rows.Add(rule.Topic, rule.Sentence);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task A_rule_holds(string topic, string sentence)
    {
        var rule = All.Single(item => item.Topic == topic && item.Sentence == sentence);
        var played = await Scene.PlayAsync(rule, TestContext.Current.CancellationToken);
        if (Environment.GetEnvironmentVariable("GITOPS_UPDATE_RULES") == "1" && !played.SequenceEqual(rule.Lines, StringComparer.Ordinal))
        {
            rule.Rewrite(Rule.SourceFolder(), played);
        }

        string.Join('\n', played).ShouldBe(string.Join('\n', rule.Lines));
    }
}
