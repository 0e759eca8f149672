using System.Text.Json.Nodes;
using GitOps.Sandbox.Admission;

namespace GitOps.Sandbox.Webhooks;

/// <summary>Which rules a webhook or policy may have.</summary>
internal static class RuleValidation
{
    private const string Any = "*";

    private static readonly string[] Operations = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
    private static readonly string[] Scopes = ["*", "Cluster", "Namespaced"];

    /// <param name="json">What holds the rules.</param>
    /// <param name="name">The name of the list.</param>
    /// <param name="field">Where <paramref name="json"/> stands.</param>
    /// <param name="causes">Gets what is wrong.</param>
    public static void All(JsonObject json, string name, string field, Causes causes)
    {
        var index = 0;
        foreach (var rule in json.Objects(name))
        {
            Check(rule, $"{field}.{name}[{index++}]", causes);
        }
    }

    private static void Check(JsonObject rule, string field, Causes causes)
    {
        Names(Texts(rule, "resourceNames"), field + ".resourceNames", causes);
        var operations = Texts(rule, "operations");
        if (operations.Count == 0)
        {
            causes.Required(field + ".operations");
        }

        NotWith(rule, "operations", field, "operations", causes);
        for (var i = 0; i < operations.Count; i++)
        {
            WebhookValidation.Supported(operations[i], $"{field}.operations[{i}]", Operations, causes);
        }

        Groups(rule, field, causes);
        Resources(rule, field + ".resources", causes);
        WebhookValidation.Choice(rule, "scope", field, Scopes, causes);
    }

    private static void Groups(JsonObject rule, string field, Causes causes)
    {
        var (groups, versions) = (Texts(rule, "apiGroups"), Texts(rule, "apiVersions"));
        if (groups.Count == 0)
        {
            causes.Required(field + ".apiGroups");
        }

        NotWith(rule, "apiGroups", field, "API groups", causes);
        if (versions.Count == 0)
        {
            causes.Required(field + ".apiVersions");
        }

        NotWith(rule, "apiVersions", field, "API versions", causes);
        for (var i = 0; i < versions.Count; i++)
        {
            if (versions[i].Length == 0)
            {
                causes.Required($"{field}.apiVersions[{i}]");
            }
        }
    }

    private static void Resources(JsonObject rule, string field, Causes causes)
    {
        var resources = Texts(rule, "resources");
        if (resources.Count == 0)
        {
            causes.Required(field);
        }

        var (whole, everywhere) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        var hasPlain = false;
        for (var i = 0; i < resources.Count; i++)
        {
            var parts = resources[i].Split('/', 2);
            if (resources[i].Length == 0)
            {
                causes.Required($"{field}[{i}]");
                continue;
            }

            if (parts.Length == 1)
            {
                hasPlain = resources[i] != Any;
                continue;
            }

            if (whole.Contains(parts[0]))
            {
                causes.Invalid($"{field}[{i}]", resources[i], $"if '{parts[0]}/*' is present, must not specify {resources[i]}");
            }

            if (everywhere.Contains(parts[1]))
            {
                causes.Invalid($"{field}[{i}]", resources[i], $"if '*/{parts[1]}' is present, must not specify {resources[i]}");
            }

            _ = parts[1] == Any && whole.Add(parts[0]);
            _ = parts[0] == Any && everywhere.Add(parts[1]);
        }

        if (resources.Count > 1 && resources.Contains("*/*"))
        {
            causes.Invalid(field, rule["resources"], "if '*/*' is present, must not specify other resources");
        }

        if (resources.Contains(Any) && hasPlain)
        {
            causes.Invalid(field, rule["resources"], "if '*' is present, must not specify other resources without subresources");
        }
    }

    private static void Names(List<string> names, string field, Causes causes)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (Admission.Names.PathSegment(names[i]).FirstOrDefault() is { } problem)
            {
                causes.Invalid($"{field}[{i}]", names[i], problem);
            }

            if (names.IndexOf(names[i]) < i)
            {
                causes.Duplicate($"{field}[{i}]", names[i]);
            }
        }
    }

    private static void NotWith(JsonObject rule, string name, string field, string what, Causes causes)
    {
        if (Texts(rule, name) is { Count: > 1 } items && items.Contains(Any))
        {
            causes.Invalid($"{field}.{name}", rule[name], $"if '*' is present, must not specify other {what}");
        }
    }

    private static List<string> Texts(JsonObject json, string name) =>
        [.. (json[name] as JsonArray ?? []).Select(static item => item?.ToString() ?? string.Empty)];
}
