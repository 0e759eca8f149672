using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Plugins;

/// <summary>Gives claims and ingresses that name no class the class that is marked as the default, the newest if there are several.</summary>
internal static class DefaultClasses
{
    private const string ClaimAnnotation = "volume.beta.kubernetes.io/storage-class";
    private const string IngressAnnotation = "kubernetes.io/ingress.class";

    private static readonly GroupResource Claims = new(string.Empty, "persistentvolumeclaims");
    private static readonly GroupResource Ingresses = new("networking.k8s.io", "ingresses");
    private static readonly GroupResource StorageClasses = new("storage.k8s.io", "storageclasses");
    private static readonly GroupResource IngressClasses = new("networking.k8s.io", "ingressclasses");
    private static readonly string[] StorageMarks = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
    private static readonly string[] IngressMarks = ["ingressclass.kubernetes.io/is-default-class"];

    /// <summary>Changes a new object in place.</summary>
    public static void Admit(AdmissionRequest request)
    {
        if (request.Storage == Claims)
        {
            Fill(request, "storageClassName", ClaimAnnotation, StorageClasses, StorageMarks);
        }
        else if (request.Storage == Ingresses)
        {
            Fill(request, "ingressClassName", IngressAnnotation, IngressClasses, IngressMarks);
        }
    }

    private static void Fill(AdmissionRequest request, string field, string annotation, GroupResource classes, string[] marks)
    {
        var json = request.Object!;
        if (json.Object("spec")?[field] is not null || json.Object("metadata").Object("annotations")?[annotation] is not null)
        {
            return;
        }

        var served = ResourceCatalog.BuiltIn.FindStored(classes)!;
        var chosen = request.Cluster.Store.Take(request.Cluster.Store.Table(classes)).Enumerate(string.Empty)
            .Select(served.Read)
            .Where(candidate => marks.Any(mark => candidate.Object("metadata").Object("annotations").Text(mark) == "true"))
            .OrderByDescending(static candidate => candidate.Object("metadata").Text("creationTimestamp"), StringComparer.Ordinal)
            .ThenBy(static candidate => candidate.Object("metadata").Text("name"), StringComparer.Ordinal)
            .FirstOrDefault();
        if (chosen is not null)
        {
            json.ObjectOrNew("spec")[field] = chosen.Object("metadata").Text("name");
        }
    }
}
