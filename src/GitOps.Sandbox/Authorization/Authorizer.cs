using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Authorization;

/// <summary>Refuses what the caller may not do, impersonation included.</summary>
internal sealed class Authorizer
{
    private readonly RoleBasedAccess _access;

    public Authorizer(Cluster cluster) => _access = new(cluster);

    public RoleBasedAccess Access => _access;

    /// <param name="user">Whose token it is.</param>
    /// <param name="context">The request; its caller is whom the user acts as.</param>
    /// <param name="path">Null for a path that is no resource.</param>
    /// <exception cref="ApiError">403.</exception>
    public void Check(Caller user, ApiContext context, RequestPath? path)
    {
        if (!ReferenceEquals(user, context.Caller))
        {
            CheckImpersonation(user, context.Caller);
        }

        var record = context.Record;
        var verb = record.Verb == "apply" ? "patch" : record.Verb;
        var request = path is { Resource.Length: > 0 }
            ? new AccessRequest(verb, path.Group, path.Resource, path.Subresource, NamespaceOf(path), path.Name)
            : new AccessRequest(verb, string.Empty, string.Empty, string.Empty, string.Empty, string.Empty, context.Http.Request.Path.Value ?? "/");
        if (IsPublic(context.Caller, request) || _access.Decide(context.Caller, request).IsAllowed)
        {
            return;
        }

        throw Forbidden(context.Caller, request);
    }

    /// <summary>A namespace itself is judged within it, so that its own roles can allow reading it.</summary>
    private static string NamespaceOf(RequestPath path) => path.Namespace ?? (path.Resource == "namespaces" ? path.Name : string.Empty);

    /// <summary>Versions, health and discovery: what the default cluster roles of a real server allow.</summary>
    private static bool IsPublic(Caller caller, AccessRequest request)
    {
        if (request.IsResource)
        {
            return request.Verb == "create" && caller != Caller.Anonymous
                && request is { Group: "authorization.k8s.io", Resource: "selfsubjectaccessreviews" or "selfsubjectrulesreviews" }
                    or { Group: "authentication.k8s.io", Resource: "selfsubjectreviews" };
        }

        return request.Verb == "get"
            && (request.Path is "/healthz" or "/livez" or "/readyz" or "/version"
                || (caller != Caller.Anonymous
                    && (request.Path is "/api" or "/apis" || request.Path.StartsWith("/api/", StringComparison.Ordinal)
                        || request.Path.StartsWith("/apis/", StringComparison.Ordinal) || request.Path.StartsWith("/openapi", StringComparison.Ordinal))));
    }

    private static ApiError Forbidden(Caller caller, AccessRequest request)
    {
        if (!request.IsResource)
        {
            return ApiError.Forbidden(
                new(string.Empty, string.Empty), string.Empty, $"User \"{caller.Name}\" cannot {request.Verb} path \"{request.Path}\"");
        }

        var where = request.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{request.Namespace}\"";
        return ApiError.Forbidden(
            new GroupResource(request.Group, request.Resource), request.Name,
            $"User \"{caller.Name}\" cannot {request.Verb} resource \"{request.QualifiedResource}\" in API group \"{request.Group}\" {where}");
    }

    private void CheckImpersonation(Caller user, Caller caller)
    {
        var wanted = Caller.ServiceAccountOf(caller.Name) is { } account
            ? new AccessRequest("impersonate", string.Empty, "serviceaccounts", string.Empty, account.Namespace, account.Name)
            : new AccessRequest("impersonate", string.Empty, "users", string.Empty, string.Empty, caller.Name);
        if (!_access.Decide(user, wanted).IsAllowed)
        {
            throw Forbidden(user, wanted);
        }
    }
}
