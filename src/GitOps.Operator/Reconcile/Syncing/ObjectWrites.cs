using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Apply;
using GitOps.Operator.Auditing;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff;
using GitOps.Operator.Diff.Masking;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Operator.Reconcile.Steps;

namespace GitOps.Operator.Reconcile.Syncing;

/// <summary>
/// Writes managed objects. Before the first write of an object it is claimed, watched, and stands in the stored inventory:
/// whatever happens afterwards, it cannot be forgotten.
/// </summary>
internal sealed class ObjectWrites
{

    private readonly Applier _applier;
    private readonly ManagedObjects _objects;
    private readonly InventoryStore _store;
    private readonly ObserveStep _observe;
    private readonly InstallationKey _key;
    private readonly DriftReport _report;
    private readonly EarlyReport _early;
    private readonly AdoptionReport _adoptions;
    private readonly ImmutableArray<string> _formerManagers;
    private readonly SecretMask _mask;
    private readonly DriftExplainer _explainer;

    /// <param name="applier">Sends the requests.</param>
    /// <param name="objects">What the watches know.</param>
    /// <param name="store">Of inventories.</param>
    /// <param name="observe">Begins watches.</param>
    /// <param name="key">Of the hashes.</param>
    /// <param name="report">Tells what happened.</param>
    /// <param name="early">Stores a report before what it tells is mended.</param>
    /// <param name="adoptions">Tells what was taken over.</param>
    /// <param name="mask">What must not be shown.</param>
    /// <param name="formerManagers">Field managers of the platform team's former tools, beside those that are known.</param>
    public ObjectWrites(
        Applier applier, ManagedObjects objects, InventoryStore store, ObserveStep observe, InstallationKey key, DriftReport report, EarlyReport early,
        AdoptionReport adoptions, SecretMask mask, ImmutableArray<string> formerManagers)
    {
        _explainer = new(Names.FieldManager, mask);
        _applier = applier;
        _objects = objects;
        _store = store;
        _observe = observe;
        _key = key;
        _report = report;
        _early = early;
        _adoptions = adoptions;
        _mask = mask;
        _formerManagers = formerManagers;
    }

    /// <summary>
    /// Sees to it that these objects can be written: watched, claimed, in the stored inventory, in a namespace that is there.
    /// What belongs to another Application is taken out of <paramref name="items"/>, and noted in the context.
    /// </summary>
    /// <returns>Null: go on; else how the pass ends.</returns>
    public async Task<StepResult?> PrepareAsync(
        ReconcileContext context, Dictionary<ObjectKey, DesiredObject> items, bool syncs, CancellationToken cancellationToken)
    {
        var watching = await _observe.WatchAsync(context, items.Values.Select(static item => (item.Type, item.Key.Namespace)), cancellationToken);
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

    /// <summary>
    /// Takes down, before an attempt does anything, what another process could not tell from what it will find: which hooks there
    /// are to be (they are held while they run, also should the Application go without anybody seeing it), and which object is
    /// pruned in which wave.
    /// </summary>
    /// <param name="context">The pass.</param>
    /// <param name="hooks">All of the attempt.</param>
    /// <param name="pruneWaves">All of the attempt.</param>
    /// <returns>Whether that has still to be stored.</returns>
    public static bool Note(ReconcileContext context, InventoryHooks hooks, IReadOnlyDictionary<ObjectKey, int> pruneWaves)
    {
        var inventory = context.Runtime.Inventory!;
        var isNew = false;
        if (!hooks.Objects.IsEmpty && !(inventory.Header?.Hooks is { } known && known.Run == hooks.Run && known.Objects.SequenceEqual(hooks.Objects)))
        {
            inventory.SetHeader((inventory.Header ?? new() { Pending = true }) with { Hooks = hooks });
            isNew = true;
        }

        if (pruneWaves.Values.Distinct().Skip(1).Any())
        {
            foreach (var (key, wave) in pruneWaves)
            {
                if (inventory.TryGet(key, out var entry) && entry.PruneWave != wave)
                {
                    inventory.Set(entry with { PruneWave = wave });
                    isNew = true;
                }
            }
        }

        return isNew;
    }

    /// <inheritdoc cref="ObserveStep.ReadAsync"/>
    public Task<string?> ReadAsync(ReconcileContext context, ObjectKey key, GroupVersionKind type, CancellationToken cancellationToken) =>
        _observe.ReadAsync(context, key, type, cancellationToken);

    public Task SaveAsync(ReconcileContext context, CancellationToken cancellationToken) => context.Runtime.Inventory is { IsDirty: true } inventory
        ? _store.SaveAsync(inventory, context.Key, context.Application.Metadata.Uid, cancellationToken)
        : Task.CompletedTask;

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
        var contacts = new FirstContacts(context, items.Keys, FormerTools.With([.. _formerManagers, context.Spec.MigrationManager]), _objects, _mask);
        using var audit = AuditScope.For(key => PurposeOf(context, items[key], heals.GetValueOrDefault(key), contacts));
        var results = await _applier.ApplyAsync(context.Writer, [.. items.Values], JudgementFor(context, contacts), cancellationToken);
        await early;
        results =
        [
            .. results.Select(result => context.Uncertain.Contains(result.Key) && IsOurCreation(context, result)
                ? result with { Outcome = ApplyOutcome.Created }
                : result with { Adoption = contacts.Of(result) }),
        ];
        foreach (var result in results)
        {
            TakeIn(context, items[result.Key], result, heals.GetValueOrDefault(result.Key));
        }

        Adopt(context, results);
        results = [.. results.Select(static result => result with { Answer = null, Before = null })];
        context.Add(results);
        return results;
    }

    private AuditPurpose PurposeOf(ReconcileContext context, DesiredObject item, HealCandidate? heal, FirstContacts contacts)
    {
        var version = _objects.StateOf(item.Key) is { Presence: Presence.Present, ResourceVersion: var seen } ? seen : null;
        if (heal is not null)
        {
            return AuditFactsOf.Heal(heal.Row, version);
        }

        var reason = context.Runtime.Operation?.Trigger == SyncTrigger.Rollback ? AuditReason.Rollback : AuditReason.Sync;
        var fields = context.Runtime.Content.TryGetValue(item.Key, out var former) && former.DesiredHash != item.DesiredHash
            ? ChangedPaths.Of(KubernetesObject.Parse(former.Json).Json, KubernetesObject.Parse(item.Json).Json)
            : null;
        return new(reason, fields, version)
        {
            IsFirstContact = contacts.IsFirst(item.Key),
            IsFirstSync = context.Runtime.Inventory?.Header?.Syncs is null or 0,
        };
    }

    private AnswerJudgement JudgementFor(ReconcileContext context, FirstContacts contacts) => new(
        (desired, answer) => FingerprintFactory.From(answer, Names.FieldManager, desired, _key.Hash),
        (item, answer, replaced) => contacts.TakeOver(item.Key, answer, replaced),
        contacts.RemovesFields)
    {
        Mode = item => context.Options.ModeOf(item.Key.GroupKind, item.Options),
        IsFirstContact = item => contacts.IsFirst(item.Key),
        Hold = item => HeldContent.For(context, item),
        Recreation = item => Recreation(context, item.Key),
    };

    private void Adopt(ReconcileContext context, IReadOnlyCollection<ApplyResult> results)
    {
        var adoptions = results.Where(static result => result.Adoption is not null).Select(static result => result.Adoption!).OrderBy(static item => item.Key).ToList();
        if (adoptions.Count > 0)
        {
            context.Runtime.Adopt(adoptions.Select(item => AdoptionReport.Row(item, context.Now)));
            _adoptions.Adopted(context.Application, adoptions);
        }

        foreach (var result in results.Where(static result => result.TakeOverProblem is not null))
        {
            _adoptions.SharesLeft(context.Application, result.Key, result.TakeOverProblem!);
        }
    }

    /// <summary>
    /// To make an object anew is to delete it: what the budget allows is shared with what is pruned. It is known only when the server
    /// refuses the change, in the midst of the sync.
    /// </summary>
    private static string? Recreation(ReconcileContext context, ObjectKey key)
    {
        if (context.Spec.DeletionBudget is not { } budget)
        {
            return null;
        }

        var recreations = context.Runtime.Operation?.Recreations ?? context.Recreations;
        lock (recreations)
        {
            var allowed = budget.Allowed(context.Runtime.Inventory!.Entries.Count);
            var pruned = context.Spec.Prune && context.PruneBlocked is null ? context.Plan.Prunes : 0;
            if (!recreations.Contains(key) && pruned + recreations.Count + 1 > allowed)
            {
                return $"it would have to be deleted and made again (Force), and spec.deletionBudget allows {allowed} deletions, of which "
                    + $"{pruned + recreations.Count} are used; raise the budget, or delete it yourself";
            }

            recreations.Add(key);
            return null;
        }
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
            if (inventory.TryGet(key, out var known))
            {
                if (known.Fingerprint is null)
                {
                    // It was about to be written before, and nobody knows whether it was.
                    context.Uncertain.Add(key);
                }
            }
            else
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
        using var audit = AuditScope.For(AuditReason.Sync);
        if (await writer.GetAsync(BuiltInKinds.Namespace, string.Empty, name, cancellationToken) is not null)
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
            await writer.CreateAsync(BuiltInKinds.Namespace, made, new WriteOptions(Names.FieldManager), cancellationToken);
        }
        catch (ApiException refusal) when (refusal.IsAlreadyExists)
        {
            // Somebody else made it in between.
        }
    }

    /// <summary>
    /// An apply whose answer never came has created it: our share in it is as old as the object, or, if it was written again
    /// since, the object is younger than the sync before.
    /// </summary>
    private static bool IsOurCreation(ReconcileContext context, ApplyResult result)
    {
        if (result is not { Outcome: ApplyOutcome.Configured, Answer: { } answer }
            || KubernetesObject.GetString(answer.Metadata, "creationTimestamp") is not { } text || !KubernetesTime.TryParse(text, out var created))
        {
            return false;
        }

        var since = context.Runtime.Status.History.LastOrDefault()?.DeployedAt ?? context.Application.Metadata.CreatedAt;
        return created > since || ManagedFieldsEntry.Of(answer).Any(entry =>
            entry is { Manager: Names.FieldManager, IsApply: true, Subresource: "" } && entry.Time == text);
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
                context.HealBlocked ??= result.Message;
                context.LookAgain(runtime.Fights.Failed(item.Key, heal.Row, context.Now));
            }

            return;
        }

        runtime.Content[item.Key] = item;
        var options = (item.Options.Remembered & ~EntryOptions.SharesLeft)
            | (result.TakeOverProblem is null ? EntryOptions.None : EntryOptions.SharesLeft);
        var isSameObject = inventory.TryGet(item.Key, out var entry) && entry.Fingerprint is not null
            && entry.Uid == print.Uid && entry.DesiredHash == item.DesiredHash && entry.Version == item.Type.Version
            && (entry.Options ^ options) is not EntryOptions.SharesLeft;
        if (!isSameObject)
        {
            // After a heal of the same object the stored fingerprint still tells drift from none: it is not worth a write.
            inventory.Set(new(item.Key, item.Type.Version, print.Uid, item.DesiredHash, print)
            {
                Wave = item.Wave,
                Options = options,
                Change = entry?.Change,
            });
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
            Count(context, key, row: null);
            return;
        }

        if (row.Change == DriftChange.Modified && heal.Observed is { } observed && result.Answer is { } answer)
        {
            // The answer beside what was seen is exact: it names every field that was put right, and no other.
            // Who had changed it, the report knows better: another one of our name is told by the time of the former apply.
            var reported = row.Fields;
            row = row with
            {
                Fields = [.. IgnoredDrift.Without(context.Spec.Ignored, observed, answer, _explainer.Explain(observed, answer: answer, recordedTime: null))
                    .Select(field => reported.FirstOrDefault(known => known.Path == field.Path) ?? FieldRows.OfDrift(field))],
            };
            if (row.Fields.IsEmpty)
            {
                Count(context, key, row: null);
                return;
            }
        }

        Count(context, key, row);
        context.Healed.Add(row);
        _report.Healed(context.Application, row);
    }

    /// <summary>Heals of the same field back off, also where only its ownership is fought over: an endless loop else.</summary>
    private void Count(ReconcileContext context, ObjectKey key, DriftRow? row)
    {
        foreach (var contested in context.Runtime.Fights.Healed(key, row, context.Now))
        {
            _report.Contested(context.Application, contested);
        }
    }
}
