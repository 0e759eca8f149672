using System.Text;
using System.Text.Json.Nodes;

namespace GitOps.Manifests.Tests.Support;

/// <summary>JSON values with the strings that YAML readers trip over.</summary>
internal static class JsonGenerator
{
    private static readonly string[] Strings =
    [
        "", " ", "a", "yes", "no", "y", "on", "null", "~", "true", "1", "-1", "0644", "0x1F", "1e3", "1_000", ".5", ".inf", "190:20:30", "2001-01-01", "2001-12-14t21:59:43Z",
        "<<", "=", "- a", "-", "--", "---", "--- a", "...", "... a", "--flag=x", "-x", "a: b", "a:", ":a", "a #b", "#a", "a\n", "a\nb", "a\nb\n\n", "\n", "\na", " a\nb", "a \nb ",
        "a\n b", "a\n\n b\n", "\ta\nb", "a\tb", "a\tb\n\tc\n", "a\r\nb", "a\u0085b", "a\u2028\nb", "\ufeffa", "\u0001", "\u007f\n", "é", "日本語: x", "😀\n😀", "'", "\"", "\\", "'a'\n",
        "{{ x }}", "[a]", "{a}", "*a", "&a", "!a", "%a", "@a", "`a", "|", ">", "?", "? a", "a,b", "key: |\n  text\n", "#!/bin/sh\necho \"$1\"\n", "a\n---\nb\n", "a\n...\n", "a\n  \nb", "a\n ",
        new('k', 1500), "long " + new string('x', 300) + " words",
    ];

    public static JsonObject Object(Random random, int depth)
    {
        var fields = new JsonObject();
        for (var i = random.Next(0, 5); i > 0; i--)
        {
            fields[Text(random)] = Value(random, depth - 1);
        }

        return fields;
    }

    private static JsonNode? Value(Random random, int depth) => random.Next(depth > 0 ? 11 : 7) switch
    {
        0 => null,
        1 => JsonValue.Create(random.Next(2) == 0),
        2 => JsonValue.Create(random.NextInt64(long.MinValue, long.MaxValue)),
        3 => JsonValue.Create(Math.Round((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-8, 20)), 3) + 0.5),
        < 7 => JsonValue.Create(Text(random)),
        < 9 => Object(random, depth),
        _ => new JsonArray([.. Enumerable.Range(0, random.Next(0, 4)).Select(_ => Value(random, depth - 1))]),
    };

    private static string Text(Random random)
    {
        if (random.Next(3) > 0)
        {
            return Strings[random.Next(Strings.Length)];
        }

        var text = new StringBuilder();
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            text.Append(Strings[random.Next(Strings.Length - 2)]);
        }

        return text.ToString();
    }
}
