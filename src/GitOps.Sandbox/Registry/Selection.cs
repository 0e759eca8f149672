using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <summary>Which objects of a resource a list, a watch or a deletion of many is about.</summary>
internal sealed class Selection
{
    private static readonly ImmutableArray<string> EventFields =
    [
        "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
        "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
    ];

    private static readonly ImmutableArray<string> NewEventFields =
    [
        "regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid", "regarding.apiVersion", "regarding.resourceVersion",
        "regarding.fieldPath", "reason", "reportingController", "type",
    ];

    private static readonly ImmutableDictionary<GroupResource, ImmutableArray<string>> KindFields =
        new Dictionary<GroupResource, ImmutableArray<string>>
        {
            [new("", "pods")] =
            [
                "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
                "status.phase", "status.podIP", "status.nominatedNodeName",
            ],
            [new("", "events")] = EventFields,
            [new("events.k8s.io", "events")] = NewEventFields,
            [new("", "secrets")] = ["type"],
            [new("", "namespaces")] = ["status.phase"],
            [new("", "nodes")] = ["spec.unschedulable"],
            [new("", "services")] = ["spec.clusterIP", "spec.type"],
            [new("", "replicationcontrollers")] = ["status.replicas"],
            [new("batch", "jobs")] = ["status.successful"],
            [new("certificates.k8s.io", "certificatesigningrequests")] = ["spec.signerName"],
        }.ToImmutableDictionary();

    private readonly ServedResource _resource;
    private readonly LabelSelector _labels;
    private readonly FieldSelector _fields;

    private Selection(ServedResource resource, string? @namespace, LabelSelector labels, FieldSelector fields) =>
        (_resource, Namespace, _labels, _fields) = (resource, @namespace, labels, fields);

    /// <summary>Null: all namespaces. Empty: the resource has none.</summary>
    public string? Namespace { get; }

    public bool IsEverything => _labels.IsEmpty && _fields.IsEmpty;

    /// <exception cref="ApiError">400: a selector cannot be read, or names a field that this kind does not support.</exception>
    public static Selection Parse(ServedResource resource, RequestPath path, string? labelSelector, string? fieldSelector)
    {
        LabelSelector labels;
        FieldSelector fields;
        try
        {
            (labels, fields) = (LabelSelector.Parse(labelSelector), FieldSelector.Parse(fieldSelector));
            labels.Check(static key => Names.Qualified(key).FirstOrDefault(), static value => Names.Value(value).FirstOrDefault());
        }
        catch (SelectorException exception)
        {
            throw ApiError.BadRequest(exception.Message);
        }

        foreach (var field in fields.Fields)
        {
            if (!Supports(resource, field))
            {
                throw ApiError.BadRequest($"Unable to find \"{resource.GroupVersionKind.ApiVersion}, Resource={resource.Plural}\" " +
                    $"that match label selector \"{labelSelector}\", field selector \"{fieldSelector}\": field label not supported: {field}");
            }
        }

        return new(resource, resource.Namespaced ? path.Namespace : string.Empty, labels, fields);
    }

    public bool Matches(StoredObject stored) =>
        (Namespace is null || stored.Namespace == Namespace)
        && _labels.Matches(stored.Labels.Find)
        && (_fields.IsEmpty || _fields.Matches(stored, ValueOf));

    private static bool Supports(ServedResource resource, string field) =>
        field == FieldSelector.NameField
        || (field == FieldSelector.NamespaceField && resource.Namespaced)
        || (KindFields.TryGetValue(new(resource.Group, resource.Plural), out var known) && known.Contains(field, StringComparer.Ordinal))
        || (resource.Custom?.SelectableFields.Contains(field, StringComparer.Ordinal) ?? false);

    private string ValueOf(StoredObject stored, string field)
    {
        JsonNode? node = _resource.Read(stored);
        foreach (var name in field.Split('.'))
        {
            node = node is JsonObject fields && fields.TryGetPropertyValue(name, out var below) ? below : null;
        }

        return node switch
        {
            JsonValue value when value.TryGetValue(out string? text) => text,
            JsonObject source when field == "source" => KubernetesObject.GetString(source, "component") ?? string.Empty,
            null => DefaultOf(field),
            _ => KubernetesJson.ToText(node),
        };
    }

    private static string DefaultOf(string field) => field switch
    {
        "spec.unschedulable" or "spec.hostNetwork" => "false",
        "status.replicas" or "status.successful" => "0",
        _ => string.Empty,
    };
}
