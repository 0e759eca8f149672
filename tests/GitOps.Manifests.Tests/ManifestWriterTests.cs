using System.Globalization;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Tests;

public sealed class ManifestWriterTests
{
    [Fact]
    public void Objects_are_written_as_kubectl_would_with_their_keys_in_order()
    {
        var first = KubernetesObject.Parse(
            """
            {"kind":"Sample","apiVersion":"v1","metadata":{"name":"a","labels":{"version":"1.0","on":"yes"}},
             "spec":{"args":["--flag=x","-c","a: b"],"empty":{},"none":[],"nothing":null,"port":80,"ratio":0.5,"big":9223372036854775807,
             "script":"#!/bin/sh\necho hi\n","lists":[["a",["b"]],[{"c":1,"d":2}]],"time":"12:30","at":"2001-01-01","it":"it's # fine"}}
            """);
        var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };

        ManifestWriter.WriteYaml(text, [first, KubernetesObject.Parse("""{"kind":"B"}""")]);

        text.ToString().ShouldBe(
            """
            kind: Sample
            apiVersion: v1
            metadata:
              name: a
              labels:
                version: "1.0"
                "on": "yes"
            spec:
              args:
              - --flag=x
              - -c
              - 'a: b'
              empty: {}
              none: []
              nothing: null
              port: 80
              ratio: 0.5
              big: 9223372036854775807
              script: |
                #!/bin/sh
                echo hi
              lists:
              - - a
                - - b
              - - c: 1
                  d: 2
              time: "12:30"
              at: "2001-01-01"
              it: 'it''s # fine'
            ---
            kind: B

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void JSON_is_written_as_one_list_however_many_objects_there_are()
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);

        ManifestWriter.WriteJson(text, [KubernetesObject.Parse("""{"kind":"A","n":9007199254740993}""")]);

        var list = KubernetesJson.ParseObject(text.ToString());
        ((string)list["kind"]!).ShouldBe("List");
        KubernetesJson.ToText(list["items"]).ShouldBe("""[{"kind":"A","n":9007199254740993}]""");
    }

    [Fact]
    public void Any_object_of_difficult_strings_reads_back_in_both_dialects()
    {
        var objects = ArbMap.Default.ArbFor<int>().Convert(static seed => JsonGenerator.Object(new Random(seed), depth: 5), static _ => 0);

        Prop.ForAll(objects, static value => ReadsBack(value)).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
    }

    [Fact]
    public void Any_text_reads_back_in_both_dialects_as_a_value_a_key_and_an_item()
    {
        Prop.ForAll<string>(static text =>
        {
            var wellFormed = string.Concat((text ?? string.Empty).EnumerateRunes().Select(static rune => rune.ToString()));
            return ReadsBack(new JsonObject { ["a"] = wellFormed, [wellFormed + "k"] = new JsonObject { [wellFormed] = new JsonArray(wellFormed, "b") } });
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));
    }

    [Theory]
    [InlineData("a *")]
    [InlineData("*")]
    [InlineData("cron: 0 0 * * *")]
    public void An_asterisk_reads_back_in_a_key_too(string text) =>
        ReadsBack(new JsonObject { [text + "k"] = new JsonObject { [text] = new JsonArray(text, "b") } }).ShouldBeTrue();

    [Fact]
    public void A_key_whose_end_the_scanner_misses_is_an_error_and_no_value()
    {
        var (_, errors) = Files.ReadYaml("spec:\n  other *z:\n  - 1\n", YamlDialect.Kubectl);

        errors.ShouldHaveSingleItem().ShouldContain("quoted");
    }

    [Fact]
    public void Any_number_reads_back()
    {
        Prop.ForAll<double>(static number => !double.IsFinite(number) || ReadsBack(new JsonObject { ["n"] = number })).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
        Prop.ForAll<long>(static number => ReadsBack(new JsonObject { ["n"] = number })).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
    }

    private static bool ReadsBack(JsonObject value)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        ManifestWriter.WriteYaml(text, [new KubernetesObject(value), new KubernetesObject(new JsonObject { ["next"] = 1 })]);
        foreach (var dialect in new[] { YamlDialect.Kubectl, YamlDialect.Kustomize })
        {
            var (documents, errors) = Files.ReadYaml(text.ToString(), dialect);
            errors.ShouldBeEmpty(text.ToString());
            documents.Count.ShouldBe(2, text.ToString());
            JsonNode.DeepEquals(JsonNode.Parse(documents[0]), JsonNode.Parse(value.ToJsonString())).ShouldBeTrue($"{text}\nread as {documents[0]}");
        }

        return true;
    }
}
