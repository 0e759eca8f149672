using System.Collections.Immutable;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Inventories;

namespace GitOps.Operator.Tests.Observing;

public sealed class InputRecordsTests
{
    /// <summary>Answers, <c>path=id</c> (a dash: nothing there), the ids of directories, and what is kept of many answers.</summary>
    public static TheoryData<string, string, string> Records => new()
    {
        { "a.yaml=1", "", "a.yaml=1" },
        { "apps=directory apps/a.yaml=2 apps/b/c.yaml=3", "apps=9", "apps=9" },
        { "apps/=names apps/a.yaml=2 apps2/a.yaml=3", "apps=9", "apps=9 apps2/a.yaml=3" },
        { "apps/a.yaml=2 apps/b/c.yaml=3", "apps=9 apps/b=8", "apps=9 apps/b=8" },
        { "/=names a.yaml=2 b/c.yaml=3", "=9", "=9" },
        { "apps/a.yaml=2 apps/gone.yaml=-", "apps=9", "apps=9 apps/gone.yaml=-" },
        { "apps/a.yaml=2 apps/l=3&->&b/l apps/m=!&refused", "apps=9", "apps=9 apps/l=3&->&b/l apps/m=!&refused" },
        { "apps/=links&5 apps/a.yaml=2", "apps=9", "apps=9 apps/=links&5" },
    };

    [Theory]
    [MemberData(nameof(Records))]
    public void Of_many_answers_a_directory_takes_the_place_of_those_that_it_implies(string recorded, string directories, string kept)
    {
        var few = Parse(recorded, directories);
        Text(InputRecords.Compact(few)).ShouldBe(recorded.Split(' ').Order(StringComparer.Ordinal));
        var more = Enumerable.Range(0, 100).Select(static index => $"f{index}=1").ToList();
        var compact = InputRecords.Compact(Parse($"{recorded} {string.Join(' ', more)}", directories));

        Text(compact).Except(more, StringComparer.Ordinal).ShouldBe(kept.Split(' ').Order(StringComparer.Ordinal));
        var restored = InputRecords.Restore(new InventoryHeader { Revision = "r", Inputs = compact }).ShouldNotBeNull();
        InputRecords.Compact(restored).ShouldBe(compact);
    }

    [Fact]
    public void Too_many_records_are_not_kept_and_none_is_no_record()
    {
        var many = Parse(string.Join(' ', Enumerable.Range(0, 501).Select(static index => $"f{index}=1")), string.Empty);
        InputRecords.Compact(many).ShouldBeEmpty();
        InputRecords.Restore(new InventoryHeader { Revision = "r", Inputs = [] }).ShouldBeNull();
    }

    [Fact]
    public void The_hash_is_of_every_record_whatever_their_order()
    {
        var records = InputRecords.Compact(Parse("a=1 b=- c=2", string.Empty));

        InputRecords.HashOf([.. records.Reverse()]).ShouldBe(InputRecords.HashOf(records));
        (InputRecords.HashOf(records[..2]) == InputRecords.HashOf(records)).ShouldBeFalse();
        (InputRecords.HashOf(InputRecords.Compact(Parse("a=1 b=1 c=2", string.Empty))) == InputRecords.HashOf(records)).ShouldBeFalse();
    }

    [Fact]
    public void What_each_of_several_sources_answered_stays_apart()
    {
        var inputs = new SourceInputs([OfOne("a=1 b=2", string.Empty), OfOne(string.Empty, string.Empty), OfOne("a=1", string.Empty)]);
        var records = InputRecords.Compact(inputs);

        records.Select(static record => (record.Path, record.Source)).ShouldBe([("a", null), ("b", null), ("a", 2)]);
        var restored = InputRecords.Restore(new InventoryHeader { Revision = "r,s,t", Inputs = records }).ShouldNotBeNull();
        restored.Items.Select(static item => string.Join(' ', item.Entries.Select(static entry => $"{entry.Key}={entry.Value}")))
            .ShouldBe(["a=1 b=2", string.Empty, "a=1"]);
        var moved = InputRecords.HashOf([.. records.Select(static record => record with { Source = record.Source is null ? null : 1 })]);
        (moved == InputRecords.HashOf(records)).ShouldBeFalse();
    }

    private static IEnumerable<string> Text(IEnumerable<InventoryInput> records) =>
        records.Select(static input => $"{input.Path}={input.Id?.Replace(' ', '&') ?? "-"}").Order(StringComparer.Ordinal);

    private static SourceInputs Parse(string text, string directories) => new([OfOne(text, directories)]);

    private static RecordedInputs OfOne(string text, string directories) => new(Pairs(text))
    {
        Directories = Pairs(directories).ToImmutableSortedDictionary(static pair => pair.Key, static pair => pair.Value!, StringComparer.Ordinal),
    };

    private static ImmutableSortedDictionary<string, string?> Pairs(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static item => item.Split('='))
        .ToImmutableSortedDictionary(static item => item[0], static item => item[1] == "-" ? null : item[1].Replace('&', ' '), StringComparer.Ordinal);
}
