using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Webhooks;

/// <summary>One question to one webhook about one request, in the version of the resource that the webhook asked for.</summary>
internal sealed class WebhookCall
{
    private readonly WebhookClient _client;
    private readonly Webhook _webhook;
    private readonly AdmissionRequest _request;
    private readonly ServedResource _resource;

    /// <param name="client">Sends it.</param>
    /// <param name="webhook">Who is asked.</param>
    /// <param name="request">The write.</param>
    /// <param name="resource">The version asked for.</param>
    public WebhookCall(WebhookClient client, Webhook webhook, AdmissionRequest request, ServedResource resource) =>
        (_client, _webhook, _request, _resource) = (client, webhook, request, resource);

    public Webhook Webhook => _webhook;

    private GroupVersionKind Kind => _request.Kind == _request.Resource.GroupVersionKind ? _resource.GroupVersionKind : _request.Kind;

    /// <exception cref="ApiError">400: the request is a dry run and the webhook has side effects; 403 or other: it refuses.</exception>
    /// <exception cref="WebhookFailure">It could not be asked.</exception>
    public async Task<ReviewAnswer> AskAsync(bool isMutating)
    {
        if (_request.DryRun && !_webhook.AllowsDryRun)
        {
            throw ApiError.BadRequest($"admission webhook \"{_webhook.Name}\" does not support dry run");
        }

        var version = _webhook.ReviewVersions.FirstOrDefault(static version => version is "v1" or "v1beta1")
            ?? throw new WebhookFailure(
                _webhook.Name, "could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)");
        var uid = Guid.NewGuid().ToString();
        var question = AdmissionReview.Ask(
            _request, version, _resource, Kind, ObjectVersions.Convert(_request, _request.Object, _resource),
            ObjectVersions.Convert(_request, _request.OldObject, _resource), uid);
        var answer = await _client.AskAsync(_webhook, question, _request.Aborted);
        return AdmissionReview.Read(_webhook, answer, version, uid, isMutating);
    }

    /// <summary>The refusal, as its Status.</summary>
    public ApiError Refusal(JsonObject? result)
    {
        var code = (int)(KubernetesObject.GetInt64(result, "code") ?? 0);
        var reason = result.Text("reason") ?? string.Empty;
        var why = result.Text("message") is { Length: > 0 } message ? $": {message}"
            : reason.Length > 0 ? $": {reason}"
            : " without explanation";
        return new(
            code < 400 ? 400 : code, reason, $"admission webhook \"{_webhook.Name}\" denied the request{why}",
            result.Object("details") is { } details ? (JsonObject)details.DeepClone() : null);
    }
}
