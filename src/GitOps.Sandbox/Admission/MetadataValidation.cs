using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>The syntax of names, labels, annotations and finalizers.</summary>
internal static class MetadataValidation
{
    private const int LongestAnnotations = 256 * 1024;

    private const string SubdomainRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'example.com', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    private const string LabelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
        + "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    private const string NameRule =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    private const string ValueRule =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
        + "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    public static void Check(KubernetesObject subject, Causes causes)
    {
        Name(subject, causes);
        Labels(subject.Labels, "metadata.labels", causes);
        Annotations(subject.Annotations, causes);
        Owners(subject, causes);
        foreach (var finalizer in subject.Finalizers)
        {
            if (KeyProblem(finalizer) is { } problem)
            {
                causes.Invalid("metadata.finalizers", finalizer, problem);
            }
        }
    }

    /// <summary>Built-in kinds take only finalizers that say whose they are.</summary>
    public static void BuiltInFinalizers(KubernetesObject subject, Causes causes)
    {
        for (var i = 0; i < subject.Finalizers.Count; i++)
        {
            var name = subject.Finalizers[i];
            if (!name.Contains('/', StringComparison.Ordinal) && name is not ("foregroundDeletion" or "orphan" or "kubernetes"))
            {
                causes.Invalid($"metadata.finalizers[{i}]", name, "name is neither a standard finalizer name nor is it fully qualified");
            }
        }
    }

    public static void Labels(JsonObject? labels, string field, Causes causes)
    {
        foreach (var (name, value) in labels ?? [])
        {
            if (KeyProblem(name) is { } problem)
            {
                causes.Invalid(field, name, problem);
            }

            var text = value is JsonValue scalar && scalar.TryGetValue(out string? given) ? given : string.Empty;
            if (text.Length > 63)
            {
                causes.TooLong(field, 63);
            }
            else if (text.Length > 0 && !IsName(text))
            {
                causes.Invalid(field, text, ValueRule);
            }
        }
    }

    private static void Owners(KubernetesObject subject, Causes causes)
    {
        var owners = (subject.Metadata?["ownerReferences"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        foreach (var owner in owners)
        {
            foreach (var member in (ReadOnlySpan<string>)["apiVersion", "kind", "name", "uid"])
            {
                if (string.IsNullOrEmpty(KubernetesObject.GetString(owner, member)))
                {
                    causes.Invalid($"metadata.ownerReferences.{member}", string.Empty, "must not be empty");
                }
            }
        }

        if (owners.Count(static owner => owner.IsTrue("controller")) > 1)
        {
            causes.Invalid("metadata.ownerReferences", new JsonArray(), "Only one reference can have Controller set to true.");
        }
    }

    private static void Name(KubernetesObject subject, Causes causes)
    {
        var name = subject.Name;
        var problem = (subject.GroupVersionKind.GroupKind, name.Length) switch
        {
            (_, 0) => null,
            ({ Group: "rbac.authorization.k8s.io" }, _) => PathSegmentProblem(name),
            ({ Group: "", Kind: "Namespace" or "Service" }, > 63) => "must be no more than 63 bytes",
            ({ Group: "", Kind: "Namespace" or "Service" }, _) => IsLabel(name) ? null : LabelRule,
            (_, > 253) => "must be no more than 253 bytes",
            _ => name.Split('.').All(IsLabel) ? null : SubdomainRule,
        };
        if (problem is not null)
        {
            causes.Invalid("metadata.name", name, problem);
        }
    }

    private static string? PathSegmentProblem(string name) => name switch
    {
        "." or ".." => $"may not be '{name}'",
        _ when name.Contains('/', StringComparison.Ordinal) => "may not contain '/'",
        _ when name.Contains('%', StringComparison.Ordinal) => "may not contain '%'",
        _ => null,
    };

    private static void Annotations(JsonObject? annotations, Causes causes)
    {
        var size = 0L;
        foreach (var (name, value) in annotations ?? [])
        {
            if (KeyProblem(name.ToLowerInvariant()) is { } problem)
            {
                causes.Invalid("metadata.annotations", name, problem);
            }

            size += name.Length + (value is JsonValue scalar && scalar.TryGetValue(out string? text) ? text.Length : 0);
        }

        if (size > LongestAnnotations)
        {
            causes.TooLong("metadata.annotations", LongestAnnotations);
        }
    }

    private static string? KeyProblem(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        var name = key[(slash + 1)..];
        if (slash == 0)
        {
            return "prefix part must be non-empty";
        }

        if (slash > 0 && (slash > 253 || !key[..slash].Split('.').All(IsLabel)))
        {
            return "prefix part " + SubdomainRule;
        }

        return name switch
        {
            "" => "name part must be non-empty",
            { Length: > 63 } => "name part must be no more than 63 bytes",
            _ => IsName(name) ? null : NameRule,
        };
    }

    private static bool IsLabel(string text) =>
        text.Length > 0
        && text.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-')
        && text[0] != '-' && text[^1] != '-';

    private static bool IsName(string text) =>
        text.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')
        && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1]);
}
