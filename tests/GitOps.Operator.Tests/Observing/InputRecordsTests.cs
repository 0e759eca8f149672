using System.Collections.Immutable;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Reconcile.Inventories;

namespace GitOps.Operator.Tests.Observing;

public sealed class InputRecordsTests
{
    /// <summary>Recorded look-ups, <c>path=id</c> (a dash: nothing there), and what is kept of them.</summary>
    public static TheoryData<string, string> Records => new()
    {
        { "a.yaml=1", "a.yaml=1" },
        { "apps=1 apps/a.yaml=2 apps/b/c.yaml=3", "apps=1" },
        { "apps/a.yaml=2 apps2=1 apps2/a.yaml=3", "apps/a.yaml=2 apps2=1" },
        { "=1 a.yaml=2 b/c.yaml=3", "=1" },
        { "apps=- apps/a.yaml=-", "apps=- apps/a.yaml=-" },
        { "=- a.yaml=1", "=- a.yaml=1" },
        { "apps/a=1 apps/a/b.yaml=2 apps/c.yaml=-", "apps/a=1 apps/c.yaml=-" },
    };

    [Theory]
    [MemberData(nameof(Records))]
    public void What_a_recorded_directory_covers_is_left_out(string recorded, string kept)
    {
        var compact = InputRecords.Compact(Parse(recorded));
        string.Join(' ', compact.Select(static input => $"{input.Path}={input.Id ?? "-"}")).ShouldBe(kept);
        var restored = InputRecords.Restore(new InventoryHeader { Inputs = compact });
        restored.ShouldNotBeNull().Entries.Select(static entry => $"{entry.Key}={entry.Value ?? "-"}").ShouldBe(kept.Split(' '), ignoreOrder: true);
    }

    [Fact]
    public void Too_many_records_are_not_kept_and_none_is_no_record()
    {
        var many = Parse(string.Join(' ', Enumerable.Range(0, 501).Select(static index => $"f{index}=1")));
        InputRecords.Compact(many).ShouldBeEmpty();
        InputRecords.Restore(new InventoryHeader { Inputs = [] }).ShouldBeNull();
    }

    private static RecordedInputs Parse(string text) => new(text.Split(' ').Select(static item => item.Split('='))
        .ToImmutableSortedDictionary(static item => item[0], static item => item[1] == "-" ? null : item[1], StringComparer.Ordinal));
}
