using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Policies;

namespace GitOps.Sandbox.Webhooks;

/// <summary>Validation of webhook configurations.</summary>
internal static class WebhookValidation
{
    internal const string LabelRule =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an "
        + "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

    private static readonly string[] NoSideEffects = ["None", "NoneOnDryRun"];

    public static void Check(JsonObject next, Causes causes)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var index = 0;
        foreach (var webhook in next.Objects("webhooks"))
        {
            var field = $"webhooks[{index++}]";
            Check(webhook, field, causes);
            ReviewVersions(webhook, field + ".admissionReviewVersions", causes);
            if (webhook.Text("name") is { Length: > 0 } name && !names.Add(name))
            {
                causes.Duplicate(field + ".name", name);
            }
        }
    }

    private static void Check(JsonObject webhook, string field, Causes causes)
    {
        Name(webhook.Text("name") ?? string.Empty, field + ".name", causes);
        RuleValidation.All(webhook, "rules", field, causes);
        Choice(webhook, "failurePolicy", field, ["Fail", "Ignore"], causes);
        Choice(webhook, "matchPolicy", field, ["Equivalent", "Exact"], causes);
        if (webhook.Text("sideEffects") is not { Length: > 0 } effects)
        {
            causes.Required(field + ".sideEffects", "must specify one of None, NoneOnDryRun");
        }
        else
        {
            Supported(effects, field + ".sideEffects", NoSideEffects, causes);
        }

        if (KubernetesObject.GetInt64(webhook, "timeoutSeconds") is { } seconds and (< 1 or > 30))
        {
            causes.Invalid(field + ".timeoutSeconds", seconds, "the timeout value must be between 1 and 30 seconds");
        }

        SelectorRules.Check(webhook.Object("namespaceSelector"), field + ".namespaceSelector", causes);
        SelectorRules.Check(webhook.Object("objectSelector"), field + ".objectSelector", causes);
        Choice(webhook, "reinvocationPolicy", field, ["IfNeeded", "Never"], causes);
        ClientConfigValidation.Check(webhook.Object("clientConfig"), field + ".clientConfig", causes);
        AdmissionPolicyValidation.Conditions(webhook, field + ".matchConditions", hasParams: false, causes);
    }

    /// <summary>A cause if a member is none of some values.</summary>
    internal static void Choice(JsonObject json, string name, string field, string[] supported, Causes causes)
    {
        if (json.Text(name) is { } value)
        {
            Supported(value, $"{field}.{name}", supported, causes);
        }
    }

    internal static void Supported(string value, string field, string[] supported, Causes causes)
    {
        if (!supported.Contains(value, StringComparer.Ordinal))
        {
            causes.NotSupported(field, value, supported.Select(static item => $"\"{item}\""));
        }
    }

    private static void Name(string name, string field, Causes causes)
    {
        if (name.Length == 0)
        {
            causes.Required(field);
        }
        else if (Names.Subdomain(name).FirstOrDefault() is { } problem)
        {
            causes.Invalid(field, name, problem);
        }
        else if (name.Split('.').Length < 3)
        {
            causes.Invalid(field, name, "should be a domain with at least three segments separated by dots");
        }
    }

    private static void ReviewVersions(JsonObject webhook, string field, Causes causes)
    {
        var versions = (webhook["admissionReviewVersions"] as JsonArray ?? []).Select(static item => item?.ToString() ?? string.Empty).ToList();
        if (versions.Count == 0)
        {
            causes.Required(field, "must specify one of v1, v1beta1");
            return;
        }

        for (var i = 0; i < versions.Count; i++)
        {
            if (versions.IndexOf(versions[i]) < i)
            {
                causes.Invalid($"{field}[{i}]", versions[i], "duplicate version");
            }
            else if (!IsLabel(versions[i]))
            {
                causes.Invalid($"{field}[{i}]", versions[i], LabelRule);
            }
        }

        if (!versions.Any(static version => version is "v1" or "v1beta1"))
        {
            causes.Invalid(field, webhook["admissionReviewVersions"], "must include at least one of v1, v1beta1");
        }
    }

    /// <summary>A DNS label that begins with a letter.</summary>
    internal static bool IsLabel(string text) =>
        text.Length is > 0 and <= 63 && char.IsAsciiLetterLower(text[0]) && Names.Subdomain(text).FirstOrDefault() is null
        && !text.Contains('.', StringComparison.Ordinal);
}
