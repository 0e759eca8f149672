using GitOps.Operator.Api;
using GitOps.Operator.Reconcile.Gates;
using GitOps.Operator.Tests.Observing;

namespace GitOps.Operator.Tests.Resuming;

public sealed class ApprovalRetentionTests
{
    private const string Approved = "3333333333333333333333333333333333333333";

    private static readonly SyncApproval Approval = new(new("team-a", "web-1"), "u", Passes.Now, new()
    {
        Application = "web",
        Revision = Approved,
        PlanHash = "0123",
        ApprovedBy = "alice",
    });

    /// <summary>What there is beside it; whether it is kept.</summary>
    [Theory]
    [InlineData("nothing", false)]
    [InlineData("an unknown target", true)]
    [InlineData("its commit is the target", true)]
    [InlineData("its commit is planned", true)]
    [InlineData("its commit is being synced", true)]
    [InlineData("it is carried out", true)]
    [InlineData("another is carried out", false)]
    [InlineData("the history names it", true)]
    [InlineData("the history names another of its commit", false)]
    [InlineData("the history names another commit", false)]
    public void It_is_kept_for_as_long_as_it_is_needed_or_named(string beside, bool isKept)
    {
        var status = beside switch
        {
            "its commit is planned" => new ApplicationStatus { Plan = new() { Revision = Approved } },
            "its commit is being synced" => new() { OperationState = new() { Phase = OperationPhase.Running, SyncResult = new() { Revision = Approved } } },
            "the history names it" => new() { History = [new() { Id = 1, Revision = Approved, ApprovedBy = "alice" }] },
            "the history names another of its commit" => new() { History = [new() { Id = 1, Revision = Approved, ApprovedBy = "bob" }] },
            "the history names another commit" => new() { History = [new() { Id = 1, Revision = Passes.Revision, ApprovedBy = "alice" }] },
            _ => ApplicationStatus.Empty,
        };
        var target = beside switch
        {
            "an unknown target" => null,
            "its commit is the target" => Approved,
            _ => Passes.Revision,
        };
        var carriedOut = new ApprovedPlan(new("team-a", beside == "it is carried out" ? "web-1" : "web-2"), "alice", Passes.Revision, "spec", "0123");
        var end = ApprovalRetention.EndOf(Approval, status, target, beside.EndsWith("is carried out", StringComparison.Ordinal) ? carriedOut : null);
        end.ShouldBe(isKept ? null : Passes.Now.AddDays(7));
    }

    [Fact]
    public void Those_of_an_Application_are_found_and_one_that_is_of_another_now_is_not()
    {
        var book = new ApprovalBook();
        book.Set(Approval);
        book.Set(Approval with { Key = new("team-a", "web-0"), CreatedAt = Passes.Now.AddSeconds(-1) });
        book.Of(new("team-a", "web")).Select(static item => item.Key.Name).ShouldBe(["web-0", "web-1"]);
        book.Set(Approval with { Spec = Approval.Spec with { Application = "api" } });
        book.Of(new("team-a", "web")).Select(static item => item.Key.Name).ShouldBe(["web-0"]);
        book.Of(new("team-a", "api")).Select(static item => item.Key.Name).ShouldBe(["web-1"]);
        book.Remove(new("team-a", "web-1"))!.Value.Name.ShouldBe("api");
        book.Remove(new("team-a", "web-1")).ShouldBeNull();
        book.Of(new("team-a", "api")).ShouldBeEmpty();
    }
}
