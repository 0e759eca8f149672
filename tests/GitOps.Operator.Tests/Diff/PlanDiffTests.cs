using GitOps.Kubernetes.Objects;
using GitOps.Operator.Diff;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Diff;

public sealed class PlanDiffTests
{
    private static readonly ObjectKey Key = new("apps", "Deployment", "ns", "web");
    private static readonly Fingerprint Confirmed = new("uid", 1, "e", "t", "m", "v", null);

    [Theory]
    [InlineData("InSync", "h", "h", true, "Unchanged")]
    [InlineData("Unknown", "h", "h", true, "Unchanged")]
    [InlineData("Drifted", "h", "h", true, "Heal")]
    [InlineData("OwnershipLost", "h", "h", true, "Heal")]
    [InlineData("Recreated", "h", "h", true, "Heal")]
    [InlineData("Missing", "h", "h", true, "Create")]
    [InlineData("Missing", "new", "h", true, "Create")]
    [InlineData("InSync", "new", "h", true, "Update")]
    [InlineData("Drifted", "new", "h", true, "Update")]
    [InlineData("Unknown", "new", "h", true, "Update")]
    [InlineData("InSync", "h", "h", false, "Update")]
    [InlineData("Terminating", "new", "h", true, "Unchanged")]
    [InlineData("Missing", "h", null, false, "Create")]
    [InlineData("Unknown", "h", null, false, "Update")]
    [InlineData("Drifted", "h", null, false, "Update")]
    public void A_desired_object_has_one_action(string observed, string desiredHash, string? appliedHash, bool confirmed, string action)
    {
        InventoryEntry[] inventory = appliedHash is null ? [] : [new(Key, "v1", "uid", appliedHash, confirmed ? Confirmed : null)];

        var plan = Compare([Desired(Key, desiredHash)], inventory, new(Enum.Parse<ObservedKind>(observed)));

        plan.Changes.ShouldHaveSingleItem().Action.ShouldBe(Enum.Parse<PlannedAction>(action));
    }

    [Fact]
    public void A_manifest_in_another_version_is_applied_again() =>
        Compare([Desired(Key, "h", "v2")], [new(Key, "v1", "uid", "h", Confirmed)], new(ObservedKind.InSync))
            .Changes.ShouldHaveSingleItem().Reason.ShouldBe("its apiVersion changed from v1 to v2");

    [Theory]
    [InlineData("InSync", null, "Prune", "no longer desired")]
    [InlineData("Unknown", null, "Prune", "no longer desired")]
    [InlineData("Missing", null, "Prune", "no longer desired, and gone already")]
    [InlineData("Terminating", "x", "Prune", "no longer desired, and being deleted")]
    [InlineData("InSync", "its sync-options say Prune=false", "KeepProtected", "its sync-options say Prune=false")]
    public void What_is_no_longer_desired_is_pruned_unless_it_is_protected(string observed, string? refusal, string action, string reason)
    {
        var plan = Compare([], [new(Key, "v1", "uid", "h", Confirmed)], new(Enum.Parse<ObservedKind>(observed), PruneRefusal: refusal));

        var change = plan.Changes.ShouldHaveSingleItem();
        change.Action.ShouldBe(Enum.Parse<PlannedAction>(action));
        change.Reason.ShouldBe(reason);
        change.Desired.ShouldBeNull();
        change.Entry.ShouldNotBeNull();
    }

    [Fact]
    public void Desired_objects_keep_their_order_and_the_rest_is_sorted()
    {
        ObjectKey[] keys = [.. "dacb".Select(static name => new ObjectKey(string.Empty, "ConfigMap", "ns", name.ToString()))];

        var plan = Compare(
            [Desired(keys[0], "h"), Desired(keys[1], "h")],
            [new(keys[2], "v1", "u", "h", Confirmed), new(keys[3], "v1", "u", "h", Confirmed)],
            ObservedState.Unknown);

        string.Concat(plan.Changes.Select(static change => change.Key.Name)).ShouldBe("dabc");
        (plan.Updates, plan.Prunes, plan.Creates, plan.Heals, plan.Unchanged, plan.Protected).ShouldBe((2, 2, 0, 0, 0, 0));
        plan.HasWrites.ShouldBeTrue();
    }

    [Fact]
    public void Nothing_to_do_is_no_write() =>
        Compare([Desired(Key, "h")], [new(Key, "v1", "uid", "h", Confirmed)], new(ObservedKind.InSync)).HasWrites.ShouldBeFalse();

    private static DesiredObject Desired(ObjectKey key, string hash, string version = "v1") =>
        new(key, new(key.Group, version, key.Kind), "{}"u8.ToArray(), hash, "a.yaml");

    private static SyncPlan Compare(IReadOnlyList<DesiredObject> desired, IEnumerable<InventoryEntry> inventory, ObservedState observed) =>
        PlanDiff.Compare(desired, inventory.ToDictionary(static entry => entry.Key), _ => observed);
}
