using System.Text.Json.Nodes;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <summary>A bound claim can ask for more only where its storage class can give more.</summary>
internal static class ClaimGrowth
{
    private static readonly GroupResource Classes = new("storage.k8s.io", "storageclasses");

    /// <exception cref="ApiError">403.</exception>
    public static void Check(AdmissionRequest request)
    {
        var (before, after) = (request.OldObject, request.Object);
        var grows = before.Object("status").Text("phase") == "Bound" && Quantity.TryRead(Storage(before), out var was)
            && Quantity.TryRead(Storage(after), out var wanted) && wanted > was;
        if (grows && !CanGrow(request.Cluster, before.Object("spec").Text("storageClassName")))
        {
            throw ApiError.Forbidden(
                request.Storage, request.Name,
                "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize");
        }
    }

    private static JsonNode? Storage(JsonObject? claim) => claim.Object("spec").Object("resources").Object("requests")?["storage"];

    private static bool CanGrow(Cluster cluster, string? name) =>
        !string.IsNullOrEmpty(name) && cluster.Store.Table(Classes).Find(string.Empty, name) is { } stored
        && ResourceCatalog.BuiltIn.FindStored(Classes)!.Read(stored).IsTrue("allowVolumeExpansion");
}
