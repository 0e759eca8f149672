using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff;
using GitOps.Operator.Diff.Masking;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Inventories;

namespace GitOps.Operator.Reconcile.Syncing;

/// <summary>
/// The objects of one batch of writes that had never been applied by this Application: which of them were there before, whose
/// they were, and what becomes of those shares. Lives as long as the batch.
/// </summary>
internal sealed class FirstContacts
{
    private const string RemoveFields = "remove-fields";

    private readonly ReconcileContext _context;
    private readonly ApplicationInventory _inventory;
    private readonly FormerTools _tools;
    private readonly DriftExplainer _explainer;
    private readonly HashSet<ObjectKey> _first;
    private readonly ConcurrentDictionary<ObjectKey, TakeOverPlan> _plans = new();

    /// <param name="context">The pass.</param>
    /// <param name="keys">What is about to be written.</param>
    /// <param name="tools">Whose shares end.</param>
    /// <param name="objects">What the watches know.</param>
    /// <param name="mask">What must not be shown.</param>
    public FirstContacts(ReconcileContext context, IEnumerable<ObjectKey> keys, FormerTools tools, ManagedObjects objects, SecretMask mask)
    {
        _context = context;
        _inventory = context.Runtime.Inventory!;
        _tools = tools;
        _explainer = new(Names.FieldManager, mask);
        // What carries our label already was written by a pass that did not get its answer.
        _first = [.. keys.Where(key => EntryOf(key)?.Fingerprint is null
            && objects.StateOf(key)?.Presence is not (Presence.Present or Presence.Suspect or Presence.Terminating))];
        RemovesFields = context.Application.Metadata.Annotations.GetValueOrDefault(Names.AdoptAnnotation) == RemoveFields;
    }

    /// <summary>Whether what only former tools have set is to go.</summary>
    public bool RemovesFields { get; }

    public bool IsFirst(ObjectKey key) => _first.Contains(key);

    /// <summary>The JSON patch that ends former tools' shares; null: there is none.</summary>
    /// <param name="key">Of the object.</param>
    /// <param name="answer">To our apply.</param>
    /// <param name="replaced">Whether we have put the whole object in place before.</param>
    public JsonArray? TakeOver(ObjectKey key, KubernetesObject answer, bool replaced)
    {
        var entry = EntryOf(key);
        var isDue = _context.Options.ClientSideApplyMigration
            && (entry?.Fingerprint is null || entry.Options.HasFlag(EntryOptions.SharesLeft));
        if (!replaced && !isDue)
        {
            return null;
        }

        var plan = Diff.TakeOver.Plan(answer, Names.FieldManager, RemovesFields, isDue ? _tools : FormerTools.None);
        _plans.TryAdd(key, plan);
        return plan.Patch;
    }

    /// <summary>What was adopted; null: the object was not there before, or was this Application's already.</summary>
    public Adoption? Of(ApplyResult result)
    {
        if (!IsFirst(result.Key) || result is not { Outcome: ApplyOutcome.Configured, Answer: { } answer } || !WasThere(result, answer))
        {
            return null;
        }

        var plan = _plans.GetValueOrDefault(result.Key) ?? Diff.TakeOver.Plan(answer, Names.FieldManager, removeFields: false, FormerTools.None);
        var isLeft = result.TakeOverProblem is not null;
        return new(
            result.Key,
            result.Before is { } before ? AdoptedFields.Of(before, answer, _explainer) : [],
            isLeft ? [] : plan.Former,
            isLeft ? [.. plan.Former.Concat(plan.Sharing).Order(StringComparer.Ordinal)] : plan.Sharing,
            plan.OrphanedFields.Length);
    }

    // Not created by this apply, nor by one whose answer was lost: then somebody else has an entry. Kinds without entries tell nothing.
    private static bool WasThere(ApplyResult result, KubernetesObject answer) => result.Before is not null
        || ManagedFieldsEntry.Of(answer) is { } entries
            && (entries.IsEmpty || entries.Any(static entry => entry.Subresource.Length == 0 && entry.Manager != Names.FieldManager));

    private InventoryEntry? EntryOf(ObjectKey key) => _inventory.TryGet(key, out var entry) ? entry : null;
}
