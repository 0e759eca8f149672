using System.Diagnostics;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Trees;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>Kustomizations that nobody wrote build to what the real program makes of them.</summary>
public sealed class DifferentialTests
{
    private const int FirstSeed = 1;
    private const int Count = 40;
    private const int AtOnce = 2;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Generated_kustomizations_build_to_what_kustomize_makes_of_them()
    {
        var kubectl = Kubectl.Require();
        var differences = new List<string>();
        var built = 0;
        await Parallel.ForEachAsync(Enumerable.Range(FirstSeed, Count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Cancellation }, async (seed, _) =>
        {
            var (difference, isBuilt) = await CompareAsync(kubectl, seed);
            lock (differences)
            {
                built += isBuilt ? 1 : 0;
                if (difference is not null)
                {
                    differences.Add($"seed {seed}: {difference}");
                }
            }
        });

        differences.ShouldBeEmpty($"{differences.Count} of {Count}:\n{string.Join('\n', differences)}");
        built.ShouldBeGreaterThan(Count / 2, "most of what is generated has to be valid, else little is compared");
    }

    private static async Task<(string? Difference, bool IsBuilt)> CompareAsync(string kubectl, int seed)
    {
        var files = GeneratedKustomization.Make(seed);
        var (output, error) = await RunAsync(kubectl, files);
        RenderResult result;
        try
        {
            result = await KustomizeRenderer.RenderAsync(MemorySourceTree.Of(files), new(GeneratedKustomization.Entry), Cancellation);
        }
        catch (ManifestException exception)
        {
            return output is null ? (null, false) : ($"should build, but: {exception.Message}", true);
        }

        if (output is null)
        {
            return ($"builds, but should be refused: {error}", false);
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

    /// <returns>What the real program prints; no output: why it refuses.</returns>
    private static async Task<(byte[]? Output, string Error)> RunAsync(string kubectl, IReadOnlyDictionary<string, string> files)
    {
        var root = Directory.CreateTempSubdirectory("kustomizations-").FullName;
        try
        {
            foreach (var (path, text) in files)
            {
                var full = Path.Combine(root, path);
                Directory.CreateDirectory(Path.GetDirectoryName(full)!);
                await File.WriteAllTextAsync(full, text, Cancellation);
            }

            var start = new ProcessStartInfo(kubectl, ["kustomize", Path.Combine(root, GeneratedKustomization.Entry)])
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
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
