using System.Collections.Immutable;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Apply;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Inventories;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// Writes what heals and what the sync changes. Before the first write of an object it is claimed, watched, and stands in the
/// stored inventory: whatever happens afterwards, it cannot be forgotten.
/// </summary>
internal sealed class ApplyStep : IReconcileStep
{
    private static readonly ApiResource Namespace = ApiResource.Of("v1", "Namespace", "namespaces", namespaced: false, "status");

    private readonly IDiscovery _discovery;
    private readonly Applier _applier;
    private readonly ManagedObjects _objects;
    private readonly InventoryStore _store;
    private readonly ObserveStep _observe;
    private readonly RenderStep _renderer;
    private readonly InstallationKey _key;
    private readonly DriftReport _report;
    private readonly EarlyReport _early;
    private readonly DriftExplainer _explainer = new(Names.FieldManager);

    public ApplyStep(
        IDiscovery discovery, Applier applier, ManagedObjects objects, InventoryStore store, ObserveStep observe, RenderStep renderer, InstallationKey key,
        DriftReport report, EarlyReport early)
    {
        _discovery = discovery;
        _applier = applier;
        _objects = objects;
        _store = store;
        _observe = observe;
        _renderer = renderer;
        _key = key;
        _report = report;
        _early = early;
    }

    public string Name => "apply";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        if (context.Runtime.WaitingForKindSince is not null)
        {
            // A definition of this set was applied: its kind is served any moment now.
            await _discovery.RefreshAsync(cancellationToken);
        }

        var heals = context.Heals.ToDictionary(static heal => heal.Desired.Key);
        var items = heals.ToDictionary(static heal => heal.Key, static heal => heal.Value.Desired);
        if (context.Syncing)
        {
            if (!await AddPlannedAsync(context, items, cancellationToken))
            {
                return StepResult.Fail("RevisionUnavailable", "what is to be applied cannot be read from the repository");
            }
        }

        if (items.Count == 0)
        {
            return StepResult.Continue;
        }

        var watching = await _observe.WatchAsync(context, items.Values.Select(static item => item.Type), cancellationToken);
        if (watching.Verdict != StepVerdict.Continue)
        {
            return watching;
        }

        ClaimAll(context, items);
        if (context.Syncing)
        {
            await WriteAheadAsync(context, items, cancellationToken);
        }

        if (context.Syncing || context.Heals.Exists(static heal => heal.Observed is null))
        {
            // Objects that are gone may have gone with their namespace.
            await CreateNamespaceAsync(context, items, cancellationToken);
        }

        var early = heals.Values.Any(static heal => heal.Row is not null)
            ? _early.ReportAsync(context, cancellationToken)
            : Task.CompletedTask;
        var results = await _applier.ApplyAsync(context.Writer, items.Values, JudgementFor(context), cancellationToken);
        await early;
        foreach (var result in results)
        {
            TakeIn(context, items[result.Key], result, heals.GetValueOrDefault(result.Key));
        }

        context.Applied = [.. results.Select(static result => result with { Answer = null })];
        if (context.Syncing)
        {
            context.Runtime.Progress.Count(results.Where(result => !heals.ContainsKey(result.Key)));
        }

        return StepResult.Continue;
    }

    private AnswerJudgement JudgementFor(ReconcileContext context)
    {
        var removesFields = context.Application.Metadata.Annotations.GetValueOrDefault(Names.AdoptAnnotation) == "remove-fields";
        var inventory = context.Runtime.Inventory!;
        return new(
            (desired, answer) => FingerprintFactory.From(answer, Names.FieldManager, desired, _key.Hash),
            (item, answer) => inventory.TryGet(item.Key, out var entry) && entry.Fingerprint is not null
                ? null
                : TakeOver.Plan(answer, Names.FieldManager, removesFields).Patch,
            removesFields);
    }

    /// <summary>Adds what the plan creates, updates and sets right; reads its content where only hashes were known.</summary>
    private async Task<bool> AddPlannedAsync(
        ReconcileContext context, Dictionary<ObjectKey, DesiredObject> items, CancellationToken cancellationToken)
    {
        var planned = context.Plan.Changes
            .Where(static change => change.Action is PlannedAction.Create or PlannedAction.Update or PlannedAction.Heal)
            .ToList();
        if (planned.Exists(static change => change.Desired!.Json.Length == 0))
        {
            if (await _renderer.RenderAppliedAsync(context, cancellationToken) is not { } rendering)
            {
                return false;
            }

            context.Runtime.Remember(rendering.Objects);
        }

        foreach (var change in planned)
        {
            var desired = change.Desired!.Json.Length > 0 ? change.Desired : context.Runtime.Content.GetValueOrDefault(change.Key);
            if (desired is null)
            {
                return false;
            }

            items[change.Key] = desired;
        }

        return true;
    }

    private void ClaimAll(ReconcileContext context, Dictionary<ObjectKey, DesiredObject> items)
    {
        foreach (var (key, item) in items.ToList())
        {
            var recorded = context.Runtime.Inventory!.TryGet(key, out var entry) ? entry.Fingerprint : null;
            if (!_objects.TryClaim(context.Key, key, item.Type.Version, recorded, out var holder))
            {
                context.Shared[key] = holder;
                items.Remove(key);
            }
        }
    }

    private async Task WriteAheadAsync(
        ReconcileContext context, Dictionary<ObjectKey, DesiredObject> items, CancellationToken cancellationToken)
    {
        var inventory = context.Runtime.Inventory!;
        foreach (var (key, item) in items)
        {
            if (!inventory.TryGet(key, out _))
            {
                inventory.Set(new(key, item.Type.Version, string.Empty, string.Empty, null));
            }
        }

        if (inventory.IsDirty)
        {
            inventory.SetHeader((inventory.Header ?? new InventoryHeader()) with { Pending = true });
            await _store.SaveAsync(inventory, context.Key, context.Application.Metadata.Uid, cancellationToken);
        }
    }

    /// <summary>Sync option CreateNamespace: the namespace is made if it is not there, and is nobody's afterwards.</summary>
    private static async Task CreateNamespaceAsync(
        ReconcileContext context, Dictionary<ObjectKey, DesiredObject> items, CancellationToken cancellationToken)
    {
        if (!context.Spec.CreateNamespace || context.Spec.DestinationNamespace is not { } name
            || items.ContainsKey(new(string.Empty, "Namespace", string.Empty, name))
            || !items.Values.Any(item => item.Key.Namespace == name)
            || await context.Writer.GetAsync(Namespace, string.Empty, name, cancellationToken) is not null)
        {
            return;
        }

        try
        {
            var made = new KubernetesObject(new System.Text.Json.Nodes.JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Namespace",
                ["metadata"] = new System.Text.Json.Nodes.JsonObject { ["name"] = name },
            });
            await context.Writer.CreateAsync(Namespace, made, new WriteOptions(Names.FieldManager), cancellationToken);
        }
        catch (ApiException refusal) when (refusal.IsAlreadyExists)
        {
            // Somebody else made it in between.
        }
    }

    private void TakeIn(ReconcileContext context, DesiredObject item, ApplyResult result, HealCandidate? heal)
    {
        var runtime = context.Runtime;
        var inventory = runtime.Inventory!;
        if (result.Fingerprint is not { } print || result.Outcome == ApplyOutcome.Terminating)
        {
            if (heal is not null && result.IsFailure)
            {
                var fight = HealHistory.Fail(runtime.Heals.GetValueOrDefault(item.Key), context.Now);
                runtime.Heals[item.Key] = fight;
                context.HealBlocked ??= result.Message;
                context.LookAgain(fight.NotBefore);
            }

            return;
        }

        runtime.Content[item.Key] = item;
        var isSameObject = inventory.TryGet(item.Key, out var entry) && entry.Fingerprint is not null
            && entry.Uid == print.Uid && entry.DesiredHash == item.DesiredHash && entry.Version == item.Type.Version;
        if (!isSameObject)
        {
            // After a heal of the same object the stored fingerprint still tells drift from none: it is not worth a write.
            inventory.Set(new(item.Key, item.Type.Version, print.Uid, item.DesiredHash, print));
        }

        if (heal is not null)
        {
            Healed(context, heal, result);
        }
        else if (runtime.Drift.Remove(item.Key, out var row))
        {
            // The sync put right what healing was not to, or not yet.
            context.Healed.Add(row);
            _report.Healed(context.Application, row);
        }
    }

    private void Healed(ReconcileContext context, HealCandidate heal, ApplyResult result)
    {
        var runtime = context.Runtime;
        var key = heal.Desired.Key;
        runtime.Drift.Remove(key);
        if (heal.Row is not { } row)
        {
            return;
        }

        if (row.Change == DriftChange.Modified && heal.Observed is { } observed && result.Answer is { } answer)
        {
            // The answer beside what was seen is exact: it names every field that was put right, and no other.
            // Who had changed it, the report knows better: another one of our name is told by the time of the former apply.
            var reported = row.Fields;
            row = row with
            {
                Fields = [.. _explainer.Explain(observed, answer: answer, recordedTime: null)
                    .Select(field => reported.FirstOrDefault(known => known.Path == field.Path) ?? DriftReport.Field(field))],
            };
            if (row.Fields.IsEmpty)
            {
                return;
            }
        }

        runtime.Heals[key] = HealHistory.Next(runtime.Heals.GetValueOrDefault(key), context.Now) with { What = DriftReport.Describe(row) };
        context.Healed.Add(row);
        _report.Healed(context.Application, row);
    }
}
