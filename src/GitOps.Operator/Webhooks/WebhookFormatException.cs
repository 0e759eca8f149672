namespace GitOps.Operator.Webhooks;

/// <summary>A body that is not what its provider sends. The message names no value of it.</summary>
internal sealed class WebhookFormatException(string message, Exception? inner = null) : Exception(message, inner);
