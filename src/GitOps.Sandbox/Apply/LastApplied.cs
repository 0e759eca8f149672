using System.Text.Json;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Sandbox.Apply;

/// <summary>
/// The annotation in which <c>kubectl apply</c> keeps what it applied on the client's side. A server-side apply by the manager
/// <c>kubectl</c> may take over what that annotation accounts for, and keeps it up to date.
/// </summary>
internal static class LastApplied
{
    private const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>The fields that were applied on the client's side and still have the applied value; null if unknown.</summary>
    public static FieldSet? OwnedFields(KubernetesObject live, VersionedObject before)
    {
        if (live.Annotation(Annotation) is not { Length: > 0 } text)
        {
            return null;
        }

        try
        {
            var applied = KubernetesObject.Parse(text);
            if (applied.ApiVersion != before.ApiVersion || TypedValidation.Errors(applied.Json, before.Type).Count > 0)
            {
                return null;
            }

            var comparison = TypedComparison.Of(applied.Json, before.Json, before.Type);
            return TypedFieldSets.Of(applied.Json, before.Type)
                .Except(comparison.Modified)
                .Except(comparison.Added)
                .Except(comparison.Removed);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static void Refresh(KubernetesObject result, KubernetesObject applied)
    {
        if (result.Annotation(Annotation) is not { Length: > 0 })
        {
            return;
        }

        var copy = applied.DeepClone();
        copy.Annotations?.Remove(Annotation);
        result.Annotations![Annotation] = KubernetesJson.ToText(copy.Json) + "\n";
    }
}
