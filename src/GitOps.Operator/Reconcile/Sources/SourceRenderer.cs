using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests;
using GitOps.Manifests.Helm;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using GitOps.Operator.Render;

namespace GitOps.Operator.Reconcile.Sources;

/// <summary>Renders every source by itself, and makes of their objects, in the order of the spec, what is desired.</summary>
internal sealed class SourceRenderer
{
    private readonly SourceAccess _access;
    private readonly DesiredMapper _mapper;
    private readonly OperatorMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ChartRenderer? _charts;

    public SourceRenderer(SourceAccess access, DesiredMapper mapper, OperatorMetrics metrics, ChartRenderer? charts = null, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _charts = charts;
        _access = access;
        _mapper = mapper;
        _metrics = metrics;
    }

    /// <summary>Of everything in the spec that changes what is rendered, and of what is left out; 16 hexadecimal digits.</summary>
    public string OptionsHash(ValidatedSpec spec) => HashOf($"{RenderOptions.TextOf(spec)}\n{_mapper.FilterText}");

    /// <exception cref="ManifestException">The manifests have errors.</exception>
    /// <exception cref="SourceTreeException">A directory is not there, or something in it cannot be read.</exception>
    /// <exception cref="GitOps.Operator.Sync.InvalidMarksException">An annotation of a manifest makes no sense.</exception>
    public async Task<Rendering> RenderAsync(
        NamespacedName application, ValidatedSpec spec, RenderAttempt attempt, DateTimeOffset detectedAt, CancellationToken cancellationToken)
    {
        var (mapped, warnings) = await CountedAsync(application, spec, attempt, cancellationToken);
        var commits = ImmutableArray.CreateBuilder<CommitFacts?>();
        foreach (var source in attempt.Sources.Items)
        {
            commits.Add(await _access.CommitAsync(source.Source, source.Revision, cancellationToken));
        }

        return new(
            attempt.Sources.Revision, commits.MaxBy(static commit => commit?.CommittedAt), detectedAt, OptionsHash(spec), attempt.Inputs, mapped.Objects, mapped.Unmapped, HasContent: true,
            warnings.AddRange(mapped.Warnings), mapped.Images)
        {
            Commits = commits.ToImmutable(),
            Hooks = mapped.Hooks,
            Secrets = mapped.Secrets,
        };
    }

    private static Dictionary<string, ISourceTree> References(OpenedSources sources, IReadOnlyList<ISourceTree> trees) => sources.Items
        .Select((item, i) => (item.Source.Ref, Tree: trees[i])).Where(static item => item.Ref is not null)
        .ToDictionary(static item => item.Ref!, static item => item.Tree, StringComparer.Ordinal);

    private static SourceLocation Named(SourceLocation location, CheckedSource source) => location with { File = $"{source.Field}/{location.File}" };

    /// <summary>Of several sources, every message names the one that it is about.</summary>
    private async Task<RenderResult> RenderAsync(
        RecordingSourceTree tree, CheckedSource source, ChartTools? charts, bool isNamed, CancellationToken cancellationToken)
    {
        using var span = OperatorTracing.Begin("render source");
        var started = _time.GetTimestamp();
        SourceKind? kind = null;
        try
        {
            return await DirectoryRenderer.RenderAsync(tree, source.Rendered, charts, found => kind = found, cancellationToken);
        }
        catch (ManifestException failure) when (isNamed)
        {
            throw new ManifestException([.. failure.Errors.Select(error => error with
            {
                File = $"{source.Field}/{error.File}",
                Location = error.Location is { } location ? Named(location, source) : null,
            })]);
        }
        catch (SourceTreeException failure) when (isNamed)
        {
            throw new SourceTreeException(failure.Path, $"{source.Field} ({source.RepoUrl}): {failure.Message}");
        }
        catch (HelmException failure) when (isNamed)
        {
            throw new HelmException(failure.Failure, $"{source.Field} ({source.RepoUrl}): {failure.Message}", failure);
        }
        catch (GitException failure) when (isNamed)
        {
            throw SourceResolver.Named(source, failure);
        }
        finally
        {
            if (kind is { } rendered)
            {
                _metrics.RenderTook(rendered.ToString().ToLowerInvariant(), _time.GetElapsedTime(started));
            }
        }
    }

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    private async Task<(MappedObjects Mapped, ImmutableArray<string> Warnings)> CountedAsync(
        NamespacedName application, ValidatedSpec spec, RenderAttempt attempt, CancellationToken cancellationToken)
    {
        var result = MetricLabels.Failed;
        try
        {
            var objects = new List<IReadOnlyCollection<RenderedObject>>();
            var warnings = ImmutableArray.CreateBuilder<string>();
            var isNamed = attempt.Trees.Length > 1;
            for (var i = 0; i < attempt.Trees.Length; i++)
            {
                var source = attempt.Sources.Items[i].Source;
                if (!source.IsRendered)
                {
                    continue;
                }

                var index = i;
                var rendered = await attempt.PartAsync(
                    i, RenderOptions.PartOf(spec, source),
                    trees => RenderAsync(
                        trees[index], source, _charts is null ? null : new ChartTools(_charts, References(attempt.Sources, trees)), isNamed, cancellationToken),
                    cancellationToken);
                objects.Add(isNamed ? [.. rendered.Objects.Select(item => item with { Location = Named(item.Location, source) })] : rendered.Objects);
                warnings.AddRange(isNamed ? rendered.Warnings.Select(warning => $"{source.Field}: {warning}") : rendered.Warnings);
            }

            attempt.IsRendered = true;
            var mapped = await _mapper.MapAsync(objects, application, spec.DestinationNamespace ?? string.Empty, spec.ManagedNamespace, cancellationToken);
            result = MetricLabels.Succeeded;
            return (mapped, warnings.ToImmutable());
        }
        finally
        {
            _metrics.RenderEnded(result);
        }
    }
}
