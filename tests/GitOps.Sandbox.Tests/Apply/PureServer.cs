using System.Net;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Schema;
using GitOps.Sandbox.Tests.Admission;

namespace GitOps.Sandbox.Tests.Apply;

/// <summary>
/// The order in which the typed steps are taken for a write, without HTTP and storage: enough to play recorded writes against
/// them. What belongs to other layers (names in paths, media types, watches) it does not know.
/// </summary>
internal sealed class PureServer
{
    private static readonly FieldSet Status = FieldSet.Of(FieldPath.Root.Append(PathElement.Field("status")));
    private static readonly FieldSet Spec = FieldSet.Of(FieldPath.Root.Append(PathElement.Field("spec")));
    private static readonly HashSet<GroupKind> Counted =
    [
        new("apps", "Deployment"), new("apps", "StatefulSet"), new("apps", "DaemonSet"), new("batch", "Job"), new("batch", "CronJob"),
        new("networking.k8s.io", "Ingress"), new("networking.k8s.io", "NetworkPolicy"),
    ];

    private readonly Dictionary<ObjectKey, KubernetesObject> _objects = [];
    private readonly SchemaRegistry _schemas = new();
    private int _version;

    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public IReadOnlyList<string> Warnings { get; private set; } = [];

    public void Define(KubernetesObject definition)
    {
        var spec = (JsonObject)definition.Json["spec"]!;
        foreach (var version in spec["versions"]!.AsArray().OfType<JsonObject>())
        {
            var parsed = CrdSchema.Parse((JsonObject)version["schema"]!["openAPIV3Schema"]!, "spec.versions[0].schema.openAPIV3Schema");
            parsed.Errors.ShouldBeEmpty();
            _schemas.Set(
                new(spec["group"]!.GetValue<string>(), version["name"]!.GetValue<string>(), spec["names"]!["kind"]!.GetValue<string>()),
                parsed.Type);
        }
    }

    public KubernetesObject? Find(ObjectKey key) => _objects.GetValueOrDefault(key);

    public KubernetesObject Create(KubernetesObject body, string manager, FieldValidationMode mode, bool isDryRun)
    {
        var type = TypeOf(body);
        var next = Read(body, type, mode);
        next.Json.Remove("status");
        Defaulting.Apply(next, type);
        return Store(null, FieldManagement.Update(null, next, type, Context(manager, body, string.Empty, type)), type, isDryRun);
    }

    public KubernetesObject Patch(
        KubernetesObject live, Func<JsonObject, TypeSchema, JsonObject> patch, string manager, string subresource, bool isDryRun)
    {
        var type = TypeOf(live);
        var next = Read(new(patch(live.Json, type)), type, FieldValidationMode.Warn);
        KeepOther(live, next, subresource, type);
        Defaulting.Apply(next, type);
        return Store(live, FieldManagement.Update(live, next, type, Context(manager, live, subresource, type)), type, isDryRun);
    }

    public KubernetesObject Apply(KubernetesObject applied, string manager, bool force, bool isDryRun)
    {
        var type = TypeOf(applied);
        var live = Find(applied.Key with { Namespace = "ns" });
        var next = FieldManagement.Apply(live, applied, type, Context(manager, applied, string.Empty, type), force).Object;
        if (live is null)
        {
            next.Json.Remove("status");
        }
        else
        {
            KeepOther(live, next, string.Empty, type);
        }

        Pruning.Apply(next.Json, type);
        Defaulting.Apply(next, type);
        return Store(live, next, type, isDryRun);
    }

    public KubernetesObject Scale(KubernetesObject live, int replicas, string manager)
    {
        var type = TypeOf(live);
        var next = live.DeepClone();
        next.Json["spec"]!["replicas"] = replicas;
        var path = FieldPath.Root.Append(PathElement.Field("spec")).Append(PathElement.Field("replicas"));
        return Store(live, FieldManagement.Scale(live, next, path, Context(manager, live, "scale", type)), type, isDryRun: false);
    }

    private static void KeepOther(KubernetesObject live, KubernetesObject next, string subresource, TypeSchema type)
    {
        foreach (var name in subresource == "status" ? new[] { "spec" } : HasStatus(type) ? ["status"] : [])
        {
            if (live.Json.TryGetPropertyValue(name, out var value))
            {
                next.Json[name] = value?.DeepClone();
            }
            else
            {
                next.Json.Remove(name);
            }
        }
    }

    private static bool HasStatus(TypeSchema type) => type.Child("status") is not null;

    private TypeSchema TypeOf(KubernetesObject subject) =>
        _schemas.Find(subject.GroupVersionKind)
        ?? throw new ApiException(HttpStatusCode.NotFound, "NotFound", "the server could not find the requested resource");

    private WriteContext Context(string manager, KubernetesObject subject, string subresource, TypeSchema type) =>
        new(manager, subject.ApiVersion, subresource, Now)
        {
            ResetFields = subresource.Length == 0 ? (HasStatus(type) ? Status : FieldSet.Empty) : type.IsBuiltIn ? Spec : FieldSet.Empty,
            OnlyFields = subresource == "status" && !type.IsBuiltIn ? Status : null,
            Schemas = _schemas,
        };

    private KubernetesObject Read(KubernetesObject body, TypeSchema type, FieldValidationMode mode)
    {
        var copy = body.DeepClone();
        Warnings = FieldValidation.Check(copy.Json, type, mode, []);
        Pruning.Apply(copy.Json, type);
        return copy;
    }

    private KubernetesObject Store(KubernetesObject? live, KubernetesObject next, TypeSchema type, bool isDryRun)
    {
        var metadata = (JsonObject)next.Json["metadata"]!;
        var context = new PreparationContext(new FixedAllocations(), "recorder", [], string.Empty, DateTimeOffset.UnixEpoch);
        if (live is null)
        {
            metadata["namespace"] = "ns";
            metadata["uid"] = $"uid-{++_version}";
            metadata["creationTimestamp"] = "2026-01-01T00:00:00Z";
            if (!type.IsBuiltIn || Counted.Contains(next.GroupVersionKind.GroupKind))
            {
                metadata["generation"] = 1;
            }

            Preparation.BeforeCreate(next, type, context);
        }
        else
        {
            Preparation.BeforeUpdate(live, next, type, context);
            if (live.Generation is { } generation && !JsonNode.DeepEquals(live.Json["spec"], next.Json["spec"]))
            {
                metadata["generation"] = generation + 1;
            }
        }

        Validation.Require(live, next, type);
        if (live is not null && FieldManagement.IsNoOp(live, next))
        {
            return live;
        }

        if (!isDryRun)
        {
            metadata["resourceVersion"] = (++_version).ToString(System.Globalization.CultureInfo.InvariantCulture);
            _objects[next.Key] = next;
        }

        return next;
    }
}
