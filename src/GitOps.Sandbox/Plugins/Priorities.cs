using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Plugins;

/// <summary>Gives a new pod the priority of its class, or of the default class, and lets only one class be the default.</summary>
internal static class Priorities
{
    private static readonly GroupResource Classes = new("scheduling.k8s.io", "priorityclasses");

    private static ServedResource Served { get; } = ResourceCatalog.BuiltIn.FindStored(Classes)!;

    /// <summary>The two classes that every cluster begins with.</summary>
    public static IEnumerable<JsonObject> SystemClasses(Cluster cluster)
    {
        foreach (var (name, value, purpose) in ((string, long, string)[])
        [
            ("system-cluster-critical", 2_000_000_000, "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary."),
            ("system-node-critical", 2_000_001_000, "Used for system critical pods that must not be moved from their current node."),
        ])
        {
            var json = new JsonObject
            {
                ["kind"] = Served.Kind,
                ["apiVersion"] = Served.GroupVersionKind.ApiVersion,
                ["metadata"] = new JsonObject
                {
                    ["name"] = name,
                    ["uid"] = Guid.NewGuid().ToString(),
                    ["creationTimestamp"] = cluster.Timestamp(),
                    ["generation"] = 1,
                },
                ["value"] = value,
                ["description"] = purpose,
                ["preemptionPolicy"] = "PreemptLowerPriority",
            };
            var context = new WriteContext("kube-apiserver", Served.GroupVersionKind.ApiVersion, string.Empty, cluster.Options.TimeProvider.GetUtcNow());
            yield return FieldManagement.Update(null, new(json), cluster.Schemas.Find(Served.GroupVersionKind)!, context).Json;
        }
    }

    /// <summary>Changes a new pod in place.</summary>
    /// <exception cref="ApiError">403: there is no such class, or another priority was given.</exception>
    public static void Admit(AdmissionRequest request)
    {
        var spec = request.Object!.ObjectOrNew("spec");
        var name = spec.Text("priorityClassName") ?? string.Empty;
        var chosen = name.Length > 0 ? Find(request, name) : Default(request);
        if (name.Length == 0 && chosen is not null)
        {
            spec["priorityClassName"] = chosen.Object("metadata").Text("name");
        }

        var priority = KubernetesObject.GetInt64(chosen, "value") ?? 0;
        if (KubernetesObject.GetInt64(spec, "priority") is { } given && given != priority)
        {
            throw ApiError.Forbidden(request.Storage, request.DisplayName, string.Create(
                CultureInfo.InvariantCulture,
                $"the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {priority} from the given PriorityClass name"));
        }

        var policy = chosen.Text("preemptionPolicy") ?? "PreemptLowerPriority";
        if (spec.Text("preemptionPolicy") is { } wanted && wanted != policy)
        {
            throw ApiError.Forbidden(
                request.Storage, request.DisplayName,
                $"the string value of PreemptionPolicy ({wanted}) must not be provided in pod spec; priority admission controller computed {policy} from the given PriorityClass name");
        }

        (spec["priority"], spec["preemptionPolicy"]) = (priority, policy);
    }

    /// <exception cref="ApiError">403: another class is the default already.</exception>
    public static void Validate(AdmissionRequest request)
    {
        if (request.Storage == Classes && request.Object is { } json && json.IsTrue("globalDefault")
            && Default(request)?.Object("metadata").Text("name") is { } other && other != request.Name)
        {
            throw ApiError.Forbidden(
                request.Storage, request.DisplayName, $"PriorityClass {other} is already marked as default. Only one default can exist");
        }
    }

    private static JsonObject Find(AdmissionRequest request, string name) =>
        request.Cluster.Store.Table(Classes).Find(string.Empty, name) is { } stored
            ? Served.Read(stored)
            : throw ApiError.Forbidden(request.Storage, request.DisplayName, $"no PriorityClass with name {name} was found");

    /// <summary>The default class; of several, the one of the lowest value.</summary>
    private static JsonObject? Default(AdmissionRequest request) =>
        request.Cluster.Store.Take(request.Cluster.Store.Table(Classes)).Enumerate(string.Empty).Select(Served.Read)
            .Where(static candidate => candidate.IsTrue("globalDefault"))
            .MinBy(static candidate => KubernetesObject.GetInt64(candidate, "value") ?? 0);
}
