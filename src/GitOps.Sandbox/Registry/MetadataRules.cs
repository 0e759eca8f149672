using System.Security.Cryptography;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Http;

namespace GitOps.Sandbox.Registry;

/// <summary>What the server sets, keeps and refuses in an object's metadata, whatever the kind.</summary>
internal static class MetadataRules
{
    private const string NameLetters = "bcdfghjklmnpqrstvwxz2456789";
    private const int GeneratedLetters = 5;
    private const int LongestGeneratedBase = 63 - GeneratedLetters;
    private static readonly string[] ServerOwned = ["uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"];

    /// <summary>The body's metadata, made if there is none; what is there but is no object is refused.</summary>
    public static JsonObject Of(JsonObject json)
    {
        switch (json["metadata"])
        {
            case JsonObject metadata:
                return metadata;
            case null:
                var made = new JsonObject();
                json["metadata"] = made;
                return made;
            default:
                throw ApiError.BadRequest("json: cannot unmarshal metadata into Go struct field .metadata of type v1.ObjectMeta");
        }
    }

    /// <summary>Checks the body of a create against the path, and drops what only the server sets.</summary>
    public static void PrepareCreate(WriteRequest request, JsonObject json)
    {
        var metadata = Of(json);
        if (KubernetesObject.GetString(metadata, "resourceVersion") is { Length: > 0 } && request.Path.Name.Length == 0)
        {
            throw new ApiError(500, string.Empty, "resourceVersion should not be set on objects to be created");
        }

        foreach (var name in ServerOwned)
        {
            metadata.Remove(name);
        }

        metadata.Remove("resourceVersion");
        CheckNamespace(request, metadata);
        if (request.Name.Length > 0)
        {
            CheckName(request, metadata);
        }

        DropRepeatedOwners(request, metadata);
        DropEmpty(metadata);
    }

    /// <summary>Gives a new object its name and identity.</summary>
    public static void Identify(WriteRequest request, JsonObject json)
    {
        var metadata = Of(json);
        CheckNamespace(request, metadata);
        GenerateName(request, metadata);
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = request.Context.Cluster.Timestamp();
        if (KindRules.HasGeneration(request.Resource))
        {
            metadata["generation"] = 1;
        }

        DropEmpty(metadata);
    }

    /// <summary>Checks what is to become of an object against the path.</summary>
    public static void PrepareUpdate(WriteRequest request, JsonObject next)
    {
        var metadata = Of(next);
        CheckNamespace(request, metadata);
        CheckName(request, metadata);
        DropRepeatedOwners(request, metadata);
        DropEmpty(metadata);
    }

    /// <summary>Carries over what an update cannot change, and refuses what it must not try to.</summary>
    public static void Carry(WriteRequest request, JsonObject live, JsonObject next)
    {
        var (before, after) = (Of(live), Of(next));
        var causes = new List<StatusCause>();
        Keep(before, after, "uid", causes);
        after["creationTimestamp"] = before["creationTimestamp"]?.DeepClone();
        Keep(before, after, "deletionTimestamp", causes);
        Keep(before, after, "deletionGracePeriodSeconds", causes);
        after.Remove("selfLink");
        after.Remove("generation");
        if (before["generation"] is { } generation)
        {
            after["generation"] = generation.DeepClone();
        }

        DropEmpty(after);
        if (before.ContainsKey("deletionTimestamp"))
        {
            CheckNewFinalizers(live, next, causes);
        }

        if (causes.Count > 0)
        {
            var rounds = MetadataRounds.OfIdentity(request.Resource.GroupVersionKind.GroupKind);
            throw ApiError.Invalid(
                request.Resource.Group, request.Resource.Kind, request.Name, [.. Enumerable.Repeat(causes, rounds).SelectMany(static round => round)]);
        }
    }

    /// <summary>An owner is kept once, however often it is named.</summary>
    private static void DropRepeatedOwners(WriteRequest request, JsonObject metadata)
    {
        if (metadata["ownerReferences"] is not JsonArray { Count: > 1 } owners)
        {
            return;
        }

        var repeated = owners.OfType<JsonObject>().Select(static owner => KubernetesObject.GetString(owner, "uid") ?? string.Empty)
            .GroupBy(static uid => uid, StringComparer.Ordinal).Where(static group => group.Count() > 1).Select(static group => group.Key).ToList();
        for (var i = owners.Count - 1; i > 0; i--)
        {
            if (owners.Take(i).Any(other => JsonNode.DeepEquals(other, owners[i])))
            {
                owners.RemoveAt(i);
            }
        }

        if (repeated.Count > 0)
        {
            request.Context.Warn(".metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject "
                + $"such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: {string.Join(", ", repeated)}");
        }
    }

    /// <summary>Empty labels, annotations, owners and finalizers are not kept, whatever the kind.</summary>
    public static void DropEmpty(JsonObject metadata)
    {
        foreach (var name in (ReadOnlySpan<string>)["labels", "annotations", "ownerReferences", "finalizers", "generateName"])
        {
            if (metadata.TryGetPropertyValue(name, out var value)
                && (value is null or JsonObject { Count: 0 } or JsonArray { Count: 0 } || (value is JsonValue text && text.TryGetValue(out string? s) && s.Length == 0)))
            {
                metadata.Remove(name);
            }
        }
    }

    private static void Keep(JsonObject before, JsonObject after, string name, List<StatusCause> causes)
    {
        var kept = before[name];
        if (after[name] is { } given && !JsonNode.DeepEquals(given, kept))
        {
            causes.Add(new("FieldValueInvalid", $"Invalid value: {KubernetesJson.ToText(given)}: field is immutable", $"metadata.{name}"));
        }

        if (kept is null)
        {
            after.Remove(name);
        }
        else
        {
            after[name] = kept.DeepClone();
        }
    }

    private static void CheckNamespace(WriteRequest request, JsonObject metadata)
    {
        if (!request.Resource.Namespaced)
        {
            metadata.Remove("namespace");
            return;
        }

        if (KubernetesObject.GetString(metadata, "namespace") is { Length: > 0 } given && given != request.Namespace)
        {
            throw ApiError.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        metadata["namespace"] = request.Namespace;
    }

    private static void CheckName(WriteRequest request, JsonObject metadata)
    {
        var given = KubernetesObject.GetString(metadata, "name") ?? string.Empty;
        if (given.Length > 0 && given != request.Name)
        {
            throw ApiError.BadRequest($"the name of the object ({given}) does not match the name on the URL ({request.Name})");
        }

        if (given.Length == 0)
        {
            throw ApiError.BadRequest($"the name of the object (\"\" based on URL) was undeterminable: name must be provided");
        }
    }

    private static void GenerateName(WriteRequest request, JsonObject metadata)
    {
        if (request.Name.Length > 0)
        {
            CheckName(request, metadata);
            return;
        }

        if (KubernetesObject.GetString(metadata, "name") is { Length: > 0 })
        {
            return;
        }

        if (KubernetesObject.GetString(metadata, "generateName") is not { Length: > 0 } prefix)
        {
            throw ApiError.Invalid(
                request.Resource.Group, request.Resource.Kind, string.Empty,
                new StatusCause("FieldValueRequired", "Required value: name or generateName is required", "metadata.name"));
        }

        var shortened = prefix.Length > LongestGeneratedBase ? prefix[..LongestGeneratedBase] : prefix;
        metadata["name"] = shortened + RandomNumberGenerator.GetString(NameLetters, GeneratedLetters);
    }

    private static void CheckNewFinalizers(JsonObject live, JsonObject next, List<StatusCause> causes)
    {
        var added = new KubernetesObject(next).Finalizers.Except(new KubernetesObject(live).Finalizers, StringComparer.Ordinal).ToList();
        if (added.Count == 0)
        {
            return;
        }

        var names = string.Join(", ", added.Select(static name => $"\"{name}\""));
        causes.Add(new(
            "FieldValueForbidden",
            $"Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{{{names}}}",
            "metadata.finalizers"));
    }
}
