using GitOps.Sandbox.Authorization;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Policies;

/// <summary>Answers expressions that ask what the caller, or a service account, may do.</summary>
internal sealed class PolicyAuthorizer : ICelAuthorizer
{
    private readonly RoleBasedAccess _access;
    private readonly Caller _caller;

    public PolicyAuthorizer(AdmissionRequest request) => (_access, _caller) = (request.Cluster.Access, request.Caller);

    /// <summary>The request's own resource, with the verb still to be told.</summary>
    public static CelAccess OfRequest(AdmissionRequest request) => new(string.Empty)
    {
        Group = request.Resource.Group,
        Resource = request.Resource.Plural,
        Subresource = request.Subresource,
        Namespace = request.Namespace,
        Name = request.Name,
    };

    public CelAccessDecision Decide(CelAccess access)
    {
        var caller = access.ServiceAccount is var (ns, name) ? Caller.Named($"system:serviceaccount:{ns}:{name}", []) : _caller;
        var decision = _access.Decide(caller, access.Path.Length > 0
            ? AccessRequest.OfPath(access.Verb, access.Path)
            : new(access.Verb, access.Group, access.Resource, access.Subresource, access.Namespace, access.Name));
        return new(decision.IsAllowed, decision.Reason);
    }
}
