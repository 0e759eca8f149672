using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>
/// What a person says to the operator never comes from Git: whoever may merge could else let a change through that another
/// person has to approve. Refused on any object, since an annotation of an Application is one, and so is a hook.
/// </summary>
internal static class GitRefusals
{
    private static readonly string[] Words =
    [
        Annotations.Sync[Annotations.Prefix.Length..], Annotations.RollbackTo[Annotations.Prefix.Length..], Annotations.Terminate[Annotations.Prefix.Length..],
        Annotations.DeletionApproved, Annotations.ApprovedPlan,
    ];

    /// <summary>A sentence for each of them that a rendered object has.</summary>
    public static IEnumerable<string> Of(KubernetesObject rendered)
    {
        if (rendered.GroupVersionKind is { Group: Names.Group, Kind: Names.SyncApprovalKind })
        {
            yield return $"{rendered}: an approval cannot come from Git; a person creates it in the cluster";
        }

        if (rendered.GroupVersionKind is { Group: Names.Group, Kind: Names.ApplicationKind } && rendered.Json["operation"] is not null)
        {
            yield return $"{rendered}: operation: a request cannot come from Git; remove it, and ask in the cluster";
        }

        foreach (var word in Words)
        {
            foreach (var name in (string[])[Annotations.Prefix + word, Annotations.ArgoPrefix + word])
            {
                if (rendered.Annotation(name) is not null)
                {
                    yield return $"{rendered}: annotation {name} cannot come from Git; remove it, and set it in the cluster";
                }
            }
        }
    }
}
