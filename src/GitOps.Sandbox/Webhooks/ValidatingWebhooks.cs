using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Webhooks;

/// <summary>Asks all validating webhooks that a request concerns, at the same time.</summary>
internal sealed class ValidatingWebhooks
{
    private readonly WebhookClient _client;
    private readonly ConfigurationCache<Webhook> _webhooks;

    public ValidatingWebhooks(Cluster cluster, WebhookClient client) =>
        (_client, _webhooks) = (client, new(cluster, "validatingwebhookconfigurations", Webhook.ReadAll));

    public bool IsEmpty => _webhooks.Current.IsEmpty;

    /// <exception cref="ApiError">One of them refuses, or cannot be asked and may not be passed over.</exception>
    public async Task ValidateAsync(AdmissionRequest request)
    {
        var calls = new List<WebhookCall>();
        foreach (var webhook in _webhooks.Current)
        {
            if (webhook.Find(request) is { } resource)
            {
                calls.Add(new(_client, webhook, request, resource));
            }
        }

        var verdicts = await Task.WhenAll(calls.Select(AskAsync));
        foreach (var warning in verdicts.SelectMany(static verdict => verdict.Warnings))
        {
            request.Context.Warn(warning);
        }

        if (verdicts.FirstOrDefault(static verdict => verdict.Refusal is not null).Refusal is { } first)
        {
            throw first;
        }
    }

    private static async Task<Verdict> AskAsync(WebhookCall call)
    {
        try
        {
            var answer = await call.AskAsync(isMutating: false);
            return new(answer.IsAllowed ? null : call.Refusal(answer.Result), answer.Warnings);
        }
        catch (ApiError refusal)
        {
            return new(refusal, []);
        }
        catch (WebhookFailure) when (call.Webhook.IgnoresFailure)
        {
            return new(null, []);
        }
        catch (WebhookFailure failure)
        {
            return new(ApiError.InternalCause(failure.Message), []);
        }
    }

    private readonly record struct Verdict(ApiError? Refusal, IReadOnlyList<string> Warnings);
}
