using System.Collections.Immutable;
using System.Globalization;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Helm;

/// <summary>
/// Renders a chart as <c>helm template</c> does: the chart and its values are read from trees, and given to the program with
/// nothing else. What is read is recorded; of the cluster only what the chart's texts ask for.
/// </summary>
public static class HelmRenderer
{
    private const string Root = "chart";
    private const int MaxMessage = 2000;
    private const int MaxMessages = 10;
    private const int MaxMessageLine = 300;

    /// <exception cref="ManifestException">The chart or its values have errors.</exception>
    /// <exception cref="SourceTreeException">A path leads out of a tree, or a file is too large.</exception>
    /// <exception cref="HelmException">Helm cannot be run, or took too much; not that the chart is wrong.</exception>
    public static async Task<RenderResult> RenderAsync(HelmRequest request, IHelmProgram program, CancellationToken cancellationToken)
    {
        var recording = request.Tree as RecordingSourceTree ?? new RecordingSourceTree(request.Tree);
        var path = TreePath.Normalize(request.Path);
        var template = await TemplateAsync(WithTree(request, recording), program, cancellationToken);

        var (objects, errors) = (new List<RenderedObject>(), new List<ManifestError>());
        var warnings = template.Warnings.ToList();
        HelmManifests.Read(template.Output.Span, path, objects, errors, warnings);
        errors.AddRange(DuplicateCheck.Find(objects));
        return errors.Count > 0 ? throw new ManifestException([.. errors]) : new([.. objects], recording.Inputs, [.. warnings]);
    }

    /// <summary>The same as helm writes it.</summary>
    /// <exception cref="ManifestException">The chart or its values have errors.</exception>
    /// <exception cref="SourceTreeException">A path leads out of a tree, or a file is too large.</exception>
    /// <exception cref="HelmException">Helm cannot be run, or took too much; not that the chart is wrong.</exception>
    internal static async Task<HelmTemplate> TemplateAsync(HelmRequest request, IHelmProgram program, CancellationToken cancellationToken)
    {
        var path = TreePath.Normalize(request.Path);
        var stage = new ChartStage(request.Limits);
        var chart = await ReadChartAsync(request.Tree, path, stage, cancellationToken);
        await new ChartDependencies(request.Tree, path, request.Dependencies, request.Limits).FillAsync(stage, Root, chart, cancellationToken);
        var values = await HelmValues.AddAsync(stage, request, cancellationToken);

        var scan = new ChartScan(request.Limits);
        scan.Add(stage.Files);
        foreach (var value in values)
        {
            scan.AddText(value);
        }

        if (request.NameTemplate is { } name)
        {
            scan.AddTemplate($"{Root}/nameTemplate", name);
        }

        var warnings = Unsteady(scan, path);
        var arguments = Arguments(request, values, await CapabilitiesAsync(request, scan, cancellationToken));
        var output = await RunAsync(program, new([.. stage.Files], arguments), path, cancellationToken);
        warnings.AddRange(Messages(output.Messages, path));
        return new(output.Output, [.. warnings]);
    }

    private static HelmRequest WithTree(HelmRequest request, RecordingSourceTree recording)
    {
        return request with
        {
            Tree = recording,
            ValueFiles = [.. request.ValueFiles.Select(Recorded)],
            FileParameters = [.. request.FileParameters.Select(parameter => parameter with { File = Recorded(parameter.File) })],
        };

        HelmTreeFile Recorded(HelmTreeFile file) => ReferenceEquals(file.Tree, request.Tree) ? file with { Tree = recording } : file;
    }

    private static async Task<ChartYaml> ReadChartAsync(ISourceTree tree, string path, ChartStage stage, CancellationToken cancellationToken)
    {
        if (await tree.FindAsync(path, cancellationToken) is not { Kind: TreeEntryKind.Directory })
        {
            throw new ManifestException(new ManifestError(Shown(path), null, "there is no such directory"));
        }

        await stage.AddDirectoryAsync(tree, path, Root, cancellationToken);
        var file = TreePath.Combine(path, "Chart.yaml");
        return stage.Find($"{Root}/Chart.yaml") is { } content
            ? ChartYaml.Parse(file, content.Span)
            : throw new ManifestException(new ManifestError(file, null, "there is no such file, and a chart has to have it"));
    }

    private static async Task<ImmutableArray<string>> CapabilitiesAsync(HelmRequest request, ChartScan scan, CancellationToken cancellationToken)
    {
        var arguments = ImmutableArray.CreateBuilder<string>();
        var version = request.KubeVersion
            ?? (scan.AsksKubeVersion && request.Capabilities is { } cluster ? await cluster.KubeVersionAsync(cancellationToken) : null);
        if (!string.IsNullOrEmpty(version))
        {
            arguments.AddRange("--kube-version", version);
        }

        var served = request.ApiVersions;
        if (served.IsEmpty && request.Capabilities is { } capabilities)
        {
            served = scan.AsksAllApiVersions
                ? await capabilities.ApiVersionsAsync(cancellationToken) ?? []
                : await ServedAsync(capabilities, scan.ApiVersions, cancellationToken);
        }

        foreach (var name in served)
        {
            arguments.AddRange("--api-versions", name);
        }

        return arguments.ToImmutable();
    }

    private static async Task<ImmutableArray<string>> ServedAsync(
        IHelmCapabilities capabilities, IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var served = ImmutableArray.CreateBuilder<string>();
        foreach (var name in names)
        {
            if (await capabilities.ServesAsync(name, cancellationToken))
            {
                served.Add(name);
            }
        }

        return served.ToImmutable();
    }

    private static ImmutableArray<string> Arguments(HelmRequest request, ImmutableArray<string> values, ImmutableArray<string> capabilities)
    {
        var arguments = ImmutableArray.CreateBuilder<string>();
        arguments.AddRange("template", "--namespace", request.Namespace.Length == 0 ? "default" : request.Namespace);
        Flag("--include-crds", !request.SkipCrds);
        Flag("--skip-tests", request.SkipTests);
        Flag("--no-hooks", request.SkipHooks);
        Flag("--skip-schema-validation", request.SkipSchemaValidation);
        Flag("--generate-name", request.ReleaseName.Length == 0);
        arguments.AddRange(capabilities);
        arguments.AddRange(values);
        if (request.NameTemplate is { } name)
        {
            arguments.AddRange("--name-template", name);
        }

        arguments.Add("--");
        if (request.ReleaseName.Length > 0)
        {
            arguments.Add(request.ReleaseName);
        }

        arguments.Add(Root);
        return arguments.ToImmutable();

        void Flag(string name, bool isSet)
        {
            if (isSet)
            {
                arguments.Add(name);
            }
        }
    }

    private static async Task<HelmOutput> RunAsync(IHelmProgram program, HelmRun run, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await program.RunAsync(run, cancellationToken);
        }
        catch (HelmException failure) when (failure.Failure == HelmFailure.Chart)
        {
            var message = failure.Message.Length <= MaxMessage ? failure.Message : $"{failure.Message[..(MaxMessage / 2)]} … {failure.Message[^(MaxMessage / 2)..]}";
            throw new ManifestException(new ManifestError(Shown(path), null, $"helm template: {message}"));
        }
    }

    private static List<string> Unsteady(ChartScan scan, string path) =>
    [
        .. scan.Unsteady.Select(item => string.Create(CultureInfo.InvariantCulture, $"{TreePath.Combine(path, item.Value[(Root.Length + 1)..])}: ") + item.Key switch
        {
            "lookup" => "lookup finds nothing, as in helm template: give the chart in its values what it looks up",
            "getHostByName" => "getHostByName finds nothing, since charts are rendered without a network",
            _ => $"{item.Key} answers otherwise at each rendering; one is kept until its inputs change, and then all that it made changes: set it in the values",
        }),
    ];

    /// <summary>Helm shows values in parentheses at the end of a line; these stay out.</summary>
    private static IEnumerable<string> Messages(string messages, string path) => messages
        .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(static line => line.IndexOf(" (", StringComparison.Ordinal) is > 0 and var cut ? line[..cut] : line)
        .Select(line => $"{Shown(path)}: helm: {(line.Length > MaxMessageLine ? line[..MaxMessageLine] + "…" : line)}")
        .Distinct(StringComparer.Ordinal).Take(MaxMessages);

    private static string Shown(string path) => path.Length == 0 ? "." : path;
}

/// <param name="Output">Manifests.</param>
/// <param name="Warnings">What of it may not last, and what helm said.</param>
internal sealed record HelmTemplate(ReadOnlyMemory<byte> Output, ImmutableArray<string> Warnings);
