using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Deleting;

/// <summary>Puts finalizers on Applications, and takes them off.</summary>
internal sealed class ApplicationFinalizers
{
    private const int MaxAttempts = 5;

    private readonly IKubernetesClient _client;

    public ApplicationFinalizers(IKubernetesClient client) => _client = client;

    /// <summary>
    /// The operator's own finalizers on an Application are exactly these. What somebody else has put there stays, also where it
    /// is one of the same name: the server knows who owns which.
    /// </summary>
    public async Task HoldAsync(ObjectMeta application, ImmutableArray<string> finalizers, CancellationToken cancellationToken)
    {
        var wanted = new KubernetesObject(new JsonObject
        {
            ["apiVersion"] = Names.ApiVersion,
            ["kind"] = Names.ApplicationKind,
            ["metadata"] = new JsonObject
            {
                ["namespace"] = application.Namespace,
                ["name"] = application.Name,
                ["uid"] = application.Uid,
                ["finalizers"] = new JsonArray([.. finalizers.Select(static name => (JsonNode)name)]),
            },
        });
        try
        {
            await _client.ApplyAsync(Names.Application, wanted, new ApplyOptions(Names.StatusFieldManager), cancellationToken);
        }
        catch (ApiException refusal) when (refusal.IsNotFound || refusal.IsConflict)
        {
            // It is gone, or another one of that name by now.
        }
    }

    /// <summary>Takes finalizers off, whoever put them there.</summary>
    /// <returns>False: the Application changes faster than that.</returns>
    public async Task<bool> RemoveAsync(ObjectMeta application, Func<string, bool> isDone, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var live = await _client.GetAsync(Names.Application, application.Namespace, application.Name, cancellationToken);
            if (live is null || live.Uid != application.Uid)
            {
                return true;
            }

            var left = live.Finalizers.Where(finalizer => !isDone(finalizer)).ToList();
            if (left.Count == live.Finalizers.Count)
            {
                return true;
            }

            var patch = new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["resourceVersion"] = live.ResourceVersion,
                    ["finalizers"] = new JsonArray([.. left.Select(static finalizer => (JsonNode)finalizer)]),
                },
            };
            try
            {
                await _client.PatchAsync(
                    Names.Application, application.Namespace, application.Name, PatchType.Merge, patch,
                    new WriteOptions(Names.StatusFieldManager), cancellationToken);
                return true;
            }
            catch (ApiException refusal) when (refusal.IsConflict || refusal.IsNotFound)
            {
                // It changed, or went, in between: look again.
            }
        }

        return false;
    }
}
