using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Tests.Schema;

public sealed class CrdSchemaTests
{
    [Theory]
    [InlineData("""{}""", "FieldValueRequired s.type")]
    [InlineData("""{"type":"string"}""", "FieldValueInvalid s.type")]
    [InlineData("""{"type":"object","properties":{"a":{}}}""", "FieldValueRequired s.properties[a].type")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"text"}}}""", "FieldValueNotSupported s.properties[a].type")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array"}}}""", "FieldValueRequired s.properties[a].items")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","items":{}}}}""", "FieldValueRequired s.properties[a].items.type")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","items":[{"type":"string"}]}}}""", "FieldValueForbidden s.properties[a].items")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"string"}},"additionalProperties":{"type":"string"}}}}""",
        "FieldValueForbidden s.properties[a].additionalProperties")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer","x-kubernetes-int-or-string":true}}}""", "FieldValueInvalid s.properties[a].type")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#/x","type":"object"}}}""", "FieldValueForbidden s.properties[a].$ref")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","uniqueItems":true,"items":{"type":"string"}}}}""",
        "FieldValueForbidden s.properties[a].uniqueItems")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","pattern":"("}}}""", "FieldValueInvalid s.properties[a].pattern")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","x-kubernetes-list-type":"map","items":{"type":"object"}}}}""",
        "FieldValueRequired s.properties[a].x-kubernetes-list-map-keys")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"],"items":{"type":"object","properties":{"k":{"type":"string"}}}}}}""",
        "FieldValueRequired s.properties[a].items.properties[k].default")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","x-kubernetes-list-type":"bag","items":{"type":"string"}}}}""",
        "FieldValueNotSupported s.properties[a].x-kubernetes-list-type")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}},"anyOf":[{"properties":{"a":{"type":"string"}}}]}""",
        "FieldValueForbidden s.anyOf[0].properties[a].type")]
    [InlineData("""{"type":"object","not":{"properties":{"a":{"minLength":1}}}}""", "FieldValueRequired s.not.properties[a]")]
    public void A_schema_that_is_not_structural_is_refused_with_its_path(string schema, string cause) =>
        CrdSchema.Parse(KubernetesJson.ParseObject(schema), "s").Errors
            .Select(static error => $"{error.Reason} {error.Field}").ShouldContain(cause, StringComparer.Ordinal);

    [Fact]
    public void A_structural_schema_becomes_a_type_with_the_parts_every_object_has()
    {
        var parsed = CrdSchema.Parse(KubernetesJson.ParseObject("""
            {"type":"object","properties":{"spec":{"type":"object","properties":{
              "port":{"x-kubernetes-int-or-string":true},
              "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
              "any":{"x-kubernetes-preserve-unknown-fields":true},
              "map":{"type":"object","additionalProperties":{"type":"integer"}},
              "rule":{"type":"string","x-kubernetes-validations":[{"rule":"self == oldSelf"}]}}}}}
            """), "s");
        parsed.Errors.ShouldBeEmpty();
        parsed.Type.Child("metadata")!.Child("labels").ShouldNotBeNull();
        parsed.Type.HasCelRules.ShouldBeTrue();
        var spec = parsed.Type.Child("spec")!;
        spec.Child("port")!.Scalar.ShouldBe(ScalarKind.IntOrString);
        spec.Child("free")!.Child("x").ShouldNotBeNull();
        spec.Child("any")!.Shape.ShouldBe(SchemaShape.Any);
        spec.Child("map")!.Child("x")!.Scalar.ShouldBe(ScalarKind.Integer);
        spec.Child("unknown").ShouldBeNull();
    }
}
