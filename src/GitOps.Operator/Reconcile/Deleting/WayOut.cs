using System.Text.Json.Nodes;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Deleting;

/// <summary>The commands that end a deletion that waits. They hold no time but the deletion's own, so that they do not change. Pure.</summary>
internal static class WayOut
{
    /// <summary>Approves this very deletion.</summary>
    public static string Confirm(ObjectMeta application) =>
        $"kubectl annotate --overwrite applications.{Names.Group} {application.Name} -n {application.Namespace} "
        + $"{Annotations.Prefix}{Annotations.DeletionApproved}={application.DeletionTimestamp}";

    /// <summary>Goes on without the hooks of this phase.</summary>
    public static string WithoutHooks(ObjectMeta application, SyncPhase phase) =>
        Keep(application, application.Finalizers.Where(finalizer => !DeletionFinalizers.IsOf(phase, finalizer)));

    /// <summary>Lets the Application go, and leaves what is left of its objects where it is.</summary>
    public static string WithoutObjects(ObjectMeta application) =>
        Keep(application, application.Finalizers.Where(static finalizer => !DeletionFinalizers.IsOne(finalizer)));

    private static string Keep(ObjectMeta application, IEnumerable<string> finalizers)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray([.. finalizers.Select(static name => (JsonNode)name)]) },
        };
        return $"kubectl patch applications.{Names.Group} {application.Name} -n {application.Namespace} --type=merge -p '{patch.ToJsonString()}'";
    }
}
