using System.Text;
using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Tests.Yaml;

public sealed class QuickYamlTests
{
    private static readonly string[] Pieces =
    [
        "a", "b:", "key: ", "- ", "-", " ", "  ", "   ", "\n", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", "1.0", "\"q\"", "'s'", "|", "|-", "{}", "[]", "[a, b]", "{a: b}",
        "#c", " #", ": ", ":", "x/y", "text here", "true", "~", "null", "\"", "'", "\\", ",", "]", "}", "{", "[", "*", "&", "!", "?", ">", "=", "%", "...",
    ];

    [Theory]
    [InlineData("a: b")]
    [InlineData("a: b # c\n# d\nc: \"x: y\"\n")]
    [InlineData("a:\n- b\n- c: d\n  e: f\n-   g\ng: 'h'")]
    [InlineData("a:\n  - - b\n    - c\n  - {d: e, f: [g, \"h,\"]}\nb: []")]
    [InlineData("data:\n  text: |\n    one\n      two\n\n    # three\n\n  more: |-\n    four\nend: 5")]
    [InlineData("a: http://h:1/p?q=r#s\nb: --flag\nc: it's 5 %")]
    [InlineData("- |\n  a\n- b")]
    [InlineData("  a: b\n  c: d\n")]
    public void Usual_YAML_is_read_as_the_parser_reads_it(string text)
    {
        var chunk = new YamlChunk(1, 7, text);

        var quick = QuickYaml.TryParse(chunk, YamlLimits.Default);

        Text(quick.ShouldNotBeNull()).ShouldBe(Text(YamlParser.ParseAny(chunk, YamlLimits.Default)!));
    }

    [Theory]
    [InlineData("a: &b c")]
    [InlineData("a: !!str b")]
    [InlineData("a: b\n  c")]
    [InlineData("a: >\n  b")]
    [InlineData("a: \"b\\n\"")]
    [InlineData("a: |2\n   b")]
    [InlineData("a:\n")]
    [InlineData("a: |\n  b")]
    [InlineData("? a")]
    [InlineData("a: b: c")]
    [InlineData("a: [b,\n c]")]
    [InlineData("a: \u00e4")]
    [InlineData("a:\tb")]
    public void Anything_else_is_left_to_the_parser(string text) => QuickYaml.TryParse(new(1, 1, text), YamlLimits.Default).ShouldBeNull();

    [Fact]
    public void Whatever_it_reads_the_parser_reads_alike()
    {
        var random = new Random(20260102);
        var generator = new YamlGenerator(random);
        var read = 0;
        for (var i = 0; i < 60_000; i++)
        {
            read += Compare(i % 3 == 0 ? "key:" + generator.Next() : Scrambled(random)) ? 1 : 0;
        }

        read.ShouldBeGreaterThan(2_000);
    }

    [Fact]
    public void Most_real_manifests_are_read_and_alike()
    {
        var (all, read) = (0, 0);
        foreach (var file in Directory.EnumerateFiles(TestInputs.RequireCorpus(), "*.yaml", SearchOption.AllDirectories))
        {
            foreach (var chunk in ChunksOf(File.ReadAllBytes(file)))
            {
                all++;
                read += Compare(chunk) ? 1 : 0;
            }
        }

        read.ShouldBeGreaterThan(all / 2, $"{read} of {all}");
    }

    private static List<YamlChunk> ChunksOf(byte[] content)
    {
        try
        {
            return YamlSplitter.Split(ManifestText.Decode(content), completesLastLine: false, []);
        }
        catch (YamlErrorException)
        {
            return [];
        }
    }

    private static string Scrambled(Random random) =>
        string.Concat(Enumerable.Range(0, 1 + random.Next(12)).Select(_ => Pieces[random.Next(Pieces.Length)]));

    private static bool Compare(string text) => Compare(new YamlChunk(1, 1, text)) & Compare(new YamlChunk(1, 1, text + '\n'));

    private static bool Compare(YamlChunk chunk)
    {
        if (QuickYaml.TryParse(chunk, YamlLimits.Default) is not { } quick)
        {
            return false;
        }

        string parsed;
        try
        {
            parsed = YamlParser.ParseAny(chunk, YamlLimits.Default) is { } node ? Text(node) : "nothing";
        }
        catch (YamlErrorException exception)
        {
            parsed = $"line {exception.Line}: {exception.Message}";
        }

        Text(quick).ShouldBe(parsed, chunk.Text);
        return true;
    }

    /// <summary>All that there is to a node, its place included.</summary>
    private static string Text(YamlNode node)
    {
        var text = new StringBuilder();
        Write(node);
        return text.ToString();

        void Write(YamlNode node)
        {
            text.Append(node.Line).Append(':').Append(node.Column).Append(node.Tag).Append(' ');
            switch (node)
            {
                case YamlScalar scalar:
                    text.Append(scalar.Style).Append('<').Append(scalar.Text).Append('>');
                    break;
                case YamlSequence sequence:
                    text.Append('[');
                    sequence.Items.ForEach(Write);
                    text.Append(']');
                    break;
                case YamlMapping mapping:
                    text.Append('{');
                    mapping.Entries.ForEach(entry =>
                    {
                        Write(entry.Key);
                        Write(entry.Value);
                    });
                    text.Append('}');
                    break;
                default:
                    text.Append(node);
                    break;
            }
        }
    }
}
