using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.Tests.Objects;

/// <summary>What is read is what is written: a client that rounds a number or loses a field causes drift that nobody made.</summary>
public sealed class KubernetesJsonTests
{
    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("-9223372036854775808")]
    [InlineData("9007199254740993")]
    [InlineData("18446744073709551615")]
    [InlineData("123456789012345678901234567890")]
    [InlineData("1.0")]
    [InlineData("1.10")]
    [InlineData("1e3")]
    [InlineData("0.1000000000000000055511151231257827")]
    [InlineData("-0")]
    public void Numbers_keep_the_text_they_were_written_with(string number)
    {
        var json = "{\"spec\":{\"n\":" + number + "}}";
        KubernetesJson.ToText(KubernetesJson.Parse(json)).ShouldBe(json);
        Encoding.UTF8.GetString(KubernetesObject.Parse(json).DeepClone().ToUtf8()).ShouldBe(json);
    }

    [Fact]
    public void Integers_are_read_exactly_and_nothing_else_is_an_integer()
    {
        var fields = KubernetesJson.ParseObject("""{"max":9223372036854775807,"over":9223372036854775808,"real":1.5,"text":"1","none":null}""");
        KubernetesObject.GetInt64(fields, "max").ShouldBe(long.MaxValue);
        KubernetesObject.GetInt64(fields, "over").ShouldBeNull();
        KubernetesObject.GetInt64(fields, "real").ShouldBeNull();
        KubernetesObject.GetInt64(fields, "text").ShouldBeNull();
        KubernetesObject.GetInt64(fields, "none").ShouldBeNull();
        KubernetesObject.GetInt64(new JsonObject { ["made"] = 7 }, "made").ShouldBe(7);
    }

    [Fact]
    public void Null_and_absent_and_empty_stay_three_things()
    {
        const string json = """{"a":null,"b":{},"c":[],"d":"","e":[null]}""";
        var fields = KubernetesJson.ParseObject(json);
        KubernetesJson.ToText(fields).ShouldBe(json);
        fields.ContainsKey("a").ShouldBeTrue();
        fields.ContainsKey("f").ShouldBeFalse();
    }

    [Fact]
    public void Fields_that_nobody_has_heard_of_and_their_order_survive()
    {
        const string json = """{"zeta":{"unknown":[{"b":1,"a":2}]},"apiVersion":"example.dev/v1","kind":"New","metadata":{"name":"x","future":{"deep":true}},"alpha":0}""";
        Encoding.UTF8.GetString(KubernetesObject.Parse(json).ToUtf8()).ShouldBe(json);
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"spec":{"x":[{"a":1,"\u0061":1}]}}""")]
    public void A_key_that_stands_there_twice_is_refused(string json)
    {
        Should.Throw<JsonException>(() => KubernetesJson.Parse(json));
        Should.Throw<JsonException>(() => KubernetesJson.Parse(Encoding.UTF8.GetBytes(json)));
    }

    [Theory]
    [InlineData(KubernetesJson.MaxDepth, true)]
    [InlineData(KubernetesJson.MaxDepth + 1, false)]
    public void Nesting_is_deep_but_bounded(int depth, bool isRead)
    {
        var json = string.Concat(Enumerable.Repeat("{\"a\":", depth - 1)) + "{}" + new string('}', depth - 1);
        if (isRead)
        {
            KubernetesJson.ToText(KubernetesJson.Parse(json)).ShouldBe(json);
        }
        else
        {
            Should.Throw<JsonException>(() => KubernetesJson.Parse(json));
        }
    }

    [Fact]
    public void Text_is_utf8_both_ways_without_needless_escapes()
    {
        const string json = """{"text":"é 漢 🚀 <&'+> \" \\ \n \u0001"}""";
        var written = KubernetesJson.ToUtf8(KubernetesJson.Parse(Encoding.UTF8.GetBytes(json)));
        KubernetesJson.ParseObject(written)["text"]!.ToString().ShouldBe("é 漢 🚀 <&'+> \" \\ \n \u0001");
        var text = Encoding.UTF8.GetString(written);
        text.ShouldContain("é 漢");
        text.ShouldContain("<&'+>");
    }

    [Theory]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}' })]
    [InlineData(new byte[] { (byte)'{', (byte)'"', (byte)'a', (byte)'"', (byte)':', (byte)'"', 0xc3, 0x28, (byte)'"', (byte)'}' })]
    public void What_is_no_utf8_is_refused_when_it_is_read(byte[] bytes) => Should.Throw<Exception>(() =>
    {
        var fields = KubernetesJson.ParseObject(bytes);
        KubernetesJson.ToUtf8(fields);
        fields.First().Value!.ToString();
    });

    [Theory]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("{} {}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("// comment\n{}")]
    [InlineData("")]
    public void What_is_no_object_is_refused(string json) => Should.Throw<JsonException>(() => KubernetesJson.ParseObject(json));

    [Fact]
    public void Versions_are_opaque_texts()
    {
        var subject = KubernetesObject.Parse("""{"metadata":{"resourceVersion":"not/a-number=="}}""");
        subject.ResourceVersion.ShouldBe("not/a-number==");
        KubernetesObject.Parse("""{"metadata":{"resourceVersion":7}}""").ResourceVersion.ShouldBeNull();
    }
}
