using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Manifests;

namespace GitOps.Sandbox.State;

/// <summary>
/// Applies objects that somebody wrote, definitions and namespaces before the rest. Where a kind has a status subresource, a
/// status that is written down is applied too: a test says so what a controller would have reported.
/// </summary>
internal sealed class ManifestApplier
{
    private const string DefaultNamespace = "default";

    private static readonly ApplyOptions Apply = new("sandbox");

    private readonly IKubernetesClient _client;

    public ManifestApplier(IKubernetesClient client) => _client = client;

    /// <summary>All of them, or all before the first that is refused.</summary>
    /// <exception cref="ManifestException">An object is refused, or its kind is not served; says where it is written.</exception>
    public async Task<ImmutableArray<KubernetesObject>> ApplyAsync(IReadOnlyList<RenderedObject> objects, CancellationToken cancellationToken)
    {
        var applied = ImmutableArray.CreateBuilder<KubernetesObject>(objects.Count);
        foreach (var rank in objects.GroupBy(static item => Rank(item.Object)).OrderBy(static rank => rank.Key))
        {
            foreach (var item in rank)
            {
                applied.Add(await ApplyAsync(item, cancellationToken));
            }

            if (rank.Key == 0)
            {
                await _client.Discovery.RefreshAsync(cancellationToken);
            }
        }

        return applied.DrainToImmutable();
    }

    private async Task<KubernetesObject> ApplyAsync(RenderedObject item, CancellationToken cancellationToken)
    {
        var desired = item.Object.DeepClone();
        if (await _client.Discovery.FindAsync(desired.GroupVersionKind, cancellationToken) is not { Outcome: LookupOutcome.Found, Resource: { } resource })
        {
            throw new ManifestException(new ManifestError(item.Location, $"{desired.GroupVersionKind} is not served: is its CustomResourceDefinition missing?"));
        }

        if (resource.Namespaced && desired.Namespace.Length == 0)
        {
            desired.Metadata!["namespace"] = DefaultNamespace;
        }

        var status = desired.Json["status"];
        desired.Json.Remove("status");
        try
        {
            var (result, _, _) = await _client.ApplyAsync(resource, desired, Apply, cancellationToken);
            return status is null || !resource.HasStatusSubresource || Rank(desired) == 0
                ? result
                : (await _client.ApplyAsync(resource, OnlyStatus(desired, status), Apply with { Subresource = "status" }, cancellationToken)).Object;
        }
        catch (ApiException exception)
        {
            throw new ManifestException(new ManifestError(item.Location, $"{desired}: the server refuses it: {exception.Message}"));
        }
    }

    private static KubernetesObject OnlyStatus(KubernetesObject source, JsonNode status)
    {
        var metadata = new JsonObject { ["name"] = source.Name };
        if (source.Namespace.Length > 0)
        {
            metadata["namespace"] = source.Namespace;
        }

        return new(new JsonObject
        {
            ["apiVersion"] = source.ApiVersion,
            ["kind"] = source.Kind,
            ["metadata"] = metadata,
            ["status"] = status.DeepClone(),
        });
    }

    private static int Rank(KubernetesObject item) => item.Kind switch
    {
        "CustomResourceDefinition" => 0,
        "Namespace" => 1,
        _ => 2,
    };
}
