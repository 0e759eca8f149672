using System.Diagnostics;
using System.Text;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Tests.Yaml;

/// <summary>Whatever a repository holds: an answer soon, in bounded memory, and never another exception than ours.</summary>
public sealed class HostileInputTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private static readonly Dictionary<string, (Func<byte[]> Content, string Error)> Bombs = new(StringComparer.Ordinal)
    {
        ["laughs"] = (() => Text(Laughs("[{0}]")), "stand for too much"),
        ["laughs about nothing"] = (() => Text(Laughs("[{0}]", "[]")), "stand for too much"),
        ["merged laughs"] = (() => Text(Laughs("{{<<: [{0}], k: v}}")), "stand for too much"),
        ["many aliases of a long string"] = (() => Text($"a: &a {new string('x', 100_000)}\nb: [{string.Join(',', Enumerable.Repeat("*a", 10_000))}]\n"), "stand for too much"),
        ["flow lists"] = (() => Text(new string('[', 1_000_000)), "nested deeper"),
        ["flow mappings"] = (() => Text(string.Concat(Enumerable.Repeat("{a: ", 250_000))), "nested deeper"),
        ["block lists"] = (() => Text(string.Concat(Enumerable.Repeat("- ", 500_000))), "nested deeper"),
        ["block mappings"] = (() => Text(string.Concat(Enumerable.Range(0, 2_000).Select(i => new string(' ', i) + "a:\n"))), "nested deeper"),
        ["JSON"] = (() => Text(string.Concat(Enumerable.Repeat("{\"a\":", 500_000))), "nested deeper"),
        ["aliases below each other"] = (() => Text(Chain()), "nested deeper"),
        ["a key very many times"] = (() => Text(string.Concat(Enumerable.Repeat("a: 1\n", 400_000))), "duplicate key"),
        ["very many keys"] = (() => Text(string.Concat(Enumerable.Range(0, 500_000).Select(static i => $"k{i}: 1\n"))), "more than 1000000 values"),
        ["every key twice"] = (() => Text(string.Concat(Enumerable.Range(0, 400_000).Select(i => $"k{i % 200_000}: 1\n"))), "duplicate key"),
        ["NUL"] = (() => Text("a: \0\n"), "control character U+0000"),
        ["escape character"] = (() => Text("a: \u001b[31m\n"), "control character U+001B"),
        ["binary"] = (() => [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0], "control character"),
        ["invalid UTF-8"] = (() => [(byte)'a', (byte)':', (byte)'\n', (byte)' ', 0xC3, 0x28], "not UTF-8"),
        ["half UTF-16"] = (() => [0xFF, 0xFE, 0x00, 0xD8], "not UTF-8"),
        ["tabs"] = (() => Text("a:\n\tb: 1\n"), "not valid YAML"),
        ["open quote"] = (() => Text("a: \"" + new string('x', 5_000_000)), "not valid YAML"),
        ["question marks"] = (() => Text(string.Concat(Enumerable.Repeat("? ", 100_000))), "nested deeper"),
        ["directive"] = (() => Text("%YAML 1.2\n---\na: 1\n"), "not valid YAML"),
    };

    private static readonly Dictionary<string, Func<byte[]>> Harmless = new(StringComparer.Ordinal)
    {
        ["a line of very many items"] = () => Text($"a: [{string.Concat(Enumerable.Repeat("1, ", 330_000))}1]\n"),
        ["a huge scalar"] = () => Text("a: " + new string('x', 9_000_000)),
        ["a huge block"] = () => Text("a: |\n" + string.Concat(Enumerable.Repeat("  line\n", 1_000_000))),
        ["many quotes"] = () => Text("a: \"" + string.Concat(Enumerable.Repeat("\\n", 2_000_000)) + "\""),
        ["a wide flow list"] = () => Text("a: [" + string.Join(',', Enumerable.Repeat("1", 200_000)) + "]"),
        ["a wide flow list of lists"] = () => Text("a: [" + string.Join(',', Enumerable.Repeat("[{b: c}]", 50_000)) + "]"),
        ["many comments"] = () => Text(string.Concat(Enumerable.Repeat("# comment\n", 500_000)) + "a: 1\n"),
        ["many documents"] = () => Text(string.Concat(Enumerable.Repeat("---\na: 1\n", 50_000))),
        ["many anchors"] = () => Text(string.Concat(Enumerable.Range(0, 50_000).Select(i => $"k{i}: &a{i} v\n"))),
        ["as deep as it may be"] = () => Text(new string('[', 256) + new string(']', 256)),
    };

    public static TheoryData<string> BombNames() => [.. Bombs.Keys];

    public static TheoryData<string> HarmlessNames() => [.. Harmless.Keys];

    [Theory]
    [MemberData(nameof(BombNames))]
    public void A_bomb_is_refused_soon(string name)
    {
        var (make, error) = Bombs[name];
        var content = make();
        var clock = Stopwatch.StartNew();

        var errors = Errors(content);

        clock.Elapsed.ShouldBeLessThan(Soon, name);
        errors.ShouldContain(message => message.Contains(error), string.Join('\n', errors.Take(3)));
        errors.Count.ShouldBeLessThan(100);
    }

    [Theory]
    [MemberData(nameof(HarmlessNames))]
    public void Much_of_something_harmless_is_read_soon(string name)
    {
        var content = Harmless[name]();
        var clock = Stopwatch.StartNew();

        Errors(content).ShouldBeEmpty();

        clock.Elapsed.ShouldBeLessThan(Soon, name);
    }

    [Fact]
    public void No_damaged_file_makes_it_throw_anything_else()
    {
        const string alphabet = "abc:-?[]{},#&*!|>'\"%@`\\ \n\t<~01.e\r\u0085\ufeffé";
        const string sample = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: &n a, labels: {x: *n, 'y': \"z\\n\"}}\ndata:\n  k: |-\n    text\n  <<: {a: b}\n  l:\n  - - 1\n    - 2\n  ? m\n  : n\n...\n---\na: !!str 1\n";
        var random = new Random(4711);
        for (var i = 0; i < 20_000; i++)
        {
            var text = new StringBuilder(sample);
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                var at = random.Next(text.Length);
                _ = random.Next(3) switch
                {
                    0 => text.Remove(at, Math.Min(random.Next(1, 8), text.Length - at)),
                    1 => text.Insert(at, alphabet[random.Next(alphabet.Length)]),
                    _ => text.Insert(at, text.ToString(at, Math.Min(random.Next(1, 20), text.Length - at))),
                };
            }

            Should.NotThrow(() => Errors(Text(text.ToString())), text.ToString());
        }
    }

    private static List<string> Errors(byte[] content)
    {
        var file = YamlFile.Parse(content, YamlLimits.Default);
        var errors = file.Errors.ToList();
        foreach (var document in file.Documents)
        {
            YamlToJson.Convert(document.Root, YamlDialect.Kubectl, YamlLimits.Default, errors);
        }

        return [.. errors.Select(static error => error.Message)];
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static string Laughs(string form, string joke = "{k: lol}")
    {
        var text = new StringBuilder($"a0: &a0 {joke}\n");
        for (var i = 1; i < 12; i++)
        {
            text.Append($"a{i}: &a{i} ").AppendFormat(System.Globalization.CultureInfo.InvariantCulture, form, string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))).Append('\n');
        }

        return text.ToString();
    }

    private static string Chain()
    {
        var text = new StringBuilder("a0: &a0 [1]\n");
        for (var i = 1; i < 400; i++)
        {
            text.Append($"a{i}: &a{i} [*a{i - 1}]\n");
        }

        return text.ToString();
    }
}
