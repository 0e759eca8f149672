using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Requests;

/// <summary>Takes requests off an Application when they have been dealt with; one that changed meanwhile is another, and stays.</summary>
internal sealed class ApplicationPatches
{
    private readonly IKubernetesClient _client;

    public ApplicationPatches(IKubernetesClient client) => _client = client;

    /// <summary>Removes annotations that still have the value that was read.</summary>
    public async Task RemoveAnnotationsAsync(ReconcileContext context, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var patch = new JsonArray();
        foreach (var name in names)
        {
            if (context.Application.Metadata.Annotations.TryGetValue(name, out var value))
            {
                Remove(patch, $"/metadata/annotations/{name.Replace("/", "~1", StringComparison.Ordinal)}", value);
            }
        }

        if (patch.Count > 0)
        {
            await PatchAsync(context, patch, cancellationToken);
        }
    }

    /// <summary>Removes the field <c>operation</c>, if it is what was read. What is read of it until the watch shows that is not a new one.</summary>
    public async Task RemoveOperationAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var application = context.Application;
        if (application.RawOperation is not { } raw || application.Metadata.Generation < context.Runtime.RequestsFrom)
        {
            return;
        }

        var patch = new JsonArray();
        Remove(patch, "/operation", raw.DeepClone());
        await PatchAsync(context, patch, cancellationToken);
        context.Runtime.RequestsFrom = application.Metadata.Generation + 1;
    }

    private static void Remove(JsonArray patch, string path, JsonNode value)
    {
        patch.Add(new JsonObject { ["op"] = "test", ["path"] = path, ["value"] = value });
        patch.Add(new JsonObject { ["op"] = "remove", ["path"] = path });
    }

    private async Task PatchAsync(ReconcileContext context, JsonArray patch, CancellationToken cancellationToken)
    {
        try
        {
            await _client.PatchAsync(
                Names.Application, context.Key.Namespace, context.Key.Name, PatchType.Json, patch,
                new WriteOptions(Names.StatusFieldManager), cancellationToken);
        }
        catch (ApiException refusal) when (refusal.IsInvalid || refusal.IsNotFound)
        {
            // Asked again meanwhile, or taken back: the next pass sees it.
        }
    }
}
