using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Diff;

namespace GitOps.Operator.Tests.Diff;

public sealed class KeyedHashTests
{
    private static readonly KeyedHash Hash = new("0123456789abcdef0123456789abcdef"u8);

    [Theory]
    [InlineData("{\"a\":1,\"b\":[1,2]}", "{\"b\":[1,2],\"a\":1}")]
    [InlineData("1", "1.0")]
    [InlineData("1", "1e0")]
    [InlineData("1", "10E-1")]
    [InlineData("1200", "1.2e+3")]
    [InlineData("0.05", "5e-2")]
    [InlineData("0", "-0.0")]
    [InlineData("9223372036854775807", "9223372036854775807.00")]
    [InlineData("\"\\u0041\"", "\"A\"")]
    [InlineData("\"\\ud83d\\ude00\"", "\"😀\"")]
    [InlineData("{\"a\":{\"y\":{},\"x\":[]}}", "{\"a\":{\"x\":[],\"y\":{}}}")]
    public void Equal_values_have_one_hash(string left, string right) =>
        Hash.Of(KubernetesJson.Parse(left)).ShouldBe(Hash.Of(KubernetesJson.Parse(right)));

    [Theory]
    [InlineData("[1,2]", "[2,1]")]
    [InlineData("9223372036854775807", "9223372036854775806")]
    [InlineData("1", "\"1\"")]
    [InlineData("1", "-1")]
    [InlineData("1", "10")]
    [InlineData("0.1", "0.01")]
    [InlineData("null", "{}")]
    [InlineData("null", "\"\"")]
    [InlineData("[]", "{}")]
    [InlineData("true", "\"true\"")]
    [InlineData("true", "false")]
    [InlineData("[\"a\",\"b\"]", "[\"ab\"]")]
    [InlineData("[[\"a\"],\"b\"]", "[[\"a\",\"b\"]]")]
    [InlineData("{\"a\":\"b\"}", "[\"a\",\"b\"]")]
    [InlineData("{\"a\":{\"b\":1},\"c\":2}", "{\"a\":{\"b\":1,\"c\":2}}")]
    [InlineData("\"a\"", "\"a \"")]
    public void Different_values_have_different_hashes(string left, string right) =>
        Hash.Of(KubernetesJson.Parse(left)).ShouldNotBe(Hash.Of(KubernetesJson.Parse(right)), StringComparer.Ordinal);

    [Fact]
    public void Values_made_in_memory_hash_like_parsed_ones()
    {
        var made = new JsonObject { ["n"] = 5, ["l"] = 7L, ["s"] = "x\"y", ["b"] = true, ["d"] = 2.50m, ["z"] = null, ["a"] = new JsonArray(1, "2") };

        Hash.Of(made).ShouldBe(Hash.Of(KubernetesJson.Parse(KubernetesJson.ToUtf8(made))));
    }

    [Fact]
    public void A_hash_is_128_bits_of_HMAC_SHA256_as_base64url()
    {
        var hash = Hash.Of(JsonValue.Create("x"));
        byte[] canonical = [(byte)'s', 1, 0, 0, 0, (byte)'x'];
        var expected = HMACSHA256.HashData("0123456789abcdef0123456789abcdef"u8, canonical)[..16];

        hash.Length.ShouldBe(KeyedHash.TextLength);
        hash.ShouldBe(Convert.ToBase64String(expected).TrimEnd('=').Replace('+', '-').Replace('/', '_'));
    }

    [Fact]
    public void Another_key_gives_another_hash() =>
        new KeyedHash("another key of thirty-two bytes!"u8).Of(JsonValue.Create(1)).ShouldNotBe(Hash.Of(JsonValue.Create(1)), StringComparer.Ordinal);

    [Fact]
    public void A_short_key_is_refused() => Should.Throw<ArgumentException>(static () => new KeyedHash("short"u8));

    [Fact]
    public void Values_larger_than_the_buffer_are_hashed_whole()
    {
        var large = new JsonObject();
        for (var i = 0; i < 3000; i++)
        {
            large[$"key-{i.ToString(CultureInfo.InvariantCulture)}"] = new string('v', 200);
        }

        var before = Hash.Of(large);
        large["key-2999"] = new string('v', 199) + "w";

        Hash.Of(large).ShouldNotBe(before, StringComparer.Ordinal);
    }

    [Fact]
    public void The_hash_does_not_depend_on_the_order_of_keys() =>
        Prop.ForAll(Json().ToArbitrary(), static text =>
        {
            var value = KubernetesJson.Parse(text);
            return Hash.Of(value) == Hash.Of(Reversed(value));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_hash_does_not_depend_on_how_numbers_are_spelled() =>
        Prop.ForAll<long, byte>(static (number, zeros) =>
        {
            var text = number.ToString(CultureInfo.InvariantCulture);
            var spelled = $"{text}.{new string('0', (zeros % 30) + 1)}E0";
            var shifted = number == 0 ? "0e9" : $"{text}{new string('0', zeros % 30)}e-{(zeros % 30).ToString(CultureInfo.InvariantCulture)}";
            return Hash.Of(KubernetesJson.Parse(text)) == Hash.Of(KubernetesJson.Parse(spelled))
                && Hash.Of(KubernetesJson.Parse(text)) == Hash.Of(KubernetesJson.Parse(shifted))
                && Hash.Of(KubernetesJson.Parse(text)) == Hash.Of(JsonValue.Create(number));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_object_is_never_drifted_from_its_own_fingerprint() =>
        Prop.ForAll(Json().ToArbitrary(), static text =>
        {
            var spec = KubernetesJson.Parse(text);
            var answer = new KubernetesObject(new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Thing",
                ["metadata"] = new JsonObject
                {
                    ["name"] = "x",
                    ["uid"] = "u",
                    ["managedFields"] = new JsonArray(new JsonObject
                    {
                        ["manager"] = Names.FieldManager,
                        ["operation"] = "Apply",
                        ["apiVersion"] = "v1",
                        ["time"] = "2030-01-01T00:00:00Z",
                        ["fieldsV1"] = new JsonObject { ["f:spec"] = Fields(spec) },
                    }),
                },
                ["spec"] = spec?.DeepClone(),
            });
            var desired = new KubernetesObject(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Thing", ["spec"] = spec?.DeepClone() });
            var fingerprint = FingerprintFactory.From(answer, Names.FieldManager, desired, Hash);
            var reread = new KubernetesObject((JsonObject)Reversed(answer.Json)!);
            return new DriftJudge(Names.FieldManager, Hash).Judge(reread, fingerprint, desired: null) is Verdict.NoDrift;
        }).QuickCheckThrowOnFailure();

    // As an apply owns it: maps by member, lists whole.
    private static JsonObject Fields(JsonNode? value)
    {
        var set = new JsonObject();
        foreach (var (name, member) in value as JsonObject ?? [])
        {
            set["f:" + name] = Fields(member);
        }

        return set;
    }

    private static JsonNode? Reversed(JsonNode? value) => value switch
    {
        JsonObject fields => new JsonObject(fields.Reverse()
            .Select(static field => KeyValuePair.Create(field.Key, Reversed(field.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Reversed)]),
        _ => value?.DeepClone(),
    };

    private static Gen<string> Json() => Gen.Sized(static size => Json(Math.Min(size, 12)));

    private static Gen<string> Json(int size)
    {
        var scalar = Gen.OneOf(
            Gen.Elements("null", "true", "false", "0", "1.50", "-7", "12345678901234567", "\"\"", "\"a\\nb\"", "\"é😀\"", "{}", "[]"),
            ArbMap.Default.GeneratorFor<int>().Select(static number => number.ToString(CultureInfo.InvariantCulture)));
        if (size == 0)
        {
            return scalar;
        }

        var below = Json(size / 3);
        var members = below.ListOf().Select(static values =>
        {
            var text = new StringBuilder("{");
            foreach (var (index, value) in values.Index())
            {
                text.Append(index == 0 ? string.Empty : ",").Append($"\"k{(index * 7 % 11).ToString(CultureInfo.InvariantCulture)}-{index}\":").Append(value);
            }

            return text.Append('}').ToString();
        });
        return Gen.OneOf(scalar, members, below.ListOf().Select(static values => $"[{string.Join(',', values)}]"));
    }
}
