using System.Text.Json.Nodes;
using GitOps.Sandbox.Admission;

namespace GitOps.Sandbox.Authorization;

/// <summary>What roles and their bindings have to look like.</summary>
internal static class RoleValidation
{
    private static readonly string[] SubjectKinds = ["\"ServiceAccount\"", "\"User\"", "\"Group\""];
    private static readonly string[] Groups = [$"\"{RoleIndex.Group}\""];

    public static void Check(string kind, JsonObject? before, JsonObject json, Causes causes)
    {
        switch (kind)
        {
            case "Role":
                Rules(json, isNamespaced: true, causes);
                break;
            case RoleReference.ClusterRole:
                Rules(json, isNamespaced: false, causes);
                Aggregation(json.Object("aggregationRule"), causes);
                break;
            case "RoleBinding":
                Reference(before, json, ["\"Role\"", "\"ClusterRole\""], causes);
                Subjects(json, isNamespaced: true, causes);
                Unchanged(before, json, causes);
                break;
            case "ClusterRoleBinding":
                Reference(before, json, ["\"ClusterRole\""], causes);
                Subjects(json, isNamespaced: false, causes);
                Unchanged(before, json, causes);
                break;
            default:
                break;
        }
    }

    private static void Rules(JsonObject json, bool isNamespaced, Causes causes)
    {
        var rules = json["rules"] as JsonArray ?? [];
        for (var i = 0; i < rules.Count; i++)
        {
            if (rules[i] is JsonObject rule)
            {
                Rule(rule, $"rules[{i}]", isNamespaced, causes);
            }
        }
    }

    private static void Rule(JsonObject rule, string field, bool isNamespaced, Causes causes)
    {
        if (rule.IsEmptyList("verbs"))
        {
            causes.Required($"{field}.verbs", "verbs must contain at least one value");
        }

        if (!rule.IsEmptyList("nonResourceURLs"))
        {
            if (isNamespaced)
            {
                causes.Invalid($"{field}.nonResourceURLs", rule["nonResourceURLs"], "namespaced rules cannot apply to non-resource URLs");
            }

            if (!rule.IsEmptyList("apiGroups") || !rule.IsEmptyList("resources") || !rule.IsEmptyList("resourceNames"))
            {
                causes.Invalid($"{field}.nonResourceURLs", rule["nonResourceURLs"], "rules cannot apply to both regular resources and non-resource URLs");
            }

            return;
        }

        if (rule.IsEmptyList("apiGroups"))
        {
            causes.Required($"{field}.apiGroups", "resource rules must supply at least one api group");
        }

        if (rule.IsEmptyList("resources"))
        {
            causes.Required($"{field}.resources", "resource rules must supply at least one resource");
        }
    }

    private static void Aggregation(JsonObject? aggregation, Causes causes)
    {
        const string Field = "aggregationRule.clusterRoleSelectors";
        if (aggregation is null)
        {
            return;
        }

        if (aggregation.IsEmptyList("clusterRoleSelectors"))
        {
            causes.Required(Field, "at least one clusterRoleSelector required if aggregationRule is non-nil");
            return;
        }

        var selectors = aggregation["clusterRoleSelectors"]!.AsArray();
        for (var i = 0; i < selectors.Count; i++)
        {
            var (selector, known) = (selectors[i] as JsonObject ?? [], causes.Count);
            MetadataValidation.Labels(selector.Object("matchLabels"), $"{Field}[{i}].matchLabels", causes);
            var expressions = selector["matchExpressions"] as JsonArray ?? [];
            for (var j = 0; j < expressions.Count; j++)
            {
                RequirementValidation.Label(
                    expressions[j] as JsonObject ?? [], $"{Field}[{i}].matchExpressions[{j}]", allowsUnknownOperator: false, causes);
            }

            if (causes.Count > known)
            {
                causes.Invalid($"{Field}[{i}]", null, "invalid label selector.");
            }
        }
    }

    private static void Reference(JsonObject? before, JsonObject json, string[] kinds, Causes causes)
    {
        var reference = json.Object("roleRef");
        var (group, kind, name) = (reference.Text("apiGroup") ?? string.Empty, reference.Text("kind") ?? string.Empty, reference.Text("name") ?? string.Empty);
        if (group != RoleIndex.Group && (group.Length > 0 || before is not null))
        {
            causes.NotSupported("roleRef.apiGroup", group, Groups);
        }

        if (!kinds.Contains($"\"{kind}\"", StringComparer.Ordinal))
        {
            causes.NotSupported("roleRef.kind", kind, kinds);
        }

        if (name.Length == 0)
        {
            causes.Required("roleRef.name");
        }
        else if (name is "." or "..")
        {
            causes.Invalid("roleRef.name", name, $"may not be '{name}'");
        }
        else
        {
            foreach (var letter in (ReadOnlySpan<char>)['/', '%'])
            {
                if (name.Contains(letter, StringComparison.Ordinal))
                {
                    causes.Invalid("roleRef.name", name, $"may not contain '{letter}'");
                }
            }
        }
    }

    private static void Unchanged(JsonObject? before, JsonObject json, Causes causes)
    {
        if (before is not null && !JsonNode.DeepEquals(before["roleRef"], json["roleRef"]))
        {
            var reference = json.Object("roleRef");
            var described = new JsonObject
            {
                ["APIGroup"] = reference.Text("apiGroup") ?? string.Empty,
                ["Kind"] = reference.Text("kind") ?? string.Empty,
                ["Name"] = reference.Text("name") ?? string.Empty,
            };
            causes.Invalid("roleRef", described, "cannot change roleRef");
        }
    }

    private static void Subjects(JsonObject json, bool isNamespaced, Causes causes)
    {
        var subjects = json["subjects"] as JsonArray ?? [];
        for (var i = 0; i < subjects.Count; i++)
        {
            Subject(subjects[i] as JsonObject ?? [], $"subjects[{i}]", isNamespaced, causes);
        }
    }

    private static void Subject(JsonObject subject, string field, bool isNamespaced, Causes causes)
    {
        var name = subject.Text("name") ?? string.Empty;
        var group = subject.Text("apiGroup") ?? string.Empty;
        if (name.Length == 0)
        {
            causes.Required($"{field}.name");
        }

        var kind = subject.Text("kind") ?? string.Empty;
        switch (kind)
        {
            case "ServiceAccount":
                if (name.Length > 0 && Names.Subdomain(name).FirstOrDefault() is { } problem)
                {
                    causes.Invalid($"{field}.name", name, problem);
                }

                if (group.Length > 0)
                {
                    causes.NotSupported($"{field}.apiGroup", group, ["\"\""]);
                }

                if (!isNamespaced && string.IsNullOrEmpty(subject.Text("namespace")))
                {
                    causes.Required($"{field}.namespace");
                }

                break;
            case "User" or "Group":
                if (group != RoleIndex.Group)
                {
                    causes.NotSupported($"{field}.apiGroup", group, Groups);
                }

                break;
            default:
                causes.NotSupported($"{field}.kind", kind, SubjectKinds);
                break;
        }
    }
}
