using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Deleting;
using GitOps.Operator.Tests.Api;

namespace GitOps.Operator.Tests.Deleting;

public sealed class DeletionConsentsTests
{
    private const string Deleted = "2026-01-01T12:00:00Z";

    [Theory]
    [InlineData("", "", "Delete")]
    [InlineData("", "Delete=true", "Delete")]
    [InlineData("", "Delete=false", "Keep its sync-options say Delete=false")]
    [InlineData("", "Delete=confirm", "Confirm")]
    [InlineData("Delete=true", "", "Delete")]
    [InlineData("Delete=false", "", "Keep the Application's sync options say Delete=false")]
    [InlineData("Delete=confirm", "", "Confirm")]
    [InlineData("Delete=false", "Delete=true", "Delete")]
    [InlineData("Delete=confirm", "Delete=true", "Delete")]
    [InlineData("Delete=true", "Delete=false", "Keep its sync-options say Delete=false")]
    [InlineData("Delete=false", "Delete=confirm", "Confirm")]
    [InlineData("", "Delete=no", "Keep its sync-options say Delete=no, which is neither true, false nor confirm")]
    [InlineData("Delete=confirm", "Prune=false", "Keep its sync-options say Prune=false")]
    public void An_objects_own_word_goes_before_its_applications(string all, string own, string expected) =>
        Judge(Consents(all, null), own).ShouldBe(expected);

    [Theory]
    [InlineData(null, "Confirm")]
    [InlineData("gitops-operator.dev/deletion-approved=2026-01-01T11:59:59Z", "Confirm")]
    [InlineData("gitops-operator.dev/deletion-approved=yes", "Confirm")]
    [InlineData("gitops-operator.dev/deletion-approved=2026-01-01T12:00:00Z", "Delete")]
    [InlineData("argocd.argoproj.io/deletion-approved=2026-01-01T12:00:00Z", "Delete")]
    [InlineData("argocd.argoproj.io/deletion-approved=2026-01-01T14:30:00+01:00", "Delete")]
    [InlineData("argocd.argoproj.io/deletion-approved=2026-01-01T12:30:00+01:00", "Confirm")]
    public void Only_a_word_given_after_the_deletion_confirms_it(string? annotation, string expected) =>
        Judge(Consents("Delete=confirm", annotation), string.Empty).ShouldBe(expected);

    [Theory]
    [InlineData("uid", "Release")]
    [InlineData("owner", "Release")]
    [InlineData("label", "Keep")]
    [InlineData("managed", "LetGo")]
    public void Whose_it_is_comes_first(string what, string expected)
    {
        var live = Live("Delete=confirm");
        var entry = Entry(live);
        switch (what)
        {
            case "uid":
                entry = entry with { Uid = "other" };
                break;
            case "owner":
                live.Metadata!["annotations"]![Names.TrackingIdAnnotation] = Marks.TrackingId(new("team-a", "other"), live.Key);
                break;
            case "label":
                live.Metadata!["labels"]!.AsObject().Clear();
                break;
            default:
                entry = entry with { Options = EntryOptions.ManagedNamespace };
                break;
        }

        Consents(string.Empty, null).Judge(live, entry).Decision.ToString().ShouldBe(expected);
    }

    [Theory]
    [InlineData("Delete=maybe")]
    [InlineData("Delete=")]
    [InlineData("Delete=true,Delete=confirm")]
    public void An_option_of_the_application_that_makes_no_sense_is_a_problem(string all)
    {
        DeletionConsents.Of(Application(all, null), out var problem);
        problem.ShouldNotBeNull().ShouldContain("spec.syncPolicy.syncOptions");
    }

    [Fact]
    public void Both_commands_are_for_this_very_application()
    {
        var metadata = Application(string.Empty, null).Metadata with
        {
            Finalizers = [Names.ResourcesFinalizer, Names.PreDeleteFinalizer, Names.PreDeleteFinalizer + "/cleanup", "example.com/other"],
        };
        WayOut.Confirm(metadata).ShouldBe(
            $"kubectl annotate --overwrite applications.gitops-operator.dev web -n team-a gitops-operator.dev/deletion-approved={Deleted}");
        WayOut.WithoutHooks(metadata, SyncPhase.PreDelete).ShouldBe(
            """kubectl patch applications.gitops-operator.dev web -n team-a --type=merge -p '{"metadata":{"finalizers":["gitops-operator.dev/resources-finalizer","example.com/other"]}}'""");
        WayOut.WithoutObjects(metadata).ShouldBe(
            """kubectl patch applications.gitops-operator.dev web -n team-a --type=merge -p '{"metadata":{"finalizers":["example.com/other"]}}'""");
    }

    private static string Judge(DeletionConsents consents, string own)
    {
        var live = Live(own);
        var verdict = consents.Judge(live, Entry(live));
        return verdict.Decision is PruneDecision.Keep
            ? $"Keep {verdict.Reason!.Replace($"{live.Key} stays: ", string.Empty, StringComparison.Ordinal)}"
            : verdict.Decision.ToString();
    }

    private static DeletionConsents Consents(string all, string? annotation)
    {
        var consents = DeletionConsents.Of(Application(all, annotation), out var problem);
        problem.ShouldBeNull();
        return consents;
    }

    private static ApplicationResource Application(string all, string? annotation)
    {
        var options = new JsonArray([.. all.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static option => (JsonNode)option)]);
        var application = Applications.Of($$"""{ {{Applications.Source}}, "syncPolicy": {"syncOptions": {{options.ToJsonString()}} } }""");
        var annotations = application.Metadata.Annotations;
        if (annotation?.Split('=') is [var name, var value])
        {
            annotations = annotations.SetItem(name, value);
        }

        return application with { Metadata = application.Metadata with { DeletionTimestamp = Deleted, Annotations = annotations } };
    }

    private static KubernetesObject Live(string options)
    {
        var application = new NamespacedName("team-a", "web");
        var key = new ObjectKey(string.Empty, "ConfigMap", "ns", "x");
        return KubernetesObject.Parse(
            $$"""
            { "apiVersion": "v1", "kind": "ConfigMap",
              "metadata": { "name": "x", "namespace": "ns", "uid": "u1", "labels": { "{{Names.ApplicationLabel}}": "{{Marks.LabelValue(application)}}" },
                "annotations": { "{{Names.TrackingIdAnnotation}}": "{{Marks.TrackingId(application, key)}}", "argocd.argoproj.io/sync-options": "{{options}}" } } }
            """);
    }

    private static InventoryEntry Entry(KubernetesObject live) => new(live.Key, "v1", "u1", "h", null);
}
