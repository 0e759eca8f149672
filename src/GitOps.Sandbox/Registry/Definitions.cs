using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <summary>
/// Serves what CustomResourceDefinitions define: accepts their names, marks them established, and takes their objects and then
/// the definition itself away when it is deleted. It acts within the write that causes it, as its own manager.
/// </summary>
internal sealed class Definitions
{
    public const string CleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

    public static readonly GroupResource Resource = new("apiextensions.k8s.io", "customresourcedefinitions");

    private const string Manager = "kube-apiserver";

    private readonly Lock _lock = new();
    private readonly Cluster _cluster;
    private ImmutableDictionary<string, Known> _known = ImmutableDictionary<string, Known>.Empty;

    public Definitions(Cluster cluster) => _cluster = cluster;

    private static ServedResource Served { get; } = ResourceCatalog.BuiltIn.FindStored(Resource)!;

    /// <summary>To be called after every write: most are none of its business.</summary>
    /// <param name="written">What was written.</param>
    /// <param name="name">The object's name.</param>
    public void OnWritten(ServedResource written, string name)
    {
        if (written.Storage == Resource)
        {
            lock (_lock)
            {
                Follow_NeedsLock(name);
            }
        }
        else if (written.Custom is { } custom && _known.TryGetValue(custom.DefinitionName, out var known) && known.IsTerminating)
        {
            lock (_lock)
            {
                Follow_NeedsLock(custom.DefinitionName);
            }
        }
    }

    /// <summary>Holds a definition that is being deleted until its objects are gone.</summary>
    public static void MarkTerminating(Cluster cluster, JsonObject json)
    {
        var metadata = MetadataRules.Of(json);
        if (metadata["finalizers"] is not JsonArray finalizers)
        {
            metadata["finalizers"] = finalizers = [];
        }

        if (!finalizers.Any(static item => item?.GetValue<string>() == CleanupFinalizer))
        {
            finalizers.Add((JsonNode)CleanupFinalizer);
        }

        SetCondition(
            cluster, json, "Terminating", "True", "InstanceDeletionPending",
            "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon");
    }

    private void Follow_NeedsLock(string name)
    {
        var stored = _cluster.Store.Table(Resource).Find(string.Empty, name);
        if (stored is null)
        {
            Forget_NeedsLock(name);
            return;
        }

        var definition = new KubernetesObject(Served.Read(stored));
        if (definition.IsTerminating)
        {
            Serve_NeedsLock(definition);
            Empty_NeedsLock(definition);
            return;
        }

        Establish(definition);
        if (_cluster.Store.Table(Resource).Find(string.Empty, name) is { } established)
        {
            Serve_NeedsLock(new(Served.Read(established)));
        }
    }

    /// <summary>Two writes, as on a real server: the names are accepted, then the definition is established.</summary>
    private void Establish(KubernetesObject definition)
    {
        var conflict = Conflict(definition);
        AdjustStatus(definition.Name, json =>
        {
            var status = Status(json);
            status["acceptedNames"] = conflict is null ? json["spec"]?["names"]?.DeepClone() : new JsonObject { ["plural"] = string.Empty, ["kind"] = string.Empty };
            SetCondition(
                _cluster, json, "NamesAccepted", conflict is null ? "True" : "False", conflict is null ? "NoConflicts" : conflict.Value.Reason,
                conflict is null ? "no conflicts found" : conflict.Value.Message);
            StoreVersions(json, status);
        });
        AdjustStatus(definition.Name, json =>
        {
            if (conflict is null)
            {
                SetCondition(_cluster, json, "Established", "True", "InitialNamesAccepted", "the initial names have been accepted");
            }
            else if (Condition(json, "Established") is null)
            {
                SetCondition(_cluster, json, "Established", "False", "NotAccepted", "not all names are accepted");
            }
        });
    }

    private void AdjustStatus(string name, Action<JsonObject> adjust) => _cluster.Writer.Adjust(Served, string.Empty, name, next =>
    {
        var live = new KubernetesObject((JsonObject)next.DeepClone());
        adjust(next);
        var context = new WriteContext(Manager, Served.GroupVersionKind.ApiVersion, "status", _cluster.Options.TimeProvider.GetUtcNow())
        {
            ResetFields = KindRules.ResetFields(Served, "status"),
        };
        FieldManagement.Update(live, new(next), _cluster.Schemas.Find(Served.GroupVersionKind)!, context);
        return !FieldManagement.IsNoOp(live, new(next));
    });

    private void Serve_NeedsLock(KubernetesObject definition)
    {
        if (KubernetesObject.GetString(Condition(definition.Json, "Established"), "status") != "True")
        {
            return;
        }

        var resources = DefinitionReader.Read(definition);
        var before = _known.GetValueOrDefault(definition.Name);
        foreach (var gone in (before?.Resources ?? []).Where(old => !resources.Any(now => now.Resource.GroupVersionKind == old.Resource.GroupVersionKind)))
        {
            _cluster.Schemas.Remove(gone.Resource.GroupVersionKind);
        }

        foreach (var resource in resources)
        {
            _cluster.Schemas.Set(resource.Resource.GroupVersionKind, resource.Type);
        }

        _known = _known.SetItem(definition.Name, new(resources, StorageOf(definition), definition.IsTerminating));
        Publish_NeedsLock();
    }

    private void Forget_NeedsLock(string name)
    {
        if (!_known.TryGetValue(name, out var known))
        {
            return;
        }

        _known = _known.Remove(name);
        Publish_NeedsLock();
        _cluster.Store.Drop(known.Storage);
        foreach (var resource in known.Resources)
        {
            _cluster.Schemas.Remove(resource.Resource.GroupVersionKind);
        }
    }

    private void Publish_NeedsLock() =>
        _cluster.Catalog = ResourceCatalog.With(_known.Values.SelectMany(static known => known.Resources).Select(static resource => resource.Resource));

    /// <summary>Deletes the objects of a definition; once there are none, the definition goes too.</summary>
    private void Empty_NeedsLock(KubernetesObject definition)
    {
        var table = _cluster.Store.Table(StorageOf(definition));
        if (_known.GetValueOrDefault(definition.Name)?.Resources is { IsEmpty: false } resources)
        {
            foreach (var stored in _cluster.Store.Take(table).Enumerate(null).Where(static stored => !stored.IsTerminating))
            {
                _cluster.Deleter.TryDelete(resources[0].Resource, table, stored, new(null, null, null, null, false), isCascading: true);
            }
        }

        if (!_cluster.Store.Take(table).Objects.IsEmpty)
        {
            AdjustStatus(definition.Name, json => SetCondition(
                _cluster, json, "Terminating", "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress"));
            return;
        }

        _cluster.Writer.Adjust(Served, string.Empty, definition.Name, static json =>
        {
            var metadata = MetadataRules.Of(json);
            var left = (metadata["finalizers"] as JsonArray ?? []).Select(static item => item!.GetValue<string>()).Where(static item => item != CleanupFinalizer);
            metadata["finalizers"] = new JsonArray([.. left.Select(static item => JsonValue.Create(item))]);
            MetadataRules.DropEmpty(metadata);
            return true;
        });
        if (_cluster.Store.Table(Resource).Find(string.Empty, definition.Name) is null)
        {
            Forget_NeedsLock(definition.Name);
        }
    }

    /// <summary>The first name that another definition of the group has already.</summary>
    private (string Reason, string Message)? Conflict(KubernetesObject definition)
    {
        var names = definition.At("spec", "names") as JsonObject;
        var others = _known.Where(known => known.Key != definition.Name && known.Value.Storage.Group == StorageOf(definition).Group)
            .SelectMany(static known => known.Value.Resources.Take(1)).Select(static known => known.Resource).ToList();
        var kind = KubernetesObject.GetString(names, "kind");
        if (others.Any(other => other.Kind == kind))
        {
            return ("KindConflict", $"\"{kind}\" is already in use");
        }

        var plural = KubernetesObject.GetString(names, "plural") ?? string.Empty;
        return others.Any(other => other.Plural == plural || other.Singular == plural || other.ShortNames.Contains(plural, StringComparer.Ordinal))
            ? ("PluralConflict", $"\"{plural}\" is already in use")
            : null;
    }

    private static GroupResource StorageOf(KubernetesObject definition) => new(
        KubernetesObject.GetString(definition.At("spec") as JsonObject, "group") ?? string.Empty,
        KubernetesObject.GetString(definition.At("spec", "names") as JsonObject, "plural") ?? string.Empty);

    private static JsonObject Status(JsonObject json)
    {
        if (json["status"] is not JsonObject status)
        {
            json["status"] = status = [];
        }

        return status;
    }

    private static JsonObject? Condition(JsonObject json, string type) =>
        (json["status"]?["conditions"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(condition => KubernetesObject.GetString(condition, "type") == type);

    private static void SetCondition(Cluster cluster, JsonObject json, string type, string status, string reason, string message)
    {
        var all = Status(json);
        if (all["conditions"] is not JsonArray conditions)
        {
            all["conditions"] = conditions = [];
        }

        var condition = Condition(json, type);
        if (condition is null)
        {
            condition = [];
            conditions.Add((JsonNode)condition);
        }

        if (KubernetesObject.GetString(condition, "status") != status)
        {
            condition["lastTransitionTime"] = cluster.Timestamp();
        }

        (condition["type"], condition["status"], condition["reason"], condition["message"]) = (type, status, reason, message);
    }

    /// <summary>A version that ever was the storage version stays in the list.</summary>
    private static void StoreVersions(JsonObject json, JsonObject status)
    {
        var stored = (json["spec"]?["versions"] as JsonArray ?? []).OfType<JsonObject>()
            .Where(static version => version["storage"] is JsonValue value && value.TryGetValue(out bool isStorage) && isStorage)
            .Select(static version => KubernetesObject.GetString(version, "name") ?? string.Empty);
        if (status["storedVersions"] is not JsonArray versions)
        {
            status["storedVersions"] = versions = [];
        }

        foreach (var name in stored.Where(name => !versions.Any(item => item?.GetValue<string>() == name)).ToList())
        {
            versions.Add((JsonNode)name);
        }
    }

    private sealed record Known(ImmutableArray<DefinedResource> Resources, GroupResource Storage, bool IsTerminating);
}
