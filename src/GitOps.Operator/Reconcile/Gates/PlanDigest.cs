using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>
/// What a sync would do, as an approval names it. Made of what is desired and of what was applied, never of what the cluster
/// happens to show: the same plan has the same hash, in every process. Hashes of content are keyed, so that the hash tells
/// nothing of a Secret.
/// </summary>
/// <param name="Hash">32 hexadecimal digits.</param>
/// <param name="Revision">The commit.</param>
/// <param name="Items">Everything that would be done. What is left of a plan that is being carried out has fewer.</param>
internal sealed record PlanDigest(string Hash, string Revision, ImmutableHashSet<string> Items)
{
    private const int HashLength = 32;

    /// <summary>Objects to be written.</summary>
    public int Writes { get; private init; }

    /// <summary>Objects to be deleted.</summary>
    public int Deletions { get; private init; }

    /// <summary>Hooks to be run.</summary>
    public int Hooks { get; private init; }

    /// <summary>
    /// All of it. It is about this spec (not this generation: a request for a sync makes a new one), and about coming from what was synced last: an approval cannot be used a second time.
    /// </summary>
    public static PlanDigest Whole(ReconcileContext context)
    {
        var runtime = context.Runtime;
        var scope = string.Create(CultureInfo.InvariantCulture,
            $"{context.Application.Metadata.Uid}\n{runtime.SpecHash}\n{runtime.Inventory?.Header?.Revision}\n{runtime.Status.History.LastOrDefault()?.Id}");
        var writes = context.Plan.Changes.Where(IsWrite).Select(static change =>
            $"apply\0{change.Key}\0{change.Desired!.Type.Version}\0{change.Desired.DesiredHash}").ToList();
        var deletions = context.Spec.Prune ? Deleted(context).ToList() : [];
        var hooks = writes.Count + deletions.Count > 0 || context.Work.IsAny
            ? runtime.Target!.Hooks.Where(static hook => hook.Marks.Phases.Any(static phase => phase is not (SyncPhase.PreDelete or SyncPhase.PostDelete)))
                .Select(static hook => $"run\0{hook.Key}\0{hook.GenerateName}\0{string.Join(',', hook.Marks.Phases)}\0{hook.DesiredHash}").ToList()
            : [];
        var ways = writes.Count + deletions.Count + hooks.Count > 0 ? Ways(context) : [];
        return Of(scope, runtime.Target!.Revision, [.. writes, .. deletions, .. hooks, .. ways]) with
        {
            Writes = writes.Count,
            Deletions = deletions.Count,
            Hooks = hooks.Count,
        };
    }

    /// <summary>The deletions alone, for a sync that may do the rest. An object that was deleted does not come back with its uid.</summary>
    public static PlanDigest OfDeletions(ReconcileContext context)
    {
        var deletions = Deleted(context).ToList();
        return Of(context.Application.Metadata.Uid, context.Runtime.Target!.Revision, deletions) with { Deletions = deletions.Count };
    }

    private static IEnumerable<string> Deleted(ReconcileContext context) =>
        context.Plan.Of(PlannedAction.Prune).Select(static change => $"delete\0{change.Key}\0{change.Entry?.Uid}");

    /// <summary>How a request wants it to be done, beyond what the spec says: replacing is not applying.</summary>
    private static string[] Ways(ReconcileContext context)
    {
        var sync = context.Request?.Asked.Operation.Sync;
        var force = sync?.SyncStrategy is { Apply.Force: true } or { Hook.Force: true };
        return [.. (sync?.SyncOptions ?? []).Order(StringComparer.Ordinal).Select(static option => $"with\0{option}"), .. force ? (string[])["with\0force"] : []];
    }

    private static bool IsWrite(PlannedChange change) => change.Desired is { } desired
        && !(change.Entry is { Fingerprint: not null } entry && entry.DesiredHash == desired.DesiredHash && entry.Version == desired.Type.Version);

    private static PlanDigest Of(string scope, string revision, IReadOnlyCollection<string> items)
    {
        var text = new StringBuilder(scope).Append('\n').Append(revision);
        foreach (var item in items.Order(StringComparer.Ordinal))
        {
            text.Append('\n').Append(item);
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..HashLength];
        return new(hash, revision, items.ToImmutableHashSet(StringComparer.Ordinal));
    }
}
