using System.Collections.Immutable;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff;
using GitOps.Operator.Diff.Masking;
using GitOps.Operator.Diff.Unified;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Operator.Reconcile.Syncing;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// Looks into what the watches found suspicious: what differs from what was applied last, in which fields, by whom. Each
/// finding becomes a row of the report, and a candidate for healing where the Application heals.
/// </summary>
internal sealed class DriftStep : IReconcileStep
{
    private static readonly TimeSpan ReadRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StrayPause = TimeSpan.FromSeconds(2);

    private readonly IKubernetesClient _client;
    private readonly ManagedObjects _objects;
    private readonly DriftJudge _judge;
    private readonly SecretMask _mask;
    private readonly DriftExplainer _explainer;
    private readonly RenderStep _renderer;
    private readonly DriftReport _report;

    public DriftStep(IKubernetesClient client, ManagedObjects objects, DriftJudge judge, RenderStep renderer, DriftReport report, SecretMask mask)
    {
        _mask = mask;
        _explainer = new(Names.FieldManager, mask);
        _client = client;
        _objects = objects;
        _judge = judge;
        _renderer = renderer;
        _report = report;
    }

    public string Name => "drift";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var open = new HashSet<ObjectKey>();
        context.StraysAreDisturbed = runtime.TakeStraysDisturbed();
        EndFights(context);
        foreach (var (key, state, recorded) in _objects.Of(context.Key))
        {
            if (state.Presence is Presence.Present or Presence.Unseen || recorded is null
                || !runtime.Inventory!.TryGet(key, out var entry) || entry.DesiredHash.Length == 0
                || runtime.Target?.Desires(key) == false)
            {
                continue;
            }

            try
            {
                if (await InvestigateAsync(context, entry, state, recorded, cancellationToken) is { } finding)
                {
                    Note(context, finding, open);
                }
            }
            catch (Exception failure) when (failure is ApiException or ApiConnectionException)
            {
                // Unknown is neither drift nor its end: what was reported stays until it can be read.
                context.HealBlocked ??= $"{key} cannot be read: {failure.Message}";
                context.LookAgain(context.Now + ((failure as ApiException)?.RetryAfter ?? ReadRetry));
                open.Add(key);
            }
        }

        foreach (var found in runtime.Strays.Keys.Where(key => !context.Strays.Exists(stray => stray.Key == key)).ToList())
        {
            runtime.Strays.Remove(found);
        }

        foreach (var gone in runtime.Drift.Keys.Where(key => !open.Contains(key)).ToList())
        {
            runtime.Drift.Remove(gone);
            runtime.ConfirmedVersions.Remove(gone);
        }

        return StepResult.Continue;
    }

    /// <summary>Forgets fights that are over; a contested object is looked at again when it may be forgotten.</summary>
    private static void EndFights(ReconcileContext context)
    {
        var fights = context.Runtime.Fights;
        if (!fights.IsRestored)
        {
            fights.Restore(context.Runtime.Status.Contested);
        }

        if (fights.EndOld(context.Now) is { } next)
        {
            context.LookAgain(next);
        }
    }

    private void Note(ReconcileContext context, Finding finding, HashSet<ObjectKey> open)
    {
        var runtime = context.Runtime;
        if (finding.Row is { } row)
        {
            open.Add(finding.Key);
            if (!runtime.Drift.TryGetValue(finding.Key, out var before) || !DriftReport.IsSame(before, row))
            {
                if (runtime.Attempt?.Failed.ContainsKey(finding.Key) == true)
                {
                    // What the sync failed on is not what it was: worth another attempt.
                    runtime.Attempt = null;
                }

                _report.Detected(context.Application, row, () => Diff(finding));
            }
            else
            {
                row = row with { DetectedAt = before.DetectedAt };
            }

            runtime.Drift[finding.Key] = row;
        }

        if (!context.Spec.Heal || context.Spec.Suspended || !finding.CanHeal)
        {
            return;
        }

        if (finding.Desired is not { } desired)
        {
            context.HealBlocked ??= $"{finding.Key}: what was applied last cannot be read from the repository";
            return;
        }

        if (runtime.Fights.NotBefore(finding.Key, finding.Row) is { } next && next > context.Now)
        {
            context.LookAgain(next);
            return;
        }

        context.Heals.Add(new(desired, finding.Observed, finding.Row is null ? null : runtime.Drift[finding.Key]));
    }

    private string Diff(Finding finding) => finding is { Desired: { } desired, Observed: { } observed, Fields.IsEmpty: false }
        ? ObjectDiff.OfDrift(_mask, desired.Parse(), observed, finding.Fields)
        : $"{finding.Key}: what differs cannot be shown";

    private async Task<Finding?> InvestigateAsync(
        ReconcileContext context, InventoryEntry entry, ObjectState state, Fingerprint recorded, CancellationToken cancellationToken)
    {
        var observed = state.Suspect;
        if (state.Presence == Presence.Vanished || (observed is not null && !IsWatched(observed) && MayBeOther(context, entry.Key)))
        {
            var read = await ReadAsync(entry, cancellationToken);
            if (read is null)
            {
                var row = Row(entry.Key, DriftChange.Deleted, [], state.Since);
                return new(entry.Key, row, await ContentAsync(context, entry, cancellationToken), null, CanHeal: true);
            }

            if (observed is null || observed.ResourceVersion != read.ResourceVersion)
            {
                _objects.FoundAgain(entry.Key, read);
                observed = read;
            }
        }

        if (observed is null)
        {
            return null;
        }

        if (!IsWatched(observed) && (!context.Spec.Heal || context.Spec.Suspended))
        {
            await FollowAsync(context, entry, cancellationToken);
        }

        _objects.Examined(entry.Key, observed);
        var needsServer = false;
        var verdict = _judge.Judge(observed, recorded, desired: null);
        var desired = verdict is Verdict.Terminating || (verdict is Verdict.NoDrift or Verdict.NoDriftRefreshed && !recorded.Holds)
            ? null
            : await ContentAsync(context, entry, cancellationToken);
        if (desired is not null)
        {
            verdict = _judge.Judge(observed, recorded, desired.Parse());
            var ignored = IgnoredDrift.Judge(_explainer, context.Spec.Ignored, observed, recorded, desired.Parse(), verdict);
            if (ignored.IsAccepted)
            {
                _objects.Accept(entry.Key, observed, _judge.AsSeen(observed, desired.Parse(), recorded));
                return null;
            }

            verdict = ignored.Verdict;
            needsServer = ignored.NeedsServer;
        }
        else if ((recorded.Holds && verdict is Verdict.NoDrift or Verdict.NoDriftRefreshed)
            || (verdict is Verdict.NeedsDesired && context.Spec.Ignored.AreAbout(entry.Key)))
        {
            // The difference may be one that is ignored: what was reported stays until that can be told.
            return new(entry.Key, context.Runtime.Drift.GetValueOrDefault(entry.Key), null, observed, CanHeal: true);
        }

        return await ConcludeAsync(context, entry, new Seen(observed, state.Since, recorded, needsServer), verdict, desired, cancellationToken);
    }

    private async Task FollowAsync(ReconcileContext context, InventoryEntry entry, CancellationToken cancellationToken)
    {
        if (await _client.Discovery.FindAsync(new(entry.Key.Group, entry.Version, entry.Key.Kind), cancellationToken) is { Resource: { } resource })
        {
            context.Strays.Add((resource, entry.Key));
        }

        // What happens before the other watch has begun is told by none.
        if (context.Runtime.Strays.TryAdd(entry.Key, context.Now) || context.Runtime.Strays[entry.Key] + StrayPause > context.Now)
        {
            context.LookAgain(context.Runtime.Strays[entry.Key] + StrayPause);
        }
    }

    /// <summary>Whether an object that the watch of managed objects does not show may have changed since it was read.</summary>
    private static bool MayBeOther(ReconcileContext context, ObjectKey key) =>
        context.StraysAreDisturbed || !context.Runtime.Strays.TryGetValue(key, out var since) || context.Now <= since + (2 * StrayPause);

    /// <summary>Without our label the watch of managed objects does not show it any more: another one has to, and it is read anew.</summary>
    private static bool IsWatched(KubernetesObject seen) =>
        seen.Label(Names.ApplicationLabel) is not null || seen.IsTerminating;

    private async Task<Finding?> ConcludeAsync(
        ReconcileContext context, InventoryEntry entry, Seen seen, Verdict verdict, DesiredObject? desired, CancellationToken cancellationToken)
    {
        var key = entry.Key;
        switch (verdict)
        {
            case Verdict.NoDrift:
                _objects.Cleared(key, seen.Object, null);
                return null;
            case Verdict.NoDriftRefreshed refreshed:
                _objects.Cleared(key, seen.Object, refreshed.Fingerprint);
                return null;
            case Verdict.OwnAgainQuietly:
                return new(key, null, desired, seen.Object, CanHeal: true);
            case Verdict.Terminating:
                return new(key, Row(key, DriftChange.Deleted, [], seen.Since), null, seen.Object, CanHeal: false);
            case Verdict.Recreated:
                return new(key, Row(key, DriftChange.Deleted, [], seen.Since), desired, seen.Object, CanHeal: true);
            case Verdict.Modified modified when IsUnconfirmedWrite(context, entry, seen, modified):
                return null;
            case Verdict.Modified modified when !context.Spec.Heal || seen.NeedsServer:
                return await ConfirmAsync(context, key, seen, desired!, modified, cancellationToken);
            case Verdict.Modified modified:
                return new(key, Row(key, DriftChange.Modified, modified.Fields, seen.Since), desired, seen.Object, CanHeal: true) { Fields = modified.Fields };
            default:
                // What was applied is not at hand: something differs, and which fields cannot be told.
                return new(key, Row(key, DriftChange.Modified, [], seen.Since), null, seen.Object, CanHeal: true);
        }
    }

    /// <summary>
    /// Whether the object is as it is to become: our own write of the sync under way, whose answer never came. The next write
    /// of the same content confirms it.
    /// </summary>
    private bool IsUnconfirmedWrite(ReconcileContext context, InventoryEntry entry, Seen seen, Verdict.Modified modified) =>
        context.Spec is { Automated: true, Suspended: false }
        && modified.Fields.All(static field => field.Manager is "" or Names.FieldManager)
        && context.Runtime.Target is { HasContent: true } target && target.Find(entry.Key) is { } next && next.DesiredHash != entry.DesiredHash
        && IgnoredDrift.Without(
            context.Spec.Ignored, seen.Object, next.Parse(), _explainer.Explain(seen.Object, next.Parse(), seen.Recorded.EntryTime, trustOwned: false)).IsEmpty;

    /// <summary>
    /// Nothing will be written, so that no answer tells what really differs: a dry run does. What the server only spells
    /// otherwise is no drift.
    /// </summary>
    private async Task<Finding?> ConfirmAsync(
        ReconcileContext context, ObjectKey key, Seen seen, DesiredObject desired, Verdict.Modified modified, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        if (runtime.Drift.TryGetValue(key, out var known) && known.Change == DriftChange.Modified
            && runtime.ConfirmedVersions.GetValueOrDefault(key) is { } confirmed && confirmed == seen.Object.ResourceVersion)
        {
            return new(key, known, desired, seen.Object, CanHeal: true);
        }

        var fields = modified.Fields;
        try
        {
            var found = await _client.Discovery.FindAsync(desired.Type, cancellationToken);
            if (found.Resource is { } resource)
            {
                var content = HeldContent.For(context, desired)?.Invoke(seen.Object, false) ?? desired.Parse();
                var answer = await context.Writer.ApplyAsync(
                    resource, content, new ApplyOptions(Names.FieldManager, DryRun: true), cancellationToken);
                fields = _explainer.Explain(seen.Object, answer: answer.Object, seen.Recorded.EntryTime);
                fields = IgnoredDrift.Without(context.Spec.Ignored, seen.Object, answer.Object, fields);
                if (fields.IsEmpty)
                {
                    return Confirmed(context, key, seen, desired, content, answer.Object);
                }

                runtime.ConfirmedVersions[key] = seen.Object.ResourceVersion;
            }
        }
        catch (Exception failure) when (failure is ApiException or ApiConnectionException && !fields.IsEmpty)
        {
            // Refused or unanswered: what the comparison without the server found is reported.
        }

        return new(key, Row(key, DriftChange.Modified, fields, seen.Since), desired, seen.Object, CanHeal: true) { Fields = fields };
    }

    /// <summary>An apply would change no value. Where the rules were asked, it may still have to be ours again.</summary>
    private Finding? Confirmed(
        ReconcileContext context, ObjectKey key, Seen seen, DesiredObject desired, KubernetesObject content, KubernetesObject answer)
    {
        if (!seen.NeedsServer)
        {
            _objects.Accept(key, seen.Object);
            return null;
        }

        var asSeen = _judge.AsSeen(seen.Object, content, seen.Recorded);
        if (asSeen.EntryHash != _judge.AsSeen(answer, content, seen.Recorded).EntryHash)
        {
            return context.Spec.Heal ? new(key, null, desired, seen.Object, CanHeal: true) : null;
        }

        _objects.Accept(key, seen.Object, asSeen);
        return null;
    }

    private async Task<DesiredObject?> ContentAsync(ReconcileContext context, InventoryEntry entry, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        if (Known(runtime, entry) is { } known)
        {
            return known;
        }

        // Once for each state of the repository: it tells when it changes.
        var asked = $"{runtime.Inventory!.Header?.Revision}\n{context.SourceProblem?.Message}";
        if (runtime.AppliedUnavailable != asked)
        {
            runtime.AppliedUnavailable = asked;
            await LoadAppliedAsync(context, cancellationToken);
        }

        return Known(runtime, entry);
    }

    private async Task LoadAppliedAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        try
        {
            if (await _renderer.RenderAppliedAsync(context, cancellationToken) is { } rendering)
            {
                runtime.Remember(rendering.Objects);
                runtime.AppliedUnavailable = null;
                if (runtime.Target is { HasContent: false } target && target.Revision == rendering.Revision)
                {
                    runtime.Target = rendering with { DetectedAt = target.DetectedAt };
                }
            }
        }
        catch (Exception failure) when (failure is GitException or Manifests.ManifestException or Manifests.Trees.SourceTreeException)
        {
            context.HealBlocked = $"the commit applied last cannot be read: {failure.Message}";
        }
    }

    private static DesiredObject? Known(ApplicationRuntime runtime, InventoryEntry entry) =>
        runtime.Content.TryGetValue(entry.Key, out var content) && content.DesiredHash == entry.DesiredHash ? content : null;

    private async Task<KubernetesObject?> ReadAsync(InventoryEntry entry, CancellationToken cancellationToken)
    {
        var found = await _client.Discovery.FindAsync(new(entry.Key.Group, entry.Version, entry.Key.Kind), cancellationToken);
        return found.Outcome switch
        {
            LookupOutcome.Found => await _client.GetAsync(found.Resource!, entry.Key.Namespace, entry.Key.Name, cancellationToken),
            LookupOutcome.Absent => null,
            _ => throw new ApiConnectionException($"discovery of {entry.Key.Group} is incomplete", null),
        };
    }

    private static DriftRow Row(
        ObjectKey key, DriftChange change, IReadOnlyCollection<FieldDiff> fields, DateTimeOffset since) => new()
        {
            Group = key.Group.NullIfEmpty(),
            Kind = key.Kind,
            Namespace = key.Namespace.NullIfEmpty(),
            Name = key.Name,
            Change = change,
            DetectedAt = since,
            Fields = [.. fields.Select(FieldRows.OfDrift)],
        };

    private sealed record Seen(KubernetesObject Object, DateTimeOffset Since, Fingerprint Recorded, bool NeedsServer);

    private sealed record Finding(ObjectKey Key, DriftRow? Row, DesiredObject? Desired, KubernetesObject? Observed, bool CanHeal)
    {
        public ImmutableArray<FieldDiff> Fields { get; init; } = [];
    }
}
