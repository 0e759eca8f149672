using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using GitOps.Manifests.Plain;
using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Tests;

/// <summary>
/// Folders of cases: <c>input/</c>, perhaps <c>options.json</c>, and <c>expected.yaml</c> or <c>expected_error.txt</c>. Warnings follow
/// the objects as comments. With UPDATE_GOLDEN=1 what is expected is written anew.
/// </summary>
public sealed class GoldenTests
{
    private static readonly string Root = Path.Combine(Path.GetDirectoryName(ThisFile())!, "cases");

    private static readonly bool IsUpdating = string.Equals(Environment.GetEnvironmentVariable("UPDATE_GOLDEN"), "1", StringComparison.Ordinal);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static TheoryData<string> Cases() => [.. Directory.GetDirectories(Root).Select(static folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_directory_renders_as_expected(string name)
    {
        var folder = Path.Combine(Root, name);
        var (objects, error) = await RenderAsync(folder);
        if (IsUpdating)
        {
            Update(Path.Combine(folder, "expected.yaml"), objects);
            Update(Path.Combine(folder, "expected_error.txt"), error);
        }

        (objects ?? string.Empty).ShouldBe(Expected(folder, "expected.yaml"), name);
        (error ?? string.Empty).ShouldBe(Expected(folder, "expected_error.txt"), name);
        (objects is null).ShouldBe(!File.Exists(Path.Combine(folder, "expected.yaml")));
    }

    private static async Task<(string? Objects, string? Error)> RenderAsync(string folder)
    {
        var optionsFile = Path.Combine(folder, "options.json");
        var options = File.Exists(optionsFile)
            ? JsonSerializer.Deserialize<PlainOptions>(await File.ReadAllTextAsync(optionsFile, TestContext.Current.CancellationToken), Json)!
            : new PlainOptions(".");
        try
        {
            var result = await new DirectorySourceTree(Path.Combine(folder, "input")).RenderAsync(options);
            var text = new StringWriter(CultureInfo.InvariantCulture);
            ManifestWriter.WriteYaml(text, result.Objects.Select(static item => item.Object));
            text.Write(string.Concat(result.Warnings.Select(static warning => $"# {warning}\n")));
            return (text.ToString(), null);
        }
        catch (ManifestException e)
        {
            return (null, e.Message + "\n");
        }
    }

    private static string Expected(string folder, string file)
    {
        var path = Path.Combine(folder, file);
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
