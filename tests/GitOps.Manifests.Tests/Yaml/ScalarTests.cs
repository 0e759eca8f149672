using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Tests.Yaml;

public sealed class ScalarTests
{
    [Theory]
    [InlineData("yes", "true")]
    [InlineData("on", "true")]
    [InlineData("y", "true")]
    [InlineData("NO", "false")]
    [InlineData("'yes'", "\"yes\"")]
    [InlineData("0644", "420")]
    [InlineData("0o644", "420")]
    [InlineData("0b11", "3")]
    [InlineData("0x1F", "31")]
    [InlineData("089", "89")]
    [InlineData("1_000", "1000")]
    [InlineData("1e3", "1000")]
    [InlineData("1.10", "1.1")]
    [InlineData("1.0", "1")]
    [InlineData("-0.0", "0")]
    [InlineData("190:20:30", "\"190:20:30\"")]
    [InlineData("2001-01-01", "\"2001-01-01\"")]
    [InlineData("9007199254740993", "9007199254740993")]
    [InlineData("9223372036854775807", "9223372036854775807")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    [InlineData("18446744073709551615", "18446744073709552000")]
    [InlineData("1e20", "100000000000000000000")]
    [InlineData("1e21", "1e+21")]
    [InlineData("0.0000001", "1e-7")]
    [InlineData("1e400", "\"1e400\"")]
    [InlineData("~", "null")]
    [InlineData("", "null")]
    [InlineData("!!str 12", "\"12\"")]
    [InlineData("! 12", "\"12\"")]
    [InlineData("!!float 1", "1")]
    [InlineData("!!int '7'", "7")]
    [InlineData("!!binary aGVsbG8=", "\"hello\"")]
    [InlineData("!custom 1", "\"1\"")]
    [InlineData("\"\\u00e9\\0\"", "\"é\\u0000\"")]
    [InlineData("<<", "\"<<\"")]
    public void A_plain_file_is_read_as_kubectl_reads_it(string yaml, string json) => Value(yaml, YamlDialect.Kubectl).ShouldBe(json);

    [Theory]
    [InlineData("yes", "\"yes\"")]
    [InlineData("y", "\"y\"")]
    [InlineData("Off", "\"Off\"")]
    [InlineData("true", "true")]
    [InlineData("0644", "420")]
    [InlineData("1e3", "1000")]
    [InlineData("1.10", "1.1")]
    public void A_file_of_a_kustomization_is_read_as_kustomize_reads_it(string yaml, string json) => Value(yaml, YamlDialect.Kustomize).ShouldBe(json);

    [Theory]
    [InlineData(".inf", "infinities")]
    [InlineData("-.Inf", "infinities")]
    [InlineData(".nan", "infinities")]
    [InlineData("!!int x", "tagged !!int")]
    [InlineData("!!bool 1", "tagged !!bool")]
    [InlineData("!!binary /w==", "not text in base64")]
    public void What_JSON_cannot_hold_is_refused(string yaml, string message)
    {
        var (_, errors) = Files.ReadYaml($"a: 1\nb: {yaml}\n");

        errors.ShouldHaveSingleItem().ShouldStartWith("2: ");
        errors[0].ShouldContain(message);
    }

    [Theory]
    [InlineData("1", "1")]
    [InlineData("0x10", "16")]
    [InlineData("1.5", "1.5")]
    [InlineData("1e6", "1e+06")]
    [InlineData("true", "true")]
    [InlineData("n", "false")]
    [InlineData(".inf", ".inf")]
    [InlineData("2001-01-01", "2001-01-01")]
    public void A_key_that_is_no_string_becomes_one(string key, string name) =>
        Files.ReadYaml($"{key}: v\n").Documents.ShouldBe([$"{{\"{name}\":\"v\"}}"]);

    [Theory]
    [InlineData("~: v")]
    [InlineData("null: v")]
    [InlineData("{: v}")]
    [InlineData("[a]: v")]
    [InlineData("{{ .Values.name }}: v")]
    [InlineData("18446744073709551615: v")]
    public void A_key_that_cannot_be_a_string_is_refused(string yaml) => Files.ReadYaml(yaml).Errors.ShouldNotBeEmpty();

    private static string Value(string yaml, YamlDialect dialect)
    {
        var (documents, errors) = Files.ReadYaml($"v: {yaml}\n", dialect);
        errors.ShouldBeEmpty();
        var document = documents.ShouldHaveSingleItem();
        return document["{\"v\":".Length..^1];
    }
}
