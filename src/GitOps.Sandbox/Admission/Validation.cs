using System.Collections.Immutable;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Admission;

/// <summary>Whether an object may be stored: its metadata, and what its kind or its schema demands.</summary>
internal static class Validation
{
    /// <summary>What is wrong; nothing if the object is valid.</summary>
    /// <param name="live">The stored object; null for a create.</param>
    /// <param name="next">The object to be stored, complete.</param>
    /// <param name="type">Its type.</param>
    public static ImmutableArray<StatusCause> Causes(KubernetesObject? live, KubernetesObject next, TypeSchema type)
    {
        var causes = new Causes();
        MetadataValidation.Check(next, causes);
        if (type.IsBuiltIn)
        {
            MetadataValidation.BuiltInFinalizers(next, causes);
            BuiltInValidation.Check(live, next, causes);
        }
        else
        {
            causes.AddRange(SchemaValidation.Causes(next, type));
        }

        return causes.ToImmutable();
    }

    /// <summary>As <see cref="Causes"/>, as a refusal.</summary>
    /// <exception cref="ApiException">422 with all causes.</exception>
    public static void Require(KubernetesObject? live, KubernetesObject next, TypeSchema type)
    {
        var causes = Causes(live, next, type);
        if (!causes.IsEmpty)
        {
            throw ApplyErrors.Invalid(next.GroupVersionKind.GroupKind, next.Name, causes);
        }
    }
}
