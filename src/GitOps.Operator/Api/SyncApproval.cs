using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Api;

/// <summary><c>spec</c> of a SyncApproval: a person's word that exactly this plan may be carried out. Never changed.</summary>
internal sealed record SyncApprovalSpec
{
    /// <summary>Name of the Application, of the same namespace.</summary>
    public required string Application { get; init; }

    /// <summary>The commit, in full.</summary>
    public required string Revision { get; init; }

    /// <summary><c>status.plan.hash</c> of the Application.</summary>
    public required string PlanHash { get; init; }

    /// <summary>Who says so: the admission policy sees to it that it is who created the object.</summary>
    public required string ApprovedBy { get; init; }

    /// <summary>For people.</summary>
    public string? Reason { get; init; }
}

/// <summary>A SyncApproval as it was read.</summary>
/// <param name="Key">Its namespace and name.</param>
/// <param name="Uid">Its uid.</param>
/// <param name="CreatedAt">By the server's clock, in whole seconds.</param>
/// <param name="Spec">What it says.</param>
internal sealed record SyncApproval(NamespacedName Key, string Uid, DateTimeOffset CreatedAt, SyncApprovalSpec Spec)
{
    public NamespacedName Application => new(Key.Namespace, Spec.Application);

    /// <summary>Null: it is being deleted, or is not whole.</summary>
    public static SyncApproval? Parse(KubernetesObject found)
    {
        if (found.IsTerminating || found.Uid is not { } uid || found.Json["spec"] is not JsonObject json
            || !KubernetesTime.TryParse(KubernetesObject.GetString(found.Metadata, "creationTimestamp"), out var created)
            || ApiJson.Read(json, ApiJson.Default.SyncApprovalSpec, "spec", out var errors) is not { } spec || errors.Count > 0)
        {
            return null;
        }

        return new(new(found.Namespace, found.Name), uid, created, spec);
    }
}
