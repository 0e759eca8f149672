using GitOps.Operator.Api;
using GitOps.Operator.Diff;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Diff;

public sealed class DriftJudgeTests
{
    private static readonly KeyedHash Hash = new("0123456789abcdef0123456789abcdef"u8);
    private static readonly DriftJudge Judge = new(Names.FieldManager, Hash);
    private static readonly DriftExplainer Explainer = new(Names.FieldManager);

    /// <summary>
    /// Case; verdict with what was applied at hand; verdict from the event alone. Fields are <c>path manager operation/subresource</c>.
    /// </summary>
    public static TheoryData<string, string, string> Cases => new()
    {
        // Nothing of ours changed.
        { "own-name-same", "NoDrift", "NoDrift" },
        { "replaced-same", "NoDrift", "NoDrift" },
        { "status-written", "NoDrift", "NoDrift" },
        { "server-side-co-owner", "NoDrift", "NoDrift" },
        { "foreign-annotation", "NoDrift", "NoDrift" },
        { "foreign-data-key", "NoDrift", "NoDrift" },
        { "foreign-annotation-networkpolicy", "NoDrift", "NoDrift" },
        { "hpa-status-in-other-version", "NoDrift", "NoDrift" },
        { "status-without-subresource", "Refreshed", "Refreshed" },
        { "foreign-annotation-deployment", "Refreshed", "Refreshed" },
        { "foreign-container", "Refreshed", "Refreshed" },
        { "rollout-restart", "Refreshed", "Refreshed" },
        { "set-reordered", "Refreshed", "Refreshed" },
        { "empty-leaf-filled", "Refreshed", "Refreshed" },
        { "null-leaves-untouched", "Refreshed", "Refreshed" },
        { "webhook-always-rewrites", "Refreshed", "Refreshed" },
        { "autoscaler-scales-what-is-left-out", "Refreshed", "Refreshed" },
        { "ca-bundle-injected", "Refreshed", "Refreshed" },
        { "definition-gains-default", "NoDrift", "NoDrift" },

        // Ownership was lost, no value.
        { "changed-and-set-back", "OwnAgain", "NeedsDesired" },
        { "quantity-set-back", "OwnAgain", "NeedsDesired" },
        { "atomic-list-set-back", "OwnAgain", "NeedsDesired" },
        { "map-of-objects-set-back", "OwnAgain", "NeedsDesired" },
        { "webhook-always-rewrites-set-back", "OwnAgain", "NeedsDesired" },
        { "set-like-list-reordered", "OwnAgain", "NeedsDesired" },
        { "duration-respelled", "OwnAgain", "NeedsDesired" },
        { "own-entry-in-other-version", "OwnAgain", "NeedsDesired" },
        { "managed-fields-reset", "OwnAgain", "NeedsDesired" },
        { "managed-fields-reset-configmap", "OwnAgain", "NeedsDesired" },
        { "managed-fields-reset-and-rewritten", "OwnAgain", "NeedsDesired" },

        // Changed values.
        { "changed-value-edit", "spec.template.spec.containers[name=main].image kubectl-edit Update/", "NeedsDesired" },
        { "changed-value-scale", "spec.replicas kubectl Update/scale", "NeedsDesired" },
        { "changed-label", "metadata.labels.team kubectl-label Update/", "NeedsDesired" },
        { "changed-data", "data.limits kubectl-patch Update/", "NeedsDesired" },
        { "secret-edited", "data.password kubectl-patch Update/", "NeedsDesired" },
        { "client-side-apply", "spec.template.spec.containers[name=main].image kubectl-client-side-apply Update/", "NeedsDesired" },
        { "server-side-rival", "spec.replicas rival Apply/", "NeedsDesired" },
        { "server-side-rival-omitted", "spec.template.spec.hostNetwork rival Apply/", "NeedsDesired" },
        { "zero-values-scaled", "spec.replicas kubectl Update/scale", "NeedsDesired" },
        { "webhook-always-rewrites-scaled", "spec.replicas kubectl Update/scale", "NeedsDesired" },
        { "ancient-changes", "data.mode ancient-changes Update/", "NeedsDesired" },
        { "service-port-changed", "spec.ports[port=80,protocol=TCP].targetPort kubectl-patch Update/", "NeedsDesired" },
        { "service-selector-changed", "spec.selector kubectl-set Update/", "NeedsDesired" },
        { "atomic-list-added-to", "spec.ingress kubectl-patch Update/", "NeedsDesired" },
        { "atomic-list-field-added", "spec.ingress kubectl-patch Update/", "NeedsDesired" },
        {
            "replaced-changed",
            "spec.template.spec.containers[name=main].env - | spec.template.spec.containers[name=main].image kubectl-replace Update/",
            "NeedsDesired"
        },
        { "hpa-other-version-edited", "spec.maxReplicas kubectl-edit Update/ | spec.targetCPUUtilizationPercentage -", "NeedsDesired" },

        { "changed-then-applied-by-another", "spec.replicas vi Update/", "NeedsDesired" },
        { "rival-gave-up", "spec.replicas -", "NeedsDesired" },
        { "vertical-autoscaler", "spec.template.spec.containers[name=main].resources.requests.cpu vpa-recommender Update/", "NeedsDesired" },
        { "ca-bundle-replaced", "webhooks[name=a.example.com].clientConfig.caBundle cert-manager-cainjector Update/", "NeedsDesired" },
        { "definition-drops-field", "spec.old -", "NeedsDesired drift" },

        // Reordered: no ownership moves, so nobody is named.
        { "reordered-init-containers", "spec.template.spec.initContainers -", "NeedsDesired drift" },
        { "reordered-env", "spec.template.spec.containers[name=main].env -", "NeedsDesired drift" },
        { "adopted-then-reordered", "spec.template.spec.containers[name=main].env -", "NeedsDesired drift" },
        { "reordered-and-changed", "spec.replicas kubectl-edit Update/ | spec.template.spec.initContainers -", "NeedsDesired" },

        // Removed: the server records no remover, but whoever's request had a default put in its place owns that.
        { "removed-env", "spec.template.spec.containers[name=main].env[name=A] -", "NeedsDesired" },
        { "removed-all-env", "spec.template.spec.containers[name=main].env -", "NeedsDesired" },
        { "removed-init-container", "spec.template.spec.initContainers[name=migrate] -", "NeedsDesired" },
        { "removed-data-key", "data.color -", "NeedsDesired" },
        { "removed-label", "metadata.labels.team -", "NeedsDesired" },
        { "removed-finalizer", "metadata.finalizers -", "NeedsDesired" },
        { "removed-then-defaulted", "spec.replicas kubectl-patch Update/", "NeedsDesired" },
        { "map-of-objects-removed", "spec.things.a -", "NeedsDesired" },
        { "service-port-removed", "spec.ports[port=53,protocol=TCP] -", "NeedsDesired" },
        { "service-tcp-port-removed", "spec.ports[port=53,protocol=TCP] -", "NeedsDesired" },
        { "zero-value-removed", "spec.template.spec.automountServiceAccountToken -", "NeedsDesired" },
        { "custom-resource-changed", "spec.flag - | spec.size kubectl-patch Update/ | spec.tags[\"x\"] -", "NeedsDesired" },
        { "stripped-label", "metadata.labels[\"gitops-operator.dev/application\"] -", "NeedsDesired" },
        { "recreated", "Recreated", "Recreated" },
        { "terminating", "Terminating example.com/hold", "Terminating example.com/hold" },

        // Our manager's name used by another.
        { "own-name-changed", "spec.replicas gitops-operator Apply/", "NeedsDesired drift" },
        { "own-name-added", "spec.minReadySeconds gitops-operator Apply/", "NeedsDesired" },
        { "own-name-dropped", "spec.replicas -", "NeedsDesired" },
        { "own-entry-in-other-version-changed", "spec.maxReplicas gitops-operator Apply/", "NeedsDesired" },

        // A mutating policy rewrote values of ours when somebody annotated: set and time are kept, the generation where it can be.
        { "policy-rewrites-metadata-networkpolicy", "metadata.labels.team -", "NeedsDesired drift" },
        { "policy-rewrites-data", "data.mode -", "NeedsDesired drift" },
        { "policy-rewrites-metadata", "metadata.labels.team -", "NeedsDesired drift" },
        { "policy-rewrites-metadata-deployment", "metadata.labels.team -", "NeedsDesired drift" },

        // Applied as {}, [] or null: ownership alone.
        { "empty-leaf-replaced", "spec.template.spec.volumes[name=tmp].emptyDir -", "NeedsDesired" },
        { "empty-atomic-leaf-filled", "spec.podSelector kubectl-patch Update/", "NeedsDesired" },
        {
            "null-leaves",
            "spec.revisionHistoryLimit kubectl-patch Update/ | spec.template.spec.nodeSelector kubectl-patch Update/",
            "NeedsDesired"
        },

        // With managedFields emptied the server records nobody until the next apply.
        { "managed-fields-reset-and-changed", "spec.replicas -", "NeedsDesired" },
        { "managed-fields-reset-and-edited", "spec.template.spec.containers[name=main].image -", "NeedsDesired" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_recorded_event_has_its_verdict(string name, string expected, string withoutDesired)
    {
        var recorded = RecordedCase.Read(name);
        var fingerprint = recorded.Fingerprint(Hash);

        Text(Judge.Judge(recorded.Observed, fingerprint, recorded.Desired)).ShouldBe(expected);
        Text(Judge.Judge(recorded.Observed, fingerprint, desired: null)).ShouldBe(withoutDesired);
    }

    [Fact]
    public void Every_recorded_event_is_a_row_of_the_table() =>
        RecordedCase.Names.Where(static name => !name.StartsWith("takeover-", StringComparison.Ordinal))
            .ShouldBe(Cases.Select(static row => row.Data.Item1).Order(StringComparer.Ordinal), StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_answer_to_our_apply_is_no_drift(string name, string expected, string withoutDesired)
    {
        _ = (expected, withoutDesired);
        var recorded = RecordedCase.Read(name);

        Judge.Judge(recorded.Answer, recorded.Fingerprint(Hash), desired: null).ShouldBeOfType<Verdict.NoDrift>();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_refreshed_fingerprint_is_that_of_the_event(string name, string expected, string withoutDesired)
    {
        _ = withoutDesired;
        var recorded = RecordedCase.Read(name);
        if (Judge.Judge(recorded.Observed, recorded.Fingerprint(Hash), desired: null) is Verdict.NoDriftRefreshed refreshed)
        {
            expected.ShouldBe("Refreshed");
            refreshed.Fingerprint.ShouldBe(FingerprintFactory.From(recorded.Observed, Names.FieldManager, recorded.Desired, Hash));
        }
        else
        {
            expected.ShouldNotBe("Refreshed", StringComparer.Ordinal);
        }
    }

    /// <summary>The answer to a dry run is the server's own word; what is read from the event alone must name the same fields.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void The_servers_dry_run_names_the_same_fields(string name, string expected, string withoutDesired)
    {
        _ = withoutDesired;
        var recorded = RecordedCase.Read(name);
        if (recorded.HealDryRun is not { } answer)
        {
            expected.ShouldBeOneOf("Recreated", "Terminating example.com/hold", "spec.template.spec.volumes[name=tmp].emptyDir -", "spec.old -");
            return;
        }

        var exact = Explainer.Explain(recorded.Observed, answer, recorded.Fingerprint(Hash).EntryTime);

        // The policy rewrites what the heal applies, too; and of a list that is gone the item is as good a name.
        var same = name.StartsWith("policy-", StringComparison.Ordinal) || expected is "NoDrift" or "Refreshed" or "OwnAgain"
            ? string.Empty
            : expected;
        string.Join(" | ", exact.Select(Text)).ShouldBe(same);
    }

    [Fact]
    public void The_culprits_time_is_that_of_its_entry()
    {
        var recorded = RecordedCase.Read("changed-value-edit");
        var entry = recorded.Observed.Metadata!["managedFields"]!.AsArray().Single(static item => (string?)item!["manager"] == "kubectl-edit");

        var verdict = Judge.Judge(recorded.Observed, recorded.Fingerprint(Hash), recorded.Desired).ShouldBeOfType<Verdict.Modified>();

        verdict.Fields.ShouldHaveSingleItem().Time.ShouldBe((string?)entry!["time"]);
    }

    [Fact]
    public void The_server_keeps_no_time_of_a_scaling()
    {
        var recorded = RecordedCase.Read("changed-value-scale");

        var verdict = Judge.Judge(recorded.Observed, recorded.Fingerprint(Hash), recorded.Desired).ShouldBeOfType<Verdict.Modified>();

        verdict.Fields.ShouldHaveSingleItem().Time.ShouldBeEmpty();
    }

    [Fact]
    public void What_is_used_under_our_name_has_the_time_of_that_use()
    {
        var recorded = RecordedCase.Read("own-name-changed");
        var fingerprint = recorded.Fingerprint(Hash);

        var verdict = Judge.Judge(recorded.Observed, fingerprint, recorded.Desired).ShouldBeOfType<Verdict.Modified>();

        verdict.Fields.ShouldHaveSingleItem().Time.ShouldBeGreaterThan(fingerprint.EntryTime, StringComparer.Ordinal);
    }

    [Fact]
    public void Our_name_used_with_the_same_values_moves_only_the_time()
    {
        var recorded = RecordedCase.Read("changed-value-scale");
        var again = recorded.Answer;
        again.Metadata!["managedFields"]![0]!["time"] = "2031-01-01T00:00:00Z";
        var fingerprint = recorded.Fingerprint(Hash);

        var verdict = Judge.Judge(again, fingerprint, desired: null).ShouldBeOfType<Verdict.NoDriftRefreshed>();

        verdict.Fingerprint.ShouldBe(fingerprint with { EntryTime = "2031-01-01T00:00:00Z" });
    }

    [Fact]
    public void A_label_stripped_is_told_by_the_watch_with_the_old_state()
    {
        var recorded = RecordedCase.Read("stripped-label");
        var deleted = recorded.Events[0];

        deleted.Type.ShouldBe("DELETED");
        deleted.Object.Label(Names.ApplicationLabel).ShouldNotBeNull();
        recorded.Observed.Label(Names.ApplicationLabel).ShouldBeNull();
    }

    [Fact]
    public void No_value_of_a_Secret_is_in_what_is_kept_or_told()
    {
        var recorded = RecordedCase.Read("secret-edited");
        var fingerprint = recorded.Fingerprint(Hash);
        var told = Judge.Judge(recorded.Observed, fingerprint, recorded.Desired).ToString() + fingerprint;

        foreach (var secret in new[] { recorded.Desired, recorded.Observed })
        {
            foreach (var (_, value) in secret.Json["data"]!.AsObject())
            {
                told.ShouldNotContain((string)value!);
            }
        }
    }

    [Fact]
    public void With_another_key_every_object_takes_the_slow_path_once()
    {
        var recorded = RecordedCase.Read("changed-value-scale");
        var other = new DriftJudge(Names.FieldManager, new("another key of thirty-two bytes!"u8));

        other.Judge(recorded.Answer, recorded.Fingerprint(Hash), desired: null)
            .ShouldBe(new Verdict.NeedsDesired(IsDrift: false));
        other.Judge(recorded.Answer, recorded.Fingerprint(Hash), recorded.Desired).ShouldBeOfType<Verdict.OwnAgainQuietly>();
    }

    [Fact]
    public void A_report_is_bounded()
    {
        var recorded = RecordedCase.Read("managed-fields-reset-configmap");
        var (desired, observed) = (recorded.Desired, recorded.Observed);
        for (var i = 0; i < 2 * DriftExplainer.MaxFields; i++)
        {
            desired.Json["data"]![$"key-{i}"] = "x";
        }

        Judge.Judge(observed, recorded.Fingerprint(Hash), desired).ShouldBeOfType<Verdict.Modified>()
            .Fields.Length.ShouldBe(DriftExplainer.MaxFields);
    }

    [Fact]
    public void A_server_that_keeps_no_managedFields_is_judged_by_what_was_applied()
    {
        var recorded = RecordedCase.Read("changed-data");
        var (answer, changed) = (recorded.Answer, recorded.Observed);
        answer.Metadata!.Remove("managedFields");
        changed.Metadata!.Remove("managedFields");
        var fingerprint = FingerprintFactory.From(answer, Names.FieldManager, recorded.Desired, Hash);

        Text(Judge.Judge(answer, fingerprint, recorded.Desired)).ShouldBe("NoDrift");
        Text(Judge.Judge(changed, fingerprint, recorded.Desired)).ShouldBe("data.limits -");
    }

    private static string Text(Verdict verdict) => verdict switch
    {
        Verdict.Modified modified => string.Join(" | ", modified.Fields.Select(Text)),
        Verdict.NoDriftRefreshed => "Refreshed",
        Verdict.OwnAgainQuietly => "OwnAgain",
        Verdict.NoDrift => "NoDrift",
        Verdict.Recreated => "Recreated",
        Verdict.Terminating terminating => "Terminating " + string.Join(',', terminating.Finalizers),
        Verdict.NeedsDesired needs => needs.IsDrift ? "NeedsDesired drift" : "NeedsDesired",
        _ => verdict.ToString(),
    };

    private static string Text(FieldDiff field) =>
        field.Manager.Length == 0 ? $"{field.Path} -" : $"{field.Path} {field.Manager} {field.Operation}/{field.Subresource}";
}
