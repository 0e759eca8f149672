using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff;
using GitOps.Operator.Git;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// Looks into what the watches found suspicious: what differs from what was applied last, in which fields, by whom. Each
/// finding becomes a row of the report, and a candidate for healing where the Application heals.
/// </summary>
internal sealed class DriftStep : IReconcileStep
{
    private static readonly TimeSpan ReadRetry = TimeSpan.FromSeconds(5);

    private readonly IKubernetesClient _client;
    private readonly ManagedObjects _objects;
    private readonly DriftJudge _judge;
    private readonly DriftExplainer _explainer = new(Names.FieldManager);
    private readonly RenderStep _renderer;
    private readonly DriftReport _report;

    public DriftStep(IKubernetesClient client, ManagedObjects objects, DriftJudge judge, RenderStep renderer, DriftReport report)
    {
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

        foreach (var gone in runtime.Drift.Keys.Where(key => !open.Contains(key)).ToList())
        {
            runtime.Drift.Remove(gone);
            runtime.ConfirmedVersions.Remove(gone);
        }

        return StepResult.Continue;
    }

    /// <summary>Forgets fights that have been over for long; a contested object is looked at again when it may be forgotten.</summary>
    private static void EndFights(ReconcileContext context)
    {
        foreach (var (key, fight) in context.Runtime.Heals.ToList())
        {
            if (fight.EndsAt <= context.Now)
            {
                context.Runtime.Heals.Remove(key);
            }
            else if (fight.IsContested)
            {
                context.LookAgain(fight.EndsAt);
            }
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

                _report.Detected(context.Application, row);
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

        if (runtime.Heals.TryGetValue(finding.Key, out var fight) && fight.NotBefore > context.Now)
        {
            context.LookAgain(fight.NotBefore);
            return;
        }

        context.Heals.Add(new(desired, finding.Observed, finding.Row is null ? null : runtime.Drift[finding.Key]));
    }

    private async Task<Finding?> InvestigateAsync(
        ReconcileContext context, InventoryEntry entry, ObjectState state, Fingerprint recorded, CancellationToken cancellationToken)
    {
        var observed = state.Suspect;
        if (state.Presence == Presence.Vanished)
        {
            observed = await ReadAsync(entry, cancellationToken);
            if (observed is null)
            {
                var row = Row(entry.Key, DriftChange.Deleted, [], state.Since);
                return new(entry.Key, row, await ContentAsync(context, entry, cancellationToken), null, CanHeal: true);
            }

            _objects.FoundAgain(entry.Key, observed);
        }

        if (observed is null)
        {
            return null;
        }

        _objects.Examined(entry.Key, observed);
        var verdict = _judge.Judge(observed, recorded, desired: null);
        var desired = verdict is Verdict.NoDrift or Verdict.NoDriftRefreshed or Verdict.Terminating
            ? null
            : await ContentAsync(context, entry, cancellationToken);
        if (desired is not null)
        {
            verdict = _judge.Judge(observed, recorded, desired.Parse());
        }

        return await ConcludeAsync(context, entry, new Seen(observed, state.Since, recorded), verdict, desired, cancellationToken);
    }

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
            case Verdict.Modified modified when !context.Spec.Heal:
                return await ConfirmAsync(context, key, seen, desired!, modified, cancellationToken);
            case Verdict.Modified modified:
                return new(key, Row(key, DriftChange.Modified, modified.Fields, seen.Since), desired, seen.Object, CanHeal: true);
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
        && _explainer.Explain(seen.Object, next.Parse(), seen.Recorded.EntryTime, trustOwned: false).IsEmpty;

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
                var answer = await context.Writer.ApplyAsync(
                    resource, desired.Parse(), new ApplyOptions(Names.FieldManager, DryRun: true), cancellationToken);
                fields = _explainer.Explain(seen.Object, answer: answer.Object, seen.Recorded.EntryTime);
                if (fields.IsEmpty)
                {
                    _objects.Accept(key, seen.Object);
                    return null;
                }

                runtime.ConfirmedVersions[key] = seen.Object.ResourceVersion;
            }
        }
        catch (Exception failure) when (failure is ApiException or ApiConnectionException)
        {
            // Refused or unanswered: what the comparison without the server found is reported.
        }

        return new(key, Row(key, DriftChange.Modified, fields, seen.Since), desired, seen.Object, CanHeal: true);
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
        ObjectKey key, DriftChange change, IReadOnlyCollection<DriftedField> fields, DateTimeOffset since) => new()
        {
            Group = key.Group.Length == 0 ? null : key.Group,
            Kind = key.Kind,
            Namespace = key.Namespace.Length == 0 ? null : key.Namespace,
            Name = key.Name,
            Change = change,
            DetectedAt = since,
            Fields = [.. fields.Select(DriftReport.Field)],
        };

    private sealed record Seen(KubernetesObject Object, DateTimeOffset Since, Fingerprint Recorded);

    private sealed record Finding(ObjectKey Key, DriftRow? Row, DesiredObject? Desired, KubernetesObject? Observed, bool CanHeal);
}
