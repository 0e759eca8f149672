using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Tests.Admission;

public sealed class SchemaValidationTests
{
    [Theory]
    [InlineData("""{"type":"integer","minimum":1}""", "1", "")]
    [InlineData("""{"type":"integer","minimum":1}""", "0", "FieldValueInvalid spec.v: Invalid value: 0: spec.v in body should be greater than or equal to 1")]
    [InlineData("""{"type":"integer","minimum":1,"exclusiveMinimum":true}""", "1", "FieldValueInvalid spec.v: Invalid value: 1: spec.v in body should be greater than 1")]
    [InlineData("""{"type":"number","maximum":1.5}""", "1.6", "FieldValueInvalid spec.v: Invalid value: 1.6: spec.v in body should be less than or equal to 1.5")]
    [InlineData("""{"type":"integer","multipleOf":5}""", "7", "FieldValueInvalid spec.v: Invalid value: 7: spec.v in body should be a multiple of 5")]
    [InlineData("""{"type":"integer"}""", "\"x\"", "FieldValueTypeInvalid spec.v: Invalid value: \"string\": spec.v in body must be of type integer: \"string\"")]
    [InlineData("""{"type":"integer"}""", "1.5", "FieldValueTypeInvalid spec.v: Invalid value: \"number\": spec.v in body must be of type integer: \"number\"")]
    [InlineData("""{"type":"integer"}""", "1.0", "")]
    [InlineData("""{"type":"string"}""", "null", "FieldValueTypeInvalid spec.v: Invalid value: \"null\": spec.v in body must be of type string: \"null\"")]
    [InlineData("""{"type":"string","nullable":true}""", "null", "")]
    [InlineData("""{"type":"string","enum":["a","b"]}""", "\"c\"", "FieldValueNotSupported spec.v: Unsupported value: \"c\": supported values: \"a\", \"b\"")]
    [InlineData("""{"type":"string","minLength":2}""", "\"é\"", "FieldValueInvalid spec.v: Invalid value: \"é\": spec.v in body should be at least 2 chars long")]
    [InlineData("""{"type":"string","maxLength":1}""", "\"ab\"", "FieldValueTooLong spec.v: Too long: may not be more than 1 byte")]
    [InlineData("""{"type":"string","pattern":"^a+$"}""", "\"b\"", "FieldValueInvalid spec.v: Invalid value: \"b\": spec.v in body should match '^a+$'")]
    [InlineData("""{"type":"string","format":"date-time"}""", "\"b\"", "FieldValueInvalid spec.v: Invalid value: \"b\": spec.v in body must be of type date-time: \"b\"")]
    [InlineData("""{"type":"string","format":"duration"}""", "\"1h30m\"", "")]
    [InlineData("""{"type":"array","maxItems":1,"items":{"type":"string"}}""", """["a","b"]""", "FieldValueTooMany spec.v: Too many: 2: must have at most 1 items")]
    [InlineData("""{"type":"array","minItems":1,"items":{"type":"string"}}""", "[]", "FieldValueInvalid spec.v: Invalid value: 0: spec.v in body should have at least 1 items")]
    [InlineData("""{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}}""", """["a","a"]""", "FieldValueDuplicate spec.v[1]: Duplicate value: \"a\"")]
    [InlineData("""{"type":"array","items":{"type":"object","required":["n"],"properties":{"n":{"type":"string"}}}}""", "[{}]", "FieldValueRequired spec.v[0].n: Required value")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"}}""", """{"k":"x"}""", "FieldValueTypeInvalid spec.v.k: Invalid value: \"string\": spec.v.k in body must be of type integer: \"string\"")]
    [InlineData("""{"type":"object","maxProperties":1,"additionalProperties":{"type":"integer"}}""", """{"k":1,"l":2}""", "FieldValueTooMany spec.v: Too many: 2: must have at most 1 items")]
    [InlineData("""{"x-kubernetes-int-or-string":true}""", "\"50%\"", "")]
    [InlineData("""{"x-kubernetes-int-or-string":true}""", "true", "FieldValueTypeInvalid spec.v: Invalid value: \"boolean\": spec.v in body must be of type integer,string: \"boolean\"")]
    [InlineData("""{"type":"string","anyOf":[{"enum":["a"]},{"minLength":3}]}""", "\"b\"", "FieldValueInvalid spec.v: Invalid value: \"b\": \"spec.v\" must validate at least one schema (anyOf)")]
    [InlineData("""{"type":"string","anyOf":[{"enum":["a"]},{"minLength":3}]}""", "\"bbb\"", "")]
    [InlineData("""{"type":"string","oneOf":[{"maxLength":2},{"minLength":1}]}""", "\"b\"", "FieldValueInvalid spec.v: Invalid value: \"b\": \"spec.v\" must validate one and only one schema (oneOf)")]
    [InlineData("""{"type":"string","not":{"enum":["a"]}}""", "\"a\"", "FieldValueInvalid spec.v: Invalid value: \"a\": \"spec.v\" must not validate the schema (not)")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"oneOf":[{"required":["a"]},{"required":["b"]}]}""", """{"a":"1","b":"2"}""",
        "FieldValueInvalid spec.v: Invalid value: \"object\": \"spec.v\" must validate one and only one schema (oneOf)")]
    public void A_value_is_checked_against_its_schema(string schema, string value, string cause)
    {
        var type = CrdSchema.Parse(KubernetesJson.ParseObject(
            $$$$$$"""{"type":"object","properties":{"spec":{"type":"object","properties":{"v":{{{{{{schema}}}}}}}}}}"""), "s");
        type.Errors.ShouldBeEmpty();
        var causes = SchemaValidation.Causes(null, KubernetesObject.Parse($$$$$$"""{"spec":{"v":{{{{{{value}}}}}}}}"""), type.Type, static _ => { });
        string.Join(';', causes.Select(static found => $"{found.Reason} {found.Field}: {found.Message}")).ShouldBe(cause);
    }

    [Fact]
    public void Defaults_are_filled_in_down_to_items_and_forbidden_nulls_go()
    {
        var type = CrdSchema.Parse(KubernetesJson.ParseObject("""
            {"type":"object","properties":{"spec":{"type":"object","default":{},"properties":{
              "a":{"type":"string","default":"x"},"b":{"type":"string"},"c":{"type":"string","nullable":true,"default":"y"},
              "list":{"type":"array","items":{"type":"object","properties":{"n":{"type":"integer","default":1}}}},
              "map":{"type":"object","additionalProperties":{"type":"object","properties":{"n":{"type":"integer","default":2}}}}}}}}
            """), "s").Type;
        Defaulted("{}", type).ShouldBe("""{"spec":{"a":"x","c":"y"}}""");
        Defaulted("""{"spec":{"a":null,"b":null,"c":null,"list":[{}],"map":{"k":{}}}}""", type)
            .ShouldBe("""{"spec":{"a":"x","c":null,"list":[{"n":1}],"map":{"k":{"n":2}}}}""");
    }

    [Fact]
    public void Undeclared_fields_are_pruned_except_where_they_are_preserved()
    {
        var type = CrdSchema.Parse(KubernetesJson.ParseObject("""
            {"type":"object","properties":{"spec":{"type":"object","properties":{
              "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true,"properties":{"known":{"type":"object"}}},
              "object":{"type":"object","x-kubernetes-embedded-resource":true,"properties":{"spec":{"type":"object"}}}}}}}
            """), "s").Type;
        var json = KubernetesJson.ParseObject("""
            {"apiVersion":"x/v1","kind":"X","metadata":{"name":"n","foo":1},"extra":1,
             "spec":{"free":{"any":{"x":1},"known":{"y":1}},"object":{"apiVersion":"v1","kind":"K","metadata":{"name":"m"},"spec":{"z":1}}}}
            """);
        Pruning.UnknownFields(json, type).ShouldBe(["metadata.foo", "extra", "spec.free.known.y", "spec.object.spec.z"], ignoreOrder: true);
        Pruning.Apply(json, type);
        KubernetesJson.ToText(json).ShouldBe("""
            {"apiVersion":"x/v1","kind":"X","metadata":{"name":"n"},"spec":{"free":{"any":{"x":1},"known":{}},"object":{"apiVersion":"v1","kind":"K","metadata":{"name":"m"},"spec":{}}}}
            """.Trim());
    }

    private static string Defaulted(string text, TypeSchema type)
    {
        var subject = KubernetesObject.Parse(text);
        SchemaDefaults.DropNulls(subject.Json, type);
        Defaulting.Apply(subject, type);
        return KubernetesJson.ToText(subject.Json);
    }
}
