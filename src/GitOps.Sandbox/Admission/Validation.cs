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
    /// <param name="warn">Told what is tolerated because it did not change.</param>
    public static ImmutableArray<StatusCause> Causes(
        KubernetesObject? live, KubernetesObject next, TypeSchema type, Action<string>? warn = null)
    {
        var causes = new Causes();
        MetadataValidation.Check(next, live is not null, type.IsBuiltIn, causes);
        if (type.IsBuiltIn)
        {
            BuiltInValidation.Check(live, next, causes);
        }
        else
        {
            causes.AddRange(SchemaValidation.Causes(live, next, type, warn ?? (static _ => { })));
        }

        return causes.ToImmutable();
    }

    /// <summary>As <see cref="Causes"/>, as a refusal.</summary>
    /// <param name="live">The stored object; null for a create.</param>
    /// <param name="next">The object to be stored, complete.</param>
    /// <param name="type">Its type.</param>
    /// <param name="problems">What kept it from being completed; told if nothing else is wrong.</param>
    /// <param name="subresource">Empty for the object itself.</param>
    /// <param name="warn">Told what is tolerated because it did not change.</param>
    /// <returns>What the caller is to be warned about.</returns>
    /// <exception cref="ApiException">422 with all causes.</exception>
    public static IReadOnlyList<string> Require(
        KubernetesObject? live, KubernetesObject next, TypeSchema type, ImmutableArray<StatusCause> problems = default, string subresource = "",
        Action<string>? warn = null)
    {
        var causes = Causes(live, next, type, warn);
        causes = causes.IsEmpty && !problems.IsDefault ? problems : causes;
        if (!causes.IsEmpty)
        {
            // Events of both groups are checked as those of the older one.
            var kind = next.GroupVersionKind.GroupKind;
            throw ApplyErrors.Invalid(kind is { Group: "events.k8s.io" } ? new(string.Empty, kind.Kind) : kind, next.Name, causes);
        }

        return subresource.Length > 0 ? []
            : type.IsBuiltIn ? KindWarnings.Of(live, next)
            : KindWarnings.OfCustom(live, next);
    }
}
