using System.Collections.Immutable;
using GitOps.Manifests;
using GitOps.Manifests.Trees;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Sources;

/// <summary>
/// A rendering under way, whose inputs are known if it fails, too. What each of several sources is rendered to is kept as soon as it is
/// known: neither another source that fails nor a later commit of another has it rendered again.
/// </summary>
internal sealed class RenderAttempt
{
    private readonly RenderedPart?[] _parts;

    /// <param name="sources">What is rendered.</param>
    /// <param name="parts">What the same sources, or some of them, were rendered to before.</param>
    public RenderAttempt(OpenedSources sources, ImmutableArray<RenderedPart?> parts)
    {
        Sources = sources;
        Trees = [.. sources.Trees.Select(static tree => new RecordingSourceTree(tree))];
        _parts = new RenderedPart?[sources.Items.Length];
        parts.AsSpan(0, Math.Min(parts.Length, _parts.Length)).CopyTo(_parts);
        HasParts = sources.Items.Count(static item => item.Source.IsRendered) > 1;
    }

    public OpenedSources Sources { get; }

    /// <summary>All that was read, one for each source: other sources may read it, too.</summary>
    public ImmutableArray<RecordingSourceTree> Trees { get; }

    /// <summary>What each source was rendered to last; null: it was not, or need not be kept, since it is the only one.</summary>
    public ImmutableArray<RenderedPart?> Parts => HasParts ? [.. _parts] : [];

    public bool IsRendered { get; set; }

    public SourceInputs Inputs => new([.. Trees.Select(static tree => tree.Inputs)]);

    /// <summary>Null where the objects were rendered, and do not suit the cluster: what it serves may change without a commit.</summary>
    public SourceInputs? FailedInputs => IsRendered ? null : Inputs;

    private bool HasParts { get; }

    /// <summary>What a source is rendered to: as before, where all that was read for it reads alike.</summary>
    /// <param name="index">Of the source.</param>
    /// <param name="options">Everything beside files that says what it is rendered to.</param>
    /// <param name="render">Renders it; given all sources' files.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<RenderResult> PartAsync(
        int index, string options, Func<IReadOnlyList<RecordingSourceTree>, Task<RenderResult>> render, CancellationToken cancellationToken)
    {
        if (!HasParts)
        {
            return await render(Trees);
        }

        if (_parts[index] is { } known && await known.HoldsAsync(options, Sources.Trees, cancellationToken))
        {
            known.Recall(Trees);
            return known.ToResult();
        }

        ImmutableArray<RecordingSourceTree> own = [.. Trees.Select(static tree => new RecordingSourceTree(tree))];
        var result = await render(own);
        _parts[index] = RenderedPart.Of(options, own, result);
        return result;
    }
}
