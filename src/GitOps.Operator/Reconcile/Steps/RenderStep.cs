using GitOps.Manifests;
using GitOps.Manifests.Helm;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Operator.Reconcile.Sources;
using GitOps.Operator.Render;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// From revisions to desired objects: every source is resolved, judged, opened and rendered, in this order. Renders only if a source
/// answers one of the recorded look-ups otherwise than what was rendered; after a restart the inventory knows those look-ups. What
/// cannot be rendered is a condition, and what was rendered before stays.
/// </summary>
internal sealed class RenderStep : IReconcileStep
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenFacts = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan AfterOutage = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AfterLimit = TimeSpan.FromMinutes(5);

    private readonly SourceResolver _resolver;
    private readonly ISourceJudge _judge;
    private readonly SourceOpener _opener;
    private readonly SourceRenderer _renderer;
    private readonly IReconcileTrigger _trigger;
    private readonly OperatorMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly string _keyId;
    private readonly CancellationToken _stopping;

    public RenderStep(
        SourceResolver resolver, ISourceJudge judge, SourceOpener opener, SourceRenderer renderer, IReconcileTrigger trigger,
        OperatorMetrics metrics, TimeProvider time, InstallationKey key, CancellationToken stopping)
    {
        _resolver = resolver;
        _judge = judge;
        _opener = opener;
        _renderer = renderer;
        _trigger = trigger;
        _metrics = metrics;
        _time = time;
        _keyId = key.Id;
        _stopping = stopping;
    }

    public string Name => "render";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var spec = context.Spec;

        // Known before the repositories answer, or if they never do: drift is seen and healed all the same. A sync of a former
        // process goes on with what it was about, hooks included, and what was applied before it must not take its place.
        runtime.Target ??= runtime.Operation is not null ? null : FromInventory(runtime.Inventory, _renderer.OptionsHash(spec), context.Now);
        try
        {
            var (resolvedInTime, resolved) = await runtime.Resolving.AskAsync(
                Question(context), () => OperatorTracing.InAsync("resolve", () => _resolver.ResolveAsync(spec.Sources, context.Wanted, _stopping)),
                Moment, _trigger, context.Key, _time, cancellationToken);
            if (!resolvedInTime)
            {
                return runtime.Target is null
                    ? StepResult.WaitQuietly("FetchingSource", $"waiting for the repository")
                    : StepResult.Continue;
            }

            // The question is about repositories and revisions: what else the spec says of them may have changed while the answer was waited for.
            resolved = resolved!.For(spec.Sources);
            context.Resolved = resolved;
            context.SourceWarning = resolved.Warning;
            if (_resolver.Failing(spec.Sources) is { } failing)
            {
                context.SourceProblem = SourceProblem.Of(failing);
                context.SourceAway = failing.Message;
            }

            return await _judge.ThenAsync(context, resolved, RenderAsync, cancellationToken);
        }
        catch (GitException failure)
        {
            context.SourceProblem = SourceProblem.Of(failure);
            if (failure.IsUnwatched)
            {
                context.LookAgain(context.Now + context.Spec.Interval);
            }

            return StepResult.Continue;
        }
    }

    /// <summary>Renders what the inventory was written for, to know what was applied; null if it cannot be had.</summary>
    public async Task<Rendering?> RenderAppliedAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var spec = context.Spec;
        if (context.Runtime.Inventory?.Header is not { Revision: { } revision } header || header.OptionsHash != _renderer.OptionsHash(spec))
        {
            return null;
        }

        var applied = Revisions.Split(revision);
        if (applied.Length != spec.Sources.Length)
        {
            return null;
        }

        var resolved = new ResolvedSources([.. spec.Sources.Zip(applied, static (source, one) => new ResolvedSource(source, one, string.Empty, default, null))]);
        if (spec.Sources.Any(static source => source.IsChart && !source.Policy.IsNone))
        {
            // A version alone does not say which package of it was verified.
            if (context.Runtime.Verification.GoodAt(resolved.Revision, context.Now) is not { } good)
            {
                return null;
            }

            resolved = good.For(spec.Sources);
        }

        var opened = await _opener.OpenAsync(resolved, cancellationToken);
        return await _renderer.RenderAsync(context.Key, spec, new(opened, context.Runtime.Parts), context.Now, cancellationToken);
    }

    /// <summary>The header that tells a later start what the entries were rendered from.</summary>
    public InventoryHeader HeaderFor(Rendering rendering)
    {
        var inputs = InputRecords.Compact(rendering.Inputs);
        return new()
        {
            Revision = rendering.Revision,
            InputsHash = InputRecords.HashOf(inputs),
            Inputs = inputs,
            OptionsHash = rendering.OptionsHash,
            RendererVersion = DirectoryRenderer.Version,
            KeyId = _keyId,
        };
    }

    private static string Question(ReconcileContext context)
    {
        var sources = context.Spec.Sources;
        var wanted = context.Wanted;
        return string.Join('\n', sources.Select((source, i) => $"{source.RepoUrl}\n{source.Chart}\n{(wanted.IsEmpty ? null : wanted[i]) ?? source.FullRevision}"));
    }

    private async Task<StepResult> RenderAsync(ReconcileContext context, ResolvedSources resolved, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var optionsHash = _renderer.OptionsHash(context.Spec);

        // The names of the revisions may be rendered, too: others for the same commits are looked at again.
        var looked = new LookedAt(resolved.Revision, resolved.Identity, context.Spec.RevisionNames);
        var again = IsToBeRenderedAgain(context, resolved.Revision, looked);
        var asksCluster = runtime.Target is { } current && RecordedFacts.AskCluster(current.Inputs);
        if (asksCluster)
        {
            context.LookAgainQuietly(context.Now + BetweenFacts);
        }

        if (runtime.Target?.OptionsHash == optionsHash && runtime.Checked == looked && !again && !asksCluster)
        {
            runtime.RenderFailure = null;
            return StepResult.Continue;
        }

        if (runtime.RenderFailure is { RetryAt: { } retry })
        {
            if (retry <= context.Now)
            {
                runtime.RenderFailure = null;
            }
            else
            {
                context.LookAgain(retry);
            }
        }

        if (runtime.RenderFailure is { } known && known.Identity == resolved.Identity && known.OptionsHash == optionsHash)
        {
            context.SourceProblem = known.Problem;
            return StepResult.Continue;
        }

        var (openedInTime, opened) = await runtime.Opening.AskAsync(
            $"{Question(context)}\n{resolved.Identity}", () => OperatorTracing.InAsync("fetch", () => new ValueTask<OpenedSources>(_opener.OpenAsync(resolved, _stopping))), Moment, _trigger, context.Key, _time, cancellationToken);
        if (!openedInTime)
        {
            return runtime.Target is null
                ? StepResult.WaitQuietly("FetchingSource", $"fetching {Revisions.Short(resolved.Revision)} of the repository")
                : StepResult.Continue;
        }

        opened = opened!.For(context.Spec.Sources);
        if (runtime.Target is { } target && target.OptionsHash == optionsHash && !again
            && await target.Inputs.HoldAsync(opened.Trees, cancellationToken))
        {
            runtime.Checked = looked;
            runtime.RenderFailure = null;
            _metrics.RenderEnded(MetricLabels.RenderResult.Cached);
            return StepResult.Continue;
        }

        if (runtime.RenderFailure is { Inputs: { } inputs } before && before.OptionsHash == optionsHash && await inputs.HoldAsync(opened.Trees, cancellationToken))
        {
            runtime.RenderFailure = before with { Revision = resolved.Revision, Identity = resolved.Identity };
            context.SourceProblem = runtime.RenderFailure.Problem;
            _metrics.RenderEnded(MetricLabels.RenderResult.Cached);
            return StepResult.Continue;
        }

        var attempt = new RenderAttempt(opened, runtime.Parts);
        try
        {
            var rendering = await _renderer.RenderAsync(context.Key, context.Spec, attempt, resolved.ObservedAt, cancellationToken);
            runtime.Target = rendering;
            runtime.Checked = looked;
            runtime.RenderFailure = null;
        }
        catch (Exception failure) when (failure is ManifestException or SourceTreeException or InvalidMarksException)
        {
            runtime.RenderFailure = new(resolved.Revision, resolved.Identity, optionsHash, failure.Message, attempt.FailedInputs)
            {
                IsMisread = failure is InvalidMarksException,
            };
            context.SourceProblem = runtime.RenderFailure.Problem;
        }
        catch (HelmException failure)
        {
            var wait = failure.Failure == HelmFailure.Limit ? AfterLimit : AfterOutage;
            runtime.RenderFailure = new(resolved.Revision, resolved.Identity, optionsHash, failure.Message, attempt.FailedInputs) { RetryAt = context.Now + wait };
            context.SourceProblem = runtime.RenderFailure.Problem;
            context.LookAgain(context.Now + wait);
        }
        finally
        {
            runtime.Parts = attempt.Parts;
        }

        return StepResult.Continue;
    }

    /// <summary>Although nothing that was read has changed.</summary>
    private static bool IsToBeRenderedAgain(ReconcileContext context, string revision, LookedAt looked) => context.Runtime.Target is { } target
        // The commit that was rendered may be an older one, which this one answers alike.
        && ((context.Runtime.Checked == looked && !target.Unmapped.IsEmpty)
            || (context.IsExact && target.Revision != revision)
            // Hooks run whatever is in sync, and an inventory knows none.
            || (context.Request is not null && !target.HasContent));

    /// <summary>What was applied last, as far as the inventory knows it: keys and hashes, and what they were rendered from.</summary>
    private Rendering? FromInventory(ApplicationInventory? inventory, string optionsHash, DateTimeOffset detectedAt)
    {
        if (inventory is not { Unknown: null, Header: { Pending: not true, Revision: { } revision } header }
            || header.OptionsHash != optionsHash || header.RendererVersion != DirectoryRenderer.Version || header.KeyId != _keyId
            || header.InputsHash != InputRecords.HashOf(header.Inputs) || InputRecords.Restore(header) is not { } inputs)
        {
            return null;
        }

        var objects = inventory.Entries.Values
            .Where(static entry => entry.DesiredHash.Length > 0)
            .Select(static entry => new DesiredObject(
                entry.Key, new(entry.Key.Group, entry.Version, entry.Key.Kind), [], entry.DesiredHash, string.Empty)
            {
                Wave = entry.Wave,
                Options = new() { Remembered = entry.Options },
            })
            .Order(Comparer<DesiredObject>.Create(static (left, right) => KindOrder.Compare(left.Key, right.Key)));
        return new(revision, null, detectedAt, optionsHash, inputs, [.. objects], [], HasContent: false, [], []);
    }
}
