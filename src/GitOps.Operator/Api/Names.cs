using GitOps.Kubernetes.Resources;

namespace GitOps.Operator.Api;

/// <summary>
/// Load-bearing names: they are written into clusters and Git repositories, and renaming one orphans what carries the old name.
/// </summary>
internal static class Names
{
    public const string Group = "gitops-operator.dev";
    public const string Version = "v1alpha1";
    public const string ApiVersion = Group + "/" + Version;

    public const string ApplicationKind = "Application";
    public const string ResourceInventoryKind = "ResourceInventory";
    public const string SyncApprovalKind = "SyncApproval";

    /// <summary>The ValidatingAdmissionPolicy, and its binding, that make a SyncApproval worth something.</summary>
    public const string ApprovalPolicy = "sync-approval." + Group;

    /// <summary>Label of managed objects and inventory pages: <see cref="Marks.LabelValue"/>.</summary>
    public const string ApplicationLabel = Group + "/application";

    /// <summary>Annotation of managed objects: <see cref="Marks.TrackingId"/>.</summary>
    public const string TrackingIdAnnotation = Group + "/tracking-id";

    /// <summary>Owns the fields of managed objects.</summary>
    public const string FieldManager = "gitops-operator";

    /// <summary>Owns what we write to our own resources.</summary>
    public const string StatusFieldManager = "gitops-operator-status";

    /// <summary>Holds an inventory page until the deletion of its Application is complete.</summary>
    public const string InventoryFinalizer = Group + "/inventory";

    public const string ArgoResourcesFinalizer = "resources-finalizer.argocd.argoproj.io";
    public const string ResourcesFinalizer = Group + "/resources-finalizer";

    /// <summary>
    /// As Argo CD's, with <c>/foreground</c> or <c>/background</c> behind it. The API server allows one slash in a finalizer, so
    /// <see cref="ResourcesFinalizer"/> itself can have nothing behind it.
    /// </summary>
    public const string ResourcesFinalizerTwin = "resources-finalizer." + Group;

    /// <summary>On an Application: hooks of its manifests run before its objects are deleted. With <c>/cleanup</c>: and go as they say.</summary>
    public const string PreDeleteFinalizer = "pre-delete-finalizer." + Group;
    public const string ArgoPreDeleteFinalizer = "pre-delete-finalizer.argocd.argoproj.io";

    /// <summary>The same, after its objects are gone.</summary>
    public const string PostDeleteFinalizer = "post-delete-finalizer." + Group;
    public const string ArgoPostDeleteFinalizer = "post-delete-finalizer.argocd.argoproj.io";

    /// <summary>Holds a hook until its result was read.</summary>
    public const string HookFinalizer = Group + "/hook-finalizer";

    /// <summary>Annotation of a hook's object: whose it is, as <c>namespace/name</c>.</summary>
    public const string HookOfAnnotation = Group + "/hook-of";

    /// <summary>Annotation of a hook's object: which run it belongs to.</summary>
    public const string HookRunAnnotation = Group + "/hook-run";

    /// <summary>On an Application: <c>remove-fields</c> removes fields that only an adopted object's former tool owns.</summary>
    public const string AdoptAnnotation = Group + "/adopt";

    /// <summary>On an Application: the hash of the plan that a person lets through its deletion budget.</summary>
    public const string ApprovedPlanAnnotation = Annotations.Prefix + Annotations.ApprovedPlan;

    public static readonly ApiResource Application =
        ApiResource.Of(ApiVersion, ApplicationKind, "applications", namespaced: true, "status");

    public static readonly ApiResource ResourceInventory =
        ApiResource.Of(ApiVersion, ResourceInventoryKind, "resourceinventories", namespaced: true);

    public static readonly ApiResource SyncApproval =
        ApiResource.Of(ApiVersion, SyncApprovalKind, "syncapprovals", namespaced: true);
}
