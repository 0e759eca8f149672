using System.Text;

namespace GitOps.Manifests.Tests.Support;

/// <summary>
/// YAML text in many styles, mostly valid: a value that follows <c>key:</c>. Lines that go on with a value are indented deeper
/// than what they belong to, which our parser insists on and kubectl's does not.
/// </summary>
internal sealed class YamlGenerator
{
    private static readonly string[] Plain =
    [
        "a", "b c", "1", "0644", "1.50", "yes", "off", "~", "null", "1e3", "x:y", "a#b", "http://h:1/p", "-1", "--flag", "it's", "say \"hi\"", "a,b", "two\n@words", "a  b", "0x1f", "v1.2", "<", "a*b",
    ];

    private static readonly string[] Quoted = ["'a'", "\"a\"", "''", "\"\\n\"", "'it''s'", "\"a\\tb\"", "\"a\n@b\"", "'a\n\n@b'", "\"a\\\n@b\"", "'#'", "\"x: y\"", "!!str 12", "! x", "!t v"];

    private static readonly string[] Flow =
    [
        "[]", "{}", "[a, b]", "{a: 1, b: 2}", "[a, [b, {c: d}], 'e']", "{a: [1, 2], 'b': {c: }}", "[a,\n@b]", "{a: 1, # comment\n@b: 2}", "{\"a\":1}", "[{a: b}, c: d]", "{a: yes, ? b : c}", "[a b, c d]",
    ];

    private readonly Random _random;
    private int _anchors;
    private readonly List<string> _mappings = [];

    public YamlGenerator(Random random) => _random = random;

    public string Next()
    {
        _anchors = 0;
        _mappings.Clear();
        var text = new StringBuilder();
        Value(text, indent: 0, depth: 4, isInMapping: true);
        return text.ToString();
    }

    private void Value(StringBuilder text, int indent, int depth, bool isInMapping)
    {
        switch (_random.Next(depth > 0 ? 12 : 5))
        {
            case 0 or 1:
                text.Append(' ').Append(Lines(Pick(Plain), indent));
                End(text);
                break;
            case 2:
                text.Append(' ').Append(Lines(Pick(Quoted), indent));
                End(text);
                break;
            case 3:
                Block(text, indent);
                break;
            case 4:
                text.Append(' ').Append(Lines(Pick(Flow), indent));
                End(text);
                break;
            case < 9:
                Mapping(text, indent + 1 + _random.Next(3), depth);
                break;
            default:
                Sequence(text, indent + (isInMapping ? _random.Next(3) : 1 + _random.Next(2)), depth);
                break;
        }
    }

    private void Mapping(StringBuilder text, int indent, int depth)
    {
        var anchor = string.Empty;
        if (_random.Next(4) == 0)
        {
            anchor = $"m{_anchors++}";
            text.Append(" &").Append(anchor);
        }

        End(text);
        var count = 1 + _random.Next(4);
        for (var i = 0; i < count; i++)
        {
            Comment(text);
            text.Append(' ', indent);
            if (_mappings.Count > 0 && _random.Next(4) == 0)
            {
                text.Append(_random.Next(2) == 0 ? $"<<: *{Pick(_mappings)}" : $"alias{i}: *{Pick(_mappings)}");
                text.Append('\n');
                continue;
            }

            text.Append(Pick(["k", "'k'", "\"k\"", "some key", "1", "true", "k.k/k", "k#k"]));
            text.Append(i).Append(_random.Next(8) == 0 ? " :" : ":");
            text.Replace($"'{i}:", $"{i}':").Replace($"\"{i}:", $"{i}\":").Replace($"'{i} :", $"{i}':").Replace($"\"{i} :", $"{i}\":");
            Value(text, indent, depth - 1, isInMapping: true);
        }

        if (anchor.Length > 0)
        {
            _mappings.Add(anchor);
        }
    }

    private void Sequence(StringBuilder text, int indent, int depth)
    {
        End(text);
        for (var i = _random.Next(1, 4); i > 0; i--)
        {
            Comment(text);
            text.Append(' ', indent).Append('-');
            Value(text, indent, depth - 1, isInMapping: false);
        }
    }

    private void Block(StringBuilder text, int indent)
    {
        var inner = indent + 1 + _random.Next(4);
        text.Append(' ').Append(Pick(["|", ">", "|-", ">-", "|+", ">+"]));
        text.Append(Pick(["", "", "", " # comment"])).Append('\n');
        for (var i = _random.Next(0, 5); i > 0; i--)
        {
            var line = Pick(["line", "# no comment", "key: value", "", "- x", "tab\ttab", "trailing  ", "  more", "'", "two words"]);
            text.Append(' ', line.Length > 0 ? inner : 0).Append(line).Append('\n');
        }
    }

    private void End(StringBuilder text) => text.Append(Pick(["", "", "", "", " # comment", "  "])).Append('\n');

    private void Comment(StringBuilder text)
    {
        if (_random.Next(10) == 0)
        {
            text.Append(Pick(["# comment\n", "\n", "      # far\n"]));
        }
    }

    private static string Lines(string text, int indent) => text.Replace("@", new string(' ', indent + 3), StringComparison.Ordinal);

    private string Pick(IReadOnlyList<string> choices) => choices[_random.Next(choices.Count)];
}
