using System.Collections.Immutable;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Apply;
using GitOps.Operator.Diff;
using GitOps.Operator.Diff.Masking;
using GitOps.Operator.Diff.Unified;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Operator.Reconcile.Syncing;

namespace GitOps.Operator.Reconcile.Previews;

/// <summary>
/// What a sync would do to one object: read it, have the server apply the manifest in a dry run, compare. Where the server
/// does not answer that, the row says what is not known, and why; nothing is passed off as found out.
/// </summary>
internal sealed class Previewer
{
    private const int MaxFields = 20;
    private static readonly GroupKind Namespace = new(string.Empty, "Namespace");

    private readonly IKubernetesClient _client;
    private readonly ImmutableArray<string> _formerManagers;
    private readonly SecretMask _mask;
    private readonly DriftExplainer _explainer;

    /// <param name="client">Reads as the operator.</param>
    /// <param name="mask">What must not be shown.</param>
    /// <param name="formerManagers">Field managers of the platform team's former tools, beside those that are known.</param>
    public Previewer(IKubernetesClient client, SecretMask mask, ImmutableArray<string> formerManagers)
    {
        _client = client;
        _mask = mask;
        _explainer = new(Names.FieldManager, mask);
        _formerManagers = formerManagers;
    }

    /// <param name="context">The pass.</param>
    /// <param name="change">Of an object with content.</param>
    /// <param name="resource">Null: its kind is not served.</param>
    /// <param name="cancellationToken">Stops before the next request.</param>
    public async Task<PreviewedObject> LookAsync(ReconcileContext context, PlannedChange change, ApiResource? resource, CancellationToken cancellationToken)
    {
        var key = change.Key;
        if (resource is null)
        {
            return new(Row(PlanAction.Create, key, $"its kind {change.Desired!.Type} is not served yet: what the server says of it is known when its definition is there"))
            {
                IsUnserved = true,
            };
        }

        KubernetesObject? live = null;
        try
        {
            live = await _client.GetAsync(resource, key.Namespace, key.Name, cancellationToken);
            return live is { IsTerminating: true }
                ? new(Row(PlanAction.Create, key, $"is being deleted{Held(live)}: it is made again when it is gone"))
                : await CompareAsync(context, change, resource, live, cancellationToken);
        }
        catch (ApiException refusal)
        {
            return Refused(context, change, live, refusal);
        }
        catch (ApiConnectionException failure)
        {
            return new(Row(Action(live), key, $"not known: {failure.Message}")) { IsUnknown = true };
        }
    }

    private async Task<PreviewedObject> CompareAsync(
        ReconcileContext context, PlannedChange change, ApiResource resource, KubernetesObject? live, CancellationToken cancellationToken)
    {
        var key = change.Key;
        var mode = ModeOf(context, change);
        var desired = change.Desired!;
        var content = live is not null && HeldContent.For(context, desired) is { } hold ? hold(live, mode.Replaces) : desired.Parse();
        var answer = (await context.Writer.ApplyAsync(
            resource, content, new ApplyOptions(Names.FieldManager, DryRun: true, FieldValidation: mode.Validates ? "Strict" : "Ignore"),
            cancellationToken)).Object;
        if (live is null)
        {
            return new(PlanRows.Row(PlanAction.Create, key));
        }

        var marked = AdoptedFields.Marked(live, answer);
        var fields = Fields(context, marked, answer, answered: true);
        var contact = change.Entry?.Fingerprint is null
            ? TakeOver.Plan(
                answer, Names.FieldManager, removeFields: false,
                context.Options.ClientSideApplyMigration ? FormerTools.With([.. _formerManagers, context.Spec.MigrationManager]) : FormerTools.None)
            : TakeOverPlan.None;
        var row = fields.IsEmpty && contact.OrphanedFields.IsEmpty && !mode.Replaces
            ? null
            : Row(PlanAction.Update, key, mode.Replaces ? "is replaced as a whole: what is not in the manifest goes, whoever set it (Replace=true)" : null) with
            {
                Fields = fields,
                Diff = Diff(IgnoredDrift.Stripped(context.Spec.Ignored, marked), IgnoredDrift.Stripped(context.Spec.Ignored, answer)),
                OrphanedFields = [.. contact.OrphanedFields.Take(MaxFields)],
                AdoptedFrom = contact.Former,
                SharedWith = contact.Sharing,
            };
        return new(row) { Foreign = ForeignMarks.Find(answer, Names.FieldManager) };
    }

    private PreviewedObject Refused(ReconcileContext context, PlannedChange change, KubernetesObject? live, ApiException refusal)
    {
        var key = change.Key;
        if (refusal.IsNotFound && live is null && IsAboutNamespace(refusal, key.Namespace))
        {
            var comes = (context.Options.CreateNamespace && context.Spec.DestinationNamespace == key.Namespace)
                || context.Runtime.Target!.Desires(new(string.Empty, Namespace.Kind, string.Empty, key.Namespace));
            return new(Row(PlanAction.Create, key, comes
                ? $"its namespace {key.Namespace} comes with the same sync: what the server says of the object is known when that is there"
                : $"would be refused: its namespace {key.Namespace} does not exist, and nothing in this Application brings it (sync option CreateNamespace=true would)"))
            {
                MissingNamespace = key.Namespace,
            };
        }

        if (ImmutableRefusal.Is(refusal) && ModeOf(context, change).Recreates)
        {
            return new(Row(PlanAction.Update, key, $"would be deleted and made anew (Force=true): {ApplyFailures.Describe(key, refusal)}"));
        }

        var text = ApplyFailures.Describe(key, refusal);
        if (refusal.IsTransient || refusal.IsConflict || refusal.IsUnauthorized)
        {
            return new(Row(Action(live), key, $"not known: {text}")) { IsUnknown = true };
        }

        // A webhook that has side effects is not called in a dry run, and the object not judged: it may well be taken.
        if (refusal.Code == System.Net.HttpStatusCode.BadRequest && refusal.Message.Contains("does not support dry run", StringComparison.Ordinal))
        {
            var row = Row(Action(live), key, $"compared without the server, which cannot do it in a dry run: {text}");
            var desired = change.Desired!.Parse();
            return new(live is null ? row : row with { Fields = Fields(context, AdoptedFields.Marked(live, desired), desired, answered: false) });
        }

        return new(Row(Action(live), key, $"would be refused: {text}"));
    }

    private ImmutableArray<FieldRow> Fields(ReconcileContext context, KubernetesObject live, KubernetesObject desired, bool answered) =>
    [
        .. IgnoredDrift.Without(
            context.Spec.Ignored, live, desired,
            answered ? _explainer.Explain(live, answer: desired, recordedTime: null) : _explainer.Explain(live, desired, recordedTime: null, trustOwned: false))
            .Take(MaxFields).Select(FieldRows.OfPlan),
    ];

    private string? Diff(KubernetesObject live, KubernetesObject target) =>
        ObjectDiff.OfPlan(_mask, live, target) is { Length: > 0 } diff ? ObjectDiff.Cut(diff, StatusLimits.Diff) : null;

    private static WriteMode ModeOf(ReconcileContext context, PlannedChange change) => context.Options.ModeOf(change.Key.GroupKind, change.Desired!.Options);

    private static PlanAction Action(KubernetesObject? live) => live is null ? PlanAction.Create : PlanAction.Update;

    private static PlanRow Row(PlanAction action, ObjectKey key, string? message) => PlanRows.Row(action, key) with { Message = message };

    private static string Held(KubernetesObject live) => live.Finalizers.Count == 0 ? string.Empty : $" and held by {string.Join(", ", live.Finalizers)}";

    private static bool IsAboutNamespace(ApiException refusal, string name) =>
        KubernetesObject.GetString(refusal.Details, "kind") == "namespaces" && KubernetesObject.GetString(refusal.Details, "name") == name;
}
