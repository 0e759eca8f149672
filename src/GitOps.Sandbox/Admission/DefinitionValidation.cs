using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Admission;

/// <summary>What a CustomResourceDefinition must be: named after what it defines, with one storage version and structural schemas.</summary>
internal static class DefinitionValidation
{
    public static void Check(JsonObject? before, KubernetesObject definition, Causes causes)
    {
        var spec = definition.Json["spec"] as JsonObject ?? [];
        var names = spec["names"] as JsonObject ?? [];
        Names(definition, spec, names, causes);
        var versions = (spec["versions"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        if (versions.Count(static version => version.IsTrue("storage")) != 1)
        {
            causes.Invalid("spec.versions", new JsonArray(), "must have exactly one version marked as storage version");
        }

        Schemas(versions, causes);

        if (before is not null)
        {
            BuiltInValidation.Unchanged(before["spec"] as JsonObject, spec, "group", "spec.group", "field is immutable", causes);
            BuiltInValidation.Unchanged(before["spec"] as JsonObject, spec, "scope", "spec.scope", "field is immutable", causes);
        }
    }

    private static void Names(KubernetesObject definition, JsonObject spec, JsonObject names, Causes causes)
    {
        foreach (var (parent, name, field) in new[] { (spec, "group", "spec.group"), (names, "plural", "spec.names.plural"), (names, "kind", "spec.names.kind") })
        {
            if (KubernetesObject.GetString(parent, name) is not { Length: > 0 })
            {
                causes.Required(field);
            }
        }

        var expected = $"{KubernetesObject.GetString(names, "plural")}.{KubernetesObject.GetString(spec, "group")}";
        if (definition.Name != expected)
        {
            causes.Invalid("metadata.name", definition.Name, "must be spec.names.plural+\".\"+spec.group");
        }

        if (KubernetesObject.GetString(spec, "scope") is not ("Namespaced" or "Cluster"))
        {
            causes.NotSupported("spec.scope", spec["scope"], ["\"Cluster\"", "\"Namespaced\""]);
        }
    }

    /// <summary>A schema that all versions share is, to the server, the definition's own.</summary>
    private static void Schemas(List<JsonObject> versions, Causes causes)
    {
        if (versions.Count > 0 && versions.All(version => JsonNode.DeepEquals(version["schema"], versions[0]["schema"]))
            && versions[0]["schema"]?["openAPIV3Schema"] is JsonObject shared)
        {
            Schema(shared, "spec.validation.openAPIV3Schema", causes);
            return;
        }

        for (var i = 0; i < versions.Count; i++)
        {
            var path = $"spec.versions[{i}].schema.openAPIV3Schema";
            if (versions[i]["schema"]?["openAPIV3Schema"] is JsonObject schema)
            {
                Schema(schema, path, causes);
            }
            else
            {
                causes.Required(path, "schemas are required");
            }
        }
    }

    private static void Schema(JsonObject schema, string path, Causes causes)
    {
        var (type, errors) = CrdSchema.Parse(schema, path);
        causes.AddRange(errors);
        if (errors.IsEmpty && type.HasCelRules)
        {
            DefinitionRuleValidation.Check(schema, type, path, causes);
        }
    }
}
