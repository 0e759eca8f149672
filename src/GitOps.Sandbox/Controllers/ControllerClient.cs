using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;
using Microsoft.AspNetCore.Http;

namespace GitOps.Sandbox.Controllers;

/// <summary>
/// How a controller writes: through all that a request goes through but the connection, the log and the faults, as a user of
/// its own and as the field manager that its program's name gives.
/// </summary>
internal sealed class ControllerClient
{
    public const string ManagerProgram = "kube-controller-manager";
    public const string NodeProgram = "kubelet";
    public const string SchedulerProgram = "kube-scheduler";
    public const string CloudProgram = "cloud-controller-manager";
    public const string IngressProgram = "ingress-controller";

    private readonly ClusterView _view;
    private readonly Caller _caller;
    private readonly string _userAgent;

    private ControllerClient(ClusterView view, Caller caller, string program) =>
        (_view, _caller, _userAgent) = (view, caller, $"{program}/v1.36.2 (linux/amd64) sandbox");

    /// <summary>A controller of the controller manager, which has an account of its own.</summary>
    public static ControllerClient Of(ClusterView view, string controller) =>
        new(view, Caller.Named($"system:serviceaccount:kube-system:{controller}", []), ManagerProgram);

    /// <summary>A node.</summary>
    public static ControllerClient OfNode(ClusterView view, string node) =>
        new(view, Caller.Named($"system:node:{node}", ["system:nodes"]), NodeProgram);

    /// <summary>Whoever gives addresses to what is reached from outside.</summary>
    public static ControllerClient OfCloud(ClusterView view) => new(view, Caller.Named("system:cloud-controller-manager", []), CloudProgram);

    public static ControllerClient OfIngress(ClusterView view) =>
        new(view, Caller.Named("system:serviceaccount:kube-system:ingress-controller", []), IngressProgram);

    public static ControllerClient OfScheduler(ClusterView view) => new(view, Caller.Named("system:kube-scheduler", []), SchedulerProgram);

    /// <returns>The new object's state.</returns>
    /// <exception cref="ApiError">It is refused.</exception>
    public async Task<StoredObject> CreateAsync(GroupResource kind, string @namespace, JsonObject body)
    {
        var request = Request(kind, "POST", "create", @namespace, string.Empty, string.Empty);
        return (await _view.Cluster.Writer.CreateAsync(request, body)).Stored!;
    }

    /// <summary>Writes all of an object but its status, if it still is at the version that was read.</summary>
    /// <exception cref="ApiError">409 Conflict: it has changed.</exception>
    public Task<StoredObject?> UpdateAsync(GroupResource kind, KubernetesObject subject) => ReplaceAsync(kind, subject, string.Empty);

    /// <summary>Writes an object's status, if it still is at the version that was read.</summary>
    /// <exception cref="ApiError">409 Conflict: it has changed.</exception>
    public Task<StoredObject?> UpdateStatusAsync(GroupResource kind, KubernetesObject subject) => ReplaceAsync(kind, subject, "status");

    /// <summary>Changes an object, whatever its version.</summary>
    /// <param name="at">Where it is.</param>
    /// <param name="change">Makes the change, if there still is something to change; may be called again.</param>
    /// <param name="subresource">Empty for the object itself.</param>
    /// <returns>Null if there is no such object.</returns>
    public async Task<StoredObject?> PatchAsync(WorkKey at, Action<KubernetesObject> change, string subresource = "")
    {
        var request = Request(at.Resource, "PATCH", "patch", at.Namespace, at.Name, subresource);
        if (request.Find() is null)
        {
            return null;
        }

        var outcome = await _view.Cluster.Writer.PatchAsync(request, json =>
        {
            change(new(json));
            return json;
        });
        return outcome.Stored;
    }

    /// <summary>Deletes an object, if it still is the one that was read.</summary>
    public async Task DeleteAsync(GroupResource kind, StoredObject stored, string? propagation = null, long? graceSeconds = null)
    {
        var request = Request(kind, "DELETE", "delete", stored.Namespace, stored.Name, string.Empty);
        try
        {
            await _view.Cluster.Deleter.DeleteAsync(
                request.Context, request.Resource, request.Path, stored.Name, new(propagation, stored.Uid, null, graceSeconds, false));
        }
        catch (ApiError error) when (error.Code is 404 or 409)
        {
            // Gone, or another object by now: what was to be deleted is no more.
        }
    }

    private async Task<StoredObject?> ReplaceAsync(GroupResource kind, KubernetesObject subject, string subresource)
    {
        var request = Request(kind, "PUT", "update", subject.Namespace, subject.Name, subresource);
        return (await _view.Cluster.Writer.ReplaceAsync(request, subject.Json)).Stored;
    }

    private ServedResource Served(GroupResource kind) => _view.Cluster.Catalog.FindStored(kind) ?? throw ApiError.PathNotFound();

    private WriteRequest Request(GroupResource kind, string method, string verb, string @namespace, string name, string subresource)
    {
        var served = Served(kind);
        var http = new DefaultHttpContext { RequestAborted = _view.Stopping };
        http.Request.Method = method;
        var context = new ApiContext(http, _view.Cluster)
        {
            Caller = _caller,
            Record = new(
                0, verb, served.Group, served.Version, served.Plural, subresource, @namespace, name, _caller.Name, string.Empty, _userAgent, false,
                string.Empty),
        };
        return WriteRequest.Parse(
            context, served, new(served.Group, served.Version, served.Plural, served.Namespaced ? @namespace : null, name, subresource));
    }
}
