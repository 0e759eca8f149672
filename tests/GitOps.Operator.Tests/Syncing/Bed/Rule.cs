using System.Runtime.CompilerServices;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>One rule: its sentence, and what happens line by line. What is done stands at the margin, what comes of it is indented.</summary>
internal sealed record Rule(string Topic, string Sentence, IReadOnlyList<string> Lines)
{
    private const string Heading = "== ";
    private const string Margin = "  ";

    public static bool IsOutcome(string line) => line.StartsWith(Margin, StringComparison.Ordinal);

    /// <summary>All rules of the folder, in the order in which they stand.</summary>
    public static IReadOnlyList<Rule> ReadAll(string folder)
    {
        var rules = new List<Rule>();
        foreach (var path in Directory.EnumerateFiles(folder, "*.rules").Order(StringComparer.Ordinal))
        {
            var sections = Read(path).Split('\n' + Heading);
            rules.AddRange(sections[1..].Select(section =>
            {
                var lines = section.TrimEnd().Split('\n');
                return new Rule(Path.GetFileNameWithoutExtension(path), lines[0], lines[1..]);
            }));
        }

        return rules;
    }

    /// <summary>Puts what really happened into the file of this rule.</summary>
    public void Rewrite(string folder, IReadOnlyList<string> played)
    {
        var path = Path.Combine(folder, Topic + ".rules");
        var sections = Read(path).Split('\n' + Heading);
        for (var i = 1; i < sections.Length; i++)
        {
            if (sections[i].StartsWith(Sentence + '\n', StringComparison.Ordinal))
            {
                sections[i] = $"{Sentence}\n{string.Join('\n', played)}\n";
            }
        }

        File.WriteAllText(path, string.Join('\n' + Heading, sections).Trim() + '\n');
    }

    /// <summary>The folder of the sources, beside the file that asks.</summary>
    public static string SourceFolder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "Rules");

    private static string Read(string path) => '\n' + File.ReadAllText(path).ReplaceLineEndings("\n");
}
