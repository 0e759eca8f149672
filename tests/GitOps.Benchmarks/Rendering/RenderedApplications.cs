using System.Collections.Immutable;
using System.Globalization;
using GitOps.Manifests;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Render;

namespace GitOps.Benchmarks.Rendering;

/// <summary>All overlays of a repository as Applications: what each was rendered to, and from what.</summary>
internal sealed class RenderedApplications
{
    private readonly ValidatedSpec[] _specs;
    private readonly (ImmutableArray<RenderedObject> Objects, RecordedInputs Inputs)?[] _rendered;

    public RenderedApplications()
        : this(Enumerable.Range(0, OverlayRepository.Overlays).Select(OverlayRepository.PathOf))
    {
    }

    public RenderedApplications(IEnumerable<string> paths)
    {
        _specs = [.. paths.Select(static (path, number) => new ValidatedSpec
        {
            Sources =
            [
                new()
                {
                    Field = "spec.source",
                    RepoUrl = string.Empty,
                    Tenant = string.Empty,
                    Revision = string.Empty,
                    Path = path,
                    Directory = new(false, null, null),
                    Build = new(string.Create(CultureInfo.InvariantCulture, $"app-{number}"), string.Empty, "default", []),
                },
            ],
            Interval = TimeSpan.FromMinutes(3),
            Retry = RetryPolicy.Default,
        })];
        _rendered = new (ImmutableArray<RenderedObject>, RecordedInputs)?[_specs.Length];
    }

    public int Objects => _rendered.Sum(static rendering => rendering?.Objects.Length ?? 0);

    /// <summary>Brings all of them to a commit, as the operator does: what the commit answers alike is not rendered again.</summary>
    /// <returns>How many were rendered.</returns>
    public async Task<int> RenderAsync(ISourceTree tree, CancellationToken cancellationToken)
    {
        var count = 0;
        for (var i = 0; i < _specs.Length; i++)
        {
            count += await RenderAsync(i, tree, cancellationToken) ? 1 : 0;
        }

        return count;
    }

    /// <summary>The same by so many at once, as the operator's workers do it.</summary>
    public async Task<int> RenderAsync(ISourceTree tree, int workers, CancellationToken cancellationToken)
    {
        var count = 0;
        await Parallel.ForAsync(0, _specs.Length, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken }, async (i, stop) =>
        {
            if (await RenderAsync(i, tree, stop))
            {
                Interlocked.Increment(ref count);
            }
        });
        return count;
    }

    private async Task<bool> RenderAsync(int i, ISourceTree tree, CancellationToken cancellationToken)
    {
        var build = new BuildTree(tree, _specs[i].Build);
        if (_rendered[i] is { } known && await known.Inputs.HoldAsync(build, cancellationToken))
        {
            return false;
        }

        var recording = new RecordingSourceTree(build);
        var result = await DirectoryRenderer.RenderAsync(recording, _specs[i].Source, cancellationToken);
        _rendered[i] = (result.Objects, recording.Inputs);
        return true;
    }
}
