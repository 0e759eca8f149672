using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Gates;
using GitOps.Operator.Reconcile.Syncing;
using GitOps.Operator.Tests.Observing;

namespace GitOps.Operator.Tests.Gates;

public sealed class DependencyGateTests
{
    private const string Spec = """ "syncPolicy":{"automated":{}},"dependsOn":[{"name":"db"}] """;
    private const string Newer = "2222222222222222222222222222222222222222";

    private static readonly NamespacedName Db = new("team-a", "db");
    private static readonly ReportedState Ready = new(1, SyncCode.Synced, HealthCode.Healthy, IsReady: true, Passes.Revision);

    /// <summary>How a dependency stands; what its dependents say.</summary>
    public static TheoryData<string, string?> States => new()
    {
        { "ready", null },
        { "ready without a known head", null },
        { "unseen", "it was not looked at yet" },
        { "terminating", "it is being deleted" },
        { "other spec", "its spec changed" },
        { "out of sync", "it is OutOfSync" },
        { "unknown", "it is Unknown" },
        { "progressing", "it is Progressing" },
        { "degraded", "it is Degraded" },
        { "not ready", "it is not Ready" },
        { "behind", "it has not looked at 2222222 yet" },
        { "not rendered", "it has not looked at 1111111 yet" },
    };

    [Theory]
    [MemberData(nameof(States))]
    public void A_sync_waits_until_its_dependency_is_synced_and_healthy_for_what_there_is(string state, string? expected)
    {
        var hold = Check(Pass(), StateOf(state));
        hold?.Reason.ShouldBe(DependencyGate.Pending);
        hold?.IsSpecError.ShouldBeFalse();
        hold?.Message.ShouldBe($"waiting for Application db: {expected}");
        (hold is null).ShouldBe(expected is null);
    }

    [Fact]
    public void A_dependency_that_does_not_exist_is_an_error_of_the_spec_even_where_there_is_nothing_to_do()
    {
        var hold = Check(Pass(desired: 2), null)!;
        (hold.Reason, hold.IsSpecError).ShouldBe((DependencyGate.Missing, true));
        hold.Message.ShouldContain("team-a/db");
    }

    [Fact]
    public void What_has_nothing_to_do_and_what_has_begun_waits_for_nothing()
    {
        Check(Pass(desired: 2), StateOf("degraded")).ShouldBeNull();
        var begun = Pass();
        begun.Runtime.Operation = Operation(begun.Runtime.Target!.Revision);
        Check(begun, StateOf("degraded")).ShouldBeNull();
        var other = Pass();
        other.Runtime.Operation = Operation(Newer);
        Check(other, StateOf("degraded")).ShouldNotBeNull("a newer target begins anew");
    }

    [Theory]
    [InlineData("web>db db>web", "web -> db -> web")]
    [InlineData("web>db db>cache cache>web", "web -> db -> cache -> web")]
    [InlineData("web>db,cache db>x cache>web", "web -> cache -> web")]
    [InlineData("web>db db>cache cache>db", null)]
    [InlineData("web>db db>cache", null)]
    public void A_circle_is_named_by_those_who_are_in_it(string edges, string? expected)
    {
        var hold = new DependencyGate(Graph(edges), _ => StateOf("ready")).Check(Pass());
        hold?.Reason.ShouldBe(DependencyGate.Cycle);
        hold?.IsSpecError.ShouldBeTrue();
        hold?.Message.ShouldContain($" {expected} ");
        (hold is null).ShouldBe(expected is null);
    }

    [Fact]
    public void Those_who_depend_on_it_are_found_through_others_and_forgotten_with_their_specs()
    {
        var graph = Graph("web>db db>cache other>db");
        Names(graph.DependentsOf(new("team-a", "cache"))).ShouldBe(["db", "other", "web"]);
        graph.Set(Db, []);
        Names(graph.DependentsOf(new("team-a", "cache"))).ShouldBeEmpty();
        Names(graph.DependentsOf(Db)).ShouldBe(["other", "web"]);
        graph.Remove(new("team-a", "web"));
        Names(graph.DependentsOf(Db)).ShouldBe(["other"]);
        graph.CycleOf(new("team-a", "web")).ShouldBeEmpty();
    }

    private static SyncOperation Operation(string revision) =>
        new() { Id = "1", Revision = revision, StartedAt = Passes.Now, AttemptStartedAt = Passes.Now };

    private static string[] Names(IEnumerable<NamespacedName> keys) => [.. keys.Select(static key => key.Name).Order(StringComparer.Ordinal)];

    private static DependencyGraph Graph(string edges)
    {
        var graph = new DependencyGraph();
        foreach (var edge in edges.Split(' '))
        {
            var (from, to) = (edge.Split('>')[0], edge.Split('>')[1]);
            graph.Set(new("team-a", from), [.. to.Split(',').Select(static name => new NamespacedName("team-a", name))]);
        }

        return graph;
    }

    private static ReconcileContext Pass(int desired = 3)
    {
        var context = Passes.Planned(Spec, desired, 2);
        context.Work = SyncWork.Of(context);
        return context;
    }

    private static GateHold? Check(ReconcileContext context, DependencyState? state)
    {
        var graph = new DependencyGraph();
        graph.Set(context.Key, context.Spec.DependsOn);
        return new DependencyGate(graph, key => key == Db ? state : throw new InvalidOperationException(key.ToString())).Check(context);
    }

    private static DependencyState StateOf(string state) => state switch
    {
        "ready" => new(1, false, Ready, Passes.Revision),
        "ready without a known head" => new(1, false, Ready, null),
        "unseen" => new(1, false, null, Passes.Revision),
        "terminating" => new(1, true, Ready, Passes.Revision),
        "other spec" => new(2, false, Ready, Passes.Revision),
        "out of sync" => new(1, false, Ready with { Sync = SyncCode.OutOfSync, IsReady = false }, Passes.Revision),
        "unknown" => new(1, false, Ready with { Sync = SyncCode.Unknown, IsReady = false }, Passes.Revision),
        "progressing" => new(1, false, Ready with { Health = HealthCode.Progressing, IsReady = false }, Passes.Revision),
        "degraded" => new(1, false, Ready with { Health = HealthCode.Degraded, IsReady = false }, Passes.Revision),
        "not ready" => new(1, false, Ready with { IsReady = false }, Passes.Revision),
        "behind" => new(1, false, Ready, Newer),
        "not rendered" => new(1, false, Ready with { Revision = null }, Passes.Revision),
        _ => throw new InvalidOperationException(state),
    };
}
