using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Operator.Tests.Observing;

namespace GitOps.Operator.Tests.Resuming;

/// <summary>What is said beside what is done.</summary>
public sealed class RemarkTests
{
    [Theory]
    [InlineData("gitops-operator.dev/rolback-to", "gitops-operator.dev/rollback-to")]
    [InlineData("gitops-operator.dev/Sync", "gitops-operator.dev/sync")]
    [InlineData("gitops-operator.dev/aprove-plan", "gitops-operator.dev/approved-plan")]
    [InlineData("gitops-operator.dev/skip_reconcile", "gitops-operator.dev/skip-reconcile")]
    [InlineData("gitops-operator.dev/something-else-entirely", null)]
    public void A_misspelt_annotation_of_an_Application_is_told_with_what_was_meant(string name, string? meant)
    {
        var annotations = ImmutableDictionary<string, string>.Empty.Add(name, "1").Add("example.com/other", "1").Add(Annotations.Sync, "token");
        var errors = new SpecErrors();
        var told = ApplicationAnnotationRules.Check(annotations, errors).ShouldHaveSingleItem();
        errors.IsEmpty.ShouldBeTrue();
        told.ShouldBe($"there is no annotation {name}; it has no effect{(meant is null ? string.Empty : $" (did you mean {meant}?)")}");
        ApplicationAnnotationRules.Signature(annotations).ShouldBe($"{name}=1", "a token that moves is no reason to look at the spec again");
    }

    [Fact]
    public void Every_annotation_of_ours_is_known()
    {
        string[] ours =
        [
            Annotations.Sync, Annotations.Terminate, Annotations.RollbackTo, Annotations.AllowedNamespaces, Annotations.ExpiresAt, Names.AdoptAnnotation, Names.ApprovedPlanAnnotation,
            Names.TrackingIdAnnotation, Names.HookOfAnnotation, Names.HookRunAnnotation,
            .. new[]
            {
                Annotations.SyncWave, Annotations.Hook, Annotations.HookDeletePolicy, Annotations.SyncOptions, Annotations.CompareOptions, Annotations.Refresh,
                Annotations.SkipReconcile, Annotations.IgnoreHealthCheck, Annotations.DeletionApproved, Annotations.ManifestGeneratePaths,
            }.Select(static name => Annotations.Prefix + name),
        ];
        ours.Select(static name => Annotations.UnknownUnder(Annotations.Prefix, name)).OfType<string>().ShouldBeEmpty();
    }

    /// <summary>What the object says, what the Application says; whether a person is asked.</summary>
    [Theory]
    [InlineData("", "", false)]
    [InlineData("Delete=confirm", "", true)]
    [InlineData("Prune=confirm", "", true)]
    [InlineData("Prune=false", "", false)]
    [InlineData("", "Prune=confirm", true)]
    [InlineData("", "Delete=confirm", true)]
    [InlineData("Prune=true", "Prune=confirm", false)]
    [InlineData("Delete=true", "Delete=confirm", false)]
    public void A_row_says_whether_a_person_is_asked(string own, string all, bool expected)
    {
        var options = all.Length == 0 ? string.Empty : $",\"syncOptions\":[\"{all}\"]";
        var context = Passes.Planned($$""" "destination":{"namespace":"team-a"},"syncPolicy":{"automated":{"prune":true}{{options}}} """, 1, 0);
        var rendered = KubernetesObject.Parse($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","annotations":{"argocd.argoproj.io/sync-options":"{{{own}}}"} } }""");
        var read = Operator.Sync.OptionReader.Read(rendered, [], []);
        var change = context.Plan.Changes.ShouldHaveSingleItem();
        context.Plan = new([change with { Desired = change.Desired! with { Options = read } }]);
        ResourceRows.Of(context, new Dictionary<ObjectKey, ObjectState>(), Passes.Now).Rows.ShouldHaveSingleItem().RequiresDeletionConfirmation.ShouldBe(expected ? true : null);

        // When its manifest is gone, what it said is remembered.
        var entry = new InventoryEntry(change.Key, "v1", "u", "h", null) { Options = read.Remembered };
        context.Plan = new([new(PlannedAction.Prune, change.Key, null, entry, "no longer desired")]);
        ResourceRows.Of(context, new Dictionary<ObjectKey, ObjectState>(), Passes.Now).Rows.ShouldHaveSingleItem().RequiresDeletionConfirmation
            .ShouldBe(expected || all.Length > 0 ? true : null);
    }
}
