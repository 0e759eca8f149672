using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Apply;

/// <summary>Who writes, in which version, through which endpoint, when.</summary>
/// <param name="Manager">The field manager's name.</param>
/// <param name="ApiVersion">The version of the request's endpoint: <c>apps/v1</c>.</param>
/// <param name="Subresource">Empty, <c>status</c>, ….</param>
/// <param name="Now">The time of the request.</param>
internal sealed record WriteContext(string Manager, string ApiVersion, string Subresource, DateTimeOffset Now)
{
    /// <summary>Fields that the endpoint does not write: they are not owned through it, nor is anything below them.</summary>
    public FieldSet ResetFields { get; init; } = FieldSet.Empty;

    /// <summary>If given, the only fields that the endpoint writes.</summary>
    public FieldSet? OnlyFields { get; init; }

    /// <summary>Where the types of other versions are found, for entries written in them.</summary>
    public SchemaRegistry Schemas { get; init; } = SchemaRegistry.BuiltIn;

    /// <summary>What is left of a set of fields that a request wrote.</summary>
    public FieldSet Owned(FieldSet fields)
    {
        var left = fields.ExceptBelow(ResetFields);
        return OnlyFields is { } only ? left.Except(left.ExceptBelow(only)) : left;
    }
}

/// <summary>What an apply makes of an object.</summary>
/// <param name="Object">
/// The merged object with its new managedFields, not yet defaulted. It shares nothing with what went in.
/// </param>
/// <param name="IsChanged">Whether anything but managedFields differs from the live object.</param>
internal sealed record ApplyResult(KubernetesObject Object, bool IsChanged);
