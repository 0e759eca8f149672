using System.Collections.Immutable;
using GitOps.Kubernetes.Leases;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Kubernetes.Watching;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Leases;

/// <summary>What stands at a lease beside its holder, and how one that is handed back is had without a wait.</summary>
public sealed class LeaseLookoutTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly LeaseServer _server = new();
    private readonly FakeWatch _watch = new();

    [Fact]
    public async Task A_lease_that_is_handed_back_is_had_before_the_next_look()
    {
        _server.Set(LeaseOf("other"));
        await using var me = new RunningElector(_server, RunningElector.Options(_time));
        using var end = new CancellationTokenSource();
        var lookout = LeaseLookout.RunAsync(_watch, me.Elector, end.Token);
        await Waiting.UntilAsync(() => me.Notices.Any(static notice => notice.Kind == LeaderElectionNoticeKind.OtherLeads));
        _watch.Asked!.FieldSelector.ShouldBe("metadata.name=l");
        var released = LeaseOf(string.Empty);
        _server.Set(released);

        // Another lease, and one that is held, are no reason to try.
        _watch.Say(WatchEventType.Applied, KubernetesObject.Parse(LeaseOf(string.Empty).Replace("\"l\"", "\"m\"", StringComparison.Ordinal)));
        _watch.Say(WatchEventType.Applied, KubernetesObject.Parse(LeaseOf("other")));
        _watch.Say(WatchEventType.Applied, KubernetesObject.Parse(released));
        await me.LeadsAsync();
        _server.Calls.ShouldBe(["get", "get", "replace me"]);
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => lookout);
    }

    [Fact]
    public async Task Annotations_stand_at_the_lease_for_as_long_as_it_is_held_and_are_seen_by_the_others()
    {
        _server.Set(LeaseOf("me", annotations: """{"of-others": "stays", "address": "old", "gone": "x"}"""));
        var options = RunningElector.Options(_time) with
        {
            Annotations = ImmutableSortedDictionary<string, string?>.Empty.Add("address", "http://10.0.0.1").Add("gone", null),
        };
        await using var me = new RunningElector(_server, options);
        await me.LeadsAsync();
        _server.Lease!.Metadata!["annotations"]!.ToJsonString().ShouldBe("""{"of-others":"stays","address":"http://10.0.0.1"}""");
        await using var other = new RunningElector(_server, RunningElector.Options(_time, "other"));
        await Waiting.UntilAsync(() => other.Elector.Holder == "me");
        other.Elector.Annotation("address").ShouldBe("http://10.0.0.1");
        other.Elector.Annotation("gone").ShouldBeNull();
    }

    [Fact]
    public async Task Each_attempt_that_gets_or_renews_the_lease_tells_how_long_it_took()
    {
        var took = new List<TimeSpan>();
        _server.Before = (call, _) =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(call == "get" ? 100 : 30));
            return Task.CompletedTask;
        };
        await using var me = new RunningElector(_server, RunningElector.Options(_time) with { OnHeld = took.Add });
        await me.LeadsAsync();
        took.ShouldBe([TimeSpan.FromMilliseconds(130)]);
    }

    private static string LeaseOf(string holder, string annotations = "{}") => $$"""
        {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "l", "namespace": "ns", "annotations": {{annotations}} },
         "spec": {"holderIdentity": "{{holder}}", "leaseDurationSeconds": 15, "leaseTransitions": 3} }
        """;
}
