using System.Text;
using System.Text.Json;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Tests.Apply;

public sealed class FieldValidationTests
{
    private static readonly TypeSchema Deployment = SchemaRegistry.BuiltIn.Find(new("apps", "v1", "Deployment"))!;

    [Fact]
    public void Unknown_and_doubled_fields_are_warned_about()
    {
        var body = JsonBody.Read(Encoding.UTF8.GetBytes(
            """{"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":1,"replicas":2,"template":{"spec":{"containers":[{"imagee":"x"}]}}}}"""));
        var warnings = FieldValidation.Check(body.Value!.AsObject(), Deployment, FieldValidationMode.Warn, body.Duplicates);
        warnings.ShouldBe(["duplicate field \"spec.replicas\"", "unknown field \"spec.template.spec.containers[0].imagee\""]);
        body.Value["spec"]!["replicas"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public void Strict_refuses_all_of_them_at_once()
    {
        var body = KubernetesJson.ParseObject("""{"apiVersion":"apps/v1","kind":"Deployment","a":1,"spec":{"b":2}}""");
        var refusal = Should.Throw<ApiException>(() => FieldValidation.Check(body, Deployment, FieldValidationMode.Strict, ["spec.x"]));
        refusal.Message.ShouldBe("Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: "
            + "duplicate field \"spec.x\", unknown field \"a\", unknown field \"spec.b\"");
    }

    [Fact]
    public void Ignore_says_nothing() => FieldValidation.Check(
        KubernetesJson.ParseObject("""{"spec":{"b":2}}"""), Deployment, FieldValidationMode.Ignore, ["x"]).ShouldBeEmpty();

    [Theory]
    [InlineData("""{"spec":{"replicas":"two"}}""", "json: cannot unmarshal string into Go struct field spec.replicas of type int32")]
    [InlineData("""{"spec":{"replicas":3000000000}}""", "json: cannot unmarshal number into Go struct field spec.replicas of type int32")]
    [InlineData("""{"spec":{"replicas":1.5}}""", "json: cannot unmarshal number into Go struct field spec.replicas of type int32")]
    [InlineData("""{"spec":{"paused":"yes"}}""", "json: cannot unmarshal string into Go struct field spec.paused of type bool")]
    [InlineData("""{"spec":[]}""", "json: cannot unmarshal array into Go struct field spec of type DeploymentSpec")]
    [InlineData("""{"metadata":{"labels":{"a":1}}}""", "json: cannot unmarshal number into Go struct field metadata.labels.a of type string")]
    [InlineData("""{"metadata":{"creationTimestamp":"now"}}""", "parsing time \"now\"")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":[{"resources":{"limits":{"cpu":"lots"}}}]}}}}""", "quantities must match")]
    public void A_wrong_type_of_a_built_in_field_is_a_bad_request_in_every_mode(string body, string why)
    {
        var json = KubernetesJson.ParseObject(body);
        json["apiVersion"] = "apps/v1";
        json["kind"] = "Deployment";
        var refusal = Should.Throw<ApiException>(() => FieldValidation.Check(json, Deployment, FieldValidationMode.Ignore, []));
        refusal.Code.ShouldBe(System.Net.HttpStatusCode.BadRequest);
        refusal.Message.ShouldContain(why);
    }

    [Theory]
    [InlineData("{} {}")]
    [InlineData("{\"a\":}")]
    [InlineData("")]
    public void A_body_that_is_not_one_JSON_value_cannot_be_read(string text) =>
        Should.Throw<JsonException>(() => JsonBody.Read(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Numbers_keep_their_text() =>
        JsonBody.Read("""{"a":9007199254740993,"b":[1.10,true,null,"x"]}"""u8).Value!.ToJsonString()
            .ShouldBe("""{"a":9007199254740993,"b":[1.10,true,null,"x"]}""");
}
