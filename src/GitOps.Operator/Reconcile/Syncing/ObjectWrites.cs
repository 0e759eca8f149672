using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Apply;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Operator.Reconcile.Steps;

namespace GitOps.Operator.Reconcile.Syncing;

/// <summary>
/// Writes managed objects. Before the first write of an object it is claimed, watched, and stands in the stored inventory:
/// whatever happens afterwards, it cannot be forgotten.
/// </summary>
internal sealed class ObjectWrites
{
    private static readonly ApiResource Namespace = ApiResource.Of("v1", "Namespace", "namespaces", namespaced: false, "status");

    private readonly Applier _applier;
    private readonly ManagedObjects _objects;
    private readonly InventoryStore _store;
    private readonly ObserveStep _observe;
    private readonly InstallationKey _key;
    private readonly DriftReport _report;
    private readonly EarlyReport _early;
    private readonly DriftExplainer _explainer = new(Names.FieldManager);

    public ObjectWrites(
        Applier applier, ManagedObjects objects, InventoryStore store, ObserveStep observe, InstallationKey key, DriftReport report, EarlyReport early)
    {
        _applier = applier;
        _objects = objects;
        _store = store;
        _observe = observe;
        _key = key;
        _report = report;
        _early = early;
    }

    /// <summary>
    /// Sees to it that these objects can be written: watched, claimed, in the stored inventory, in a namespace that is there.
    /// What belongs to another Application is taken out of <paramref name="items"/>, and noted in the context.
    /// </summary>
    /// <returns>Null: go on; else how the pass ends.</returns>
    public async Task<StepResult?> PrepareAsync(
        ReconcileContext context, Dictionary<ObjectKey, DesiredObject> items, bool syncs, CancellationToken cancellationToken)
    {
        var watching = await _observe.WatchAsync(context, items.Values.Select(static item => item.Type), cancellationToken);
        if (watching.Verdict != StepVerdict.Continue)
        {
            return watching;
        }

        Claim(context, items);
        if (syncs)
        {
            await WriteAheadAsync(context, items, cancellationToken);
        }

        if (syncs || context.Heals.Exists(static heal => heal.Observed is null))
        {
            // Objects that are gone may have gone with their namespace.
            await CreateNamespaceAsync(context, items, cancellationToken);
        }

        return null;
    }

    /// <summary>Writes prepared objects, and takes the answers in.</summary>
    /// <param name="context">The pass.</param>
    /// <param name="items">What to apply, with content.</param>
    /// <param name="heals">Those of them that are set right, with what was seen of them.</param>
    /// <param name="cancellationToken">Stops before the next request.</param>
    public async Task<ImmutableArray<ApplyResult>> WriteAsync(
        ReconcileContext context, IReadOnlyDictionary<ObjectKey, DesiredObject> items, IReadOnlyDictionary<ObjectKey, HealCandidate> heals,
        CancellationToken cancellationToken)
    {
        var early = items.Keys.Any(key => heals.GetValueOrDefault(key)?.Row is not null)
            ? _early.ReportAsync(context, cancellationToken)
            : Task.CompletedTask;
        var results = await _applier.ApplyAsync(context.Writer, [.. items.Values], JudgementFor(context), cancellationToken);
        await early;
        foreach (var result in results)
        {
            TakeIn(context, items[result.Key], result, heals.GetValueOrDefault(result.Key));
        }

        results = [.. results.Select(static result => result with { Answer = null })];
        context.Add(results);
        return results;
    }

    private AnswerJudgement JudgementFor(ReconcileContext context)
    {
        var removesFields = context.Application.Metadata.Annotations.GetValueOrDefault(Names.AdoptAnnotation) == "remove-fields";
        var inventory = context.Runtime.Inventory!;
        return new(
            (desired, answer) => FingerprintFactory.From(answer, Names.FieldManager, desired, _key.Hash),
            (item, answer, replaced) => !replaced && (!context.Options.ClientSideApplyMigration
                    || (inventory.TryGet(item.Key, out var entry) && entry.Fingerprint is not null))
                ? null
                : TakeOver.Plan(answer, Names.FieldManager, removesFields, context.Spec.MigrationManager).Patch,
            removesFields)
        {
            Mode = item => context.Options.ModeOf(item.Key.GroupKind, item.Options),
        };
    }

    private void Claim(ReconcileContext context, Dictionary<ObjectKey, DesiredObject> items)
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
                inventory.Set(new(key, item.Type.Version, string.Empty, string.Empty, null) { Wave = item.Wave, Options = item.Options.Remembered });
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
        if (!context.Options.CreateNamespace || context.Spec.DestinationNamespace is not { } name
            || items.ContainsKey(new(string.Empty, "Namespace", string.Empty, name))
            || !items.Values.Any(item => item.Key.Namespace == name))
        {
            return;
        }

        await CreateNamespaceAsync(context.Writer, name, cancellationToken);
    }

    /// <summary>Makes a namespace if it is not there.</summary>
    public static async Task CreateNamespaceAsync(IKubernetesClient writer, string name, CancellationToken cancellationToken)
    {
        if (await writer.GetAsync(Namespace, string.Empty, name, cancellationToken) is not null)
        {
            return;
        }

        try
        {
            var made = new KubernetesObject(new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Namespace",
                ["metadata"] = new JsonObject { ["name"] = name },
            });
            await writer.CreateAsync(Namespace, made, new WriteOptions(Names.FieldManager), cancellationToken);
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
        if (result.Remade)
        {
            _report.Remade(context.Application, item.Key);
        }

        if (result.Fingerprint is not { } print || result.Outcome == ApplyOutcome.Terminating)
        {
            if (result is { Outcome: ApplyOutcome.Terminating, Fingerprint: null })
            {
                Remake(context, item);
            }

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
            inventory.Set(new(item.Key, item.Type.Version, print.Uid, item.DesiredHash, print) { Wave = item.Wave, Options = item.Options.Remembered });
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

    /// <summary>We are deleting it to make it anew: that it is gone in a moment is no drift, and what comes then is another object.</summary>
    private void Remake(ReconcileContext context, DesiredObject item)
    {
        context.Runtime.Operation?.Remade.Add(item.Key);
        context.Runtime.Drift.Remove(item.Key);
        context.Runtime.Inventory!.Set(
            new(item.Key, item.Type.Version, string.Empty, string.Empty, null) { Wave = item.Wave, Options = item.Options.Remembered });
        _objects.Release(item.Key);
        _objects.TryClaim(context.Key, item.Key, item.Type.Version, recorded: null, out _);
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
