using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.Operator.Diff;

/// <summary>A rendered object cannot be applied as it is; the message names the object and the field.</summary>
internal sealed class InvalidDesiredObjectException(string message) : Exception(message);

/// <summary>
/// From a rendered object to what is applied: without what only a server may set, with the marks of its Application, and
/// with Secret <c>stringData</c> folded into <c>data</c> (else ownership would sit on a path that is never stored, and an
/// edit of <c>data</c> would go unseen).
/// </summary>
internal static class DesiredNormalizer
{
    private static readonly string[] ServerSide =
    [
        "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields",
        "resourceVersion", "selfLink", "uid",
    ];

    /// <summary>A new object; the rendered one is left as it is.</summary>
    /// <param name="rendered">From the renderer.</param>
    /// <param name="type">Its kind as the server serves it.</param>
    /// <param name="defaultNamespace">For namespaced objects that name none.</param>
    /// <param name="application">Whose object it becomes.</param>
    /// <exception cref="InvalidDesiredObjectException">A field has the wrong type, or there is no name or namespace.</exception>
    public static KubernetesObject Normalize(
        KubernetesObject rendered, ApiResource type, string defaultNamespace, NamespacedName application)
    {
        if (rendered.Name.Length == 0)
        {
            throw new InvalidDesiredObjectException(
                $"{type.GroupKind}: metadata.name is missing; an applied object needs one (generateName is for hooks)");
        }

        var (desired, labels, annotations) = Clean(rendered, type, defaultNamespace);
        labels[Names.ApplicationLabel] = Marks.LabelValue(application);
        annotations[Names.TrackingIdAnnotation] = Marks.TrackingId(application, desired.Key);
        return desired;
    }

    /// <summary>
    /// A hook as it is created: without the label that makes an object a managed one, with a finalizer that holds it until its
    /// result was read. It may have <c>generateName</c> instead of a name.
    /// </summary>
    /// <inheritdoc cref="Normalize"/>
    public static KubernetesObject NormalizeHook(
        KubernetesObject rendered, ApiResource type, string defaultNamespace, NamespacedName application)
    {
        if (rendered.Name.Length == 0 && string.IsNullOrEmpty(KubernetesObject.GetString(rendered.Metadata, "generateName")))
        {
            throw new InvalidDesiredObjectException($"{type.GroupKind}: metadata.name is missing; a hook needs it, or generateName");
        }

        var (desired, labels, annotations) = Clean(rendered, type, defaultNamespace);
        labels.Remove(Names.ApplicationLabel);
        annotations.Remove(Names.TrackingIdAnnotation);
        annotations[Names.HookOfAnnotation] = application.ToString();
        desired.Metadata!["finalizers"] = new JsonArray(
            [.. desired.Finalizers.Append(Names.HookFinalizer).Distinct(StringComparer.Ordinal).Select(static name => (JsonNode)name)]);
        return desired;
    }

    private static (KubernetesObject Desired, JsonObject Labels, JsonObject Annotations) Clean(
        KubernetesObject rendered, ApiResource type, string defaultNamespace)
    {
        var desired = rendered.DeepClone();
        var metadata = Map(desired, desired.Json, "metadata", "metadata");
        foreach (var field in ServerSide)
        {
            metadata.Remove(field);
        }

        if (type.HasStatusSubresource)
        {
            desired.Json.Remove("status");
        }

        SetNamespace(desired, metadata, type, defaultNamespace);
        if (type.GroupKind == new GroupKind(string.Empty, "Secret"))
        {
            FoldStringData(desired);
        }

        var labels = Map(desired, metadata, "labels", "metadata.labels");
        var annotations = Map(desired, metadata, "annotations", "metadata.annotations");
        RemoveNulls(labels);
        RemoveNulls(annotations);
        return (desired, labels, annotations);
    }

    private static void SetNamespace(KubernetesObject desired, JsonObject metadata, ApiResource type, string defaultNamespace)
    {
        if (!type.Namespaced)
        {
            // Kustomize's and Argo CD's habit of setting a namespace on everything.
            metadata.Remove("namespace");
        }
        else if (desired.Namespace.Length == 0)
        {
            metadata["namespace"] = defaultNamespace.Length > 0
                ? defaultNamespace
                : throw new InvalidDesiredObjectException(
                    $"{desired}: metadata.namespace is missing, and the Application has no destination.namespace");
        }
    }

    private static void FoldStringData(KubernetesObject secret)
    {
        var data = secret.Json["data"] is null ? null : Map(secret, secret.Json, "data", "data");
        foreach (var (key, value) in data?.ToArray() ?? [])
        {
            // The server stores base64 without the line breaks that base64(1) puts in.
            if (value is JsonValue scalar && scalar.TryGetValue(out string? text) && text.AsSpan().ContainsAny('\r', '\n'))
            {
                data![key] = text.ReplaceLineEndings(string.Empty);
            }
        }

        if (secret.Json["stringData"] is not null)
        {
            var texts = Map(secret, secret.Json, "stringData", "stringData");
            data ??= Map(secret, secret.Json, "data", "data");
            foreach (var (key, value) in texts)
            {
                data[key] = value switch
                {
                    null => string.Empty,
                    JsonValue scalar when scalar.TryGetValue(out string? text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)),
                    _ => throw new InvalidDesiredObjectException($"{secret}: stringData[\"{key}\"] is not a string; quote it"),
                };
            }
        }

        secret.Json.Remove("stringData");
    }

    private static JsonObject Map(KubernetesObject subject, JsonObject parent, string name, string path)
    {
        switch (parent[name])
        {
            case JsonObject map:
                return map;
            case null:
                var made = new JsonObject();
                parent[name] = made;
                return made;
            default:
                throw new InvalidDesiredObjectException($"{subject}: {path} is not a map");
        }
    }

    // As an empty `key:` reads in YAML; kubectl and Argo CD drop it too.
    private static void RemoveNulls(JsonObject map)
    {
        foreach (var (key, value) in map.ToArray())
        {
            if (value is null)
            {
                map.Remove(key);
            }
        }
    }
}
