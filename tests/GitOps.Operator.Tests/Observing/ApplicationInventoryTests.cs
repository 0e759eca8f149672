using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Inventories;

namespace GitOps.Operator.Tests.Observing;

public sealed class ApplicationInventoryTests
{
    private static readonly NamespacedName Application = new("apps", "web");
    private static readonly Fingerprint Print = new("u", 1, "e", "t", "m", "v", null);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1000, 1)]
    [InlineData(1001, 2)]
    [InlineData(2500, 3)]
    public void Entries_are_spread_over_pages_of_a_thousand(int entries, int pages)
    {
        var inventory = Of(entries);
        inventory.Pages.Count.ShouldBe(pages);
        inventory.Pages.ShouldAllBe(static page => page.Keys.Count <= ResourceInventory.MaxEntries && page.Dirty);
        var stored = Store(inventory);
        stored.Sum(static page => page.Entries.Length).ShouldBe(entries);
        stored.ShouldAllBe(page => page.Pages == pages);

        var read = ApplicationInventory.From(stored);
        read.Unknown.ShouldBeNull();
        read.IsDirty.ShouldBeFalse();
        read.Entries.Values.OrderBy(static entry => entry.Key).ShouldBe(inventory.Entries.Values.OrderBy(static entry => entry.Key));
    }

    [Fact]
    public void A_change_of_one_entry_is_one_page_and_no_change_is_none()
    {
        var inventory = ApplicationInventory.From(Store(Of(2500)));
        inventory.Set(Entry(7));
        inventory.IsDirty.ShouldBeFalse("it is as it was");
        inventory.Set(Entry(7) with { DesiredHash = "other" });
        inventory.Pages.Count(static page => page.Dirty).ShouldBe(1);
        inventory.Remove(Key(7));
        inventory.Remove(Key(99_999));
        inventory.Pages.Count(static page => page.Dirty).ShouldBe(1);
        inventory.TryGet(Key(7), out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0, "page 0")]
    [InlineData(1, "page 1")]
    [InlineData(2, "page 2")]
    public void A_page_that_is_missing_leaves_the_inventory_unknown(int missing, string named)
    {
        var stored = Store(Of(2500));
        var inventory = ApplicationInventory.From([.. stored.Where(page => page.Page != missing)]);
        inventory.Unknown.ShouldNotBeNull().ShouldContain(named);
        inventory.Entries.Count.ShouldBe(2500 - stored[missing].Entries.Length, "what is there is known");
    }

    [Fact]
    public void No_page_at_all_is_an_empty_inventory()
    {
        var inventory = ApplicationInventory.From([]);
        inventory.Unknown.ShouldBeNull();
        inventory.Entries.ShouldBeEmpty();
        inventory.IsDirty.ShouldBeFalse();
    }

    [Fact]
    public void Pages_that_have_become_nearly_empty_are_moved_together()
    {
        var inventory = ApplicationInventory.From(Store(Of(5000)));
        for (var i = 10; i < 5000; i++)
        {
            inventory.Remove(Key(i));
        }

        inventory.Compact();
        inventory.Pages.Count.ShouldBe(1);
        inventory.Surplus.Select(static page => page.Index).ShouldBe([1, 2, 3, 4]);
        inventory.IsDirty.ShouldBeTrue();
        Store(inventory).Single().Entries.Length.ShouldBe(10);
        inventory.Header.ShouldBe(new InventoryHeader { Revision = "r" });
    }

    [Fact]
    public void A_page_that_was_stored_before_the_first_one_is_in_use_again_when_it_is_needed()
    {
        var old = Store(Of(10));
        var grown = ApplicationInventory.From(old);
        for (var i = 10; i < 1500; i++)
        {
            grown.Set(Entry(i));
        }

        // The first page, which says how many there are, was not stored any more.
        var cutOff = ApplicationInventory.From([old[0], Store(grown)[1] with { Uid = "second", ResourceVersion = "7" }]);
        for (var i = 10; i < 1500; i++)
        {
            cutOff.Set(Entry(i));
        }

        cutOff.Surplus.ShouldBeEmpty("it would be deleted under the name that it is stored by");
        cutOff.Pages.Select(static page => (page.Index, page.Uid, page.ResourceVersion)).Last().ShouldBe((1, "second", "7"));
        Store(cutOff).Sum(static page => page.Entries.Length).ShouldBe(1500);
    }

    [Theory]
    [InlineData(2000, 1001)]
    [InlineData(1500, 200)]
    public void Few_pages_are_left_as_they_are(int before, int after)
    {
        var inventory = Of(before);
        for (var i = after; i < before; i++)
        {
            inventory.Remove(Key(i));
        }

        inventory.Compact();
        inventory.Surplus.ShouldBeEmpty();
        inventory.Entries.Count.ShouldBe(after);
    }

    [Fact]
    public void Whatever_a_compaction_is_cut_off_at_no_entry_is_lost()
    {
        var before = Of(5000);
        var old = Store(before);
        var inventory = ApplicationInventory.From(old);
        for (var i = 10; i < 5000; i++)
        {
            inventory.Remove(Key(i));
        }

        inventory.Compact();
        var compacted = Store(inventory);

        // The first page is stored, the ones out of use are still there, whole: they were to be deleted next.
        var halfway = ApplicationInventory.From([.. compacted, .. old.Where(static page => page.Page > 0)]);
        halfway.Unknown.ShouldBeNull();
        halfway.Pages.Count.ShouldBe(5, "what they hold is still managed, and stays where it is stored");
        halfway.Surplus.ShouldBeEmpty();
        Enumerable.Range(0, 10).ShouldAllBe(i => halfway.Entries.ContainsKey(Key(i)));
        halfway.Entries.Count.ShouldBeGreaterThanOrEqualTo(10);
        halfway.IsDirty.ShouldBeTrue();
    }

    [Fact]
    public void An_entry_that_two_pages_have_is_taken_where_it_is_confirmed()
    {
        var pending = Entry(1) with { Uid = string.Empty, DesiredHash = string.Empty, Fingerprint = null };
        var stored = new[] { Page(0, 1, Entry(1)), Page(1, 1, pending) };
        ApplicationInventory.From(stored).Entries[Key(1)].Fingerprint.ShouldNotBeNull();
    }

    [Fact]
    public void A_terminating_page_has_to_be_stored_anew()
    {
        var stored = Store(Of(1)).ConvertAll(static page => page with { DeletionTimestamp = "2026-01-01T00:00:00Z" });
        var inventory = ApplicationInventory.From(stored);
        inventory.IsDirty.ShouldBeTrue();
        inventory.Entries.Count.ShouldBe(1);
    }

    private static ObjectKey Key(int index) => new(string.Empty, "ConfigMap", "apps", $"settings-{index:0000}");

    private static InventoryEntry Entry(int index) => new(Key(index), "v1", "u", $"hash-{index}", Print);

    private static ApplicationInventory Of(int entries)
    {
        var inventory = new ApplicationInventory();
        for (var i = 0; i < entries; i++)
        {
            inventory.Set(Entry(i));
        }

        inventory.SetHeader(new InventoryHeader { Revision = "r" });
        return inventory;
    }

    private static List<ResourceInventory> Store(ApplicationInventory inventory) =>
        [.. inventory.Pages.Select(page => inventory.ToStore(page, Application, "uid") with { Uid = $"page-{page.Index}", ResourceVersion = "1" })];

    private static ResourceInventory Page(int index, int pages, params InventoryEntry[] entries) => new()
    {
        Namespace = "apps",
        Name = $"web.{index}",
        Application = "web",
        ApplicationUid = "uid",
        Page = index,
        Pages = pages,
        Entries = [.. entries],
        ResourceVersion = "1",
    };
}
