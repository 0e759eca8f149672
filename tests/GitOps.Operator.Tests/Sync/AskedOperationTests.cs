using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Syncing;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Tests.Sync;

public sealed class AskedOperationTests
{
    private static readonly DateTimeOffset Begun = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 0)]
    public void How_long_a_person_takes_counts_towards_no_deadline(bool isAsked, int since)
    {
        var operation = new SyncOperation { Id = "1", Revision = new string('a', 40), StartedAt = Begun, AttemptStartedAt = Begun };
        operation.Enter(new SyncBatch(SyncPhase.Sync, 0, []), Begun);

        operation.Ask(isAsked, Begun.AddHours(1));
        operation.Ask(isAsked, Begun.AddHours(2));
        operation.Ask(isAsked: false, Begun.AddHours(3));
        operation.Ask(isAsked: false, Begun.AddHours(4));

        operation.At!.Since.ShouldBe(Begun.AddHours(since));
        operation.CountsFrom.ShouldBe(isAsked ? Begun.AddHours(3) : default);
    }
}
