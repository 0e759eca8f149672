using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Tests.Cel;

/// <summary>The rules of published definitions: all of them are accepted, and the objects published with them are judged valid.</summary>
public sealed class CorpusRuleTests
{
    private const string CorpusVariable = "GITOPS_TEST_CORPUS";

    [Fact]
    public void Every_rule_of_a_published_definition_is_accepted()
    {
        var definitions = Documents().Where(static document => IsKind(document, "CustomResourceDefinition")).ToList();
        var rules = 0;
        foreach (var definition in definitions)
        {
            var causes = new Causes();
            DefinitionValidation.Check(null, new(definition), causes);
            causes.ToImmutable().Select(static cause => $"{cause.Field}: {cause.Message}")
                .ShouldBeEmpty(KubernetesObject.GetString(definition["metadata"] as JsonObject, "name"));
            rules += Versions(definition).Sum(static version => CountRules(version.Schema));
        }

        rules.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void Every_object_published_with_its_definition_is_judged()
    {
        var documents = Documents();
        var kinds = new Dictionary<GroupVersionKind, TypeSchema>();
        foreach (var definition in documents.Where(static document => IsKind(document, "CustomResourceDefinition")))
        {
            foreach (var (version, schema) in Versions(definition))
            {
                var spec = (JsonObject)definition["spec"]!;
                var kind = new GroupVersionKind(spec["group"]!.GetValue<string>(), version, spec["names"]!["kind"]!.GetValue<string>());
                kinds[kind] = CrdSchema.Parse(schema, "schema").Type;
            }
        }

        foreach (var document in documents)
        {
            var subject = new KubernetesObject(document);
            if (kinds.TryGetValue(subject.GroupVersionKind, out var type) && type.HasCelRules)
            {
                Defaulting.Apply(subject, type);
                var causes = SchemaValidation.Causes(null, subject, type, static _ => { });
                causes.Where(static cause => cause.Message.Contains("rule", StringComparison.Ordinal))
                    .Select(static cause => $"{cause.Field}: {cause.Message}").ShouldBeEmpty(subject.Name);
            }
        }
    }

    private static List<JsonObject> Documents()
    {
        var corpus = Environment.GetEnvironmentVariable(CorpusVariable);
        if (string.IsNullOrEmpty(corpus))
        {
            var reason = $"no corpus: name its folder in {CorpusVariable}";
            Assert.SkipUnless(string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase), reason);
            Assert.Fail(reason);
        }

        var folders = Directory.EnumerateFiles(corpus!, "*.yaml", SearchOption.AllDirectories)
            .Where(static path => File.ReadAllText(path).Contains("x-kubernetes-validations", StringComparison.Ordinal));
        return [.. folders.SelectMany(static path => Split(File.ReadAllText(path)))];
    }

    private static IEnumerable<JsonObject> Split(string text)
    {
        foreach (var part in text.ReplaceLineEndings("\n").Split("\n---"))
        {
            var document = part.TrimStart('-', '\n');
            if (document.Contains("kind:", StringComparison.Ordinal) && YamlBody.Read(document, []) is JsonObject json)
            {
                yield return json;
            }
        }
    }

    private static bool IsKind(JsonObject document, string kind) => KubernetesObject.GetString(document, "kind") == kind;

    private static IEnumerable<(string Name, JsonObject Schema)> Versions(JsonObject definition) =>
        (definition["spec"]?["versions"] as JsonArray ?? []).OfType<JsonObject>()
            .Where(static version => version["schema"]?["openAPIV3Schema"] is JsonObject)
            .Select(static version => (version["name"]!.GetValue<string>(), (JsonObject)version["schema"]!["openAPIV3Schema"]!));

    private static int CountRules(JsonNode? node) => node switch
    {
        JsonObject fields => fields.Sum(static field => field is { Key: "x-kubernetes-validations", Value: JsonArray rules } ? rules.Count : CountRules(field.Value)),
        JsonArray items => items.Sum(CountRules),
        _ => 0,
    };
}
