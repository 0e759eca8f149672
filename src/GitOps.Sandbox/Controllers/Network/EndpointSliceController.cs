using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Controllers.Workloads;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers.Network;

/// <summary>Services with a selector get one EndpointSlice with the addresses of their pods.</summary>
internal sealed class EndpointSliceController : OwnerController
{
    private readonly ConditionalWeakTable<StoredObject, ObjectSelector> _selectors = [];

    public EndpointSliceController(ClusterView view)
        : base(view, Kinds.Services, "endpointslice-controller", Kinds.EndpointSlices)
    {
    }

    public override IEnumerable<WorkKey> Concerns(GroupResource resource, Change change)
    {
        if (resource != Kinds.Pods)
        {
            return resource == Kinds.EndpointSlices && change.After!.ControllerUid is null ? [] : base.Concerns(resource, change);
        }

        return View.List(Kinds.Services, change.After!.Namespace)
            .Where(service => SelectorOf(service) is var selector
                && (selector.Matches(change.After.Labels) || (change.Before is { } before && selector.Matches(before.Labels))))
            .Select(static service => WorkKey.Of(Kinds.Services, service));
    }

    public override async Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken)
    {
        if (View.Find(key) is not { IsTerminating: false } stored || SelectorOf(stored) is not { IsEmpty: false } selector
            || View.Read(Kinds.Services, stored) is not { } service || service.Text("spec", "type") == "ExternalName")
        {
            return null;
        }

        var pods = View.List(Kinds.Pods, service.Namespace).Where(pod => selector.Matches(pod.Labels)).Select(View.Facts)
            .Where(static pod => pod.Address.Length > 0 && !pod.IsOver).ToList();
        var endpoints = Fields.Copy(pods.Select(pod => Endpoint(pod, service.Flag("spec", "publishNotReadyAddresses"))));
        var ports = Fields.Copy(Fields.Items(service.At("spec", "ports")).Select(port => Port(port, pods)));
        if (View.ControlledBy(service.Uid!, Kinds.EndpointSlices) is not [var present, ..])
        {
            await Client.CreateAsync(Kinds.EndpointSlices, service.Namespace, Slice(service, endpoints, ports));
        }
        else if (View.Read(Kinds.EndpointSlices, present) is { } slice
            && !(JsonNode.DeepEquals(slice.At("endpoints") ?? new JsonArray(), endpoints) && JsonNode.DeepEquals(slice.At("ports") ?? new JsonArray(), ports)))
        {
            (slice.Json["endpoints"], slice.Json["ports"]) = (endpoints, ports);
            await Client.UpdateAsync(Kinds.EndpointSlices, slice);
        }

        return null;
    }

    private static JsonObject Slice(KubernetesObject service, JsonArray endpoints, JsonArray ports)
    {
        var labels = (JsonObject?)service.Labels?.DeepClone() ?? [];
        labels["endpointslice.kubernetes.io/managed-by"] = "endpointslice-controller.k8s.io";
        labels["kubernetes.io/service-name"] = service.Name;
        return new()
        {
            ["metadata"] = new JsonObject
            {
                ["generateName"] = service.Name + "-",
                ["namespace"] = service.Namespace,
                ["labels"] = labels,
                ["ownerReferences"] = new JsonArray(ControllerReference(service)),
            },
            ["addressType"] = "IPv4",
            ["endpoints"] = endpoints,
            ["ports"] = ports,
        };
    }

    private static JsonObject Endpoint(PodFacts pod, bool isAlwaysReady) => new()
    {
        ["addresses"] = new JsonArray(pod.Address),
        ["conditions"] = new JsonObject
        {
            ["ready"] = isAlwaysReady || (pod.IsReady && !pod.IsTerminating),
            ["serving"] = pod.IsReady,
            ["terminating"] = pod.IsTerminating,
        },
        ["targetRef"] = new JsonObject { ["kind"] = "Pod", ["namespace"] = pod.Stored.Namespace, ["name"] = pod.Name, ["uid"] = pod.Uid },
        ["nodeName"] = pod.Node,
    };

    private JsonObject Port(JsonObject port, List<PodFacts> pods)
    {
        var target = port["targetPort"] is JsonValue value && value.TryGetValue(out string? name) ? PortOf(pods, name)
            : KubernetesObject.GetInt64(port, "targetPort") ?? KubernetesObject.GetInt64(port, "port");
        var json = new JsonObject { ["name"] = Fields.Text(port, "name"), ["protocol"] = Fields.Text(port, "protocol"), ["port"] = target };
        if (Fields.Text(port, "appProtocol") is { Length: > 0 } protocol)
        {
            json["appProtocol"] = protocol;
        }

        return json;
    }

    private long? PortOf(List<PodFacts> pods, string name) => pods.Take(1)
        .SelectMany(pod => Fields.Items(View.Read(Kinds.Pods, pod.Stored)!.At("spec", "containers")))
        .SelectMany(static container => Fields.Items(container["ports"]))
        .Where(port => Fields.Text(port, "name") == name)
        .Select(static port => KubernetesObject.GetInt64(port, "containerPort")).FirstOrDefault();

    private ObjectSelector SelectorOf(StoredObject service) => _selectors.GetValue(
        service, stored => ObjectSelector.OfLabels(View.Read(Kinds.Services, stored)!.Part("spec", "selector")));
}
