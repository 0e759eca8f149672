using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Authorization;

/// <summary>What a question about access has to look like.</summary>
internal static class ReviewValidation
{
    private const string ResourceField = "spec.resourceAttributes";

    /// <param name="kind">SubjectAccessReview, LocalSubjectAccessReview or SelfSubjectAccessReview.</param>
    /// <param name="review">The review, its ownership recorded.</param>
    /// <param name="causes">Where what is wrong is added.</param>
    public static void Check(string kind, JsonObject review, Causes causes)
    {
        var spec = review.Object("spec");
        var (resource, path) = (spec.Object("resourceAttributes"), spec.Object("nonResourceAttributes"));
        if (resource is not null && path is not null)
        {
            causes.Invalid("spec.nonResourceAttributes", Describe(path), "cannot be specified in combination with resourceAttributes");
        }

        if (resource is null && path is null)
        {
            causes.Invalid(ResourceField, null, "exactly one of nonResourceAttributes or resourceAttributes must be specified");
        }

        if (kind != "SelfSubjectAccessReview" && string.IsNullOrEmpty(spec.Text("user")) && (spec is null || spec.IsEmptyList("groups")))
        {
            causes.Invalid("spec.user", string.Empty, "at least one of user or group must be specified");
        }

        if (resource is not null)
        {
            Selector(resource.Object("fieldSelector"), $"{ResourceField}.fieldSelector", RequirementValidation.Field, causes);
            Selector(
                resource.Object("labelSelector"), $"{ResourceField}.labelSelector",
                static (requirement, field, found) => RequirementValidation.Label(requirement, field, allowsUnknownOperator: true, found), causes);
        }

        var isLocal = kind == "LocalSubjectAccessReview";
        var metadata = review.Object("metadata");
        if (metadata is not null && metadata.Any(member => member.Key != "managedFields" && !(isLocal && member.Key == "namespace")))
        {
            causes.Invalid("metadata", metadata, isLocal ? "must be empty except for namespace" : "must be empty");
        }

        if (isLocal)
        {
            Local(resource, path, metadata.Text("namespace"), causes);
        }
    }

    /// <summary>What could not be taken into account, though the question was answered.</summary>
    public static string EvaluationError(JsonObject? resource)
    {
        var errors = new List<string>();
        Ignored("fieldSelector", FieldSelectorFlaws(resource.Object("fieldSelector")), errors);
        Ignored("labelSelector", LabelSelectorFlaws(resource.Object("labelSelector")), errors);
        return string.Join("; ", errors);
    }

    private static void Local(JsonObject? resource, JsonObject? path, string? @namespace, Causes causes)
    {
        if (resource is not null && (resource.Text("namespace") ?? string.Empty) != @namespace)
        {
            causes.Invalid($"{ResourceField}.namespace", resource.Text("namespace") ?? string.Empty, "must match metadata.namespace");
        }

        if (path is not null)
        {
            causes.Invalid("spec.nonResourceAttributes", Describe(path), "disallowed on this kind of request");
        }
    }

    private static JsonObject Describe(JsonObject path) =>
        new() { ["Path"] = path.Text("path") ?? string.Empty, ["Verb"] = path.Text("verb") ?? string.Empty };

    private static void Selector(JsonObject? selector, string field, Action<JsonObject, string, Causes> check, Causes causes)
    {
        if (selector is null)
        {
            return;
        }

        var raw = selector.Text("rawSelector") ?? string.Empty;
        var requirements = selector["requirements"] as JsonArray ?? [];
        if (raw.Length > 0 && requirements.Count > 0)
        {
            causes.Invalid($"{field}.rawSelector", raw, "may not specified at the same time as requirements");
        }

        if (raw.Length == 0 && requirements.Count == 0)
        {
            causes.Required($"{field}.requirements", $"when {field} is specified, requirements or rawSelector is required");
        }

        for (var i = 0; i < requirements.Count; i++)
        {
            check(requirements[i] as JsonObject ?? [], $"{field}.requirements[{i}]", causes);
        }
    }

    private static void Ignored(string name, (int Flawed, int All) requirements, List<string> errors)
    {
        if (requirements.Flawed > 0)
        {
            var much = requirements.Flawed < requirements.All ? "partially ignored" : "ignored";
            errors.Add($"{ResourceField}.{name} {much} due to parse error");
        }
    }

    private static (int Flawed, int All) FieldSelectorFlaws(JsonObject? selector) => Flaws(
        selector, static raw => FieldSelector.Parse(raw),
        static requirement => requirement.Text("operator") is "In" or "NotIn" && requirement["values"] is JsonArray { Count: 1 });

    private static (int Flawed, int All) LabelSelectorFlaws(JsonObject? selector) => Flaws(
        selector, static raw => LabelSelector.Parse(raw),
        static requirement => requirement.Text("operator") is "In" or "NotIn" or "Exists" or "DoesNotExist");

    private static (int Flawed, int All) Flaws(JsonObject? selector, Action<string> parse, Func<JsonObject, bool> isUnderstood)
    {
        if (selector?["requirements"] is JsonArray { Count: > 0 } requirements)
        {
            return (requirements.OfType<JsonObject>().Count(requirement => !isUnderstood(requirement)), requirements.Count);
        }

        try
        {
            parse(selector.Text("rawSelector") ?? string.Empty);
            return (0, 1);
        }
        catch (SelectorException)
        {
            return (1, 1);
        }
    }
}
