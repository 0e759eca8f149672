using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Api;

public sealed class ApplicationStatusTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_status_is_read_back_as_it_was_written()
    {
        var json = Full(rows: 2).ToJson();

        KubernetesJson.ToText(ApplicationStatus.Parse(json).ToJson()).ShouldBe(KubernetesJson.ToText(json));
        json["sync"]!["commit"]!["committedAt"]!.GetValue<string>().ShouldBe("2026-01-01T12:00:00Z");
        json["timings"]!["syncedAt"]!.GetValue<string>().ShouldBe("2026-01-01T12:00:01.250Z");
        json["health"]!["status"]!.GetValue<string>().ShouldBe("Degraded");
        json["drift"]![0]!["change"]!.GetValue<string>().ShouldBe("Modified");
    }

    [Fact]
    public void A_full_status_fills_every_field_of_the_schema()
    {
        var missing = Crds.Walk(Crds.Property(Crds.Application, "status"), "status")
            .Where(static item => item.Schema["properties"] is null && item.Schema["items"] is null)
            .Select(static item => item.Path)
            .Where(path => !Has(new JsonObject { ["status"] = Full(rows: 2).ToJson() }, path.Replace("[]", ".[]", StringComparison.Ordinal).Split('.')));
        missing.ShouldBeEmpty();
    }

    [Fact]
    public void What_is_absent_is_not_written() =>
        KubernetesJson.ToText(new ApplicationStatus { Sync = new() { Status = SyncCode.Unknown } }.ToJson())
            .ShouldBe("""{"sync":{"status":"Unknown"}}""");

    [Fact]
    public void Lists_and_texts_are_cut()
    {
        var status = Full(rows: 1000, longTexts: false);

        var json = status.ToJson();

        json["resources"]!.AsArray().Count.ShouldBe(200);
        json["drift"]!.AsArray().Count.ShouldBe(50);
        json["drift"]![0]!["fields"]!.AsArray().Count.ShouldBe(10);
        json["plan"]!["changes"]!.AsArray().Count.ShouldBe(200);
        json["history"]!.AsArray().Count.ShouldBe(100);
        json["history"]![99]!["id"]!.GetValue<long>().ShouldBe(999);
        json["summary"]!["images"]!.AsArray().Count.ShouldBe(200);
        json["driftCount"]!.GetValue<int>().ShouldBe(1000);
        KubernetesJson.ToUtf8(json).Length.ShouldBeLessThan(StatusLimits.TotalBytes);
    }

    [Theory]
    [InlineData("m")]
    [InlineData("漢")]
    public void The_largest_status_fits_and_keeps_its_counts(string letter)
    {
        var json = Full(rows: 10_000, longTexts: true, letter).ToJson();

        KubernetesJson.ToUtf8(json).Length.ShouldBeInRange(StatusLimits.TotalBytes / 10, StatusLimits.TotalBytes);
        json["driftCount"]!.GetValue<int>().ShouldBe(10_000);
        json["history"]!.AsArray()[^1]!["id"]!.GetValue<long>().ShouldBe(9_999);
        json["conditions"]![0]!["status"]!.GetValue<string>().ShouldBe("False");
    }

    [Fact]
    public void A_cut_never_splits_a_character()
    {
        var text = string.Concat(Enumerable.Repeat("😀", 5000));

        foreach (var prefix in new[] { "", "x" })
        {
            var json = new ApplicationStatus { Health = new() { Status = HealthCode.Unknown, Message = prefix + text } }.ToJson();
            var message = json["health"]!["message"]!.GetValue<string>();
            message.EnumerateRunes().ShouldNotContain(System.Text.Rune.ReplacementChar);
            message.Length.ShouldBeInRange(StatusLimits.Message - 1, StatusLimits.Message);
        }
    }

    [Theory]
    [InlineData("""{"sync":"Synced","driftCount":3}""")]
    [InlineData("""{"sync":{"status":"Wonderful"},"driftCount":3}""")]
    [InlineData("""{"sync":{"revision":"abc"},"driftCount":3}""")]
    [InlineData("""{"conditions":{"a":1},"health":{"status":0},"driftCount":3}""")]
    [InlineData("""{"conditions":[{"type":"Ready"},null,5],"resources":[{"kind":"X"}],"driftCount":3,"futureField":[1]}""")]
    [InlineData("""{"timings":{"syncedAt":"yesterday"},"observedGeneration":1e99,"driftCount":3}""")]
    [InlineData("""{"operationState":{"phase":"1"},"history":[{"id":"x"}],"driftCount":3}""")]
    public void What_another_version_wrote_is_read_as_far_as_it_fits(string json)
    {
        var status = ApplicationStatus.Parse(KubernetesJson.ParseObject(json));

        status.DriftCount.ShouldBe(3);
        KubernetesJson.ToText(status.ToJson()).ShouldNotContain("Wonderful");
        (status.Sync, status.Health, status.OperationState, status.ObservedGeneration).ShouldBe((null, null, null, null));
        (status.Conditions.Length, status.Resources.Length, status.History.Length).ShouldBe((0, 0, 0));
    }

    [Fact]
    public void An_application_is_read_whatever_it_holds()
    {
        string[] bodies =
        [
            "{}", """{"spec":null}""", """{"spec":"x","status":5,"metadata":[]}""",
            """{"metadata":{"labels":{"a":1,"b":"c"},"finalizers":["x",1],"generation":"2"},"operation":null,"status":{"conditions":5}}""",
        ];

        foreach (var body in bodies)
        {
            var application = ApplicationResource.Parse(KubernetesObject.Parse(body));
            application.Status.Conditions.ShouldBeEmpty();
            SpecValidator.Validate(application, Applications.Trusting).IsValid.ShouldBeFalse(body);
        }

        ApplicationResource.Parse(KubernetesObject.Parse(bodies[3])).Metadata.Labels.ShouldBe([KeyValuePair.Create("b", "c")]);
    }

    private static bool Has(JsonNode? node, ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            node = step == "[]" ? node?[0] : node?[step];
        }

        return node is not null;
    }

    private static ApplicationStatus Full(int rows, bool longTexts = false, string letter = "m")
    {
        var name = new string('n', rows > 100 ? 63 : 5);
        var message = string.Concat(Enumerable.Repeat(letter, longTexts ? 9000 : 5));
        var commit = new CommitSummary
        {
            Author = message,
            Committer = message,
            Subject = message,
            CommittedAt = Noon,
            Signature = "None",
            PullRequest = "#1",
        };
        var source = new HistorySource { RepoUrl = "r", TargetRevision = "main", Path = ".", Chart = "web", Ref = "values", Hash = "h" };
        return new()
        {
            ObservedGeneration = 3,
            Sync = new() { Status = SyncCode.OutOfSync, Ref = "refs/heads/main", Revision = new string('a', 40), ShortRevision = "aaaaaaa", HelmVersion = "v4.2.3", RefusedRevision = new string('b', 40), Commit = commit, Revisions = ["a"], Commits = [new() { Source = 1, Revision = "a", Commit = commit }] },
            Health = new() { Status = HealthCode.Degraded, Message = message, LastTransitionTime = Noon },
            Conditions = [.. ImmutableArray<Condition>.Empty.Set("Ready", false, "Degraded", message, 3, Noon)],
            OperationState = new()
            {
                Id = "aaaaaaa-1",
                Phase = OperationPhase.Failed,
                Trigger = SyncTrigger.Operation,
                Cause = new() { Name = "spec", By = "kubectl-edit", After = "window" },
                InitiatedBy = new() { Username = "u", Automated = true },
                ApprovedBy = "u",
                Operation = Request,
                Token = "t",
                Supersedes = new string('b', 40),
                SpecHash = "h",
                RetryAt = Noon,
                Message = message,
                StartedAt = Noon,
                FinishedAt = Noon,
                RetryCount = 2,
                AttemptStartedAt = Noon,
                ResumedAt = Noon,
                Approval = new() { Name = "yes", ApprovedBy = "alice", PlanHash = "0123", SpecHash = "4567" },
                Progress = new() { Phase = SyncPhase.PreSync, Wave = 1, Since = Noon },
                SyncResult = new()
                {
                    Revision = "a",
                    Revisions = ["a"],
                    Resources = Repeat(rows, i => new SyncResultRow
                    {
                        Group = "batch",
                        Version = "v1",
                        Kind = "Job",
                        Namespace = "a",
                        Name = $"job-{i}",
                        Status = ResultCode.Synced,
                        Message = message,
                        HookType = SyncPhase.PreSync,
                        HookPhase = OperationPhase.Succeeded,
                        SyncPhase = SyncPhase.PreSync,
                    }),
                },
            },
            History = Repeat(rows, i => new HistoryEntry
            {
                Id = i,
                Revision = new string('a', 40),
                Revisions = ["a"],
                DeployStartedAt = Noon,
                DeployedAt = Noon,
                InitiatedBy = new() { Username = "u", Automated = true },
                Trigger = SyncTrigger.Commit,
                ApprovedBy = "u",
                Supersedes = new string('b', 40),
                Commit = commit,
                Source = source,
                Sources = [source],
                SourceChanges = ["spec.sources[0] u 1 → 2"],
                Changes = new() { Create = 1, Adopt = 4, Update = 2, Delete = 3 },
                Objects = Repeat(rows > 100 ? 20 : 1, i => new ChangedObject
                {
                    Action = ChangeAction.Create,
                    Group = "apps",
                    Kind = "Deployment",
                    Namespace = name,
                    Name = name + i,
                }),
            }),
            Resources = Repeat(rows, i => new ResourceRow
            {
                Group = "apps",
                Version = "v1",
                Kind = "Deployment",
                Namespace = name,
                Name = name + i,
                Status = SyncCode.OutOfSync,
                Health = new() { Status = HealthCode.Progressing, Message = message, Since = Noon, Deadline = "10m", Overdue = true },
                Message = message,
                RequiresPruning = true,
                RequiresDeletionConfirmation = true,
            }),
            Summary = new() { Total = rows, Images = Repeat(rows, i => name + i) },
            Drift = Repeat(rows, i => new DriftRow
            {
                Group = "apps",
                Kind = "Deployment",
                Namespace = name,
                Name = name + i,
                Change = DriftChange.Modified,
                Fields = Repeat(rows > 100 ? 100 : 1, _ => Field(message, message)),
                DetectedAt = Noon,
            }),
            DriftCount = rows,
            ForeignFields = Repeat(rows, i => new DriftRow
            {
                Group = "apps",
                Kind = "Deployment",
                Namespace = name,
                Name = name + i,
                Change = DriftChange.Foreign,
                Fields = Repeat(rows > 100 ? 100 : 1, _ => Field(message, message)),
                DetectedAt = Noon,
            }),
            Contested = Repeat(rows, i => new ContestedRow
            {
                Group = "apps",
                Kind = "Deployment",
                Namespace = name,
                Name = name + i,
                Path = message,
                Managers = [message],
                Heals = 5,
                Since = Noon,
                LastHealedAt = Noon,
            }),
            Timings = new() { CommittedAt = Noon, DetectedAt = Noon, SyncedAt = Noon.AddMilliseconds(1250), HealthyAt = Noon },
            Inventory = new() { Pages = 1, Entries = rows },
            Plan = new()
            {
                Hash = "h",
                Revision = "a",
                Create = 1,
                Update = 2,
                Delete = 3,
                SourceChanges = ["spec.sources[0] u 1 → 2"],
                Changes = Repeat(rows, i => new PlanRow
                {
                    Action = PlanAction.Update,
                    Group = "apps",
                    Kind = "Deployment",
                    Namespace = name,
                    Name = name + i,
                    Fields = Repeat(rows > 100 ? 100 : 1, n => Field($"spec.template.spec.containers[name=main].env[name=VARIABLE_{n}].value", message)),
                    Diff = message,
                    OrphanedFields = ["spec.replicas"],
                    AdoptedFrom = ["helm"],
                    SharedWith = ["Terraform"],
                    Message = message,
                }),
                Hooks = Repeat(rows, i => new PlanHook { Phase = SyncPhase.PreSync, Group = "batch", Kind = "Job", Namespace = name, Name = name + i }),
            },
            SyncToken = "t",
            Rollback = new() { Value = "1", Id = 1, Revision = "a", Since = Noon, Newest = "b", ReleasedBy = "c" },
        };
    }

    private static OperationSpec Request { get; } = new()
    {
        InitiatedBy = new() { Username = "u", Automated = true },
        Info = [new() { Name = "n", Value = "v" }],
        Retry = new() { Limit = 1, Refresh = true, Backoff = new() { Duration = "1s", Factor = 2, MaxDuration = "1m" } },
        Sync = new()
        {
            Revision = "a",
            Revisions = ["a"],
            Prune = true,
            DryRun = true,
            Resources = [new() { Group = "apps", Kind = "Deployment", Namespace = "a", Name = "b" }],
            SyncOptions = ["Prune=false"],
            SyncStrategy = new() { Apply = new() { Force = true }, Hook = new() { Force = true } },
        },
    };

    private static ImmutableArray<T> Repeat<T>(int count, Func<int, T> make) => [.. Enumerable.Range(0, count).Select(make)];

    private static FieldRow Field(string path, string text) => new()
    {
        Path = path,
        Change = FieldChange.Changed,
        Desired = text,
        Live = text,
        Manager = text,
        Operation = "Update",
        Subresource = "scale",
        Time = Noon,
    };
}
