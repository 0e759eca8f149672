using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Options;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Webhooks;

/// <summary>
/// The Secret of the webhooks, as its watch shows it: without it they are off, and a change of it counts at once. While it cannot be
/// watched, what was read last stays valid.
/// </summary>
internal sealed class WebhookSecrets : BackgroundService
{
    private static readonly ApiResource Secret = ApiResource.Of("v1", "Secret", "secrets", namespaced: true);

    private readonly IKubernetesClient _client;
    private readonly string _namespace;
    private readonly string _name;
    private readonly ILogger<WebhookSecrets> _log;
    private WebhookKeys _keys = WebhookKeys.None;

    public WebhookSecrets(IKubernetesClient client, OperatorOptions options, ILogger<WebhookSecrets> log)
    {
        _client = client;
        _namespace = options.OperatorNamespace;
        _name = options.WebhooksSecret;
        _log = log;
    }

    public WebhookKeys Keys => Volatile.Read(ref _keys);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await NamedObjectWatch.FollowAsync(
            _client, Secret, _namespace, _name, Take, failure => Log.WatchInterrupted(_log, failure?.Message ?? "the watch ended"), stoppingToken);
    }

    private void Take(KubernetesObject? secret)
    {
        var before = Providers(Keys);
        var keys = secret is null ? WebhookKeys.None : WebhookKeys.Read(secret);
        Volatile.Write(ref _keys, keys);
        foreach (var problem in keys.Problems)
        {
            Log.KeyProblem(_log, _namespace, _name, problem);
        }

        var now = Providers(keys);
        if (now.Length == 0 && before.Length > 0)
        {
            Log.Off(_log, _namespace, _name);
        }
        else if (now != before)
        {
            Log.On(_log, now, _namespace, _name);
        }
    }

    private static string Providers(WebhookKeys keys) =>
        string.Join(", ", WebhookProviders.All.Values.Where(provider => provider.IsOn(keys)).Select(static provider => provider.Name).Order(StringComparer.Ordinal));
}
