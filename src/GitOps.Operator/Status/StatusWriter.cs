using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.Operator.Status;

/// <summary>Stores the status of Applications, as the operator itself.</summary>
internal sealed class StatusWriter
{
    private static readonly ApplyOptions Options = new(Names.StatusFieldManager, Subresource: "status", MetadataOnly: true);

    private readonly IKubernetesClient _client;

    public StatusWriter(IKubernetesClient client) => _client = client;

    /// <returns>False if the Application is gone, or is another one of that name by now.</returns>
    public async Task<bool> WriteAsync(ObjectMeta application, JsonObject status, CancellationToken cancellationToken)
    {
        var written = new KubernetesObject(new JsonObject
        {
            ["apiVersion"] = Names.ApiVersion,
            ["kind"] = Names.ApplicationKind,
            ["metadata"] = new JsonObject
            {
                ["namespace"] = application.Namespace,
                ["name"] = application.Name,
                ["uid"] = application.Uid,
            },
            ["status"] = status,
        });
        try
        {
            await _client.ApplyAsync(Names.Application, written, Options, cancellationToken);
            return true;
        }
        catch (ApiException refusal) when (refusal.IsNotFound || refusal.IsConflict)
        {
            return false;
        }
    }
}
