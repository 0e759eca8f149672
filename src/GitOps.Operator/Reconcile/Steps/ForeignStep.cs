using System.Collections.Immutable;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Auditing;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff;
using GitOps.Operator.Diff.Foreign;
using GitOps.Operator.Diff.Masking;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Reports;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// For an Application that does not simply allow them: fields of its objects that only others have set. They are found by
/// managedFields, and one dry run of their removal tells which of them the server would set by itself. Reported, or removed;
/// never drift, for everything that Git asks for is as it asks.
/// </summary>
internal sealed class ForeignStep : IReconcileStep
{
    private const int MaxSingle = 20;
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private readonly IKubernetesClient _client;
    private readonly ManagedObjects _objects;
    private readonly DriftReport _report;
    private readonly SecretMask _mask;

    public ForeignStep(IKubernetesClient client, ManagedObjects objects, DriftReport report, SecretMask mask)
    {
        _client = client;
        _objects = objects;
        _report = report;
        _mask = mask;
    }

    public string Name => "foreign";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        foreach (var gone in runtime.Foreign.Keys.Where(key => context.Spec.ForeignFields == ForeignFields.Allow || !IsOurs(context, key)).ToList())
        {
            runtime.Foreign.Remove(gone);
        }

        if (context.Spec.ForeignFields == ForeignFields.Allow)
        {
            return StepResult.Continue;
        }

        foreach (var (key, live) in _objects.UnjudgedOf(context.Key))
        {
            if (!IsOurs(context, key) || live.IsTerminating)
            {
                continue;
            }

            try
            {
                await JudgeAsync(context, key, live, cancellationToken);
            }
            catch (Exception failure) when (failure is ApiException or ApiConnectionException)
            {
                // What was reported stays until it can be told.
                context.LookAgain(context.Now + ((failure as ApiException)?.RetryAfter ?? Retry));
            }
        }

        return StepResult.Continue;
    }

    private static bool IsOurs(ReconcileContext context, ObjectKey key) =>
        context.Runtime.Inventory!.TryGet(key, out var entry) && entry.Fingerprint is not null && context.Runtime.Target?.Desires(key) != false;

    private async Task JudgeAsync(ReconcileContext context, ObjectKey key, KubernetesObject live, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var known = runtime.Foreign.GetValueOrDefault(key);
        if (known is null || known.Version != live.ResourceVersion)
        {
            var found = await _client.Discovery.FindAsync(live.GroupVersionKind, cancellationToken);
            if (found is not { Outcome: LookupOutcome.Found, Resource: { } resource })
            {
                context.LookAgain(context.Now + Retry);
                return;
            }

            var fields = ForeignFieldFinder.Find(live, Names.FieldManager, context.Spec.ForeignManagers, context.Spec.Ignored);
            if (await ProbeAsync(context.Writer, resource, live, fields, cancellationToken) is not { } probed)
            {
                // It has changed: the watch tells, or the next look.
                context.LookAgain(context.Now + Retry);
                return;
            }

            if (probed.IsEmpty)
            {
                runtime.Foreign.Remove(key);
                _objects.JudgedForeign(key, live);
                return;
            }

            known = Note(context, key, known, new(Row(key, live, probed, context.Now), probed, live.ResourceVersion, resource));
        }

        if (context.Spec.ForeignFields == ForeignFields.Report)
        {
            _objects.JudgedForeign(key, live);
        }
        else
        {
            await RemoveAsync(context, key, live, known, cancellationToken);
        }
    }

    private ForeignFinding Note(ReconcileContext context, ObjectKey key, ForeignFinding? before, ForeignFinding found)
    {
        if (before is not null && DriftReport.IsSame(before.Row, found.Row))
        {
            found = found with { Row = found.Row with { DetectedAt = before.Row.DetectedAt } };
        }
        else
        {
            _report.Foreign(context.Application, found.Row);
        }

        return context.Runtime.Foreign[key] = found;
    }

    private async Task RemoveAsync(
        ReconcileContext context, ObjectKey key, KubernetesObject live, ForeignFinding found, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        if (!context.Spec.Heal || context.Spec.Suspended || context.Holds.Exists(static hold => hold.HoldsHeals))
        {
            return;
        }

        if (runtime.Fights.NotBefore(key, found.Row) is { } notBefore && notBefore > context.Now)
        {
            context.LookAgain(notBefore);
            return;
        }

        KubernetesObject after;
        using var audit = AuditScope.For(AuditFactsOf.Heal(found.Row, version: null));
        try
        {
            after = (await context.Writer.PatchAsync(
                found.Resource, key.Namespace, key.Name, PatchType.Json, ForeignRemoval.Patch(live, found.Fields), new WriteOptions(Names.FieldManager), cancellationToken)).Object;
        }
        catch (ApiException refusal) when (!refusal.IsTransient)
        {
            // It changed, or does not let go of them: tried again, more and more seldom.
            context.LookAgain(runtime.Fights.Failed(key, found.Row, context.Now));
            return;
        }

        foreach (var contested in runtime.Fights.Healed(key, found.Row, context.Now))
        {
            _report.Contested(context.Application, contested);
        }

        runtime.Foreign.Remove(key);
        context.Weeded.Add(found.Row);
        _objects.JudgedForeign(key, live, after);
        _report.ForeignRemoved(context.Application, found.Row);
    }

    /// <summary>Which of these fields would really go.</summary>
    /// <returns>Null: the object is another by now.</returns>
    private async Task<ImmutableArray<ForeignField>?> ProbeAsync(
        IKubernetesClient writer, ApiResource resource, KubernetesObject live, ImmutableArray<ForeignField> fields, CancellationToken cancellationToken)
    {
        if (fields.IsEmpty)
        {
            return fields;
        }

        if (await DryRunAsync(writer, resource, live, fields, cancellationToken) is { } answer)
        {
            return ForeignRemoval.Effective(live, answer, fields);
        }

        if (await _client.GetAsync(resource, live.Namespace, live.Name, cancellationToken) is not { } again || again.ResourceVersion != live.ResourceVersion)
        {
            return null;
        }

        // One of them cannot go: each is asked for by itself, and what is refused stays.
        var effective = ImmutableArray.CreateBuilder<ForeignField>();
        foreach (var field in fields.Take(MaxSingle))
        {
            if (await DryRunAsync(writer, resource, live, [field], cancellationToken) is { } single)
            {
                effective.AddRange(ForeignRemoval.Effective(live, single, [field]));
            }
        }

        return effective.ToImmutable();
    }

    private static async Task<KubernetesObject?> DryRunAsync(
        IKubernetesClient writer, ApiResource resource, KubernetesObject live, ImmutableArray<ForeignField> fields, CancellationToken cancellationToken)
    {
        try
        {
            var options = new WriteOptions(Names.FieldManager, DryRun: true);
            return (await writer.PatchAsync(
                resource, live.Namespace, live.Name, PatchType.Json, ForeignRemoval.Patch(live, fields), options, cancellationToken)).Object;
        }
        catch (ApiException refusal) when (refusal.IsInvalid || refusal.IsConflict || refusal.IsNotFound)
        {
            return null;
        }
    }

    private DriftRow Row(ObjectKey key, KubernetesObject live, ImmutableArray<ForeignField> fields, DateTimeOffset now)
    {
        var differences = new FieldDiffFactory(_mask, live, live);
        return new()
        {
            Group = key.Group.NullIfEmpty(),
            Kind = key.Kind,
            Namespace = key.Namespace.NullIfEmpty(),
            Name = key.Name,
            Change = DriftChange.Foreign,
            DetectedAt = now,
            Fields = [.. fields.Select(field => FieldRows.OfDrift(differences.Make(
                field.Path, null, field.Path.TryGet(live.Json, out var value) ? value : null, field.Owner)))],
        };
    }
}

/// <summary>Foreign fields of one object.</summary>
/// <param name="Row">What is reported.</param>
/// <param name="Fields">What can be removed.</param>
/// <param name="Version">Of the object that was looked at.</param>
/// <param name="Resource">Of its kind.</param>
internal sealed record ForeignFinding(DriftRow Row, ImmutableArray<ForeignField> Fields, string? Version, ApiResource Resource);
