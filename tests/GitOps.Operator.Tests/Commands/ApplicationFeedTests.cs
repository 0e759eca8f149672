using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Commands;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Commands;

public sealed class ApplicationFeedTests
{
    private readonly ApplicationFeed _feed = new(null!);

    [Fact]
    public void A_row_says_what_is_wrong()
    {
        var row = ApplicationRow.Of(Application(
            "broken",
            """{"sync":{"status":"Unknown"},"health":{"status":"Missing"},"conditions":[{"type":"Ready","status":"False","reason":"RenderFailed","message":"apps/broken/settings.yaml:8: not YAML\nmore"}]}"""));
        row.ShouldBe(new ApplicationRow(new("ops", "broken"), "Unknown", "Missing", "-", 0, "RenderFailed: apps/broken/settings.yaml:8: not YAML; more"));
    }

    [Fact]
    public void A_row_names_who_drifted_what()
    {
        var row = ApplicationRow.Of(Application(
            "web",
            """
            {"sync":{"status":"OutOfSync","revision":"0123456789abcdef0123456789abcdef01234567"},"health":{"status":"Healthy"},"driftCount":3,
             "drift":[{"group":"apps","kind":"Deployment","namespace":"web","name":"web","change":"Modified",
                       "fields":[{"path":"spec.replicas","manager":"kubectl-edit"},{"path":"spec.paused"}]}]}
            """));
        row.Revision.ShouldBe("0123456");
        row.Drifted.ShouldBe(3);
        row.Message.ShouldBe("Deployment web: spec.replicas (+1) modified by kubectl-edit, and 2 more");
    }

    [Fact]
    public void An_application_without_a_status_shows_dashes() =>
        ApplicationRow.Of(Application("new", "{}")).ShouldBe(new ApplicationRow(new("ops", "new"), "-", "-", "-", 0, string.Empty));

    [Fact]
    public void Only_a_change_that_shows_is_passed_on()
    {
        Take(WatchEventType.Applied, Application("web", """{"sync":{"status":"OutOfSync"}}""")).Count.ShouldBe(1);
        Take(WatchEventType.Applied, Application("web", """{"sync":{"status":"OutOfSync"},"observedGeneration":2}""")).ShouldBeEmpty();
        Take(WatchEventType.Applied, Application("web", """{"sync":{"status":"Synced"}}""")).Single().Row.ShouldNotBeNull().Sync.ShouldBe("Synced");
        Take(WatchEventType.Deleted, Application("web", "{}")).ShouldBe([new RowChange(new("ops", "web"), null)]);
        Take(WatchEventType.Deleted, Application("web", "{}")).ShouldBeEmpty();
    }

    [Fact]
    public void What_a_new_list_does_not_have_any_more_is_gone()
    {
        Take(WatchEventType.Applied, Application("a", "{}"));
        Take(WatchEventType.Applied, Application("b", "{}"));
        Take(WatchEventType.Restarted, null);
        Take(WatchEventType.InitItem, Application("a", "{}")).ShouldBeEmpty();
        Take(WatchEventType.InitDone, null).ShouldBe([new RowChange(new("ops", "b"), null)]);
    }

    [Fact]
    public async Task Lines_are_aligned_and_carry_the_time()
    {
        await using var output = new StringWriter();
        var lines = new StatusLines(output, TextWriter.Null, new ManualTimeProvider());
        var row = new ApplicationRow(new("ops", "web"), "Synced", "Healthy", "0123456", 0, string.Empty);
        await lines.ShowAsync(Changes(new(row.Key, row), new(row.Key, null)), CancellationToken.None);
        output.ToString().ShouldBe(
            "00:00:00  ops/web                           Synced     Healthy      0123456  drifted 0\n"
            + "00:00:00  ops/web                           deleted\n");
    }

    private static async IAsyncEnumerable<RowChange> Changes(params RowChange[] changes)
    {
        foreach (var change in changes)
        {
            await Task.Yield();
            yield return change;
        }
    }

    private static KubernetesObject Application(string name, string status) => KubernetesObject.Parse(
        $$$"""{"apiVersion":"gitops-operator.dev/v1alpha1","kind":"Application","metadata":{"name":"{{{name}}}","namespace":"ops"},"spec":{},"status":{{{status}}}}""");

    private List<RowChange> Take(WatchEventType type, KubernetesObject? application) => [.. _feed.Take(new WatchEvent(type, application))];
}
