using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Authorization;

/// <summary>Questions that are answered and not stored: who am I, whose token is this, who may do that.</summary>
internal sealed class Reviews
{
    private readonly Cluster _cluster;
    private readonly Authentication _authentication;
    private readonly RoleBasedAccess _access;

    public Reviews(Cluster cluster, Authentication authentication, RoleBasedAccess access) =>
        (_cluster, _authentication, _access) = (cluster, authentication, access);

    public static bool IsReview(ServedResource resource) => resource.Group is "authorization.k8s.io" or "authentication.k8s.io";

    /// <summary>The review with its answer in the status.</summary>
    public JsonObject Answer(WriteRequest request, JsonObject body)
    {
        ObjectPreparation.CheckType(request, body);
        body.Remove("status");
        MetadataRules.Of(body);
        var type = _cluster.Schemas.Find(request.Resource.GroupVersionKind)!;
        var context = new WriteContext(request.Manager, request.ApiVersion, string.Empty, _cluster.Options.TimeProvider.GetUtcNow()) { Schemas = _cluster.Schemas };
        var answer = FieldManagement.Update(null, new(body), type, context).Json;
        var spec = answer["spec"] as JsonObject ?? [];
        var caller = request.Context.Caller;
        answer["status"] = request.Resource.Kind switch
        {
            "SelfSubjectAccessReview" => Decide(caller, spec),
            "SubjectAccessReview" or "LocalSubjectAccessReview" => Decide(Subject(spec), spec),
            "TokenReview" => Token(KubernetesObject.GetString(spec, "token") ?? string.Empty),
            "SelfSubjectReview" => new JsonObject { ["userInfo"] = UserInfo(caller) },
            _ => throw ApiError.PathNotFound(),
        };
        if (request.Resource.Kind == "SelfSubjectReview")
        {
            MetadataRules.Of(answer)["creationTimestamp"] = _cluster.Timestamp();
        }

        return answer;
    }

    private static Caller Subject(JsonObject spec) => Caller.Named(
        KubernetesObject.GetString(spec, "user") ?? string.Empty,
        [.. (spec["groups"] as JsonArray ?? []).Select(static group => group?.GetValue<string>() ?? string.Empty)]);

    private static JsonObject UserInfo(Caller caller)
    {
        var info = new JsonObject
        {
            ["username"] = caller.Name,
            ["groups"] = new JsonArray([.. caller.Groups.Select(static group => JsonValue.Create(group))]),
        };
        if (caller.Uid.Length > 0)
        {
            info["uid"] = caller.Uid;
        }

        return info;
    }

    private JsonObject Token(string token) => _authentication.Find(token) is { } caller
        ? new() { ["authenticated"] = true, ["user"] = UserInfo(caller) }
        : new() { ["user"] = new JsonObject(), ["error"] = "invalid bearer token" };

    private JsonObject Decide(Caller caller, JsonObject spec)
    {
        string Text(JsonObject? attributes, string name) => KubernetesObject.GetString(attributes, name) ?? string.Empty;

        var resource = spec["resourceAttributes"] as JsonObject;
        var path = spec["nonResourceAttributes"] as JsonObject;
        var decision = _access.Decide(caller, resource is not null
            ? new(Text(resource, "verb"), Text(resource, "group"), Text(resource, "resource"), Text(resource, "subresource"),
                Text(resource, "namespace"), Text(resource, "name"))
            : new(Text(path, "verb"), string.Empty, string.Empty, string.Empty, string.Empty, string.Empty, Text(path, "path")));
        var status = new JsonObject { ["allowed"] = decision.IsAllowed };
        if (decision.Reason.Length > 0)
        {
            status["reason"] = decision.Reason;
        }

        return status;
    }
}
