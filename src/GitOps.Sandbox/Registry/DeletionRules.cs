using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <summary>What a deletion asks for: from the body, else from the query.</summary>
internal sealed record DeletionOptions(string? Propagation, string? Uid, string? ResourceVersion, long? GracePeriodSeconds, bool DryRun)
{
    public const string Foreground = "Foreground";
    public const string Orphan = "Orphan";
    public const string Background = "Background";

    public static DeletionOptions Parse(ApiContext context, JsonObject? body)
    {
        CheckType(body);
        var preconditions = body?["preconditions"] as JsonObject;
        var dryRun = WriteRequest.ParseDryRun(context) || IsDryRun(body?["dryRun"] as JsonArray);
        var propagation = KubernetesObject.GetString(body, "propagationPolicy") ?? context.Query("propagationPolicy");
        var orphan = body?["orphanDependents"] is JsonValue value && value.TryGetValue(out bool given)
            ? given
            : context.Query("orphanDependents") is { } text && bool.TryParse(text, out var queried) ? queried : (bool?)null;
        if (orphan is not null && propagation is { Length: > 0 })
        {
            throw Refuse("propagationPolicy", "FieldValueInvalid", "Invalid value: orphanDependents and deletionPropagation cannot be both set");
        }

        propagation = propagation is { Length: > 0 } ? propagation : orphan switch { true => Orphan, false => Background, _ => null };
        if (propagation is not (null or Foreground or Orphan or Background))
        {
            throw ApiError.Invalid("meta.k8s.io", "DeleteOptions", string.Empty, new Kubernetes.Http.StatusCause(
                "FieldValueNotSupported", $"Unsupported value: \"{propagation}\": supported values: \"{Background}\", \"{Foreground}\", \"{Orphan}\", \"nil\"", "propagationPolicy"));
        }

        var grace = KubernetesObject.GetInt64(body, "gracePeriodSeconds")
            ?? (long.TryParse(context.Query("gracePeriodSeconds"), CultureInfo.InvariantCulture, out var seconds) ? seconds : null);
        return new(
            propagation, KubernetesObject.GetString(preconditions, "uid"), KubernetesObject.GetString(preconditions, "resourceVersion"), grace, dryRun);
    }

    /// <summary>As an object of meta.k8s.io/v1.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["kind"] = "DeleteOptions", ["apiVersion"] = "meta.k8s.io/v1" };
        if (GracePeriodSeconds is { } seconds)
        {
            json["gracePeriodSeconds"] = seconds;
        }

        if (Uid is not null || ResourceVersion is not null)
        {
            var preconditions = new JsonObject();
            json["preconditions"] = preconditions;
            if (Uid is not null)
            {
                preconditions["uid"] = Uid;
            }

            if (ResourceVersion is not null)
            {
                preconditions["resourceVersion"] = ResourceVersion;
            }
        }

        if (Propagation is not null)
        {
            json["propagationPolicy"] = Propagation;
        }

        if (DryRun)
        {
            json["dryRun"] = new JsonArray("All");
        }

        return json;
    }

    private static void CheckType(JsonObject? body)
    {
        if (body?["gracePeriodSeconds"] is { } grace && !KubernetesObject.TryGetInt64(grace, out _))
        {
            throw ApiError.BadRequest("json: cannot unmarshal into Go struct field DeleteOptions.gracePeriodSeconds of type int64");
        }

        if (KubernetesObject.GetString(body, "kind") is { Length: > 0 } kind && kind != "DeleteOptions")
        {
            throw ApiError.BadRequest($"decoded object cannot be converted to DeleteOptions: no kind \"{kind}\" is registered");
        }
    }

    private static bool IsDryRun(JsonArray? asked) => asked is { Count: > 0 } && (asked.All(static value => value?.ToString() == "All")
        ? true
        : throw Refuse("dryRun", "FieldValueNotSupported", "Unsupported value: supported values: \"All\""));

    private static ApiError Refuse(string field, string reason, string message) =>
        ApiError.Invalid("meta.k8s.io", "DeleteOptions", string.Empty, new Kubernetes.Http.StatusCause(reason, message, field));
}

/// <summary>When an object goes at once, and what it waits for otherwise.</summary>
internal static class DeletionRules
{
    public const string ForegroundFinalizer = "foregroundDeletion";
    public const string OrphanFinalizer = "orphan";

    private const long DefaultPodGrace = 30;

    /// <summary>Whether nothing holds a deleted object any more.</summary>
    public static bool IsReleased(JsonObject json)
    {
        var metadata = json["metadata"] as JsonObject;
        return metadata?["deletionTimestamp"] is not null
            && metadata["finalizers"] is null or JsonArray { Count: 0 }
            && (KubernetesObject.GetInt64(metadata, "deletionGracePeriodSeconds") ?? 0) == 0
            && !HoldsNamespace(json);
    }

    /// <summary>Marks an object as deleted: finalizers by the propagation asked for, timestamps, a namespace's phase.</summary>
    /// <returns>False if nothing changed.</returns>
    public static bool Mark(Cluster cluster, ServedResource resource, JsonObject json, DeletionOptions options)
    {
        var metadata = MetadataRules.Of(json);
        var changed = SetFinalizers(metadata, options.Propagation ?? DefaultPropagation(resource, metadata));
        var grace = GracePeriod(resource, json, options);
        if (metadata["deletionTimestamp"] is not null)
        {
            if (resource.Storage == NamespaceRules.Namespaces
                || KubernetesObject.GetInt64(metadata, "deletionGracePeriodSeconds") is not { } present || grace >= present)
            {
                return changed;
            }

            metadata["deletionGracePeriodSeconds"] = grace;
            return true;
        }

        var time = cluster.Options.TimeProvider.GetUtcNow().AddSeconds(grace).UtcDateTime;
        metadata["deletionTimestamp"] = time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        if (resource.Storage == Definitions.Resource)
        {
            Definitions.MarkTerminating(cluster, json);
            return true;
        }

        if (resource.Storage == NamespaceRules.Namespaces)
        {
            var status = json["status"] as JsonObject ?? [];
            status["phase"] = "Terminating";
            json["status"] = status;
        }
        else
        {
            metadata["deletionGracePeriodSeconds"] = grace;
        }

        if (KubernetesObject.GetInt64(metadata, "generation") is { } generation and > 0)
        {
            metadata["generation"] = generation + 1;
        }

        return true;
    }

    /// <exception cref="ApiError">409: it is another object, or another state of it.</exception>
    public static void CheckPreconditions(ServedResource resource, StoredObject stored, DeletionOptions options)
    {
        if (options.Uid is { Length: > 0 } uid && uid != stored.Uid)
        {
            throw ApiError.Conflict(
                Named(resource), stored.Name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {stored.Uid}");
        }

        var version = stored.ResourceVersion.ToString(CultureInfo.InvariantCulture);
        if (options.ResourceVersion is { Length: > 0 } wanted && wanted != version)
        {
            throw ApiError.Conflict(
                Named(resource), stored.Name,
                $"Precondition failed: ResourceVersion in precondition: {wanted}, ResourceVersion in object meta: {version}");
        }
    }

    /// <summary>Namespaces check for themselves, and call themselves otherwise.</summary>
    private static GroupResource Named(ServedResource resource) =>
        resource.Storage == NamespaceRules.Namespaces ? resource.Storage : new(resource.Group, resource.Kind);

    /// <summary>A namespace goes when its own finalizers, which are in its spec, are gone too.</summary>
    private static bool HoldsNamespace(JsonObject json) =>
        KubernetesObject.GetString(json, "kind") == "Namespace"
        && KubernetesObject.GetString(json, "apiVersion") == "v1"
        && json["spec"]?["finalizers"] is JsonArray { Count: > 0 };

    private static string? DefaultPropagation(ServedResource resource, JsonObject metadata) =>
        new KubernetesObject(new() { ["metadata"] = metadata.DeepClone() }).Finalizers.Any(static name => name is ForegroundFinalizer or OrphanFinalizer)
            ? null
            : KindRules.DefaultPropagation(resource);

    private static long GracePeriod(ServedResource resource, JsonObject json, DeletionOptions options)
    {
        if (resource.Storage != new GroupResource(string.Empty, "pods"))
        {
            return 0;
        }

        var spec = json["spec"] as JsonObject;
        var isBound = KubernetesObject.GetString(spec, "nodeName") is { Length: > 0 };
        var isOver = KubernetesObject.GetString(json["status"] as JsonObject, "phase") is "Succeeded" or "Failed";
        return !isBound || isOver
            ? 0
            : options.GracePeriodSeconds ?? KubernetesObject.GetInt64(spec, "terminationGracePeriodSeconds") ?? DefaultPodGrace;
    }

    private static bool SetFinalizers(JsonObject metadata, string? propagation)
    {
        if (propagation is null)
        {
            return false;
        }

        var before = (metadata["finalizers"] as JsonArray)?.Select(static item => item?.GetValue<string>() ?? string.Empty).ToList() ?? [];
        var wanted = propagation switch
        {
            DeletionOptions.Foreground => ForegroundFinalizer,
            DeletionOptions.Orphan => OrphanFinalizer,
            _ => string.Empty,
        };
        var after = before.Where(name => name is not (ForegroundFinalizer or OrphanFinalizer) || name == wanted).ToList();
        if (wanted.Length > 0 && !after.Contains(wanted))
        {
            after.Add(wanted);
        }

        if (before.SequenceEqual(after, StringComparer.Ordinal))
        {
            return false;
        }

        metadata["finalizers"] = new JsonArray([.. after.Select(static name => JsonValue.Create(name))]);
        MetadataRules.DropEmpty(metadata);
        return true;
    }
}
