using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace GitOps.Kubernetes.Tests.Documentation;

/// <summary>The page about the client names the tests that show each point: it must not name any that are gone.</summary>
public sealed class DocumentedTestsTests
{
    private const int Points = 46;

    private static readonly string Root = FindRoot();
    private static readonly ImmutableArray<string[]> Rows =
    [
        .. File.ReadLines(Path.Combine(Root, "docs", "kubernetes-client.md"))
            .Where(static line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(static line => line[1..line.LastIndexOf('|')].Split('|', StringSplitOptions.TrimEntries)),
    ];

    private static readonly ILookup<string, string> SourcesByClass = Directory
        .EnumerateFiles(Path.Combine(Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
        .Select(File.ReadAllText)
        .SelectMany(static text => Regex.Matches(text, @"\bclass (\w+)").Select(match => (Class: match.Groups[1].Value, Text: text)))
        .ToLookup(static item => item.Class, static item => item.Text, StringComparer.Ordinal);

    [Fact]
    public void Every_point_stands_there_once_with_its_state_and_a_test()
    {
        var points = Rows.Where(static row => row.Length == 4 && int.TryParse(row[0], CultureInfo.InvariantCulture, out _)).ToArray();
        points.Select(static row => int.Parse(row[0], CultureInfo.InvariantCulture)).ShouldBe(Enumerable.Range(1, Points));
        points.Where(static row => !row[2].StartsWith("done", StringComparison.Ordinal) && !row[2].StartsWith("left out: ", StringComparison.Ordinal))
            .ShouldBeEmpty();
        points.Where(static row => row[2].StartsWith("done", StringComparison.Ordinal) && !Named(row[3]).Any()).ShouldBeEmpty();
    }

    [Fact]
    public void Every_test_that_is_named_exists()
    {
        var named = Rows.SelectMany(static row => Named(row[^1])).Distinct(StringComparer.Ordinal).ToArray();
        named.Length.ShouldBeGreaterThan(Points);
        named.Where(static test => !Exists(test)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("DocumentedTestsTests", true)]
    [InlineData("DocumentedTestsTests.Every_test_that_is_named_exists", true)]
    [InlineData("DocumentedTestsTests.Every_test_that_is_named", false)]
    [InlineData("DocumentedTestsTests.Exists", false)]
    [InlineData("NoSuchTests", false)]
    public void A_test_is_a_public_method_with_a_mark_of_a_class_with_such(string name, bool exists) => Exists(name).ShouldBe(exists);

    private static IEnumerable<string> Named(string cell) =>
        Regex.Matches(cell, @"`(\w+Tests(?:\.\w+)?)`").Select(static match => match.Groups[1].Value);

    private static bool Exists(string test)
    {
        var parts = test.Split('.');
        return SourcesByClass[parts[0]].Any(text => parts.Length == 1
            ? text.Contains("    [Fact]", StringComparison.Ordinal) || text.Contains("    [Theory]", StringComparison.Ordinal)
            : IsTest(text, parts[1]));
    }

    /// <summary>Looks back from the method over its attributes, which may hold any text.</summary>
    private static bool IsTest(string text, string method)
    {
        var found = Regex.Match(text, $@"\n    public (?:static )?(?:async )?(?:Task|void) {method}\(");
        return found.Success && text[..found.Index].Split('\n').Reverse()
            .Select(static line => line.Trim())
            .TakeWhile(static line => line.StartsWith('['))
            .Any(static line => line is "[Fact]" or "[Theory]");
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "GitOps.Operator.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("the tests do not lie in the repository");
    }
}
