using System.Globalization;
using System.Runtime.CompilerServices;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Trees;
using GitOps.Testing;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>
/// Folders of cases, each of one idea: <c>input/</c>, and <c>expected.yaml</c> or <c>expected_error.txt</c>. What is built is <c>input/app</c>,
/// or <c>input</c> where there is none. Warnings follow the objects as comments. With UPDATE_GOLDEN=1 what is expected is written anew.
/// </summary>
public sealed class GoldenTests
{
    private const string Objects = "expected.yaml";
    private const string Error = "expected_error.txt";

    // What these name is not fetched or run by us, and must not be by a test.
    private const string RefusedByUs = "refused-";

    private static readonly string Root = Path.Combine(Path.GetDirectoryName(ThisFile())!, "cases");

    private static readonly bool IsUpdating = string.Equals(Environment.GetEnvironmentVariable("UPDATE_GOLDEN"), "1", StringComparison.Ordinal);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Cases() => [.. Names()];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_kustomization_builds_as_expected(string name)
    {
        var (objects, error) = await BuildAsync(name);
        if (IsUpdating)
        {
            Update(Path.Combine(Root, name, Objects), objects);
            Update(Path.Combine(Root, name, Error), error);
        }

        (objects ?? string.Empty).ShouldBe(Expected(name, Objects), name);
        (error ?? string.Empty).ShouldBe(Expected(name, Error), name);
        (objects is null).ShouldBe(!File.Exists(Path.Combine(Root, name, Objects)));
    }

    [Fact]
    public async Task What_is_expected_is_what_kustomize_builds_and_refuses()
    {
        var kubectl = TestProgram.Require("GITOPS_TEST_KUBECTL");
        var differences = new List<string>();
        await Parallel.ForEachAsync(Names().Where(static name => !name.StartsWith(RefusedByUs, StringComparison.Ordinal)), new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = Cancellation }, async (name, _) =>
        {
            var built = await kubectl.TryAsync("kustomize", Path.Combine(Root, name, "input", Entry(name)));
            var difference = (built.ExitCode, File.Exists(Path.Combine(Root, name, Objects))) switch
            {
                (0, true) => BuildOutput.FirstDifference(built.Output, Expected(name, Objects)),
                (0, false) => "kustomize builds it",
                (_, true) => $"kustomize refuses it: {built.Error}",
                _ => null,
            };
            if (difference is not null)
            {
                lock (differences)
                {
                    differences.Add($"{name}: {difference}");
                }
            }
        });

        differences.ShouldBeEmpty(string.Join('\n', differences));
    }

    private static IEnumerable<string> Names() => Directory.GetDirectories(Root).Select(static folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal);

    private static string Entry(string name) => Directory.Exists(Path.Combine(Root, name, "input", "app")) ? "app" : ".";

    private static async Task<(string? Objects, string? Error)> BuildAsync(string name)
    {
        try
        {
            var result = await KustomizeRenderer.RenderAsync(new DirectorySourceTree(Path.Combine(Root, name, "input")), new(Entry(name)), Cancellation);
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

    private static string Expected(string name, string file)
    {
        var path = Path.Combine(Root, name, file);
        return File.Exists(path) ? File.ReadAllText(path) : string.Empty;
    }

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
