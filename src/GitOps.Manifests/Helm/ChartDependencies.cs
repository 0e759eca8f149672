using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Helm;

/// <summary>
/// Puts the charts that Chart.yaml names and <c>charts/</c> does not have beside it, as <c>helm dependency build</c> does:
/// those of Chart.lock where there is one, and it has to belong to Chart.yaml.
/// </summary>
/// <param name="tree">Of the chart.</param>
/// <param name="path">Of the chart in it.</param>
/// <param name="source">For repositories; null: there are none.</param>
/// <param name="limits">Of packages.</param>
internal sealed class ChartDependencies(ISourceTree tree, string path, IChartDependencies? source, HelmLimits limits)
{
    private const string LocalScheme = "file://";

    /// <param name="stage">Has the chart.</param>
    /// <param name="root">Where it has it.</param>
    /// <param name="chart">Its Chart.yaml.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ManifestException">One cannot be had.</exception>
    public async Task FillAsync(ChartStage stage, string root, ChartYaml chart, CancellationToken cancellationToken)
    {
        var isOld = chart.ApiVersion == "v1";
        var (file, lockFile) = isOld ? ("requirements.yaml", "requirements.lock") : ("Chart.yaml", "Chart.lock");
        var required = !isOld ? chart.Dependencies
            : stage.Find($"{root}/{file}") is { } requirements ? ChartYaml.DependenciesOf(Place(file), ChartYaml.ReadMapping(Place(file), requirements.Span))
            : [];
        if (required.IsEmpty)
        {
            return;
        }

        var present = Present(stage, root);
        if (required.All(dependency => present.Contains(dependency.Name)))
        {
            return;
        }

        var locked = stage.Find($"{root}/{lockFile}") is { } content ? Locked(required, Place(lockFile), content.Span, file, isOld) : [];
        var taken = new HashSet<(string, string, string)>();
        foreach (var (i, dependency) in required.Index().Where(item => !present.Contains(item.Item.Name)))
        {
            var version = locked.IsEmpty ? dependency.Version : VersionIn(locked, i, dependency, Place(lockFile));
            if (taken.Add((dependency.Name, dependency.Repository, version)))
            {
                var target = $"{root}/charts/{dependency.Name}-{i}";
                await AddAsync(stage, dependency with { Version = version }, !locked.IsEmpty, target, Place(file), cancellationToken);
            }
        }
    }

    private async Task AddAsync(
        ChartStage stage, WrittenDependency dependency, bool isLocked, string target, string file, CancellationToken cancellationToken)
    {
        var (name, repository) = (dependency.Name, dependency.Repository);
        if (repository.StartsWith(LocalScheme, StringComparison.Ordinal))
        {
            await AddLocalAsync(stage, dependency, isLocked, target, file, cancellationToken);
            return;
        }

        if (repository.Length == 0)
        {
            throw Missing(file, name, "it names no repository: commit it to charts/, or give it one");
        }

        if (repository[0] == '@' || repository.StartsWith("alias:", StringComparison.Ordinal))
        {
            throw Missing(file, name, $"'{repository}' is a name that only the machine knows on which helm repo add was run: write the repository's URL");
        }

        if (source is null)
        {
            throw Missing(file, name, $"'{repository}' is not asked: run helm dependency build and commit charts/");
        }

        await stage.AddDirectoryAsync(await source.OpenAsync(new(name, repository, dependency.Version), cancellationToken), string.Empty, target, cancellationToken);
    }

    private async Task AddLocalAsync(
        ChartStage stage, WrittenDependency dependency, bool isLocked, string target, string file, CancellationToken cancellationToken)
    {
        var written = dependency.Repository[LocalScheme.Length..];
        if (written.StartsWith('/'))
        {
            throw Missing(file, dependency.Name, $"'{dependency.Repository}' is a path of one machine: write it relative to the chart, like file://../{dependency.Name}");
        }

        var directory = TreePath.Normalize(TreePath.Combine(path, written));
        var chartFile = TreePath.Combine(directory, "Chart.yaml");
        if (await tree.FindAsync(chartFile, cancellationToken) is not { Kind: TreeEntryKind.File })
        {
            throw Missing(file, dependency.Name, $"'{dependency.Repository}' is no chart: there is no {chartFile}");
        }

        var chart = ChartYaml.Parse(chartFile, (await tree.ReadAsync(chartFile, cancellationToken)).Span);
        if (chart.Name != dependency.Name)
        {
            throw Missing(file, dependency.Name, $"the chart of '{dependency.Repository}' is called '{chart.Name}'");
        }

        if (isLocked && chart.Version != dependency.Version)
        {
            throw Missing(file, dependency.Name, $"version {dependency.Version} is locked, and '{dependency.Repository}' has {chart.Version}: run helm dependency update");
        }

        await stage.AddDirectoryAsync(tree, directory, target, cancellationToken);
    }

    private HashSet<string> Present(ChartStage stage, string root)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var prefix = $"{root}/charts/";
        foreach (var file in stage.Files.Where(file => file.Path.StartsWith(prefix, StringComparison.Ordinal)))
        {
            // Helm takes no notice of these.
            if (file.Path.Split('/') is not [_, _, var entry, .. var below] || entry[0] is '.' or '_')
            {
                continue;
            }

            var place = Place(file.Path[(root.Length + 1)..]);
            if (below is ["Chart.yaml"])
            {
                names.Add(ChartYaml.Parse(place, file.Content.Span).Name);
            }
            else if (below is [] && entry.EndsWith(".tgz", StringComparison.Ordinal)
                && ChartPackage.Read(place, file.Content, limits).Find(static packaged => packaged.Path == "Chart.yaml") is { } packaged)
            {
                names.Add(ChartYaml.Parse(place, packaged.Content.Span).Name);
            }
        }

        return names;
    }

    private static ImmutableArray<WrittenDependency> Locked(
        ImmutableArray<WrittenDependency> required, string place, ReadOnlySpan<byte> content, string file, bool isOld)
    {
        var json = ChartYaml.ReadMapping(place, content);
        var locked = ChartYaml.DependenciesOf(place, json);
        var digest = KubernetesObject.GetString(json, "digest");
        var isCurrent = digest == ChartYaml.DigestOf(required, locked) || (isOld && digest == ChartYaml.OldDigestOf(required));
        return isCurrent ? locked : throw new ManifestException(new ManifestError(
            place, null, $"the lock file is out of sync with the dependencies in {file}: run helm dependency update, and commit both"));
    }

    private static string VersionIn(ImmutableArray<WrittenDependency> locked, int index, WrittenDependency dependency, string place) =>
        (index < locked.Length && locked[index].Name == dependency.Name ? locked[index] : locked.FirstOrDefault(item => item.Name == dependency.Name))?.Version
        ?? throw new ManifestException(new ManifestError(place, null, $"the lock file does not have '{dependency.Name}': run helm dependency update"));

    private static ManifestException Missing(string file, string name, string why) =>
        new(new ManifestError(file, null, $"the dependency '{name}' is not in charts/, and cannot be had: {why}"));

    private string Place(string file) => TreePath.Combine(path, file);
}
