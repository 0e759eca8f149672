using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Apply;

/// <summary>
/// Keeps metadata.managedFields: who owns which field. Create, update and patch record what they changed; apply merges what is
/// given into the live object, removes what the same manager gave before and nobody else owns, and refuses to take another
/// manager's field unless forced.
/// </summary>
internal static class FieldManagement
{
    private const string BeforeFirstApply = "before-first-apply";
    private const string Kubectl = "kubectl";

    private static readonly FieldSet NeverOwned = FieldSet.Of(
        Path("apiVersion"),
        Path("kind"),
        Path("metadata"),
        Path("metadata", "name"),
        Path("metadata", "namespace"),
        Path("metadata", "creationTimestamp"),
        Path("metadata", "selfLink"),
        Path("metadata", "uid"),
        Path("metadata", "clusterName"),
        Path("metadata", "generation"),
        Path("metadata", "managedFields"),
        Path("metadata", "resourceVersion"));

    /// <summary>
    /// Records a create, an update or a patch (other than apply).
    /// </summary>
    /// <param name="live">The stored object; null for a create.</param>
    /// <param name="next">The object to be stored, defaulted. Its managedFields are replaced in place.</param>
    /// <param name="schema">The kind's type in the request's version.</param>
    /// <param name="context">The request.</param>
    /// <returns><paramref name="next"/>.</returns>
    public static KubernetesObject Update(KubernetesObject? live, KubernetesObject next, TypeSchema schema, WriteContext context)
    {
        var managed = LiveOrGiven(live, next, context);
        var before = new VersionedObject(live?.Json ?? Empty(next, schema), context.ApiVersion, schema);
        Take(next);
        var after = new VersionedObject(next.Json, context.ApiVersion, schema);
        var ownership = new Ownership(managed, context);
        ownership.Update(before, after, ManagerKey.Updater(context), NeverOwned);
        managed.CapUpdaters();
        Store(managed, next);
        return next;
    }

    /// <summary>Applies a partial object.</summary>
    /// <param name="live">The stored object in the request's version; null for a create. It is not changed.</param>
    /// <param name="applied">What is applied. It is not changed.</param>
    /// <param name="schema">The kind's type in the request's version.</param>
    /// <param name="context">The request.</param>
    /// <param name="force">Whether fields of other managers are taken.</param>
    /// <exception cref="ApiException">400 managedFields given; 409 conflicts; 500 what is applied does not fit the type.</exception>
    public static ApplyResult Apply(
        KubernetesObject? live, KubernetesObject applied, TypeSchema schema, WriteContext context, bool force)
    {
        if (applied.Metadata?["managedFields"] is not null)
        {
            throw ApplyErrors.BadRequest("metadata.managedFields must be nil");
        }

        var errors = TypedValidation.Errors(applied.Json, schema);
        if (errors.Count > 0)
        {
            var text = errors.Count == 1 ? errors[0] : "errors:\n  " + string.Join("\n  ", errors);
            throw ApplyErrors.Internal(
                $"failed to create typed patch object ({applied.Namespace}/{applied.Name}; {Describe(applied)}): {text}");
        }

        ManagedFields managed;
        try
        {
            managed = ManagedFields.Parse(live?.Metadata?["managedFields"] as JsonArray);
        }
        catch (FormatException exception)
        {
            throw ApplyErrors.Internal($"failed to decode managed fields: {exception.Message}");
        }

        var before = new VersionedObject(live?.Json ?? Empty(applied, schema), context.ApiVersion, schema);
        var ownership = new Ownership(managed, context);
        if (managed.Sets.Count == 0 && live is not null)
        {
            var nothing = new VersionedObject(Empty(applied, schema), context.ApiVersion, schema);
            ownership.Update(nothing, before, ManagerKey.Updater(context with { Manager = BeforeFirstApply }), NeverOwned);
        }

        var isForced = force || AllConflictsComeFromClientSideApply(live, before, applied, context, ownership);
        var (merged, isChanged) = ownership.Apply(before, applied.Json, ManagerKey.Applier(context), isForced, NeverOwned);
        var result = new KubernetesObject(merged);
        if (context.Manager == Kubectl)
        {
            LastApplied.Refresh(result, applied);
        }

        Store(managed, result);
        return new(result, isChanged);
    }

    /// <summary>Records a write of the replicas through the scale subresource, which keeps no time.</summary>
    /// <param name="live">The stored object.</param>
    /// <param name="next">The object with its new replicas; its managedFields are replaced in place.</param>
    /// <param name="replicas">The path of the replicas.</param>
    /// <param name="context">The request; its version is the object's.</param>
    /// <param name="isApply">Whether the replicas are applied.</param>
    /// <param name="force">Whether an apply takes them from others.</param>
    /// <exception cref="ApiException">409: others own them.</exception>
    public static KubernetesObject Scale(
        KubernetesObject live, KubernetesObject next, FieldPath replicas, WriteContext context, bool isApply = false, bool force = false)
    {
        var managed = ManagedFields.ParseOrEmpty(live.Metadata?["managedFields"] as JsonArray);
        Take(next);
        replicas.TryGet(live.Json, out var before);
        replicas.TryGet(next.Json, out var after);
        var isChanged = !JsonNode.DeepEquals(before, after);
        if (isChanged || isApply)
        {
            var path = FieldSet.Of(replicas);
            var scaling = context with { Subresource = "scale" };
            var self = isApply ? ManagerKey.Applier(scaling) : ManagerKey.Updater(scaling);
            if (isApply && isChanged && !force)
            {
                RefuseConflicts(managed, path, self);
            }

            foreach (var (key, set) in isChanged ? managed.Sets.ToArray() : [])
            {
                managed.Sets[key] = set with { Fields = set.Fields.Except(path) };
            }

            managed.Sets[self] = new(path, context.ApiVersion);
            managed.RemoveEmpty();
        }

        Store(managed, next);
        return next;
    }

    /// <summary>
    /// Whether a write changes nothing: the same object but for the times in managedFields. Nothing is stored then and the
    /// live object is the answer.
    /// </summary>
    public static bool IsNoOp(KubernetesObject live, KubernetesObject next) =>
        SameOwners(live.Metadata?["managedFields"] as JsonArray, next.Metadata?["managedFields"] as JsonArray)
        && SameApartFrom(live.Metadata, next.Metadata, "managedFields")
        && SameApartFrom(live.Json, next.Json, "metadata");

    private static void RefuseConflicts(ManagedFields managed, FieldSet path, ManagerKey self)
    {
        var others = managed.Sets.Where(entry => entry.Key != self && !entry.Value.Fields.Intersect(path).IsEmpty).Select(static entry => entry.Key).ToList();
        if (others.Count > 0)
        {
            var field = TypedValidation.Describe(path.Paths().First());
            throw ApplyErrors.ApplyConflict(
                $"Apply failed with {others.Count} conflict{(others.Count == 1 ? string.Empty : "s")}: conflict with {others[0]}: {field}",
                [.. others.Select(other => new StatusCause("FieldManagerConflict", $"conflict with {other}", field))]);
        }
    }

    private static FieldPath Path(params ReadOnlySpan<string> names)
    {
        var path = FieldPath.Root;
        foreach (var name in names)
        {
            path = path.Append(PathElement.Field(name));
        }

        return path;
    }

    private static string Describe(KubernetesObject subject)
    {
        var type = subject.GroupVersionKind;
        return $"{type.ApiVersion}, Kind={type.Kind}";
    }

    /// <summary>A caller may replace the entries (to pass ownership on) or reset them; entries that cannot be read are ignored.</summary>
    private static ManagedFields LiveOrGiven(KubernetesObject? live, KubernetesObject next, WriteContext context)
    {
        var given = next.Metadata?["managedFields"] as JsonArray;
        if (context.Subresource.Length == 0 && given is not null)
        {
            if (given.Count == 0 || (given.Count == 1 && given[0] is null or JsonObject { Count: 0 }))
            {
                return new();
            }

            var managed = ManagedFields.ParseOrEmpty(given);
            if (managed.Sets.Count > 0)
            {
                return managed;
            }
        }

        return ManagedFields.ParseOrEmpty(live?.Metadata?["managedFields"] as JsonArray);
    }

    /// <summary>The object that a create is compared with: of a built-in kind, what its empty struct serialises to.</summary>
    private static JsonObject Empty(KubernetesObject subject, TypeSchema schema)
    {
        var empty = new JsonObject { ["apiVersion"] = subject.ApiVersion, ["kind"] = subject.Kind };
        Admission.CanonicalForm.Apply(empty, schema);
        return empty;
    }

    private static bool SameApartFrom(JsonObject? left, JsonObject? right, string name) =>
        Count(left, name) == Count(right, name)
        && (left is null || left.All(member => member.Key == name
            || (right!.TryGetPropertyValue(member.Key, out var other) && JsonNode.DeepEquals(member.Value, other))));

    private static int Count(JsonObject? fields, string without) =>
        fields is null ? 0 : fields.ContainsKey(without) ? fields.Count - 1 : fields.Count;

    private static void Take(KubernetesObject subject) => subject.Metadata?.Remove("managedFields");

    private static void Store(ManagedFields managed, KubernetesObject subject)
    {
        if (managed.Sets.Count == 0)
        {
            Take(subject);
            return;
        }

        if (subject.Json["metadata"] is not JsonObject metadata)
        {
            subject.Json["metadata"] = metadata = [];
        }

        metadata["managedFields"] = managed.ToJson();
    }

    private static bool SameOwners(JsonArray? left, JsonArray? right)
    {
        if ((left?.Count ?? 0) != (right?.Count ?? 0))
        {
            return false;
        }

        for (var i = 0; i < (left?.Count ?? 0); i++)
        {
            if (left![i] is not JsonObject former || right![i] is not JsonObject latter || !SameApartFrom(former, latter, "time"))
            {
                return false;
            }
        }

        return true;
    }

    private static bool AllConflictsComeFromClientSideApply(
        KubernetesObject? live, VersionedObject before, KubernetesObject applied, WriteContext context, Ownership ownership) =>
        context.Manager == Kubectl
        && live is not null
        && LastApplied.OwnedFields(live, before) is { } allowed
        && ownership.Conflicts(before, applied.Json, ManagerKey.Applier(context)).Except(allowed).IsEmpty;
}
