using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>The syntax of names, labels, annotations and finalizers.</summary>
internal static class MetadataValidation
{
    private const int LongestAnnotations = 256 * 1024;
    private const string Rbac = "rbac.authorization.k8s.io";

    /// <summary>Kinds whose names are no subdomains.</summary>
    private static readonly Dictionary<GroupKind, Func<string, List<string>>> NameRules = new()
    {
        [new("", "Namespace")] = Names.Label,
        [new("", "Service")] = Names.Label,
        [new(Rbac, "Role")] = Names.PathSegment,
        [new(Rbac, "ClusterRole")] = Names.PathSegment,
        [new(Rbac, "RoleBinding")] = Names.PathSegment,
        [new(Rbac, "ClusterRoleBinding")] = Names.PathSegment,
    };

    /// <param name="subject">The object to be stored.</param>
    /// <param name="isUpdate">Whether there is one already: then mistakes are told more than once.</param>
    /// <param name="isBuiltIn">Whether its kind is one of the server's own.</param>
    /// <param name="causes">Takes what is wrong.</param>
    public static void Check(KubernetesObject subject, bool isUpdate, bool isBuiltIn, Causes causes)
    {
        Name(subject, causes);
        var kind = subject.GroupVersionKind.GroupKind;
        var fields = new Causes();
        Labels(subject.Labels, "metadata.labels", fields);
        Annotations(subject.Annotations, "metadata.annotations", fields);
        Owners(subject, fields);
        causes.AddRange(fields, isUpdate ? MetadataRounds.OfFields(kind) : 1);
        if (subject.Finalizers.Count == 0)
        {
            return;
        }

        var finalizers = new Causes();
        Finalizers(subject, finalizers);
        causes.AddRange(finalizers, isUpdate ? MetadataRounds.OfFinalizers(kind) : 1);
        if (isBuiltIn)
        {
            var domains = new Causes();
            Domains(subject, domains);
            causes.AddRange(domains, MetadataRounds.OfDomains(kind, isUpdate));
        }
    }

    private static void Finalizers(KubernetesObject subject, Causes causes)
    {
        foreach (var finalizer in subject.Finalizers)
        {
            causes.Check("metadata.finalizers", finalizer, Names.Qualified(finalizer));
        }

        if (subject.Finalizers.Contains("orphan", StringComparer.Ordinal) && subject.Finalizers.Contains("foregroundDeletion", StringComparer.Ordinal))
        {
            causes.Invalid("metadata.finalizers", subject.Metadata!["finalizers"], "finalizer orphan and foregroundDeletion cannot be both set");
        }
    }

    /// <summary>Built-in kinds take only finalizers that say whose they are.</summary>
    private static void Domains(KubernetesObject subject, Causes causes)
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
            causes.Check(field, name, Names.Qualified(name));
            var text = value is JsonValue scalar && scalar.TryGetValue(out string? given) ? given : string.Empty;
            causes.Check(field, text, Names.Value(text));
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

        foreach (var owner in owners)
        {
            if (owner.Text("apiVersion") is { } version && version.Split('/').Length > 2)
            {
                causes.Invalid("metadata.ownerReferences.apiVersion", version, $"unexpected GroupVersion string: {version}");
            }

            if (owner.Text("kind") == "Event" && owner.Text("apiVersion") is "v1" or "events.k8s.io/v1")
            {
                causes.Invalid("metadata.ownerReferences", owner, "an event is disallowed from being an owner");
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
        var rule = NameRules.GetValueOrDefault(subject.GroupVersionKind.GroupKind, Names.Subdomain);
        if (KubernetesObject.GetString(subject.Metadata, "generateName") is { Length: > 0 } prefix)
        {
            // A dash at the end is fine: something follows it.
            var masked = prefix.Length > 1 && prefix.EndsWith('-') ? prefix[..^2] + "a" : prefix;
            causes.Check("metadata.generateName", prefix, rule(masked));
        }

        if (name.Length > 0)
        {
            causes.Check("metadata.name", name, rule(name));
        }
    }

    public static void Annotations(JsonObject? annotations, string field, Causes causes)
    {
        var size = 0L;
        foreach (var (name, value) in annotations ?? [])
        {
            causes.Check(field, name, Names.Qualified(name.ToLowerInvariant()));
            size += name.Length + (value is JsonValue scalar && scalar.TryGetValue(out string? text) ? text.Length : 0);
        }

        if (size > LongestAnnotations)
        {
            causes.TooLong(field, LongestAnnotations);
        }
    }
}
