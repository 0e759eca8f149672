using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Helm;
using GitOps.Operator.Render;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Helm;

/// <summary>The real helm in its jail, a directory of its own, and charts of text.</summary>
internal sealed class HelmBed : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("helm-tests-");

    public HelmBed(Func<HelmOptions, HelmOptions>? change = null, IDiscovery? discovery = null, IChartDependencySource? dependencies = null)
    {
        HelmPath = TestProgram.Require("GITOPS_TEST_HELM").Path;
        var options = new HelmOptions(HelmPath, Runs);
        Program = new(change is null ? options : change(options), TimeProvider.System);
        Facts = new(Program, discovery, TimeProvider.System);
        Renderer = new(Program, Facts, dependencies);
    }

    public string HelmPath { get; }

    public HelmProgram Program { get; }

    public ClusterFacts Facts { get; }

    public ChartRenderer Renderer { get; }

    /// <summary>Where the files of runs are.</summary>
    public string Runs => Path.Combine(_directory.FullName, "runs");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A chart at <c>chart/</c>; keys are paths in it, those with a leading slash in the repository.</summary>
    public static Dictionary<string, string> Chart(params ReadOnlySpan<(string Path, string Text)> files)
    {
        var chart = new Dictionary<string, string>(StringComparer.Ordinal) { ["chart/Chart.yaml"] = "apiVersion: v2\nname: web\nversion: 0.1.0\n" };
        foreach (var (path, text) in files)
        {
            chart[path[0] == '/' ? path[1..] : "chart/" + path] = text;
        }

        return chart;
    }

    public static string Map(string name, string data) => $"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  {data}\n";

    public static RenderedSource Source(string helm = "{}", string path = "chart", string @namespace = "shop")
    {
        var errors = new SpecErrors();
        var settings = HelmRules.Check(JsonNode.Parse(helm), "helm", errors);
        errors.ToSorted().ShouldBeEmpty();
        return new(path, null, DirectoryOptions.None, KustomizeSettings.None, new("team_web", @namespace, "default", [])) { Helm = settings };
    }

    /// <summary>Whether it is Helm 3, which answers otherwise where the tests say so.</summary>
    public async Task<bool> IsHelm3Async() => (await Program.VersionAsync(Cancellation)).StartsWith("v3.", StringComparison.Ordinal);

    public RecordingSourceTree Tree(IReadOnlyDictionary<string, string> files, string revision = "abc", params (string Link, string Target)[] links) =>
        new(new BuildTree(new MemorySourceTree(
            files.Select(static file => KeyValuePair.Create(file.Key, (ReadOnlyMemory<byte>)System.Text.Encoding.UTF8.GetBytes(file.Value))),
            links.Select(static link => KeyValuePair.Create(link.Link, link.Target)), revision),
            Source().Build, Facts));

    public Task<RenderResult> RenderAsync(IReadOnlyDictionary<string, string> files, string helm = "{}") =>
        RenderAsync(Tree(files), Source(helm));

    public Task<RenderResult> RenderAsync(RecordingSourceTree tree, RenderedSource source, params (string Ref, ISourceTree Tree)[] references) =>
        DirectoryRenderer.RenderAsync(
            tree, source, new(Renderer, references.ToImmutableDictionary(static item => item.Ref, static item => item.Tree, StringComparer.Ordinal)), Cancellation);

    /// <summary>What <c>helm template</c> by hand makes of the same files, by the rules of plain manifests.</summary>
    public async Task<ImmutableArray<KubernetesObject>> ByHandAsync(IReadOnlyDictionary<string, string> files, params string[] arguments)
    {
        var root = Directory.CreateDirectory(Path.Combine(_directory.FullName, "by-hand", Guid.NewGuid().ToString("N"))).FullName;
        foreach (var (path, text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, path))!);
            await File.WriteAllTextAsync(Path.Combine(root, path), text, Cancellation);
        }

        var start = new ProcessStartInfo(HelmPath) { WorkingDirectory = root, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["template", "web", "chart", "--namespace", "shop", "--include-crds", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(Cancellation);
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        process.ExitCode.ShouldBe(0, await errors);
        var tree = MemorySourceTree.Of(new Dictionary<string, string>(StringComparer.Ordinal) { ["all.yaml"] = output });
        return [.. (await Manifests.Plain.PlainRenderer.RenderAsync(tree, new("."), Cancellation)).Objects.Select(static item => item.Object)];
    }

    public void Dispose()
    {
        Program.Dispose();
        _directory.Delete(recursive: true);
    }
}
