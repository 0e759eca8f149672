using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Tokens;

/// <summary>Makes a token for a service account: <c>POST …/serviceaccounts/NAME/token</c>.</summary>
internal sealed class TokenRequests
{
    public const string Subresource = "token";

    private const long ShortestSeconds = 600;
    private const long LongestSeconds = 1L << 32;
    private const long DefaultSeconds = 3600;

    /// <summary>Pods are given tokens of this lifetime by default; old clients in them may use those longer.</summary>
    private const long PodSeconds = 3607;
    private const long ExtendedSeconds = 365 * 24 * 60 * 60;

    private static readonly GroupVersionKind Kind = new("authentication.k8s.io", "v1", "TokenRequest");
    private static readonly ServedResource Resource = new(Kind, "serviceaccounts") { Namespaced = true };
    private static readonly GroupResource Accounts = new(string.Empty, "serviceaccounts");

    private readonly Cluster _cluster;
    private readonly ServiceAccountTokens _tokens;

    public TokenRequests(Cluster cluster, ServiceAccountTokens tokens) => (_cluster, _tokens) = (cluster, tokens);

    public static bool IsFor(ServedResource resource, RequestPath path) => resource.Storage == Accounts && path is { Subresource: Subresource, Name.Length: > 0 };

    /// <exception cref="ApiError">The request is refused.</exception>
    public async Task HandleAsync(ApiContext context, RequestPath path)
    {
        if (context.Http.Request.Method != "POST")
        {
            throw ApiError.MethodNotAllowed();
        }

        var request = WriteRequest.Parse(context, Resource, path);
        await context.AnswerAsync(201, Answer(request, await RequestBody.ReadObjectAsync(context)));
    }

    /// <summary>The request with the token in its status.</summary>
    private JsonObject Answer(WriteRequest request, JsonObject body)
    {
        var type = _cluster.Schemas.Find(Kind)!;
        ObjectPreparation.Decode(request, type, body);
        body.Remove("status");
        var metadata = MetadataRules.Of(body);
        if (KubernetesObject.GetString(metadata, "namespace") is { Length: > 0 } ns && ns != request.Namespace)
        {
            throw ApiError.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        var spec = body.ObjectOrNew("spec");
        spec.TryAdd("expirationSeconds", DefaultSeconds);
        spec.TryAdd("boundObjectRef", null);
        var context = new WriteContext(request.Manager, Kind.ApiVersion, Subresource, _cluster.Options.TimeProvider.GetUtcNow()) { Schemas = _cluster.Schemas };
        body = FieldManagement.Update(null, new(body), type, context).Json;
        (metadata, spec) = (MetadataRules.Of(body), body.ObjectOrNew("spec"));
        if (_cluster.Store.Table(NamespaceRules.Namespaces).Find(string.Empty, request.Namespace) is null)
        {
            throw ApiError.NotFound(NamespaceRules.Namespaces, request.Namespace);
        }

        var account = FindAccount(request, metadata);
        Complete(metadata, spec, account);
        var seconds = Lifetime(spec);
        var bound = Bound(request, spec["boundObjectRef"] as JsonObject);
        var audiences = spec["audiences"]!.AsArray().Select(static audience => audience?.GetValue<string>() ?? string.Empty).ToList();
        var isExtended = bound.ContainsKey("pod") && seconds == PodSeconds
            && audiences.All(static audience => ServiceAccountTokens.ServerAudiences.Contains(audience, StringComparer.Ordinal));
        var token = _tokens.Issue(
            account, bound, audiences, TimeSpan.FromSeconds(isExtended ? ExtendedSeconds : seconds), isExtended ? TimeSpan.FromSeconds(seconds) : null);
        var expires = _cluster.Options.TimeProvider.GetUtcNow().AddSeconds(seconds);
        body["status"] = new JsonObject
        {
            ["token"] = token,
            ["expirationTimestamp"] = expires.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        };
        return body;
    }

    private StoredObject FindAccount(WriteRequest request, JsonObject metadata)
    {
        var name = KubernetesObject.GetString(metadata, "name");
        if (name is { Length: > 0 } && name != request.Name)
        {
            var causes = new Causes();
            causes.Invalid("metadata.name", name, "must match the service account name if specified");
            throw ApiError.Invalid(Kind.Group, Kind.Kind, request.Name, causes.ToImmutable());
        }

        var account = _cluster.Store.Table(Accounts).Find(request.Namespace, request.Name) ?? throw ApiError.NotFound(Accounts, request.Name);
        if (KubernetesObject.GetString(metadata, "uid") is { Length: > 0 } uid && uid != account.Uid)
        {
            throw ApiError.Conflict(
                new(Kind.Group, Kind.Kind), request.Name,
                $"the UID in the token request ({uid}) does not match the UID of the service account ({account.Uid})");
        }

        return account;
    }

    private void Complete(JsonObject metadata, JsonObject spec, StoredObject account)
    {
        (metadata["name"], metadata["namespace"], metadata["uid"]) = (account.Name, account.Namespace, account.Uid);
        metadata["creationTimestamp"] = _cluster.Timestamp();
        if (spec["audiences"] is not JsonArray { Count: > 0 })
        {
            spec["audiences"] = new JsonArray([.. ServiceAccountTokens.ServerAudiences.Select(static audience => JsonValue.Create(audience))]);
        }
    }

    private static long Lifetime(JsonObject spec)
    {
        var seconds = KubernetesObject.GetInt64(spec, "expirationSeconds") ?? 0;
        var causes = new Causes();
        if (seconds < ShortestSeconds)
        {
            causes.Invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes");
        }
        else if (seconds > LongestSeconds)
        {
            causes.Invalid("spec.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds");
        }

        return causes.Count == 0 ? seconds : throw ApiError.Invalid(Kind.Group, Kind.Kind, string.Empty, causes.ToImmutable());
    }

    private JsonObject Bound(WriteRequest request, JsonObject? reference)
    {
        if (reference is null)
        {
            return [];
        }

        string Text(string name) => KubernetesObject.GetString(reference, name) ?? string.Empty;

        var type = GroupVersionKind.Parse(Text("apiVersion"), Text("kind"));
        var plural = type switch
        {
            { Group: "", Kind: "Pod" } => "pods",
            { Group: "", Kind: "Node" } => "nodes",
            { Group: "", Kind: "Secret" } => "secrets",
            _ => throw ApiError.BadRequest($"cannot bind token to object of type {type.Group}/{type.Version}, Kind={type.Kind}"),
        };
        var resource = new GroupResource(string.Empty, plural);
        var stored = _cluster.Store.Table(resource).Find(plural == "nodes" ? string.Empty : request.Namespace, Text("name"))
            ?? throw ApiError.NotFound(resource, Text("name"));
        var bound = new JsonObject();
        if (plural == "pods")
        {
            AddNode(request, stored, bound);
        }

        bound[plural[..^1]] = ServiceAccountTokens.Reference(stored);
        if (Text("uid") is { Length: > 0 } uid && uid != stored.Uid)
        {
            throw ApiError.Conflict(
                new(type.Group, type.Kind), stored.Name,
                $"the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated");
        }

        return bound;
    }

    /// <summary>A pod's token tells where the pod runs.</summary>
    private void AddNode(WriteRequest request, StoredObject pod, JsonObject bound)
    {
        var spec = ResourceCatalog.BuiltIn.FindStored(new(string.Empty, "pods"))!.Read(pod)["spec"] as JsonObject;
        if ((KubernetesObject.GetString(spec, "serviceAccountName") ?? string.Empty) != request.Name)
        {
            throw ApiError.BadRequest($"cannot bind token for serviceaccount \"{request.Name}\" to pod running with different serviceaccount name.");
        }

        if (KubernetesObject.GetString(spec, "nodeName") is { Length: > 0 } node)
        {
            bound["node"] = _cluster.Store.Table(new(string.Empty, "nodes")).Find(string.Empty, node) is { } stored
                ? ServiceAccountTokens.Reference(stored)
                : new JsonObject { ["name"] = node };
        }
    }
}
