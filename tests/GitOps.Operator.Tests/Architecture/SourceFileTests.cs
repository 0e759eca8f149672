using System.Text.RegularExpressions;

namespace GitOps.Operator.Tests.Architecture;

public sealed partial class SourceFileTests
{
    private const int MaxLines = 500;

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    public void No_file_is_longer_than_the_limit(string folder)
    {
        var files = Repository.SourceFiles(folder);
        files.Count.ShouldBeGreaterThan(10);
        files.Select(static file => (Name: file, Lines: File.ReadLines(Path.Combine(Repository.Root, file)).Count()))
            .Where(static file => file.Lines > MaxLines).Select(static file => $"{file.Name}: {file.Lines} lines").ShouldBeEmpty();
    }

    [Fact]
    public void A_file_is_in_the_folder_that_its_namespace_names()
    {
        var wrong = from file in Repository.SourceFiles("src")
                    let declared = Namespace().Match(File.ReadAllText(Path.Combine(Repository.Root, file)))
                    let expected = Path.GetDirectoryName(file)!["src/".Length..].Replace('/', '.')
                    where declared.Success ? declared.Groups["name"].Value != expected : !IsWithoutNamespace(file)
                    select $"{file}: {(declared.Success ? declared.Groups["name"].Value : "no namespace")}";
        wrong.ShouldBeEmpty();
    }

    private static bool IsWithoutNamespace(string file) => Path.GetFileName(file) is "Program.cs" or "AssemblyInfo.cs" or "GlobalUsings.cs";

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Namespace();
}
