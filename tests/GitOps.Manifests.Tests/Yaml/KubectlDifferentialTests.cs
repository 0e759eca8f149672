using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Tests.Support;

namespace GitOps.Manifests.Tests.Yaml;

/// <summary>What we read is what the real kubectl reads.</summary>
public sealed class KubectlDifferentialTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public Task Every_spelling_of_a_scalar_means_what_it_means_to_kubectl() =>
        CompareAsync(Spellings().Select(static spelling => $"\n  - {spelling}"), atLeast: 500);

    [Fact]
    public Task Every_spelling_of_a_key_means_what_it_means_to_kubectl() =>
        CompareAsync(Spellings().Select(static spelling => $"\n  - {spelling}: value"), atLeast: 450);

    [Fact]
    public Task Generated_documents_read_as_kubectl_reads_them()
    {
        var generator = new YamlGenerator(new Random(20240607));
        return CompareAsync(Enumerable.Range(0, 400).Select(_ => generator.Next()), atLeast: 250);
    }

    [Fact]
    public async Task What_we_write_reads_back_in_kubectl()
    {
        var random = new Random(77);
        var objects = Enumerable.Range(0, 300)
            .Select(i => new KubernetesObject(new JsonObject
            {
                ["apiVersion"] = "example.dev/v1",
                ["kind"] = "Sample",
                ["metadata"] = new JsonObject { ["name"] = $"sample-{i}" },
                ["spec"] = JsonGenerator.Object(random, depth: 4),
            }))
            .ToList();
        var read = await Kubectl.ReadEachAsync([.. objects.Select(Write)], Cancellation);

        for (var i = 0; i < objects.Count; i++)
        {
            JsonNode.DeepEquals(read[i], objects[i].Json).ShouldBeTrue($"{Write(objects[i])}\nkubectl: {read[i]}");
        }

        static string Write(KubernetesObject item)
        {
            var text = new StringWriter(CultureInfo.InvariantCulture);
            ManifestWriter.WriteYaml(text, [item]);
            return text.ToString();
        }
    }

    private static IEnumerable<string> Spellings()
    {
        string[] words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity", "none", "~"];
        string[] numbers =
        [
            "0", "00", "007", "0644", "0o644", "0O644", "0o8", "08", "089", "0x1F", "0X1f", "0xg", "0x", "0b11", "0B11", "0b12", "0b", "0b-11", "0b+1",
            "1_000", "1__0", "1_", "_1", "0_7", "0x_1", "0b1_1", "1_000.5", "190:20:30", "1:30", "12:30:45.5", "1e3", "1E3", "1e+3", "1e-3", "1e", "e1",
            "1.e3", "1.5", "1.10", "1.", ".5", ".", "..", ".5.", ".e1", "1.2.3", "10.0.0.1", "1,000", "1e400", "1e-400", "1e20", "1e21", "1e-6", "1e-7",
            "123456789012345678", "9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616",
            "99999999999999999999999", "0x7FFFFFFFFFFFFFFF", "0xFFFFFFFFFFFFFFFF", "0x10000000000000000", "01777777777777777777777", "0.1", "0.30000000000000004",
            "100000.5", "1000000.5", "12345678.9", "3.4028236e38", "1e39", "0.0001", "0.00001", "1e6", "1e5", "5e-324", "1.7976931348623157e308", "0.0", "0e0",
            ".inf", ".Inf", ".INF", ".iNF", ".nan", ".NaN", ".NAN", ".Nan", "2001-01-01", "2001-1-1", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10",
            "2001-13-01", "1st", "1 2", "4d", "0.5Gi", "100m", "1e3m", "0x1p4",
        ];
        foreach (var word in words)
        {
            yield return word;
            yield return word.ToUpperInvariant();
            yield return char.ToUpperInvariant(word[0]) + word[1..];
            yield return $"{word}x";
            yield return $"'{word}'";
        }

        foreach (var number in numbers)
        {
            yield return number;
            yield return $"+{number}";
            yield return $"-{number}";
            yield return $"\"{number}\"";
        }

        string[] others =
        [
            "''", "\"\"", "''''", "'it''s'", "\"a\\tb\\n\\x41\\u00e9\\U0001F600\\e\\0\\a\\b\\v\\f\\r\\\"\\\\\\N\\_\\L\\P\\ z\"", "\"\\d\"", "\"\\ud83d\"",
            "<<", "'<<'", "=", "*", "&a b", "!!str 1", "!!str", "!!str null", "!!int 1", "!!int '1'", "!!int x", "!!float 1", "!!float 1.5", "!!float x",
            "!!float .inf", "!!bool yes", "!!bool 'no'", "!!bool 1", "!!null ''", "!!null ~", "!!null x", "!!binary aGVsbG8=", "!!binary aGVsbG8", "!!binary '!'",
            "!!timestamp 2001-01-01", "!!set x", "!custom 1", "! 12", "! '12'", "! x", "!<tag:yaml.org,2002:str> 1", "!<tag:yaml.org,2002:int> '7'", "!!unknown 5",
            "a: b: c", "a#b", "a #b", "#a", "-", "- a", "--", "---", "--flag=x", "-x", "?x", "? x", ":x", ":", "a:", "x:y", "[", "]", "[]", "{}", "{", "}",
            "[a, b]", "{a: 1}", "{a: 1, b}", "{a, b}", "[a: 1]", "[,]", "[a,]", "{a: }", "{? a : b}", "@a", "`a", "%a", "|", ">", "|-", ", a", ",", "a, b", "a]b",
            "http://example.com:80/x?y=z#w", "{{ .Values.x }}", "${x}", "\"a\": b", "é", "日本語", "a\tb", "a\u00a0b", "😀", "a\u0085b", "a\u2028b",
        ];
        foreach (var other in others)
        {
            yield return other;
        }
    }

    /// <param name="values">Each what follows <c>spec:</c>.</param>
    /// <param name="atLeast">How many kubectl has to accept, for the comparison to mean something.</param>
    private static async Task CompareAsync(IEnumerable<string> values, int atLeast)
    {
        var documents = values.Select(static (value, i) => $"{Header(i)}spec:{value}\n").ToList();
        var expected = await Kubectl.ReadEachAsync(documents, Cancellation);
        expected.Count(static item => item is not null).ShouldBeGreaterThan(atLeast);

        var wrong = new StringBuilder();
        foreach (var (document, kubectl) in documents.Zip(expected))
        {
            var (ours, errors) = Files.ReadYaml(document);
            var same = errors.Count > 0 || kubectl is null
                ? (errors.Count > 0) == (kubectl is null)
                : JsonNode.DeepEquals(KubernetesJson.Parse(ours.ShouldHaveSingleItem()), kubectl);
            if (!same)
            {
                var we = errors.Count > 0 ? string.Join(" / ", errors) : KubernetesJson.ToText(KubernetesJson.ParseObject(ours[0])["spec"]);
                wrong.AppendLine($"----\n{document[document.IndexOf("spec:", StringComparison.Ordinal)..]}ours: {we}\nkubectl: {KubernetesJson.ToText(kubectl?["spec"])}");
            }
        }

        wrong.ToString().ShouldBeEmpty();
    }

    private static string Header(int number) => $"apiVersion: example.dev/v1\nkind: Sample\nmetadata:\n  name: sample-{number}\n";
}
