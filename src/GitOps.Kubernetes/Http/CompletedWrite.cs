using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Http;

/// <summary>
/// One request to change something, no dry run, after its last attempt. It holds nothing of an object's content.
/// </summary>
/// <param name="Verb"><c>create</c>, <c>update</c>, <c>patch</c>, <c>apply</c>, <c>delete</c>.</param>
/// <param name="Type">Of the object.</param>
/// <param name="Resource">Plural, with its subresource.</param>
/// <param name="Namespace">Empty for a cluster-scoped object.</param>
/// <param name="Name">The object's; of a creation that asks for a generated one, the name that it got, or empty.</param>
/// <param name="As">Whom it was made as; null: oneself.</param>
/// <param name="Code">Of the answer; 0: there was none, and it was carried out or not.</param>
/// <param name="Reason">The server's word for a refusal; empty: it was none.</param>
/// <param name="AuditId">Under which the server's audit log has the request; null: it did not say.</param>
/// <param name="ResourceVersion">Of the object as it was stored; null: there is no answer, or the object is gone.</param>
/// <param name="IsPending">Of a deletion: something holds the object.</param>
public readonly record struct CompletedWrite(
    string Verb, GroupVersionKind Type, string Resource, string Namespace, string Name, string? As, int Code, string Reason, string? AuditId,
    string? ResourceVersion, bool IsPending)
{
    public ObjectKey Key => new(Type.Group, Type.Kind, Namespace, Name);

    internal static CompletedWrite Of(ApiRequest request, ApiResource resource, string @namespace, string name, Impersonation? impersonation) =>
        new(request.Verb, resource.GroupVersionKind, request.Resource, @namespace, name, impersonation?.User, 0, string.Empty, null, null, false);
}
