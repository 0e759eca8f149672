using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Operator.Tests.Api;

public sealed class OperationRulesTests
{
    private const string Manual = $$"""{ {{Applications.Source}}, "destination": {"namespace": "team-a"}, "syncPolicy": {"syncOptions": ["CreateNamespace=true", "Prune=false"]} }""";

    /// <summary>The operation; the fields that are refused, in order.</summary>
    public static TheoryData<string, string[]> Refusals => new()
    {
        { """[]""", ["operation", "operation.sync"] },
        { """{}""", ["operation.sync"] },
        { """{"sync":null}""", ["operation.sync"] },
        { """{"sync":5}""", ["operation.sync"] },
        { """{"sync":{}}""", [] },
        { """{"sync":{"wonder":true}}""", ["operation.sync.wonder"] },
        { """{"wonder":true,"sync":{}}""", ["operation.wonder"] },
        { """{"sync":{"source":{"repoURL":"x"}}}""", ["operation.sync.source"] },
        { """{"sync":{"sources":[{"repoURL":"x"}]}}""", ["operation.sync.sources"] },
        { """{"sync":{"manifests":["{}"]}}""", ["operation.sync.manifests"] },
        { """{"sync":{"autoHealAttemptsCount":1}}""", ["operation.sync.autoHealAttemptsCount"] },
        { """{"sync":{"prune":"yes"}}""", ["operation.sync.prune"] },
        { """{"sync":{"revision":"a","revisions":["a"]}}""", [] },
        { """{"sync":{"revision":"a","revisions":["b"]}}""", ["operation.sync.revisions"] },
        { """{"sync":{"revisions":["a","b"]}}""", ["operation.sync.revisions"] },
        { """{"sync":{"resources":[{"kind":"A","name":"b"},{"kind":"A"},{"name":"b"}]}}""", ["operation.sync.resources[1]", "operation.sync.resources[2]"] },
        { """{"sync":{"syncOptions":["CreateNamespace=false"]}}""", [] },
        { """{"sync":{"syncOptions":["Prune=true","Magic=true"]}}""", ["operation.sync.syncOptions[1]"] },
        { """{"sync":{"syncStrategy":{"apply":{},"hook":{}}}}""", ["operation.sync.syncStrategy"] },
        { """{"sync":{"syncStrategy":{"hook":{"force":false}}}}""", [] },
        { """{"sync":{"syncStrategy":{"apply":{"force":true}}}}""", [] },
        { """{"sync":{},"retry":{"refresh":false}}""", ["operation.retry.refresh"] },
        { """{"sync":{},"retry":{"backoff":{"duration":"x","factor":0}}}""", ["operation.retry.backoff.duration", "operation.retry.backoff.factor"] },
        { """{"sync":{},"info":[{"name":"a","value":"b"}],"initiatedBy":{"username":"dora","automated":true}}""", [] },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_a_request_may_not_say_is_named(string operation, string[] fields)
    {
        var (_, errors) = Check(Manual, operation);
        errors.ToSorted().Select(static error => error.Field).ShouldBe(fields);
        errors.ToSorted().ShouldAllBe(static error => error.Message.Length > 5);
    }

    [Fact]
    public void A_request_that_would_not_fit_the_status_is_refused()
    {
        var resources = string.Join(',', Enumerable.Range(0, 400).Select(static i => $$"""{"kind":"ConfigMap","name":"settings-{{i}}"}"""));
        var (_, errors) = Check(Manual, $$"""{"sync":{"resources":[{{resources}}] } }""");
        errors.ToSorted().Single().Field.ShouldBe("operation");
    }

    [Fact]
    public void Options_of_a_request_go_before_those_of_the_spec()
    {
        var (request, errors) = Check(Manual, """{"sync":{"syncOptions":["Prune=true"]}}""");
        errors.IsEmpty.ShouldBeTrue();
        request.Spec.Options.CreateNamespace.ShouldBeTrue("what the request does not speak of is as the spec says");
        request.Spec.Options.Prune.ShouldNotBe(SpecValidator.Validate(Applications.Of(Manual), Applications.Trusting).Spec!.Options.Prune);
    }

    [Fact]
    public void Force_of_a_strategy_is_the_option_of_that_name() =>
        Check(Manual, """{"sync":{"syncStrategy":{"hook":{"force":true}}}}""").Request.Spec.Options.Force.ShouldBeTrue();

    /// <summary>The operation; whether it prunes, how often it is repeated.</summary>
    [Theory]
    [InlineData("""{"sync":{}}""", false, 0)]
    [InlineData("""{"sync":{"prune":true}}""", true, 0)]
    [InlineData("""{"sync":{},"retry":{"limit":3}}""", false, 3)]
    public void A_request_prunes_and_is_repeated_only_if_it_says_so(string operation, bool prunes, int limit)
    {
        var (request, _) = Check(
            $$"""{ {{Applications.Source}}, "syncPolicy": {"automated": {"prune": true}, "retry": {"limit": 7} } }""", operation);
        (request.Spec.Prune, request.Spec.Retry.Limit).ShouldBe((prunes, limit));
        request.Spec.Automated.ShouldBeTrue("what is asked for is done");
    }

    [Theory]
    [InlineData("""{"sync":{}}""", "spec.suspend")]
    [InlineData("""{"sync":{"dryRun":true}}""", null)]
    public void A_suspended_Application_may_be_asked_only_what_it_would_do(string operation, string? field)
    {
        var (request, errors) = Check($$"""{ {{Applications.Source}}, "suspend": true }""", operation);
        errors.ToSorted().FirstOrDefault()?.Field.ShouldBe(field);
        (field is null).ShouldBe(errors.IsEmpty);
        request.DryRun.ShouldBe(field is null);
    }

    /// <summary>The operation; whether it runs hooks, the objects of apps/Deployment a/x, ConfigMap a/x, ConfigMap b/x that it is about.</summary>
    [Theory]
    [InlineData("""{"sync":{}}""", true, "dab")]
    [InlineData("""{"sync":{"syncStrategy":{"hook":{}}}}""", true, "dab")]
    [InlineData("""{"sync":{"syncStrategy":{"apply":{}}}}""", false, "dab")]
    [InlineData("""{"sync":{"resources":[{"kind":"ConfigMap","name":"x"}]}}""", false, "ab")]
    [InlineData("""{"sync":{"resources":[{"kind":"ConfigMap","name":"x","namespace":"b"}]}}""", false, "b")]
    [InlineData("""{"sync":{"resources":[{"group":"apps","kind":"Deployment","name":"x"}]}}""", false, "d")]
    [InlineData("""{"sync":{"resources":[{"kind":"Deployment","name":"x"}]}}""", false, "")]
    public void What_a_request_is_about(string operation, bool hooks, string objects)
    {
        var (request, _) = Check(Manual, operation);
        request.RunsHooks.ShouldBe(hooks);
        (string, ObjectKey)[] all = [("d", new("apps", "Deployment", "a", "x")), ("a", new("", "ConfigMap", "a", "x")), ("b", new("", "ConfigMap", "b", "x"))];
        string.Concat(all.Where(item => request.Selects(item.Item2)).Select(static item => item.Item1)).ShouldBe(objects);
    }

    [Theory]
    [InlineData("main", null, true)]
    [InlineData("other", "abcdef0123", false)]
    [InlineData("abcdef0", "abcdef0123", true)]
    [InlineData("abcdef", "abcdef0123", false)]
    [InlineData("abcdef0", null, false)]
    public void The_newest_revision_has_several_names(string asked, string? newest, bool isNewest)
    {
        var spec = Applications.Validate("""{"source":{"repoURL":"https://example.org/a.git","path":"x","targetRevision":"main"}}""").Spec!;
        OperationRules.IsNewest(asked, spec.Sources[0], newest).ShouldBe(isNewest);
    }

    [Fact]
    public void The_same_request_has_the_same_text_and_another_has_another()
    {
        AskedSync Asked(string operation, string? token = null) => new(
            token is null ? SyncTrigger.Operation : SyncTrigger.Annotation,
            OperationRules.Read(KubernetesJson.Parse(operation)!, new SpecErrors()), token, new());
        Asked("""{"sync":{"prune":true}}""").Text.ShouldBe(Asked("""{"sync":{"prune":true}}""").Text);
        Asked("""{"sync":{"prune":true}}""").Text.ShouldNotBe(Asked("""{"sync":{}}""").Text, StringComparer.Ordinal);
        Asked("""{"sync":{}}""", "1").Text.ShouldNotBe(Asked("""{"sync":{}}""", "2").Text, StringComparer.Ordinal);
        Asked("""{"sync":{}}""", "1").Text.ShouldNotBe(Asked("""{"sync":{}}""").Text, StringComparer.Ordinal);
    }

    private static (SyncRequest Request, SpecErrors Errors) Check(string spec, string operation)
    {
        var application = Applications.Of(spec);
        var errors = new SpecErrors();
        var read = OperationRules.Read(KubernetesJson.Parse(operation)!, errors);
        var validated = SpecValidator.Validate(application, Applications.Trusting).Spec.ShouldNotBeNull();
        return (OperationRules.Check(new(SyncTrigger.Operation, read, null, new()), application, validated, Applications.Trusting, errors), errors);
    }
}
