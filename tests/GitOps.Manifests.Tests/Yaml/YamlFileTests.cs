using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Tests.Yaml;

public sealed class YamlFileTests
{
    [Theory]
    [InlineData("a: 1\n---\nb: 2\n", 2)]
    [InlineData("---\na: 1\n--- # comment\nb: 2\n", 2)]
    [InlineData("# only a comment\n---\n---\n\n---\na: 1\n---\n", 1)]
    [InlineData("a: 1\n...\n", 1)]
    [InlineData("a: 1\n...\n---\nb: 2\n", 2)]
    [InlineData("a: |\n  ---\n  text\n", 1)]
    [InlineData("\n\n", 0)]
    [InlineData("", 0)]
    [InlineData("{\"a\": 1}\n{\"b\": 2}\n", 2)]
    [InlineData("{\"a\":\t1}\n---\n{b: 2}\n", 2)]
    public void A_file_has_the_documents_that_have_content(string text, int count)
    {
        var (documents, errors) = Files.ReadYaml(text);

        errors.ShouldBeEmpty();
        documents.Count.ShouldBe(count);
    }

    [Fact]
    public void Documents_are_numbered_as_they_stand_in_the_file()
    {
        var file = Parse("# license\n---\na: 1\n---\n# nothing\n---\nb: 2\n");

        file.Documents.Select(document => (document.Number, document.Line)).ShouldBe([(1, 3), (3, 7)]);
    }

    [Theory]
    [InlineData("--- a: 1\n", "1: only a comment may follow '---'")]
    [InlineData("a: 1\n----\nb: 2\n", "2: only a comment may follow '---'")]
    [InlineData("a: 1\n...\nb: 2\n", "3: text follows the document's end marker")]
    public void What_kubectl_would_refuse_or_lose_between_documents_is_an_error(string text, string error) =>
        Files.ReadYaml(text).Errors.ShouldHaveSingleItem().ShouldStartWith(error);

    [Fact]
    public void Errors_of_all_documents_are_told_with_the_lines_of_the_file()
    {
        var (documents, errors) = Files.ReadYaml("a: [\n---\nb: 1\n---\nc: 1\nd: 2\nc: 3\nd: 4\n---\ne: 1\n  f: 2\n");

        documents[0].ShouldBe("{\"b\":1}");
        errors.Count.ShouldBe(4);
        errors.ShouldContain(error => error == "7: duplicate key \"c\": first on line 5, remove one of them");
        errors.ShouldContain(error => error == "8: duplicate key \"d\": first on line 6, remove one of them");
        errors.ShouldContain(error => error.StartsWith("11: not valid YAML"));
    }

    [Theory]
    [InlineData("a: 1\n'a': 2\n")]
    [InlineData("1: a\n\"1\": b\n")]
    [InlineData("{\"a\": 1, \"\\u0061\": 2}")]
    public void A_key_written_twice_is_refused_however_it_is_spelled(string text) =>
        Files.ReadYaml(text).Errors.ShouldHaveSingleItem().ShouldContain("duplicate key");

    [Fact]
    public void A_byte_order_mark_and_carriage_returns_make_no_difference()
    {
        const string text = "a: |\n  x\n  y\nb: 1\n---\nc: 2\n";
        var expected = Texts(Encoding.UTF8.GetBytes(text));

        Texts([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"))]).ShouldBe(expected);
        Texts([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(text)]).ShouldBe(expected);
        Texts([.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(text)]).ShouldBe(expected);
        expected.ShouldBe("{\"a\":\"x\\ny\\n\",\"b\":1} {\"c\":2}");
    }

    [Fact]
    public void A_missing_line_feed_at_the_end_is_added_as_kubectl_does() =>
        Files.ReadYaml("a: |\n  x").Documents.ShouldBe(["{\"a\":\"x\\n\"}"]);

    [Theory]
    [InlineData("a: &x {b: 1}\nc: *x\n", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}")]
    [InlineData("a: &x 1\nb: &x 2\nc: *x\n", "{\"a\":1,\"b\":2,\"c\":2}")]
    [InlineData("&k a: 1\nb: *k\n", "{\"a\":1,\"b\":\"a\"}")]
    [InlineData("b: &x {k: 1}\na: {<<: *x, k: 2}\n", "{\"b\":{\"k\":1},\"a\":{\"k\":2}}")]
    [InlineData("b: &x {k: 1}\na: {k: 2, <<: *x}\n", "{\"b\":{\"k\":1},\"a\":{\"k\":1}}")]
    [InlineData("a: {<<: [{k: 1, l: 1}, {k: 2, m: 2}]}\n", "{\"a\":{\"k\":1,\"m\":2,\"l\":1}}")]
    [InlineData("a: {'<<': 1}\n", "{\"a\":{\"<<\":1}}")]
    public void Aliases_and_merge_keys_are_resolved_as_in_kubectl(string text, string json)
    {
        var (documents, errors) = Files.ReadYaml(text);

        errors.ShouldBeEmpty();
        KubernetesEqual(documents.ShouldHaveSingleItem(), json);
    }

    [Theory]
    [InlineData("b: &x {k: 1}\na: {k: 2, <<: *x}\n", "{\"b\":{\"k\":1},\"a\":{\"k\":2}}")]
    [InlineData("b: &x {k: 1, l: 1}\na: {<<: *x, k: 2}\n", "{\"b\":{\"k\":1,\"l\":1},\"a\":{\"k\":2,\"l\":1}}")]
    public void In_a_kustomization_what_is_written_wins_over_what_is_merged(string text, string json) =>
        KubernetesEqual(Files.ReadYaml(text, YamlDialect.Kustomize).Documents.ShouldHaveSingleItem(), json);

    [Theory]
    [InlineData("a: *x\n", "alias *x has no anchor")]
    [InlineData("a: &x [*x]\n", "contains itself")]
    [InlineData("a: &x {b: {c: *x}}\n", "contains itself")]
    [InlineData("a: &x 1\n---\nb: *x\n", "alias *x has no anchor")]
    [InlineData("a: {<<: 1}\n", "takes a mapping")]
    [InlineData("a: &x [{b: 1}]\nc: {<<: *x}\n", "takes a mapping")]
    [InlineData("a: {k: 1, <<: {k: 2}, k: 3}\n", "duplicate key")]
    public void Wrong_aliases_and_merges_are_refused(string text, string error) =>
        Files.ReadYaml(text).Errors.ShouldContain(line => line.Contains(error));

    [Theory]
    [InlineData("", "empty")]
    [InlineData("{} {}", "holds one value")]
    [InlineData("{\"a\": 1,}", "not valid JSON at byte 9 of the line")]
    [InlineData("{\"a\": 1e999}", "larger than a 64-bit float")]
    [InlineData("{\"a\": \"\\ud83d\"}", "surrogate")]
    [InlineData("a: 1", "not valid JSON")]
    public void A_json_file_holds_one_JSON_value(string text, string error) =>
        YamlFile.ParseJson(Encoding.UTF8.GetBytes(text), YamlLimits.Default).Errors.ShouldHaveSingleItem().Message.ShouldContain(error);

    [Fact]
    public void Errors_do_not_repeat_values()
    {
        var (_, errors) = Files.ReadYaml("password: !!int hunter2\ntoken: 'hunter2\n---\na: hunter2: b\n---\nb: \"hunter2\\q\"\n---\n{hunter2\n---\nc: *a\n");

        errors.Count.ShouldBeGreaterThan(3);
        string.Join('\n', errors).ShouldNotContain("hunter2");
    }

    private static YamlFile Parse(string text) => YamlFile.Parse(Encoding.UTF8.GetBytes(text), YamlLimits.Default);

    private static string Texts(byte[] content) =>
        string.Join(' ', YamlFile.Parse(content, YamlLimits.Default).Documents.Select(document =>
            KubernetesJson.ToText(YamlToJson.Convert(document.Root, YamlDialect.Kubectl, YamlLimits.Default, []))));

    private static void KubernetesEqual(string ours, string expected) =>
        JsonNode.DeepEquals(
            JsonNode.Parse(ours), JsonNode.Parse(expected)).ShouldBeTrue(ours);
}
