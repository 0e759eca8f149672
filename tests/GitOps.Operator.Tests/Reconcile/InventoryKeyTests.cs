using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Inventories;

namespace GitOps.Operator.Tests.Reconcile;

public sealed class InventoryKeyTests
{
    private static readonly InventoryEntry Entry = new(
        new(string.Empty, "ConfigMap", "team", "settings"), "v1", "uid-1", "hash-1", new("uid-1", null, "e", "t", "m", "v", null));

    private static readonly ResourceInventory Page = new()
    {
        Namespace = "team",
        Name = "web.0",
        Application = "web",
        ApplicationUid = "uid",
        Page = 0,
        Pages = 1,
        Header = new() { KeyId = "old", Revision = "abc" },
        Entries = [Entry],
    };

    [Fact]
    public void Hashes_of_another_key_say_nothing_and_what_is_managed_stays_known()
    {
        var inventory = ApplicationInventory.From([Page], "new");

        inventory.Entries[Entry.Key].ShouldBe(Entry with { DesiredHash = string.Empty, Fingerprint = null });
        inventory.Header!.Pending.ShouldBe(true);
        inventory.Unknown.ShouldBeNull();
    }

    [Fact]
    public void Hashes_of_the_same_key_are_kept() =>
        ApplicationInventory.From([Page], "old").Entries[Entry.Key].ShouldBe(Entry);
}
