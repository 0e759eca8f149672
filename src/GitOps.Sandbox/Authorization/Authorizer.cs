using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Authorization;

/// <summary>Lets a caller act as who it wants to be, and refuses what that one may not do.</summary>
internal sealed class Authorizer
{
    private readonly RoleBasedAccess _access;
    private readonly Impersonation _impersonation;

    public Authorizer(Cluster cluster) => (_access, _impersonation) = (cluster.Access, new(cluster.Access));

    /// <param name="context">The request; its caller is whose credentials it carries, and becomes whom that one acts as.</param>
    /// <param name="wanted">Whom the caller wants to be taken for; null: nobody else.</param>
    /// <param name="path">Null for a path that is no resource.</param>
    /// <exception cref="ApiError">403.</exception>
    public void Check(ApiContext context, Caller? wanted, RequestPath? path)
    {
        var request = RequestOf(context, path);
        if (wanted is not null)
        {
            context.Caller = _impersonation.Assume(context.Caller, wanted, request);
        }

        _access.Require(context.Caller, request);
    }

    /// <param name="caller">Who may not.</param>
    /// <param name="request">What.</param>
    /// <param name="reason">What else is to be said; may be empty.</param>
    public static ApiError Forbidden(Caller caller, AccessRequest request, string reason)
    {
        var user = GoText.Quote(caller.Name);
        var where = request.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace {GoText.Quote(request.Namespace)}";
        var text = request.IsResource
            ? $"User {user} cannot {request.Verb} resource {GoText.Quote(request.QualifiedResource)} in API group {GoText.Quote(request.Group)} {where}"
            : $"User {user} cannot {request.Verb} path {GoText.Quote(request.Path)}";
        text = WithoutMarkup(text) + (reason.Length == 0 ? string.Empty : $": {reason}");
        return request.IsResource
            ? ApiError.Forbidden(new GroupResource(request.Group, request.Resource), request.Name, text)
            : new(403, "Forbidden", $"forbidden: {text}", []);
    }

    private static string WithoutMarkup(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    private static AccessRequest RequestOf(ApiContext context, RequestPath? path)
    {
        if (path is not { Resource.Length: > 0 })
        {
            return AccessRequest.OfPath(context.Http.Request.Method.ToLowerInvariant(), context.Http.Request.Path.Value ?? "/");
        }

        var verb = context.Record.Verb switch
        {
            "apply" => "patch",
            "watch" when path.Name.Length > 0 => "get",
            var known and ("get" or "list" or "watch" or "create" or "update" or "patch" or "delete" or "deletecollection") => known,
            _ => string.Empty,
        };
        var name = verb is "list" or "watch" ? NameIn(context.Query("fieldSelector")) : path.Name;
        return new(verb, path.Group, path.Resource, path.Subresource, NamespaceOf(path), name);
    }

    /// <summary>A namespace itself is judged within it, so that its own roles can allow reading it.</summary>
    private static string NamespaceOf(RequestPath path) => path.Namespace ?? (path.Resource == "namespaces" ? path.Name : string.Empty);

    /// <summary>Who lists or watches one object by its name needs no more than that object.</summary>
    private static string NameIn(string? fieldSelector)
    {
        try
        {
            return FieldSelector.Parse(fieldSelector).Exact(FieldSelector.NameField) is { } name && IsName(name) ? name : string.Empty;
        }
        catch (SelectorException)
        {
            return string.Empty;
        }
    }

    private static bool IsName(string text) => text is not ("." or "..") && !text.Contains('/', StringComparison.Ordinal) && !text.Contains('%', StringComparison.Ordinal);
}
