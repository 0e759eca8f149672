using System.Text.Json.Nodes;
using GitOps.Kubernetes.Events;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Auditing;
using GitOps.Operator.Tests.Api;
using GitOps.Operator.Tests.Syncing.Bed;
using GitOps.Testing;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Tests.Auditing;

public sealed class AuditTrailTests : IDisposable
{
    private readonly Lines _lines = new();
    private readonly ILoggerFactory _logs;
    private readonly AuditTrail _trail;

    public AuditTrailTests()
    {
        _logs = LoggerFactory.Create(logging => logging.AddProvider(_lines));
        _trail = new(_logs);
    }

    public void Dispose()
    {
        _logs.Dispose();
        _lines.Dispose();
    }

    [Fact]
    public void A_write_that_nobody_says_anything_of_is_told_all_the_same()
    {
        _trail.Written(Write());
        var (level, line) = _lines.All.ShouldHaveSingleItem();
        level.ShouldBe(LogLevel.Information);
        line["Reason"].ShouldBe("other");
        (line["Verb"], line["Kind"], line["Namespace"], line["Name"], line["Outcome"], line["RequestId"]).ShouldBe(("apply", "ConfigMap", "ns", "a", "changed", "id-1"));
    }

    [Fact]
    public async Task What_is_known_flows_to_wherever_it_is_written()
    {
        using (AuditScope.Gone(new("team-a", "web")))
        using (AuditScope.For(key => new(key.Name == "a" ? AuditReason.Heal : AuditReason.Prune, ["data.key"])))
        {
            await Parallel.ForEachAsync(["a", "b"], TestContext.Current.CancellationToken, async (name, _) =>
            {
                await Task.Yield();
                _trail.Written(Write() with { Name = name });
            });
        }

        _lines.All.Select(static item => $"{item.Line["Application"]} {item.Line["Reason"]} {item.Line["Name"]} {item.Line["Fields"]}").Order(StringComparer.Ordinal)
            .ShouldBe(["team-a/web heal a data.key", "team-a/web prune b data.key"]);
        AuditScope.Current.ShouldBeNull();
    }

    [Fact]
    public void What_has_a_cause_of_its_own_names_that_and_the_rest_that_of_the_whole()
    {
        using (AuditScope.Pass(Application(), static () => new("abc", "alice", "op-1", "bob", null, "annotation")))
        {
            _trail.Written(Write());
            using (AuditScope.For(new AuditPurpose(AuditReason.Heal) { Trigger = "drift", By = "kubectl-edit" }))
            {
                _trail.Written(Write());
            }

            using (AuditScope.For(new AuditPurpose(AuditReason.Heal) { Trigger = "drift" }))
            {
                _trail.Written(Write());
            }
        }

        _lines.All.Select(static item => $"{item.Line["Initiator"]}: {item.Line["Trigger"]}").ShouldBe(["bob: annotation", "kubectl-edit: drift", "automated: drift"]);
    }

    [Theory]
    [InlineData("apply", 201, "sync", "created")]
    [InlineData("apply", 200, "adopt", "changed")]
    [InlineData("patch", 200, "adopt", "changed")]
    [InlineData("apply", 409, null, null)]
    [InlineData("apply", 403, "sync", "refused: 403 Forbidden")]
    [InlineData("apply", 0, "sync", "unknown: no answer")]
    public void On_first_contact_the_answer_tells_what_was_taken_over(string verb, int code, string? reason, string? outcome)
    {
        using (AuditScope.For(new AuditPurpose(AuditReason.Sync) { IsFirstContact = true }))
        {
            _trail.Written(Write() with { Verb = verb, Code = code, Reason = code == 403 ? "Forbidden" : string.Empty });
        }

        var told = _lines.All.SingleOrDefault();
        (told.Line?["Reason"], told.Line?["Outcome"]).ShouldBe((reason, outcome));
        if (reason is not null)
        {
            told.Level.ShouldBe(code is 200 or 201 ? LogLevel.Information : LogLevel.Warning);
        }
    }

    [Fact]
    public void What_changed_nothing_is_no_change_nor_are_the_operators_own_records()
    {
        using (AuditScope.For(new AuditPurpose(AuditReason.Sync, Version: "7")))
        {
            _trail.Written(Write() with { ResourceVersion = "7" });
        }

        _trail.Written(Write() with { Type = new("events.k8s.io", "v1", "Event") });
        _trail.Written(Write() with { Type = new(Names.Group, Names.Version, "ResourceInventory") });
        _trail.Written(Write() with { Type = new(Names.Group, Names.Version, "Application"), Resource = "applications/status" });
        _lines.All.ShouldBeEmpty();
        _trail.Written(Write() with { Type = new(Names.Group, Names.Version, "Application"), Resource = "applications" });
        _lines.All.ShouldHaveSingleItem().Line["Reason"].ShouldBe("request");
    }

    [Fact]
    public void Events_that_are_lost_are_told_of_once_a_minute_with_their_number()
    {
        var time = new ManualTimeProvider();
        var dropped = new DroppedEvents(time, _logs.CreateLogger("any"));
        for (var i = 0; i < 5; i++)
        {
            dropped.Add("the queue is full");
        }

        time.Advance(TimeSpan.FromMinutes(1));
        dropped.Add("Forbidden");
        _lines.All.Select(static item => $"{item.Line["Count"]} {item.Line["Reason"]}").ShouldBe(["1 the queue is full", "5 Forbidden"]);
    }

    [Fact]
    public void Ten_thousand_changes_are_ten_thousand_lines()
    {
        for (var i = 0; i < 10_000; i++)
        {
            _trail.Written(Write());
        }

        _lines.All.Count.ShouldBe(10_000);
    }

    [Theory]
    [InlineData(true, new[] { "ObjectAdopted: apply ConfigMap ns/theirs: changed", "ObjectHealed: apply ConfigMap ns/healed: created", "ObjectsCreated: the first sync created 3 object(s): 2 ConfigMap, 1 Service; the log of GitOps.Audit has each" })]
    [InlineData(false, new[]
    {
        "ObjectAdopted: apply ConfigMap ns/theirs: changed", "ObjectChanged: apply ConfigMap ns/a: created", "ObjectChanged: apply ConfigMap ns/b: created",
        "ObjectChanged: apply Service ns/c: created", "ObjectHealed: apply ConfigMap ns/healed: created",
    })]
    public async Task What_a_first_sync_creates_has_one_event_and_each_line(bool isFirst, string[] expected)
    {
        var told = new List<string>();
        var cluster = new MemoryCluster(new ManualTimeProvider()) { Asked = call => told.Add($"{call.Body!["reason"]}: {call.Body["note"]}") };
        var recorder = new EventRecorder(cluster.ClientOf("events"), new() { ReportingController = "a.b/c", ReportingInstance = "d" });
        _trail.Events = new(recorder);
        using (AuditScope.Pass(Applications.Of("{}"), static () => new(null, null, null, "automated", null, null)))
        using (AuditScope.For(key => new(key.Name == "healed" ? AuditReason.Heal : AuditReason.Sync) { IsFirstSync = isFirst, IsFirstContact = true }))
        {
            await Parallel.ForEachAsync(["a", "b", "c", "theirs", "healed"], TestContext.Current.CancellationToken, async (name, _) =>
            {
                await Task.Yield();
                _trail.Written(Write() with { Name = name, Code = name == "theirs" ? 200 : 201, Type = new(string.Empty, "v1", name == "c" ? "Service" : "ConfigMap") });
            });
        }

        recorder.Complete();
        await recorder.RunAsync(TestContext.Current.CancellationToken);
        _lines.All.Count.ShouldBe(5);
        told.Order(StringComparer.Ordinal).ShouldBe(expected);
    }

    [Fact]
    public void Changed_fields_are_named_and_never_shown()
    {
        var before = JsonNode.Parse("""{"metadata": {"annotations": {"a.b/c": "x"}}, "spec": {"replicas": 1, "containers": [{"image": "a"}], "gone": 1}, "same": [1]}""")!;
        var after = JsonNode.Parse("""{"metadata": {"annotations": {"a.b/c": "secret"}}, "spec": {"replicas": 2, "containers": [{"image": "b"}], "new": 1}, "same": [1]}""")!;
        ChangedPaths.Of(before, after).ShouldBe(["metadata.annotations[\"a.b/c\"]", "spec.containers[0].image", "spec.gone", "spec.new", "spec.replicas"]);
        var many = new JsonObject();
        for (var i = 0; i < 100; i++)
        {
            many[$"f{i}"] = i;
        }

        ChangedPaths.Of(new JsonObject(), many).Count.ShouldBe(ChangedPaths.Max + 1);
    }

    [Theory]
    [InlineData("level", "Debug", "debug")]
    [InlineData("level.GitOps.Operator.Git", "trace", "gitops.operator.git=trace")]
    [InlineData("level", "loud", null)]
    [InlineData("level", "1", null)]
    [InlineData("other", "loud", "")]
    public void Levels_are_read_from_a_map_or_refused(string name, string text, string? expected)
    {
        using var levels = new LogLevels();
        var read = LogLevels.Read([new(name, text)], out var problem);
        (read is null).ShouldBe(problem is not null);
        if (expected is null)
        {
            read.ShouldBeNull();
            return;
        }

        levels.Set(read!).ShouldBe(expected.Length > 0);
        levels.Text.ShouldBe(expected);
        levels.Set(read!).ShouldBeFalse("nothing has changed");
    }

    private static ApplicationResource Application() => ApplicationResource.Parse(KubernetesObject.Parse(
        """{"apiVersion": "gitops-operator.dev/v1alpha1", "kind": "Application", "metadata": {"namespace": "team-a", "name": "web"}, "spec": {} }"""));

    private static CompletedWrite Write() =>
        new("apply", new(string.Empty, "v1", "ConfigMap"), "configmaps", "ns", "a", null, 200, string.Empty, "id-1", "8", false);

    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly Lock _lock = new();

        public List<(LogLevel Level, IReadOnlyDictionary<string, string?> Line)> All { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lock)
            {
                All.Add((logLevel, ((IReadOnlyList<KeyValuePair<string, object?>>)state!).ToDictionary(static pair => pair.Key, static pair => pair.Value?.ToString(), StringComparer.Ordinal)));
            }
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
