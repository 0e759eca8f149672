using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Webhooks;

/// <summary>Asks the mutating webhooks one after the other; each sees what the one before it made.</summary>
internal sealed class MutatingWebhooks
{
    private readonly Cluster _cluster;
    private readonly WebhookClient _client;
    private readonly ConfigurationCache<Webhook> _webhooks;

    public MutatingWebhooks(Cluster cluster, WebhookClient client)
    {
        (_cluster, _client) = (cluster, client);
        _webhooks = new(cluster, "mutatingwebhookconfigurations", Webhook.ReadAll);
    }

    public bool IsEmpty => _webhooks.Current.IsEmpty;

    /// <exception cref="ApiError">One of them refuses, or cannot be asked and may not be passed over.</exception>
    public async Task MutateAsync(AdmissionRequest request, Reinvocation reinvocation)
    {
        reinvocation.Resume(request.Object);
        foreach (var webhook in _webhooks.Current)
        {
            if (webhook.Find(request) is { } resource && reinvocation.Includes(webhook.Id))
            {
                await AskAsync(new(_client, webhook, request, resource), request, resource, reinvocation);
            }
        }

        reinvocation.Pause(request.Object);
    }

    private static JsonObject Patch(WebhookCall call, JsonObject? json, JsonArray patch)
    {
        if (json is null)
        {
            throw ApiError.InternalCause(
                $"admission webhook \"{call.Webhook.Name}\" attempted to modify the object, which is not supported for this operation");
        }

        try
        {
            return JsonPatchDocument.Apply(json, patch);
        }
        catch (ApiException exception)
        {
            throw ApiError.InternalCause(exception.Message);
        }
    }

    private async Task AskAsync(WebhookCall call, AdmissionRequest request, ServedResource resource, Reinvocation reinvocation)
    {
        try
        {
            var answer = await call.AskAsync(isMutating: true);
            foreach (var warning in answer.Warnings)
            {
                request.Context.Warn(warning);
            }

            if (!answer.IsAllowed)
            {
                throw call.Refusal(answer.Result);
            }

            if (answer.Patch is { Count: > 0 } patch && Change(call, request, resource, patch))
            {
                reinvocation.OnChanged();
            }
        }
        catch (WebhookFailure) when (call.Webhook.IgnoresFailure)
        {
            // Its configuration says to go on without it.
        }
        catch (WebhookFailure failure)
        {
            throw ApiError.InternalCause(failure.Message);
        }

        if (call.Webhook.IsReinvocable)
        {
            reinvocation.OnAsked(call.Webhook.Id);
        }
    }

    /// <returns>Whether the object is another one now.</returns>
    private bool Change(WebhookCall call, AdmissionRequest request, ServedResource resource, JsonArray patch)
    {
        var before = request.Object;
        var owners = before?["metadata"]?["managedFields"];
        var next = ObjectVersions.ConvertBack(request, Patch(call, ObjectVersions.Convert(request, before, resource), patch), resource);
        _cluster.Writer.Reread(request, next);
        KeepOwners(request, owners, next);
        request.Object = next;
        return !JsonNode.DeepEquals(before, next);
    }

    /// <summary>Who owns what may be changed too, but not into something that cannot be read.</summary>
    private static void KeepOwners(AdmissionRequest request, JsonNode? owners, JsonObject next)
    {
        if (MetadataRules.Of(next)["managedFields"] is not JsonArray given)
        {
            return;
        }

        try
        {
            ManagedFields.Parse(given);
        }
        catch (FormatException exception)
        {
            MetadataRules.Of(next)["managedFields"] = owners?.DeepClone();
            request.Context.Warn(
                ".metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating "
                + $"admission controller; please fix your requests: {exception.Message}");
        }
    }
}
