namespace GitOps.Sandbox.Webhooks;

/// <summary>A webhook could not be asked, or gave no proper answer: what its failure policy is about.</summary>
internal sealed class WebhookFailure : Exception
{
    /// <param name="webhook">The webhook's name.</param>
    /// <param name="what">What happened.</param>
    public WebhookFailure(string webhook, string what)
        : base($"failed calling webhook \"{webhook}\": {what}")
    {
    }
}
