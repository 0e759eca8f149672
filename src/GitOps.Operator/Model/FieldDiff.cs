using System.Text.Json.Serialization;
using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Operator.Model;

/// <summary>What became of a field, seen from what is desired.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FieldChange>))]
internal enum FieldChange
{
    /// <summary>Both have it, with different values.</summary>
    Changed,

    /// <summary>It is desired, and the live object does not have it.</summary>
    Removed,

    /// <summary>The live object has it, and it is not desired.</summary>
    Added,
}

/// <summary>
/// One field in which a live object is not as desired. The one form that status, plan, events, logs and metrics are made of.
/// Values are texts for people: masked where they are or may be secret, and cut; the whole value is never kept.
/// </summary>
internal sealed record FieldDiff
{
    /// <summary><see cref="Path"/>, to follow.</summary>
    public required FieldPath Field { get; init; }

    /// <summary>In the field's own notation: <c>spec.template.spec.containers[name=main].image</c>.</summary>
    public required string Path { get; init; }

    public required FieldChange Change { get; init; }

    /// <summary>JSON, masked and cut; null where nothing is desired.</summary>
    public string? Desired { get; init; }

    /// <summary>JSON, masked and cut; null where the live object has nothing.</summary>
    public string? Live { get; init; }

    /// <summary>
    /// The program that owns the live value, as it calls itself; empty where the server records none (a removal has none).
    /// </summary>
    public string Manager { get; init; } = string.Empty;

    /// <summary><c>Apply</c> or <c>Update</c>; empty without a manager.</summary>
    public string Operation { get; init; } = string.Empty;

    /// <summary><c>scale</c>, <c>status</c>; empty for the object itself.</summary>
    public string Subresource { get; init; } = string.Empty;

    /// <summary>RFC 3339, when that manager last wrote; empty without a manager, and where the server records none.</summary>
    public string Time { get; init; } = string.Empty;
}
