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

        for (var i = 0; i < versions.Count; i++)
        {
            Version(versions[i], $"spec.versions[{i}]", causes);
        }

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

    private static void Version(JsonObject version, string path, Causes causes)
    {
        if (version["schema"]?["openAPIV3Schema"] is not JsonObject schema)
        {
            causes.Required($"{path}.schema.openAPIV3Schema", "schemas are required");
            return;
        }

        causes.AddRange(CrdSchema.Parse(schema, $"{path}.schema.openAPIV3Schema").Errors);
    }
}
