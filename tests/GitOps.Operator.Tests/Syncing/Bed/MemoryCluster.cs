using System.Net;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>A request, as it is told.</summary>
/// <param name="Verb">get, list, apply, create, replace, patch or delete.</param>
/// <param name="Key">Of the object; of a list the name is empty.</param>
/// <param name="User">Null: the operator itself.</param>
/// <param name="IsDryRun">Nothing is stored.</param>
/// <param name="Subresource">Null: the object itself.</param>
/// <param name="Detail">What else there is to be said.</param>
internal sealed record MemoryCall(string Verb, ObjectKey Key, string? User, bool IsDryRun, string? Subresource, string Detail)
{
    /// <summary>What is to be stored; null: nothing is.</summary>
    public JsonObject? Body { get; init; }
}

/// <summary>
/// A cluster of a few dictionaries, of which every write is told in order. It does what a pass can tell apart: versions, uids,
/// finalizers, preconditions, field managers, watches. It has no controllers: what becomes of an object, the test says.
/// </summary>
internal sealed class MemoryCluster(ManualTimeProvider time)
{
    private readonly SortedDictionary<ObjectKey, KubernetesObject> _objects = [];
    private readonly List<MemoryWatch> _watches = [];
    private TaskCompletionSource _pulse = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _version;
    private int _uids;

    public Lock Lock { get; } = new();

    public MemoryDiscovery Discovery { get; } = new();

    /// <summary>
    /// Nothing is told to the watches: what happens in a pass is not seen before its end, so that a rule comes out the same each time.
    /// </summary>
    public bool IsHeld { get; private set; } = true;

    public IEnumerable<KubernetesObject> Objects => _objects.Values;

    /// <summary>Before a request is met; throws what it is answered with.</summary>
    public Action<MemoryCall> Asked { get; set; } = static _ => { };

    /// <summary>After a request was carried out; throws where its answer is lost.</summary>
    public Action<MemoryCall> Answered { get; set; } = static _ => { };

    private string Now => time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    public static ApiException NoSuchKind() => new(HttpStatusCode.NotFound, "NotFound", "the server could not find the requested resource");

    public static ApiException NotFound(string plural, string name) =>
        new(HttpStatusCode.NotFound, "NotFound", $"{plural} \"{name}\" not found", new JsonObject { ["name"] = name, ["kind"] = plural });

    /// <summary>Who the operator is.</summary>
    public string Self { get; set; } = "system:serviceaccount:gitops-system:gitops-operator";

    /// <param name="reader">Whose watches they are.</param>
    public IKubernetesClient ClientOf(string reader) => new MemoryClient(this, reader, null);

    public KubernetesObject? Find(ObjectKey key)
    {
        lock (Lock)
        {
            return _objects.GetValueOrDefault(key);
        }
    }

    /// <summary>Ends when every watch has dealt with everything, and there are as many as there should be.</summary>
    public async Task SettleAsync(Func<IReadOnlyDictionary<string, int>> wanted, CancellationToken cancellationToken)
    {
        lock (Lock)
        {
            IsHeld = false;
            _watches.ForEach(static watch => watch.Wake());
        }

        while (true)
        {
            Task pulse;
            lock (Lock)
            {
                var watches = _watches.FindAll(static watch => !watch.IsStopped);
                var open = watches.CountBy(static watch => watch.Reader, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
                if (watches.TrueForAll(static watch => watch.IsIdle) && wanted().All(pair => open.GetValueOrDefault(pair.Key) == pair.Value))
                {
                    IsHeld = true;
                    return;
                }

                pulse = _pulse.Task;
            }

            await pulse.WaitAsync(TimeSpan.FromSeconds(5), cancellationToken);
        }
    }

    /// <summary>Call it under the lock.</summary>
    public void Pulse()
    {
        _pulse.TrySetResult();
        _pulse = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Call it under the lock.</summary>
    public void Open(MemoryWatch watch) => _watches.Add(watch);

    public void Close(MemoryWatch watch)
    {
        lock (Lock)
        {
            _watches.Remove(watch);
            Pulse();
        }
    }

    /// <summary>Server-side apply.</summary>
    public WriteResult Apply(ApiResource resource, KubernetesObject desired, ApplyOptions options)
    {
        lock (Lock)
        {
            var key = KeyOf(resource, desired);
            var live = _objects.GetValueOrDefault(key);
            CheckUid(desired, live, resource);
            if (options.Subresource == "status")
            {
                if (live is null)
                {
                    throw NotFound(resource.Plural, key.Name);
                }

                var changed = (JsonObject)live.Json.DeepClone();
                changed["status"] = desired.Json["status"]?.DeepClone();
                return Store(resource, key, live, changed, options.DryRun);
            }

            return Store(resource, key, live, MemoryOwnership.Apply(live?.Json, WithoutStatus(desired.Json, resource), options.FieldManager, Now), options.DryRun);
        }
    }

    public WriteResult Create(ApiResource resource, KubernetesObject created, WriteOptions options)
    {
        lock (Lock)
        {
            var key = KeyOf(resource, created);
            if (_objects.ContainsKey(key))
            {
                throw new ApiException(HttpStatusCode.Conflict, "AlreadyExists", $"{resource.Plural} \"{key.Name}\" already exists");
            }

            return Store(resource, key, null, MemoryOwnership.Update(null, WithoutStatus(created.Json, resource), options.FieldManager ?? "test", Now), options.DryRun);
        }
    }

    public WriteResult Replace(ApiResource resource, KubernetesObject replacement, WriteOptions options)
    {
        lock (Lock)
        {
            var key = KeyOf(resource, replacement);
            var live = _objects.GetValueOrDefault(key) ?? throw NotFound(resource.Plural, key.Name);
            CheckUid(replacement, live, resource);
            if (replacement.ResourceVersion is { } version && version != live.ResourceVersion)
            {
                throw Conflict(resource, key);
            }

            var whole = WithoutStatus(replacement.Json, resource);
            whole["status"] = live.Json["status"]?.DeepClone();
            return Store(resource, key, live, MemoryOwnership.Update(live.Json, whole, options.FieldManager ?? "test", Now), options.DryRun);
        }
    }

    public WriteResult Patch(ApiResource resource, string @namespace, string name, PatchType type, JsonNode patch, WriteOptions options)
    {
        lock (Lock)
        {
            var key = new ObjectKey(resource.Group, resource.Kind, @namespace, name);
            var live = _objects.GetValueOrDefault(key) ?? throw NotFound(resource.Plural, name);
            var changed = (JsonObject)live.Json.DeepClone();
            if (type == PatchType.Json)
            {
                MemoryPatch.Json(changed, (JsonArray)patch);
            }
            else
            {
                MemoryPatch.Merge(changed, (JsonObject)patch);
            }

            CheckVersion(KubernetesObject.GetString(changed["metadata"] as JsonObject, "resourceVersion"), live, resource);
            CheckUid(new(changed), live, resource);
            return Store(
                resource, key, live,
                options.Subresource is null ? MemoryOwnership.Update(live.Json, changed, options.FieldManager ?? "test", Now) : changed, options.DryRun);
        }
    }

    public DeleteOutcome Delete(ApiResource resource, string @namespace, string name, DeleteOptions options)
    {
        lock (Lock)
        {
            var key = new ObjectKey(resource.Group, resource.Kind, @namespace, name);
            if (_objects.GetValueOrDefault(key) is not { } live)
            {
                return DeleteOutcome.Gone;
            }

            if (options.Uid is { } uid && uid != live.Uid)
            {
                throw Conflict(resource, key);
            }

            CheckVersion(options.ResourceVersion, live, resource);
            if (options.DryRun)
            {
                return DeleteOutcome.Gone;
            }

            if (live.Finalizers.Count == 0)
            {
                Remove(key, live);
                return DeleteOutcome.Gone;
            }

            if (!live.IsTerminating)
            {
                var changed = (JsonObject)live.Json.DeepClone();
                changed["metadata"]!["deletionTimestamp"] = Now;
                Store(resource, key, live, changed, dryRun: false);
            }

            return DeleteOutcome.Pending;
        }
    }

    /// <summary>What a controller does, or somebody else: no request of the operator's, and told to nobody but the watches.</summary>
    /// <param name="key">Of the object.</param>
    /// <param name="change">Makes it what it is from now on.</param>
    /// <param name="manager">Who owns what is changed; null: it is not said.</param>
    public void Change(ObjectKey key, Action<JsonObject> change, string? manager = null)
    {
        lock (Lock)
        {
            var live = _objects[key];
            var changed = (JsonObject)live.Json.DeepClone();
            change(changed);
            Store(Discovery.Of(key.Kind), key, live, manager is null ? changed : MemoryOwnership.Update(live.Json, changed, manager, Now), dryRun: false);
        }
    }

    public IReadOnlyList<KubernetesObject> List(ApiResource resource, string @namespace, string? selector)
    {
        lock (Lock)
        {
            var labels = LabelSelector.Parse(selector);
            return [.. _objects.Values.Where(item => item.Key.GroupKind == resource.GroupKind
                && (@namespace.Length == 0 || item.Namespace == @namespace) && labels.Matches(item.Label))];
        }
    }

    public MemoryWatch Watch(string reader, ApiResource resource, string @namespace, WatchOptions options) => new(this, reader, resource, @namespace, options);

    private static ApiException Conflict(ApiResource resource, ObjectKey key) =>
        new(HttpStatusCode.Conflict, "Conflict", $"Operation cannot be fulfilled on {resource.Plural} \"{key.Name}\": the object has been modified");

    private static void CheckVersion(string? version, KubernetesObject live, ApiResource resource)
    {
        if (version is not null && version != live.ResourceVersion)
        {
            throw Conflict(resource, live.Key);
        }
    }

    private static void CheckUid(KubernetesObject desired, KubernetesObject? live, ApiResource resource)
    {
        if (desired.Uid is { } uid && uid != live?.Uid)
        {
            throw live is null ? NotFound(resource.Plural, desired.Name) : Conflict(resource, live.Key);
        }
    }

    private static JsonObject WithoutStatus(JsonObject written, ApiResource resource)
    {
        var copy = (JsonObject)written.DeepClone();
        if (resource.HasStatusSubresource)
        {
            copy.Remove("status");
        }

        return copy;
    }

    private ObjectKey KeyOf(ApiResource resource, KubernetesObject item)
    {
        if (!Discovery.Serves(resource.GroupVersionKind))
        {
            throw NoSuchKind();
        }

        if (resource.Namespaced && !_objects.ContainsKey(new(string.Empty, "Namespace", string.Empty, item.Namespace)))
        {
            throw NotFound("namespaces", item.Namespace);
        }

        return new(resource.Group, resource.Kind, item.Namespace, item.Name);
    }

    private WriteResult Store(ApiResource resource, ObjectKey key, KubernetesObject? live, JsonObject written, bool dryRun)
    {
        var metadata = (JsonObject)written["metadata"]!;
        metadata["uid"] = live?.Uid ?? $"uid-{(dryRun ? _uids + 1 : ++_uids)}";
        metadata["creationTimestamp"] = KubernetesObject.GetString(live?.Metadata, "creationTimestamp") ?? Now;
        if (resource.HasStatusSubresource)
        {
            metadata["generation"] = live is null ? 1 : live.Generation + (SameSpec(live.Json, written) ? 0 : 1);
        }

        if (live is null && resource.Kind == "Pod")
        {
            written["status"] = new JsonObject { ["phase"] = "Pending" };
        }

        metadata["resourceVersion"] = live?.ResourceVersion;
        var stored = new KubernetesObject(written);
        if (live is not null && JsonNode.DeepEquals(live.Json, written))
        {
            return new(stored.DeepClone(), Created: false, []);
        }

        if (!dryRun)
        {
            metadata["resourceVersion"] = $"{++_version}";
            if (stored.IsTerminating && stored.Finalizers.Count == 0)
            {
                Remove(key, stored);
            }
            else
            {
                _objects[key] = stored;
                Tell(live, stored);
            }
        }

        return new(stored.DeepClone(), live is null, []);
    }

    private static bool SameSpec(JsonObject left, JsonObject right) => JsonNode.DeepEquals(Spec(left), Spec(right));

    private static JsonObject Spec(JsonObject item) =>
        new(item.Where(static field => field.Key is not ("metadata" or "status")).Select(static field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));

    private void Remove(ObjectKey key, KubernetesObject last)
    {
        _objects.Remove(key);
        Tell(last, null);
    }

    private void Tell(KubernetesObject? before, KubernetesObject? after)
    {
        foreach (var watch in _watches)
        {
            watch.Tell(before, after);
        }
    }
}
