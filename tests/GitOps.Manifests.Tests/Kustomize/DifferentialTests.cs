using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Trees;
using GitOps.Manifests.Yaml;
using GitOps.Testing;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>
/// Kustomizations that nobody wrote, and those of the examples, build to what the real program makes of them. A few seeds are tried
/// unless GITOPS_TEST_KUSTOMIZE_SEEDS names others: <c>17</c>, <c>1-2000</c>, or several with commas between. The files of a seed
/// that differs are left where the message says.
/// </summary>
public sealed class DifferentialTests
{
    private const string Variable = "GITOPS_TEST_KUSTOMIZE_SEEDS";
    private const string DefaultSeeds = "1-60";

    /// <summary>Most of the time goes by while kubectl starts.</summary>
    private const int AtOnce = 4;

    private const double LeastBuilt = 0.6;

    /// <summary>So few may all be such as are refused.</summary>
    private const int FewSeeds = 30;

    /// <summary>How the real program begins to tell that it cannot read an object that it has written itself.</summary>
    private const string CannotReadOwn = "error: map[string]interface {}{";

    /// <summary>
    /// What it says where it has written a comment into braces, which stood behind a key. Here comments are not written, so that such
    /// files build.
    /// </summary>
    private static readonly string[] CommentInBraces = [": yaml: invalid map key: ", " not find expected '"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ParallelOptions Parallelism => new() { MaxDegreeOfParallelism = AtOnce, CancellationToken = Cancellation };

    [Fact]
    public async Task Generated_kustomizations_build_to_what_kustomize_makes_of_them()
    {
        var kubectl = TestProgram.Require("GITOPS_TEST_KUBECTL").Path;
        var seeds = Seeds();
        var differences = new SortedDictionary<int, string>();
        var built = 0;
        await Parallel.ForEachAsync(seeds, Parallelism, async (seed, _) =>
        {
            var files = GeneratedKustomization.Make(seed).ToDictionary(static file => file.Key, static file => GeneratedKustomization.BytesOf(file.Value), StringComparer.Ordinal);
            var root = Directory.CreateTempSubdirectory(string.Create(CultureInfo.InvariantCulture, $"kustomization-{seed}-")).FullName;
            await WriteAsync(root, files);
            var tree = new MemorySourceTree(files.Select(static file => KeyValuePair.Create(file.Key, (ReadOnlyMemory<byte>)file.Value)));
            var (difference, isBuilt) = await CompareAsync(kubectl, tree, root, GeneratedKustomization.Entry);
            if (difference is null)
            {
                Directory.Delete(root, recursive: true);
            }

            lock (differences)
            {
                built += isBuilt ? 1 : 0;
                if (difference is not null)
                {
                    differences[seed] = $"{seed} ({root}): {difference}";
                }
            }
        });

        TestContext.Current.TestOutputHelper?.WriteLine($"{seeds.Count} seeds, {built} built, {differences.Count} different");
        differences.ShouldBeEmpty($"{differences.Count} of {seeds.Count}, {built} built:\n{string.Join('\n', differences.Values)}");
        if (seeds.Count >= FewSeeds)
        {
            ((double)built / seeds.Count).ShouldBeGreaterThan(LeastBuilt, "most of what is generated has to be valid, else little is compared");
        }
    }

    [Fact]
    public async Task Kustomizations_of_the_examples_build_to_what_kustomize_makes_of_them()
    {
        var kubectl = TestProgram.Require("GITOPS_TEST_KUBECTL").Path;
        var examples = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../examples"));
        var directories = Directory.EnumerateFiles(examples, "*", SearchOption.AllDirectories)
            .Where(static file => Path.GetFileName(file) is "kustomization.yaml" or "kustomization.yml" or "Kustomization")
            .Select(file => Path.GetRelativePath(examples, Path.GetDirectoryName(file)!)).ToList();
        var differences = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(directories, Parallelism, async (directory, _) =>
        {
            if ((await CompareAsync(kubectl, new DirectorySourceTree(examples), examples, directory)).Difference is { } difference)
            {
                differences.Add($"{directory}: {difference}");
            }
        });

        directories.ShouldNotBeEmpty();
        differences.ShouldBeEmpty();
    }

    private static List<int> Seeds()
    {
        var given = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } value ? value : DefaultSeeds;
        return [.. given.Split(',').SelectMany(static range =>
        {
            var ends = range.Split('-');
            var (first, last) = (int.Parse(ends[0], CultureInfo.InvariantCulture), int.Parse(ends[^1], CultureInfo.InvariantCulture));
            return Enumerable.Range(first, last - first + 1);
        })];
    }

    private static async Task<(string? Difference, bool IsBuilt)> CompareAsync(string kubectl, ISourceTree tree, string root, string entry)
    {
        var (output, error) = await RunAsync(kubectl, Path.Combine(root, entry));
        RenderResult result;
        try
        {
            result = await KustomizeRenderer.RenderAsync(tree, new(entry), Cancellation);
        }
        catch (ManifestException exception)
        {
            return output is null ? (null, false) : ($"should build, but: {exception.Message}", true);
        }

        if (output is null)
        {
            return (TripsOverComment(error) ? null : $"builds, but should be refused: {error}", false);
        }

        var expected = YamlFile.Parse(output, YamlLimits.Default)
            .Documents.Select(static document => YamlToJson.Convert(document.Root, YamlDialect.Kustomize, YamlLimits.Default, [])).ToList();
        for (var i = 0; i < Math.Min(expected.Count, result.Objects.Length); i++)
        {
            if (JsonDifference.First(expected[i], result.Objects[i].Object.Json) is { } difference)
            {
                return ($"object {i} ({result.Objects[i].Object}): {difference}", true);
            }
        }

        return (expected.Count == result.Objects.Length ? null : $"{result.Objects.Length} objects instead of {expected.Count}", true);
    }

    private static bool TripsOverComment(string error) =>
        error.Contains(CannotReadOwn, StringComparison.Ordinal) && CommentInBraces.Any(message => error.Contains(message, StringComparison.Ordinal));

    private static async Task WriteAsync(string root, Dictionary<string, byte[]> files)
    {
        foreach (var (path, content) in files)
        {
            var full = Path.Combine(root, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            await File.WriteAllBytesAsync(full, content, Cancellation);
        }
    }

    /// <returns>What the real program prints; no output: why it refuses.</returns>
    private static async Task<(byte[]? Output, string Error)> RunAsync(string kubectl, string directory)
    {
        var start = new ProcessStartInfo(kubectl, ["kustomize", directory])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(Cancellation);
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output, Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return process.ExitCode == 0 ? (output.ToArray(), string.Empty) : (null, await errors);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
