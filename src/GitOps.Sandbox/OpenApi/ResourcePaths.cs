using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;

namespace GitOps.Sandbox.OpenApi;

/// <summary>The paths of one resource: its collections, its objects, their subresources.</summary>
internal sealed class ResourcePaths
{
    private static readonly ImmutableArray<string> BuiltInTypes = [MediaTypes.Json, MediaTypes.Protobuf, MediaTypes.Yaml];
    private static readonly ImmutableArray<string> CustomTypes = [MediaTypes.Json, MediaTypes.Yaml];

    private static readonly ImmutableArray<string> BuiltInListTypes =
        [MediaTypes.Json, MediaTypes.Json + ";stream=watch", MediaTypes.Protobuf, MediaTypes.Protobuf + ";stream=watch", MediaTypes.Yaml];

    private static readonly ImmutableArray<string> CustomPatchTypes = [MediaTypes.Apply, MediaTypes.JsonPatch, MediaTypes.MergePatch];
    private static readonly ImmutableArray<string> BuiltInPatchTypes = [.. CustomPatchTypes, MediaTypes.StrategicMergePatch];

    /// <summary>What runs over the connection of its own, which the sandbox does not offer.</summary>
    private static readonly FrozenSet<string> Connections = new[] { "attach", "exec", "log", "portforward", "proxy" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>What answers a deletion with the object rather than with a status.</summary>
    private static readonly FrozenSet<string> AnsweredWithObject = new[]
    {
        "persistentvolumeclaims", "persistentvolumes", "pods", "podtemplates", "resourcequotas", "serviceaccounts", "services",
        "csidrivers", "csinodes", "storageclasses", "volumeattachments", "volumeattributesclasses",
        "deviceclasses", "resourceclaims", "resourceclaimtemplates", "resourceslices",
    }.ToFrozenSet(StringComparer.Ordinal);

    private readonly ServedResource _resource;
    private readonly string _prefix;
    private readonly OperationNames _names;
    private readonly string _component;

    public ResourcePaths(ServedResource resource, string prefix, OperationNames names) =>
        (_resource, _prefix, _names, _component) = (resource, prefix, names, Components.NameOf(resource.GroupVersionKind));

    private bool IsCustom => _resource.Custom is not null;

    private ImmutableArray<string> Types => IsCustom ? CustomTypes : BuiltInTypes;

    public void AddTo(JsonObject paths)
    {
        var within = _resource.Namespaced ? "namespaces/{namespace}/" : string.Empty;
        ImmutableArray<OperationParameter> collection = _resource.Namespaced ? [OperationParameters.Namespace] : [];
        ImmutableArray<OperationParameter> item = [OperationParameters.Name, .. collection];
        Add(paths, $"/{_prefix}/{within}{_resource.Plural}", collection, CollectionOperations());
        Add(paths, $"/{_prefix}/{within}{_resource.Plural}/{{name}}", item, ObjectOperations());
        foreach (var subresource in _resource.Subresources.Where(static subresource => !Connections.Contains(subresource.Name)))
        {
            Add(paths, $"/{_prefix}/{within}{_resource.Plural}/{{name}}/{subresource.Name}", item, SubresourceOperations(subresource));
        }

        if (_resource.Namespaced && _resource.Can("list"))
        {
            Add(paths, $"/{_prefix}/{_resource.Plural}", [], [List(_names.Id("list", _resource, false, "ForAllNamespaces"))]);
        }
    }

    /// <summary>Parameters that all operations of a path take stand beside them.</summary>
    private static void Add(
        JsonObject paths, string path, ImmutableArray<OperationParameter> inPath, IEnumerable<Operation> operations)
    {
        var all = operations.ToList();
        if (all.Count == 0)
        {
            return;
        }

        var common = all.Skip(1).Aggregate(all[0].Parameters.AsEnumerable(), static (shared, operation) => shared.Intersect(operation.Parameters))
            .Concat(inPath).Append(OperationParameters.Pretty)
            .OrderBy(static parameter => parameter.Name, StringComparer.Ordinal).ToList();
        var item = new JsonObject();
        foreach (var operation in all)
        {
            item[operation.Method] = operation.ToJson(common);
        }

        item["parameters"] = new JsonArray([.. common.Select(static parameter => parameter.ToJson())]);
        paths[path] = item;
    }

    private IEnumerable<Operation> CollectionOperations()
    {
        if (_resource.Can("list"))
        {
            yield return List(_names.Id("list", _resource, _resource.Namespaced));
        }

        if (_resource.Can("create"))
        {
            yield return Write("post", "post", _names.Id("create", _resource, _resource.Namespaced), _resource.GroupVersionKind, _component);
        }

        if (_resource.Can("deletecollection"))
        {
            yield return New("delete", "deletecollection", _names.CollectionId(_resource), _resource.GroupVersionKind, Components.Status, 200) with
            {
                Parameters = IsCustom ? OperationParameters.List : OperationParameters.DeleteCollection,
                Body = IsCustom ? null : Components.DeleteOptions,
                IsBodyRequired = false,
            };
        }
    }

    private IEnumerable<Operation> ObjectOperations()
    {
        foreach (var operation in Change(_resource.Verbs, _resource.GroupVersionKind, _component, string.Empty))
        {
            yield return operation;
        }

        if (_resource.Can("delete"))
        {
            var answer = !IsCustom && AnsweredWithObject.Contains(_resource.Plural) ? _component : Components.Status;
            yield return New("delete", "delete", _names.Id("delete", _resource, _resource.Namespaced), _resource.GroupVersionKind, answer, 200, 202) with
            {
                Parameters = OperationParameters.Delete,
                Body = Components.DeleteOptions,
                BodyTypes = IsCustom ? CustomTypes : [MediaTypes.Any],
                IsBodyRequired = false,
            };
        }
    }

    private IEnumerable<Operation> SubresourceOperations(ServedSubresource subresource)
    {
        var isOwn = subresource.Kind.Version.Length == 0;
        var kind = isOwn ? _resource.GroupVersionKind with { Kind = subresource.Kind.Kind } : subresource.Kind;
        var component = Components.NameOf(kind);
        var suffix = OperationNames.Capital(subresource.Name);
        var shown = IsCustom ? _resource.GroupVersionKind : kind;
        foreach (var operation in Change(subresource.Verbs, shown, component, suffix))
        {
            yield return operation;
        }

        if (subresource.Verbs.Contains("create", StringComparer.Ordinal))
        {
            yield return Write("post", "post", _names.Id("create", _resource, _resource.Namespaced, suffix), shown, component);
        }
    }

    private IEnumerable<Operation> Change(ImmutableArray<string> verbs, GroupVersionKind kind, string component, string suffix)
    {
        string Id(string verb) => _names.Id(verb, _resource, _resource.Namespaced, suffix);

        if (verbs.Contains("get", StringComparer.Ordinal))
        {
            yield return New("get", "get", Id("read"), kind, component, 200) with { Parameters = IsCustom ? OperationParameters.CustomGet : [] };
        }

        if (verbs.Contains("update", StringComparer.Ordinal))
        {
            yield return Write("put", "put", Id("replace"), kind, component);
        }

        if (verbs.Contains("patch", StringComparer.Ordinal))
        {
            yield return New("patch", "patch", Id("patch"), kind, component, IsCustom ? [200] : [200, 201]) with
            {
                Parameters = OperationParameters.Patch,
                Body = Components.Patch,
                BodyTypes = IsCustom ? CustomPatchTypes : BuiltInPatchTypes,
            };
        }
    }

    private Operation List(string id) => New(
        "get", "list", id, _resource.GroupVersionKind, Components.NameOf(_resource.GroupVersionKind with { Kind = _resource.ListKind }), 200) with
    {
        Parameters = OperationParameters.List,
        AnswerTypes = IsCustom ? CustomTypes : BuiltInListTypes,
    };

    private Operation Write(string method, string action, string id, GroupVersionKind kind, string component) =>
        New(method, action, id, kind, component, method == "post" ? [200, 201, 202] : [200, 201]) with
        {
            Parameters = OperationParameters.Write,
            Body = component,
            BodyTypes = IsCustom ? CustomTypes : [MediaTypes.Any],
        };

    private Operation New(string method, string action, string id, GroupVersionKind kind, string answer, params ImmutableArray<int> codes) =>
        new(method, id, _names.Tag, answer, codes) { Action = action, Kind = kind, AnswerTypes = Types };
}
