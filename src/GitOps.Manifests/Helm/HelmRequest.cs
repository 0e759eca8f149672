using System.Collections.Immutable;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Helm;

/// <summary>A file, or a glob over files, of a tree that may be another one than the chart's.</summary>
/// <param name="Tree">Where it is read.</param>
/// <param name="Path">From the tree's root; may be a glob.</param>
/// <param name="Written">As the user wrote it, for messages.</param>
public sealed record HelmTreeFile(ISourceTree Tree, string Path, string Written);

/// <summary>One of <c>--set</c> or <c>--set-string</c>, with Helm's syntax of names and values.</summary>
public sealed record HelmParameter(string Name, string Value, bool ForceString);

/// <summary>One of <c>--set-file</c>: the value is what the file holds.</summary>
public sealed record HelmFileParameter(string Name, HelmTreeFile File);

/// <summary>Values that are at hand.</summary>
/// <param name="Content">YAML or JSON.</param>
/// <param name="Origin">For messages.</param>
public sealed record HelmText(ReadOnlyMemory<byte> Content, string Origin);

/// <summary>What the cluster serves, as charts see it. Asked only where a chart looks.</summary>
public interface IHelmCapabilities
{
    /// <returns><c>v1.36.0</c>; null: not known.</returns>
    ValueTask<string?> KubeVersionAsync(CancellationToken cancellationToken);

    /// <param name="name"><c>apps/v1</c>, or <c>apps/v1/Deployment</c>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    ValueTask<bool> ServesAsync(string name, CancellationToken cancellationToken);

    /// <returns><c>apps/v1</c> and <c>apps/v1/Deployment</c>, sorted; null: not known.</returns>
    ValueTask<ImmutableArray<string>?> ApiVersionsAsync(CancellationToken cancellationToken);
}

/// <summary>One rendering of a chart. Values come, each over the former: the chart's own, files, text, parameters.</summary>
/// <param name="Tree">Where the chart is. Pass a <see cref="RecordingSourceTree"/> to have what was read among the recorded inputs.</param>
/// <param name="Path">Of the directory with Chart.yaml; empty: the root.</param>
/// <param name="ReleaseName"><c>.Release.Name</c>; empty: helm's own, <c>release-name</c>, or what <see cref="NameTemplate"/> says.</param>
/// <param name="Namespace"><c>.Release.Namespace</c>; empty: <c>default</c>.</param>
public sealed record HelmRequest(ISourceTree Tree, string Path, string ReleaseName, string Namespace)
{
    /// <summary>Makes the release's name; null: <see cref="ReleaseName"/> is it.</summary>
    public string? NameTemplate { get; init; }

    /// <summary>Null: the cluster's.</summary>
    public string? KubeVersion { get; init; }

    /// <summary>Empty: the cluster's.</summary>
    public ImmutableArray<string> ApiVersions { get; init; } = [];

    /// <summary>Null: nothing is known of a cluster, and charts see Helm's defaults.</summary>
    public IHelmCapabilities? Capabilities { get; init; }

    /// <summary>They go over the chart's own values, and under the files.</summary>
    public ImmutableArray<HelmText> ValueTexts { get; init; } = [];

    public ImmutableArray<HelmTreeFile> ValueFiles { get; init; } = [];

    /// <summary>YAML or JSON that goes over the files; empty: none.</summary>
    public string Values { get; init; } = string.Empty;

    public ImmutableArray<HelmParameter> Parameters { get; init; } = [];

    public ImmutableArray<HelmFileParameter> FileParameters { get; init; } = [];

    public bool SkipCrds { get; init; }

    public bool SkipTests { get; init; }

    public bool SkipHooks { get; init; }

    public bool SkipSchemaValidation { get; init; }

    public bool IgnoreMissingValueFiles { get; init; }

    /// <summary>Where charts come from that Chart.yaml names and the tree does not have; null: nowhere.</summary>
    public IChartDependencies? Dependencies { get; init; }

    public HelmLimits Limits { get; init; } = HelmLimits.Default;
}

/// <param name="MaxFiles">Of the chart, its dependencies and the values.</param>
/// <param name="MaxBytes">Of the same together.</param>
public sealed record HelmLimits(int MaxFiles, long MaxBytes)
{
    public static readonly HelmLimits Default = new(10_000, 64 << 20);
}
