using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff;
using GitOps.Operator.Diff.Masking;
using GitOps.Operator.Model.Ignoring;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Reports;

namespace GitOps.Operator.Controllers;

/// <summary>Brings what the watches found to the queue; and what a write of ours has overwritten to the report.</summary>
internal sealed class ObservationListener : IObservationListener
{
    private readonly IReconcileTrigger _trigger;
    private readonly DriftReport _report;
    private readonly DriftExplainer _explainer;

    public ObservationListener(IReconcileTrigger trigger, DriftReport report, SecretMask mask)
    {
        _explainer = new(Names.FieldManager, mask);
        _trigger = trigger;
        _report = report;
    }

    public ApplicationStore? Applications { get; set; }

    public void ObjectChanged(NamespacedName application) => _trigger.Trigger(application);

    public void Overwritten(NamespacedName application, KubernetesObject seen, KubernetesObject answer)
    {
        if (Applications?.Find(application) is not { } found)
        {
            return;
        }

        // What is ours in both was changed by the write itself, a new commit; and what has no owner may be new with it.
        var rules = Applications.RuntimeOf(application)?.Validation?.Spec?.Ignored ?? IgnoreRules.None;
        var fields = IgnoredDrift.Without(rules, seen, answer, _explainer.Explain(seen, answer, recordedTime: string.Empty)).Where(static field => field.Manager != Names.FieldManager).ToList();
        if (fields.Exists(static field => field.Manager.Length > 0))
        {
            fields.RemoveAll(static field => field.Manager.Length == 0);
        }

        if (fields.Count > 0)
        {
            var key = seen.Key;
            _report.Overwritten(found, new()
            {
                Group = key.Group.NullIfEmpty(),
                Kind = key.Kind,
                Namespace = key.Namespace.NullIfEmpty(),
                Name = key.Name,
                Change = DriftChange.Modified,
                Fields = [.. fields.Select(FieldRows.OfDrift)],
            });
        }
    }

    /// <summary>A watch has listed, or cannot: every Application may have waited for it.</summary>
    public void TriggerWaiting()
    {
        foreach (var key in Applications?.Keys ?? [])
        {
            _trigger.Trigger(key);
        }
    }
}
