using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Operator.Reconcile.Syncing;
using GitOps.Operator.Tests.Observing;

namespace GitOps.Operator.Tests.Resuming;

/// <summary>What a process had done of a sync, and what of it the next one knows.</summary>
public sealed class SyncProgressTests
{
    private const string Automatic = """ "destination":{"namespace":"team-a"},"syncPolicy":{"automated":{"prune":true}} """;

    private static readonly HistoryEntry Ended = new()
    {
        Id = 0,
        Revision = Passes.Revision,
        DeployStartedAt = Passes.Now.AddSeconds(-5),
        DeployedAt = Passes.Now,
        Trigger = SyncTrigger.Rollback,
        InitiatedBy = new() { Username = "kubectl-annotate" },
        ApprovedBy = "alice",
        Supersedes = "2222222",
        Changes = new() { Create = 20, Delete = 1 },
        Objects = [new() { Action = ChangeAction.Create, Kind = "ConfigMap", Name = "first" }],
    };

    private static readonly OperationState Running = new()
    {
        Id = "1111111-1",
        Phase = OperationPhase.Running,
        StartedAt = Passes.Now.AddSeconds(-5),
        AttemptStartedAt = Passes.Now.AddSeconds(-5),
        ApprovedBy = "alice",
        SyncResult = new() { Revision = Passes.Revision },
    };

    [Fact]
    public void What_stands_at_the_entries_is_counted_with_what_comes_then_and_nothing_twice()
    {
        var inventory = new ApplicationInventory();
        inventory.Set(Entry(0, EntryChange.Created));
        inventory.Set(Entry(1, EntryChange.Updated));
        inventory.Set(Entry(2, null));
        inventory.Set(Entry(3, null));
        inventory.Remove(Passes.Key(3), isDeleted: true);
        inventory.Set(Entry(4, EntryChange.Updated));
        inventory.Remove(Passes.Key(4));

        var progress = new SyncProgress();
        progress.Restore(inventory);
        progress.Count([new ApplyResult(Passes.Key(0), ApplyOutcome.Configured), new ApplyResult(Passes.Key(2), ApplyOutcome.Configured)]);
        progress.Count([new PruneResult(Passes.Key(3), PruneOutcome.Gone), new PruneResult(Passes.Key(5), PruneOutcome.Kept)]);

        progress.ChangeOf(Passes.Key(0)).ShouldBe(EntryChange.Created);
        progress.ChangeOf(Passes.Key(2)).ShouldBe(EntryChange.Updated);
        progress.ChangeOf(Passes.Key(6)).ShouldBeNull();
        var (changes, objects) = progress.Take();
        changes.ShouldBe(new() { Create = 1, Update = 2, Delete = 1 });
        objects.Select(static item => $"{item.Action} {item.Name}").ShouldBe(["Create settings-0", "Update settings-1", "Update settings-2", "Delete settings-3"]);
        progress.Take().Changes.ShouldBe(new());
    }

    [Fact]
    public void What_a_former_process_had_counted_together_stays_although_its_entries_forgot_it()
    {
        var progress = new SyncProgress();
        progress.Restore(Ended);
        progress.Count([new ApplyResult(Passes.Key(7), ApplyOutcome.Created)]);
        var (changes, objects) = progress.Take();
        changes.ShouldBe(new() { Create = 21, Delete = 1 });
        objects.Select(static item => item.Name).ShouldBe(["first", "settings-7"]);
        progress.Take().Changes.ShouldBe(new());
    }

    [Fact]
    public void Marks_are_stored_with_their_page_and_forgotten_together()
    {
        var inventory = new ApplicationInventory();
        inventory.Set(Entry(0, EntryChange.Created) with { PruneWave = 2 });
        inventory.Set(Entry(1, null));
        inventory.Set(Entry(2, null));
        inventory.Remove(Passes.Key(2), isDeleted: true);
        var stored = inventory.ToStore(inventory.Pages[0], new("team-a", "web"), "uid");
        stored.Deleted.ShouldBe([Passes.Key(2)]);
        var read = ApplicationInventory.From([stored]);
        read.Deleted.ShouldBe([Passes.Key(2)]);
        read.Entries[Passes.Key(0)].Change.ShouldBe(EntryChange.Created);
        read.Entries[Passes.Key(0)].PruneWave.ShouldBe(2);
        read.IsDirty.ShouldBeFalse();

        // One header makes all of it past, on whatever page it stands.
        read.SetHeader(new() { Syncs = 1 });
        var other = new InventoryPage(1) { Keys = { Passes.Key(0) }, Deleted = { Passes.Key(2) } };
        var (first, second) = (read.ToStore(read.Pages[0], new("team-a", "web"), "uid"), read.ToStore(other, new("team-a", "web"), "uid"));
        (first.ChangesAfter, first.Deleted.Length, first.Entries.Count(static entry => entry.Change is not null)).ShouldBe((1, 0, 0));
        (second.ChangesAfter, second.Deleted.Length, second.Entries.Count(static entry => entry.Change is not null)).ShouldBe((0, 1, 1), "the header may not get there");
        var after = ApplicationInventory.From([first with { Pages = 2, Entries = [] }, second with { Pages = 2 }]);
        after.Deleted.ShouldBeEmpty();
        after.Entries.Values.ShouldAllBe(static entry => entry.Change == null && entry.PruneWave == null);
        var before = ApplicationInventory.From([stored with { Pages = 2, Entries = [] }, second with { Pages = 2 }]);
        before.Deleted.Distinct().ShouldBe([Passes.Key(2)]);
        before.Entries[Passes.Key(0)].Change.ShouldBe(EntryChange.Created);

        read.ForgetChanges();
        read.Deleted.ShouldBeEmpty();
        read.Entries.Values.ShouldAllBe(static entry => entry.Change == null && entry.PruneWave == null);
        read.ToStore(other, new("team-a", "web"), "uid").ChangesAfter.ShouldBe(1);
    }

    [Fact]
    public void Pages_that_are_moved_together_forget_nothing()
    {
        var inventory = new ApplicationInventory();
        for (var i = 0; i < 3 * ResourceInventory.MaxEntries; i++)
        {
            inventory.Set(Entry(i, null));
        }

        inventory.Pages.Count.ShouldBe(3);
        for (var i = 0; i < 3 * ResourceInventory.MaxEntries - 1; i++)
        {
            inventory.Remove(Passes.Key(i), isDeleted: i % 1000 == 0);
        }

        var before = inventory.Deleted.Order().ToList();
        before.Count.ShouldBe(3);
        inventory.Compact();
        inventory.Pages.Count.ShouldBe(1);
        inventory.Deleted.Order().ShouldBe(before);

        // A page that was to go and is still there is read, too.
        var surplus = new ResourceInventory
        {
            Namespace = "team-a",
            Name = "web.5",
            Application = "web",
            ApplicationUid = "uid",
            Page = 5,
            Pages = 6,
            Deleted = [Passes.Key(9)],
        };
        ApplicationInventory.From([inventory.ToStore(inventory.Pages[0], new("team-a", "web"), "uid"), surplus]).Deleted.ShouldContain(Passes.Key(9));
    }

    /// <summary>How far the former process was; what the next one makes of it.</summary>
    [Theory]
    [InlineData("never told", "told")]
    [InlineData("told", "")]
    [InlineData("told, without an entry", "")]
    [InlineData("told, and another has begun", "")]
    [InlineData("running", "told")]
    [InlineData("running asked", "goes on with 20")]
    [InlineData("running, not all stored", "goes on with 0")]
    [InlineData("another running", "told, goes on with 0")]
    [InlineData("not all stored", "")]
    public void A_sync_that_has_ended_is_told_by_the_next_process(string stored, string expected)
    {
        var context = Passes.Planned(Automatic, 1, 1);
        var runtime = context.Runtime;
        runtime.Inventory!.SetHeader(new()
        {
            Revision = Passes.Revision,
            OptionsHash = "o",
            Sync = new() { Id = "1111111-1", Entry = Ended },
            Pending = stored.EndsWith("not all stored", StringComparison.Ordinal) ? true : null,
        });
        var done = Running with { Phase = OperationPhase.Succeeded, FinishedAt = Passes.Now, AttemptStartedAt = null };
        runtime.Status = stored switch
        {
            "told" => new() { History = [Ended with { Id = 4 }], OperationState = done },
            "told, without an entry" => new() { OperationState = done },
            "told, and another has begun" => new() { OperationState = done with { Id = "1111111-2", FinishedAt = null, StartedAt = Passes.Now.AddSeconds(1) } },
            "running" or "running, not all stored" => new() { OperationState = Running },
            "running asked" => new() { OperationState = Running with { Operation = new() { Sync = new() }, Trigger = SyncTrigger.Operation } },
            "another running" => new() { OperationState = Running with { Id = "1111111-0", StartedAt = Passes.Now.AddSeconds(-9) } },
            _ => new(),
        };
        SyncRestorer.Restore(context);

        var told = runtime.LastSync is { } last && last.Entry == Ended && last.EndedAt == Passes.Now && last.Operation.ApprovedBy == "alice" ? "told" : null;
        var goesOn = runtime.Operation is null ? null : $"goes on with {runtime.Progress.Take().Changes.Create}";
        string.Join(", ", new[] { told, goesOn }.OfType<string>()).ShouldBe(expected);
    }

    [Fact]
    public void Whoever_asked_is_remembered_and_nobody_who_did_not()
    {
        var header = new InventoryHeader { Sync = new() { Id = "1111111-1", Entry = Ended } };
        var asked = SyncRecord.Restore(header, ApplicationStatus.Empty)!.Operation;
        (asked.Id, asked.Revision, asked.Trigger, asked.InitiatedBy!.Username, asked.Supersedes).ShouldBe(
            ("1111111-1", Passes.Revision, SyncTrigger.Rollback, "kubectl-annotate", "2222222"));
        var automated = header with { Sync = header.Sync with { Entry = Ended with { InitiatedBy = new() { Automated = true } } } };
        SyncRecord.Restore(automated, ApplicationStatus.Empty)!.Operation.InitiatedBy.ShouldBeNull();
        SyncRecord.Restore(null, ApplicationStatus.Empty).ShouldBeNull();
    }

    [Fact]
    public void The_order_of_pruning_goes_on_as_it_was_decided()
    {
        var context = Passes.Planned(Automatic, 1, 2);
        context.Runtime.Inventory!.Set(context.Runtime.Inventory.Entries[Passes.Key(1)] with { PruneWave = 3 });
        context.Runtime.Status = new() { OperationState = Running };
        SyncRestorer.Restore(context);
        context.Runtime.Operation!.PruneWaves.ShouldBe(new Dictionary<ObjectKey, int> { [Passes.Key(1)] = 3 });
    }

    [Theory]
    [InlineData("at it", true)]
    [InlineData("on the way", false)]
    [InlineData("half of another", false)]
    [InlineData("there, and a part synced anew", true)]
    public void It_is_rolled_back_when_it_is_there(string where, bool expected)
    {
        var context = Passes.Planned(Automatic, 1, 1);
        var (header, other) = (context.Runtime.Inventory!.Header!, new string('2', 40));
        context.Rollback = new(new() { Value = "1", Id = 1, Revision = Passes.Revision }, null);
        context.Runtime.Inventory.SetHeader(where switch
        {
            "on the way" => header with { Revision = other },
            "at it" => header,
            _ => header with { Pending = true },
        });
        if (where == "there, and a part synced anew")
        {
            context.Runtime.Status = new() { Conditions = [new() { Type = Conditions.RolledBack, Status = "True", Reason = "RolledBack", Message = "m", LastTransitionTime = Passes.Now }] };
        }

        context.SyncBlocked = ("ApprovalRequired", "plan waits");
        var condition = StatusBuilder.Build(context, StepResult.Continue, ImmutableArray<(ObjectKey, Controllers.Observing.ObjectState, Fingerprint?)>.Empty, Passes.Now)
            .Condition(Conditions.RolledBack)!;
        (condition.IsTrue, condition.Reason).ShouldBe((expected, expected ? "RolledBack" : "ApprovalRequired"));
        condition.Message.Contains("not there yet: plan waits", StringComparison.Ordinal).ShouldBe(!expected);
    }

    private static InventoryEntry Entry(int index, EntryChange? change) => new(Passes.Key(index), "v1", $"u{index}", "h", null) { Change = change };
}
