using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Sandbox.Tests.Client.Watching.Interleavings;

/// <summary>The steps that write.</summary>
internal sealed class InterleavingWrites(ClientRig rig, ApiResource resource, string @namespace)
{
    private const string Finalizer = "example.dev/hold";

    public async Task TakeAsync(Step step)
    {
        var label = step.Number % 3 == 0 && step.Kind != StepKind.Create ? "y" : "x";
        var value = step.Number.ToString(CultureInfo.InvariantCulture);
        switch (step.Kind)
        {
            case StepKind.Create:
                await TryAsync(() => CreateAsync(step.Name, value, "x"));
                break;
            case StepKind.Update:
                await TryAsync(() => ReplaceAsync(step.Name, value, label));
                break;
            case StepKind.Patch:
                await PatchAsync(step.Name, new() { ["data"] = new JsonObject { ["v"] = $"patched-{value}" } });
                break;
            case StepKind.Relabel:
                await PatchAsync(step.Name, new() { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = step.Number % 2 == 0 ? "x" : "y" } } });
                break;
            case StepKind.Delete:
                await TryAsync(() => rig.Writer.DeleteAsync(resource, @namespace, step.Name, new(), CancellationToken.None));
                break;
            case StepKind.Recreate:
                await TryAsync(() => rig.Writer.DeleteAsync(resource, @namespace, step.Name, new(), CancellationToken.None));
                await TryAsync(() => CreateAsync(step.Name, value, label));
                break;
            case StepKind.DeleteCollection:
                await rig.Cluster.DeleteAsync(
                    $"/{(resource.Group.Length == 0 ? "api/v1" : $"apis/{resource.Group}/v1")}/namespaces/{@namespace}/{resource.Plural}"
                    + (step.Number % 2 == 0 ? "?labelSelector=app%3Dx" : string.Empty));
                break;
            case StepKind.HoldByFinalizer:
                await PatchAsync(step.Name, new() { ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray(Finalizer) } });
                await TryAsync(() => rig.Writer.DeleteAsync(resource, @namespace, step.Name, new(), CancellationToken.None));
                await PatchAsync(step.Name, new() { ["metadata"] = new JsonObject { ["finalizers"] = null } });
                break;
            default:
                await PatchAsync(step.Name, new() { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["n"] = value } } });
                break;
        }
    }

    /// <summary>A write that has nothing to be done to it, or whose connection was cut by a restart, is no matter: the truth is what was stored.</summary>
    public static async Task TryAsync<T>(Func<Task<T>> write)
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            try
            {
                await write();
                return;
            }
            catch (ApiException exception) when (exception.IsNotFound || exception.IsAlreadyExists || exception.IsConflict || exception.IsForbidden)
            {
                return;
            }
            catch (ApiConnectionException)
            {
                // Once more, over a new connection.
            }
        }
    }

    private Task<WriteResult> CreateAsync(string name, string value, string label) =>
        rig.Writer.CreateAsync(resource, Item(name, value, label), new(), CancellationToken.None);

    /// <summary>A replacement of a custom resource has to name the version that it replaces.</summary>
    private async Task<WriteResult?> ReplaceAsync(string name, string value, string label)
    {
        if (await rig.Writer.GetAsync(resource, @namespace, name, CancellationToken.None) is not { } live)
        {
            return null;
        }

        var next = Item(name, value, label);
        next.Metadata!["resourceVersion"] = live.ResourceVersion;
        return await rig.Writer.ReplaceAsync(resource, next, new(), CancellationToken.None);
    }

    private Task PatchAsync(string name, JsonObject patch) =>
        TryAsync(() => rig.Writer.PatchAsync(resource, @namespace, name, PatchType.Merge, patch, new(), CancellationToken.None));

    private KubernetesObject Item(string name, string value, string label) => KubernetesObject.Parse(
        $$$"""{"apiVersion":"{{{resource.GroupVersionKind.ApiVersion}}}","kind":"{{{resource.Kind}}}","metadata":{"name":"{{{name}}}","namespace":"{{{@namespace}}}","labels":{"app":"{{{label}}}"}},"data":{"v":"{{{value}}}"}}""");
}
