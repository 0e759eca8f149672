using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using GitOps.Manifests;
using GitOps.Manifests.Plain;
using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Trees;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Helm;

/// <summary>
/// Folders of cases, each with a kustomization that has a chart; those of <c>charts/</c> are put beside it. Expected is what the real
/// program makes of the same files, objects or an error; what Helm 3 makes otherwise is in <c>helm3.txt</c>, line by line. With
/// UPDATE_GOLDEN=1 what is expected is written anew.
/// </summary>
public sealed class KustomizeChartTests
{
    private const string Expected = "expected.yaml";
    private const string Error = "expected_error.txt";
    private const string Helm3 = "helm3.txt";

    private static readonly string Root = Path.Combine(Path.GetDirectoryName(ThisFile())!, "Kustomize");

    private static readonly bool IsUpdating = string.Equals(Environment.GetEnvironmentVariable("UPDATE_GOLDEN"), "1", StringComparison.Ordinal);

    public static TheoryData<string> Cases() =>
        [.. Directory.GetDirectories(Path.Combine(Root, "cases")).Select(static folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Charts_of_a_kustomization_are_built_as_the_real_program_builds_them(string name)
    {
        var kubectl = TestProgram.Require("GITOPS_TEST_KUBECTL");
        using var bed = new HelmBed();
        var folder = Path.Combine(Root, "cases", name);
        var work = Directory.CreateTempSubdirectory("kustomize-charts-");
        try
        {
            Copy(Path.Combine(Root, "charts"), Path.Combine(work.FullName, "charts"));
            Copy(folder, work.FullName);
            var (objects, error) = await BuildAsync(bed, work.FullName);
            var isHelm3 = await bed.IsHelm3Async();
            if (IsUpdating && isHelm3)
            {
                Update(Path.Combine(folder, Helm3), LineDifferences.Between(Read(folder, Expected), objects ?? string.Empty));
            }
            else if (IsUpdating)
            {
                Update(Path.Combine(folder, Expected), objects);
                Update(Path.Combine(folder, Error), error);
            }

            (objects ?? string.Empty).ShouldBe(isHelm3 ? LineDifferences.Apply(Read(folder, Helm3), Read(folder, Expected)) : Read(folder, Expected));
            (error ?? string.Empty).ShouldBe(Read(folder, Error));
            (error ?? string.Empty).ShouldNotContain(bed.Runs);

            var real = await kubectl.TryAsync("kustomize", "--enable-helm", "--helm-command", bed.HelmPath, work.FullName);
            (real.ExitCode == 0).ShouldBe(error is null, real.Error);
            if (objects is not null)
            {
                var (wanted, found) = (await ReadAsync(real.Output), await ReadAsync(objects));
                found.Count.ShouldBe(wanted.Count);
                wanted.Zip(found).Select(static pair => JsonDifference.First(pair.First, pair.Second)).ShouldAllBe(static difference => difference == null);
            }
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private static async Task<(string? Objects, string? Error)> BuildAsync(HelmBed bed, string directory)
    {
        try
        {
            var result = await bed.RenderAsync(
                new(new GitOps.Operator.Render.BuildTree(new DirectorySourceTree(directory), HelmBed.Source().Build, bed.Facts)), HelmBed.Source(path: "."));
            var text = new StringWriter(CultureInfo.InvariantCulture);
            ManifestWriter.WriteYaml(text, result.Objects.Select(static item => item.Object));
            text.Write(string.Concat(result.Warnings.Select(static warning => $"# {warning}\n")));
            return (text.ToString(), null);
        }
        catch (ManifestException exception)
        {
            return (null, exception.Message + "\n");
        }
    }

    private static async Task<List<JsonObject>> ReadAsync(string text)
    {
        var tree = MemorySourceTree.Of(new Dictionary<string, string>(StringComparer.Ordinal) { ["all.yaml"] = text });
        return [.. (await PlainRenderer.RenderAsync(tree, new("."), TestContext.Current.CancellationToken)).Objects.Select(static item => item.Object.Json)];
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(static file => Path.GetFileName(file) is not (Expected or Error or Helm3)))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }

    private static string Read(string folder, string file) => File.Exists(Path.Combine(folder, file)) ? File.ReadAllText(Path.Combine(folder, file)) : string.Empty;

    private static void Update(string path, string? text)
    {
        if (text is null)
        {
            File.Delete(path);
        }
        else
        {
            File.WriteAllText(path, text);
        }
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
