using System.Globalization;
using GitOps.Kubernetes.Objects;

namespace GitOps.EndToEnd.Tests.Fixture;

/// <summary>A request of the operator to the API server, as the proxy saw it.</summary>
/// <param name="Number">From 1, in order of arrival.</param>
/// <param name="Verb">get, list, watch, create, update, patch, apply, delete, deletecollection; for other paths the method in lower case.</param>
/// <param name="Group">API group; empty for the core group and for paths that are no resource.</param>
/// <param name="Resource">Plural; empty for paths that are no resource.</param>
/// <param name="Namespace">Empty for cluster-scoped objects and for all namespaces.</param>
/// <param name="Name">Empty for a collection.</param>
/// <param name="Subresource">Empty for the object itself.</param>
/// <param name="User">Whom it impersonates; empty: nobody.</param>
/// <param name="IsDryRun">Whether nothing was to be stored.</param>
/// <param name="BodyLength">Of the request, in bytes.</param>
/// <param name="Path">Path and query.</param>
internal sealed record ProxiedRequest(
    long Number, string Verb, string Group, string Resource, string Namespace, string Name, string Subresource, string User, bool IsDryRun,
    int BodyLength, string Path)
{
    private int _status;

    /// <summary>The span that it was made in; empty: none.</summary>
    public string TraceParent { get; private init; } = string.Empty;

    /// <summary>What a deletion asked for; null: nothing, or it is none.</summary>
    public string? Propagation { get; private init; }

    /// <summary>
    /// Of an apply that was answered: what it led to, the same for as long as nobody changes the object's own content.
    /// </summary>
    public string? Stored { get; set; }

    /// <summary>The answer's code; 0 while there is none, or if the connection was cut instead.</summary>
    public int Status
    {
        get => Volatile.Read(ref _status);
        set => Volatile.Write(ref _status, value);
    }

    public bool IsWatch => Verb == "watch";

    /// <summary>Whether it is meant to change something in the cluster. Kubernetes events do not count: nothing depends on them.</summary>
    public bool IsWrite => !IsDryRun && Resource != "events" && Verb is "create" or "update" or "patch" or "apply" or "delete" or "deletecollection";

    public static ProxiedRequest Of(long number, HttpRequest request, byte[] body)
    {
        var segments = (request.Path.Value ?? string.Empty).Split('/', StringSplitOptions.RemoveEmptyEntries);
        var (group, rest) = segments switch
        {
            ["api", _, .. var tail] => (string.Empty, tail),
            ["apis", var name, _, .. var tail] => (name, tail),
            _ => (string.Empty, []),
        };
        var home = string.Empty;
        if (rest is ["namespaces", var inside, not ("status" or "finalize"), ..])
        {
            (home, rest) = (inside, rest[2..]);
        }

        var resource = rest.Length > 0 ? rest[0] : string.Empty;
        var target = rest.Length > 1 ? Uri.UnescapeDataString(rest[1]) : string.Empty;
        return new(
            number, VerbOf(request, resource, target), resource.Length > 0 ? group : string.Empty, resource, home, target,
            rest.Length > 2 ? rest[2] : string.Empty, request.Headers["Impersonate-User"].ToString(),
            request.Query.ContainsKey("dryRun"), body.Length, request.Path + request.QueryString)
        {
            TraceParent = request.Headers["traceparent"].ToString(),
            Propagation = request.Method == "DELETE" && body.Length > 0
                ? KubernetesObject.GetString(KubernetesJson.ParseObject(body), "propagationPolicy")
                : null,
        };
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Number} {Verb} {Path} {(User.Length > 0 ? $"as {User} " : string.Empty)}{BodyLength} bytes -> {Status}");

    private static string VerbOf(HttpRequest request, string resource, string name)
    {
        if (resource.Length == 0)
        {
            return request.Method.ToLowerInvariant();
        }

        return request.Method switch
        {
            "GET" when request.Query["watch"] == "true" || request.Query["watch"] == "1" => "watch",
            "GET" => name.Length > 0 ? "get" : "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => request.ContentType?.Contains("apply-patch", StringComparison.Ordinal) == true ? "apply" : "patch",
            "DELETE" => name.Length > 0 ? "delete" : "deletecollection",
            _ => request.Method.ToLowerInvariant(),
        };
    }
}
