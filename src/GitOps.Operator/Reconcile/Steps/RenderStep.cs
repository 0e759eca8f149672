using System.Security.Cryptography;
using System.Text;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Operator.Render;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// From a revision to desired objects. Renders only if the commit answers one of the recorded look-ups otherwise than the one
/// that was rendered; after a restart the inventory knows those look-ups. What cannot be rendered is a condition, and what was
/// rendered before stays.
/// </summary>
internal sealed class RenderStep : IReconcileStep
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    private readonly IGitRepositories _repositories;
    private readonly DesiredMapper _mapper;
    private readonly IReconcileTrigger _trigger;
    private readonly OperatorMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly string _keyId;
    private readonly CancellationToken _stopping;

    public RenderStep(
        IGitRepositories repositories, DesiredMapper mapper, IReconcileTrigger trigger, OperatorMetrics metrics, TimeProvider time,
        InstallationKey key, CancellationToken stopping)
    {
        _repositories = repositories;
        _mapper = mapper;
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

        // Known before the repository answers, or if it never does: drift is seen and healed all the same. A sync of a former
        // process goes on with what it was about, hooks included, and what was applied before it must not take its place.
        runtime.Target ??= runtime.Operation is not null ? null : FromInventory(runtime.Inventory, OptionsHash(spec), context.Now);
        try
        {
            var wanted = context.WantedRevision;
            var (resolvedInTime, resolved) = await runtime.Resolving.AskAsync(
                $"{spec.RepoUrl}\n{wanted}", () => _repositories.ResolveAsync(spec.Repository, wanted, _stopping),
                Moment, _trigger, context.Key, _time, cancellationToken);
            if (!resolvedInTime)
            {
                return runtime.Target is null
                    ? StepResult.WaitQuietly("FetchingSource", $"waiting for the repository")
                    : StepResult.Continue;
            }

            context.Revision = resolved!.Sha;
            context.DetectedAt = resolved.ObservedAt;
            context.SourceWarning = resolved.Warning;
            if (_repositories.StateOf(spec.Repository).Failure is { } failing)
            {
                context.SourceProblem = SourceProblem.Of(failing);
            }

            return await RenderAsync(context, resolved, cancellationToken);
        }
        catch (GitException failure)
        {
            context.SourceProblem = SourceProblem.Of(failure);
            return StepResult.Continue;
        }
    }

    /// <summary>Renders the commit that the inventory was written for, to know what was applied; null if it cannot be had.</summary>
    public async Task<Rendering?> RenderAppliedAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        if (context.Runtime.Inventory?.Header is not { Revision: { } revision } header || header.OptionsHash != OptionsHash(context.Spec))
        {
            return null;
        }

        var tree = await _repositories.OpenAsync(context.Spec.Repository, revision, cancellationToken);
        return await RenderTreeAsync(context.Key, context.Spec, new(new BuildTree(tree, context.Spec.Build)), context.Now, cancellationToken);
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

    private string OptionsHash(ValidatedSpec spec) => HashOf($"{DirectoryRenderer.OptionsText(spec)}\n{_mapper.FilterText}");

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    private async Task<StepResult> RenderAsync(ReconcileContext context, ResolvedRevision resolved, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var optionsHash = OptionsHash(context.Spec);

        // The name of the revision may be rendered, too: another one for the same commit is looked at again.
        var looked = (resolved.Sha, context.Spec.Revision);
        var again = IsToBeRenderedAgain(context, resolved.Sha, looked);
        if (runtime.Target?.OptionsHash == optionsHash && runtime.Checked == looked && !again)
        {
            runtime.RenderFailure = null;
            return StepResult.Continue;
        }

        if (runtime.RenderFailure is { } known && known.Revision == resolved.Sha && known.OptionsHash == optionsHash)
        {
            context.SourceProblem = known.Problem;
            return StepResult.Continue;
        }

        var (openedInTime, tree) = await runtime.Opening.AskAsync(
            resolved.Sha, () => new(_repositories.OpenAsync(context.Spec.Repository, resolved.Sha, _stopping)),
            Moment, _trigger, context.Key, _time, cancellationToken);
        if (!openedInTime)
        {
            return runtime.Target is null
                ? StepResult.WaitQuietly("FetchingSource", $"fetching {resolved.Sha[..7]} of the repository")
                : StepResult.Continue;
        }

        var build = new BuildTree(tree!, context.Spec.Build);
        if (runtime.Target is { } target && target.OptionsHash == optionsHash && !again
            && await target.Inputs.HoldAsync(build, cancellationToken))
        {
            runtime.Checked = looked;
            runtime.RenderFailure = null;
            _metrics.RenderEnded(MetricLabels.RenderResult.Cached);
            return StepResult.Continue;
        }

        if (runtime.RenderFailure is { Inputs: { } inputs } before && before.OptionsHash == optionsHash && await inputs.HoldAsync(build, cancellationToken))
        {
            runtime.RenderFailure = before with { Revision = resolved.Sha };
            context.SourceProblem = runtime.RenderFailure.Problem;
            _metrics.RenderEnded(MetricLabels.RenderResult.Cached);
            return StepResult.Continue;
        }

        var attempt = new Attempt(build);
        try
        {
            var rendering = await RenderTreeAsync(context.Key, context.Spec, attempt, resolved.ObservedAt, cancellationToken);
            runtime.Target = rendering;
            runtime.Checked = looked;
            runtime.RenderFailure = null;
        }
        catch (Exception failure) when (failure is ManifestException or SourceTreeException or InvalidMarksException)
        {
            runtime.RenderFailure = new(resolved.Sha, optionsHash, failure.Message, attempt.FailedInputs) { IsMisread = failure is InvalidMarksException };
            context.SourceProblem = runtime.RenderFailure.Problem;
        }

        return StepResult.Continue;
    }

    /// <summary>Although nothing that was read has changed.</summary>
    private static bool IsToBeRenderedAgain(ReconcileContext context, string revision, (string Sha, string Name) looked) => context.Runtime.Target is { } target
        // The commit that was rendered may be an older one, which this one answers alike.
        && ((context.Runtime.Checked == looked && !target.Unmapped.IsEmpty)
            || (context.IsExact && target.Revision != revision)
            // Hooks run whatever is in sync, and an inventory knows none.
            || (context.Request is not null && !target.HasContent));

    private async Task<Rendering> RenderTreeAsync(
        NamespacedName application, ValidatedSpec spec, Attempt attempt, DateTimeOffset detectedAt, CancellationToken cancellationToken)
    {
        var (mapped, rendered) = await CountedAsync(application, spec, attempt, cancellationToken);
        var commit = await _repositories.CommitAsync(spec.Repository, attempt.Tree.Revision, cancellationToken);
        return new(
            attempt.Tree.Revision,
            new(commit.Sha, commit.Author, commit.Committer, commit.Subject, commit.CommittedAt, commit.SignatureFormat) { PullRequest = commit.PullRequest },
            detectedAt, OptionsHash(spec), attempt.Tree.Inputs, mapped.Objects, mapped.Unmapped, HasContent: true,
            rendered.Warnings.AddRange(mapped.Warnings), mapped.Images)
        {
            Hooks = mapped.Hooks,
        };
    }

    private async Task<(MappedObjects Mapped, RenderResult Rendered)> CountedAsync(
        NamespacedName application, ValidatedSpec spec, Attempt attempt, CancellationToken cancellationToken)
    {
        var result = MetricLabels.Failed;
        try
        {
            var rendered = await DirectoryRenderer.RenderAsync(attempt.Tree, spec.Source, cancellationToken);
            attempt.IsRendered = true;
            var mapped = await _mapper.MapAsync(
                rendered.Objects, application, spec.DestinationNamespace ?? string.Empty, spec.ManagedNamespace, cancellationToken);
            result = MetricLabels.Succeeded;
            return (mapped, rendered);
        }
        finally
        {
            _metrics.RenderEnded(result);
        }
    }

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

    /// <summary>A rendering under way, whose inputs are known if it fails, too.</summary>
    private sealed class Attempt(ISourceTree tree)
    {
        public RecordingSourceTree Tree { get; } = new(tree);

        public bool IsRendered { get; set; }

        /// <summary>Null where the objects were rendered, and do not suit the cluster: what it serves may change without a commit.</summary>
        public RecordedInputs? FailedInputs => IsRendered ? null : Tree.Inputs;
    }
}
