using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using GitOps.Operator.Api;

namespace GitOps.Operator.Tests.Api;

public sealed class SpecFieldsTests
{
    public static TheoryData<string> Leaves() => new(
        new[] { "spec", "operation" }.SelectMany(static part => Crds.Walk(Crds.Property(Crds.Application, part), part))
            .Where(static item => item.Schema["properties"] is null && item.Schema["items"] is null)
            .Select(static item => item.Path));

    [Theory]
    [MemberData(nameof(Leaves))]
    public void A_field_that_a_user_sets_is_supported_or_reported(string path)
    {
        var schema = new[] { "spec", "operation" }.SelectMany(static part => Crds.Walk(Crds.Property(Crds.Application, part), part))
            .First(item => item.Path == path).Schema;

        var application = Applications.With(path, Sample(schema));
        if (path.StartsWith("operation.", StringComparison.Ordinal))
        {
            // What is wrong with a request is said of the request, and the spec is none the worse for it.
            SpecValidator.Validate(application, Applications.Trusting).Errors.ShouldBeEmpty();
            var errors = new SpecErrors();
            OperationRules.Read(application.RawOperation!, errors);
            (errors.ToSorted().FirstOrDefault(static error => error.Reason == SpecErrorReason.UnsupportedField) is not null)
                .ShouldBe(!SpecFields.IsSupported(path), $"{path} is taken and ignored, or refused");
            errors.ToSorted().ShouldAllBe(static error => error.Message.Length > 10 && !error.Message.Contains("not known", StringComparison.Ordinal));
            return;
        }

        var validation = SpecValidator.Validate(application, Applications.Trusting);

        var concrete = path.Replace("[]", "[0]", StringComparison.Ordinal);
        var reported = validation.Errors.Any(error => error.Reason == SpecErrorReason.UnsupportedField
            && (concrete == error.Field || concrete.StartsWith(error.Field + ".", StringComparison.Ordinal)
                || concrete.StartsWith(error.Field + "[", StringComparison.Ordinal)));
        if (!SpecFields.IsSupported(path))
        {
            reported.ShouldBeTrue($"{path} is taken and ignored");
            validation.Spec.ShouldBeNull();
            validation.Errors.ShouldAllBe(static error => error.Message.Length > 10 && !error.Message.Contains("not known", StringComparison.Ordinal));
        }
        else if (!HasValuesThatAreUnsupported(path))
        {
            reported.ShouldBeFalse(string.Join('\n', validation.Errors));
        }
    }

    [Fact]
    public void Every_supported_field_is_in_the_schema_and_read_by_the_records()
    {
        var leaves = Leaves().Select(static row => row.Data).ToHashSet(StringComparer.Ordinal);
        var members = Members(ApiJson.Default.ApplicationSpec, "spec").Concat(Members(ApiJson.Default.OperationSpec, "operation"))
            .ToHashSet(StringComparer.Ordinal);

        var supported = leaves.Where(SpecFields.IsSupported).ToList();

        supported.Count.ShouldBe(SpecFields.SupportedPaths.Count);
        // What a kustomization is given is read by rules of its own; KustomizeRulesTests and HelmRulesTests have it.
        supported.Where(path => !members.Contains(path) && !path.Contains(".kustomize.", StringComparison.Ordinal)
            && !path.Contains(".helm.", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void A_field_that_nobody_has_heard_of_is_reported_too() =>
        Applications.Validate($$"""{ {{Applications.Source}}, "wonders": {"many": true}, "syncPolicy": {"automated": {"fast": 1} } }""")
            .Errors.Select(static error => error.Field).ShouldBe(["spec.syncPolicy.automated.fast", "spec.wonders"]);

    [Fact]
    public void What_is_empty_is_not_set() =>
        Applications.Validate($$"""{ {{Applications.Source}}, "sources": [], "ignoreDifferences": [], "dependsOn": null, "syncPolicy": {} }""")
            .Errors.ShouldBeEmpty();

    [Fact]
    public void An_empty_object_of_something_unsupported_is_reported() =>
        Applications.Validate("""{"source":{"repoURL":"https://e.org/a","path":"x","plugin":{}}}""")
            .Errors.Single().Field.ShouldBe("spec.source.plugin");

    [Fact]
    public void A_source_in_sources_has_the_same_fields_with_its_own_path() =>
        Applications.Validate("""{"sources":[{"repoURL":"https://e.org/a","path":"x","ref":"v","plugin":{"name":"a"}}]}""")
            .Errors.Select(static error => error.Field).ShouldBe(["spec.sources[0].plugin"]);

    // Their value decides, not their presence; SpecValidatorTests has them one by one.
    private static bool HasValuesThatAreUnsupported(string path) => path is "spec.project" or "spec.destination.server"
        or "spec.destination.name" or "spec.syncPolicy.syncOptions[]"
        or "spec.source.kustomize.patches[].options" or "spec.sources[].kustomize.patches[].options" or "spec.source.helm.version" or "spec.sources[].helm.version";

    private static JsonNode Sample(JsonObject schema) => Crds.TypeOf(schema) switch
    {
        "string" => schema["enum"] is JsonArray values ? values[0]!.GetValue<string>() : "10s",
        "boolean" => true,
        "integer" or "int-or-string" => 3,
        "anything" => new JsonObject { ["a"] = 1 },
        "map of string" => new JsonObject { ["a"] = "b" },
        "map of boolean" => new JsonObject { ["a"] = true },
        var other => throw new InvalidOperationException(other),
    };

    private static IEnumerable<string> Members(JsonTypeInfo type, string path) => type.Kind switch
    {
        JsonTypeInfoKind.Object => type.Properties.Where(JsonShape.IsMember).SelectMany(property =>
            Members(type.Options.GetTypeInfo(property.PropertyType), $"{path}.{property.Name}")),
        JsonTypeInfoKind.Enumerable => Members(type.Options.GetTypeInfo(type.ElementType!), path + "[]"),
        _ => [path],
    };
}
