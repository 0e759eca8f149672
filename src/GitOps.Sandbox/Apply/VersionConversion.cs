using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Apply;

/// <summary>
/// Objects between the versions of their kind. Custom resources (conversion strategy None) and most built-in kinds change only
/// their apiVersion; HorizontalPodAutoscaler differs between autoscaling/v1 and v2.
/// </summary>
internal static class VersionConversion
{
    /// <returns>The object itself if it is in that version; null if the version is not served.</returns>
    public static VersionedObject? TryConvert(VersionedObject subject, string apiVersion, SchemaRegistry schemas)
    {
        if (subject.ApiVersion == apiVersion)
        {
            return subject;
        }

        return TypeIn(subject, apiVersion, schemas) is { } type
            ? new(Converted(subject.Json, apiVersion), apiVersion, type)
            : null;
    }

    /// <summary>The type of the object's kind in another version; null if that is not served.</summary>
    public static TypeSchema? TypeIn(VersionedObject subject, string apiVersion, SchemaRegistry schemas) =>
        schemas.Find(GroupVersionKind.Parse(apiVersion, KubernetesObject.GetString(subject.Json, "kind") ?? string.Empty));

    /// <summary>A whole object in another version of its group, with that version's defaults; it shares nothing with what went in.</summary>
    public static KubernetesObject Convert(KubernetesObject subject, string apiVersion)
    {
        var converted = Converted(subject.Json, apiVersion);
        if (subject.ApiVersion != apiVersion && subject.GroupVersionKind.GroupKind == HorizontalPodAutoscalerConversion.Kind)
        {
            Admission.WorkloadDefaults.HorizontalPodAutoscaler(converted);
        }

        return new(converted);
    }

    private static JsonObject Converted(JsonObject json, string apiVersion)
    {
        var copy = (JsonObject)json.DeepClone();
        var subject = new KubernetesObject(json);
        if (subject.ApiVersion != apiVersion && copy.ContainsKey("apiVersion"))
        {
            copy["apiVersion"] = apiVersion;
            if (subject.GroupVersionKind.GroupKind == HorizontalPodAutoscalerConversion.Kind)
            {
                HorizontalPodAutoscalerConversion.Convert(copy, apiVersion);
            }
        }

        return copy;
    }
}
