using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Api;

/// <summary>The part of an object's metadata that the operator looks at.</summary>
internal sealed record ObjectMeta(
    string Namespace,
    string Name,
    string Uid,
    long Generation,
    string ResourceVersion,
    string? DeletionTimestamp,
    ImmutableArray<string> Finalizers,
    ImmutableDictionary<string, string> Labels,
    ImmutableDictionary<string, string> Annotations)
{
    public NamespacedName Key => new(Namespace, Name);

    public bool IsTerminating => DeletionTimestamp is not null;

    /// <summary>By the server's clock, in whole seconds; null: it does not say.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    public static ObjectMeta Of(KubernetesObject found) => new(
        found.Namespace,
        found.Name,
        found.Uid ?? string.Empty,
        found.Generation ?? 0,
        found.ResourceVersion ?? string.Empty,
        found.DeletionTimestamp,
        [.. found.Finalizers],
        Texts(found.Labels),
        Texts(found.Annotations))
    {
        CreatedAt = KubernetesTime.TryParse(KubernetesObject.GetString(found.Metadata, "creationTimestamp"), out var created) ? created : null,
    };

    private static ImmutableDictionary<string, string> Texts(JsonObject? fields) => fields is null
        ? ImmutableDictionary<string, string>.Empty
        : fields.Where(field => KubernetesObject.GetString(fields, field.Key) is not null)
            .ToImmutableDictionary(static field => field.Key, field => KubernetesObject.GetString(fields, field.Key)!, StringComparer.Ordinal);
}

/// <summary>An Application as it was read. Reading never fails: what is wrong with it, <c>SpecValidator</c> says.</summary>
/// <param name="Metadata">Its metadata.</param>
/// <param name="Spec">What is supported of <c>spec</c>.</param>
/// <param name="Status">What we wrote last.</param>
/// <param name="RawSpec">All of <c>spec</c>, so that nothing a user set goes unnoticed; not to be changed.</param>
/// <param name="RawOperation"><c>operation</c>: Argo CD's request to do something now; null: none. Not to be changed.</param>
/// <param name="ShapeErrors">Members of <c>spec</c> of a wrong type.</param>
internal sealed record ApplicationResource(
    ObjectMeta Metadata,
    ApplicationSpec Spec,
    ApplicationStatus Status,
    JsonObject RawSpec,
    JsonNode? RawOperation,
    ImmutableArray<ShapeError> ShapeErrors)
{
    public NamespacedName Key => Metadata.Key;

    /// <summary>Of what the operator is asked to do: which program asked, and when; by annotation, or <c>operation</c>.</summary>
    public ImmutableDictionary<string, Asker> AskedBy { get; init; } = ImmutableDictionary<string, Asker>.Empty;

    /// <summary>Which program, or Application, wrote the spec last; null: the server does not say.</summary>
    public string? SpecBy { get; init; }

    /// <summary>When the watch told of it as it is.</summary>
    public DateTimeOffset ReadAt { get; init; }

    public static ApplicationResource Parse(KubernetesObject found)
    {
        var parsed = Parse(ObjectMeta.Of(found), found.Json["spec"] as JsonObject ?? []);
        return parsed with
        {
            Status = ApplicationStatus.Parse(found.Json["status"] as JsonObject),
            RawOperation = found.Json["operation"],
            AskedBy = Asker.Of(found),
            SpecBy = Asker.OfSpec(found),
        };
    }

    /// <summary>An Application of this spec, without a status or a request.</summary>
    public static ApplicationResource Parse(ObjectMeta metadata, JsonObject raw)
    {
        var spec = ApiJson.Read(raw, ApiJson.Default.ApplicationSpec, "spec", out var errors) ?? new ApplicationSpec();
        return new(metadata, spec, ApplicationStatus.Empty, raw, null, [.. errors]);
    }
}
