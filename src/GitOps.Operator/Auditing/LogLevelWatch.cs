using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Options;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Auditing;

/// <summary>
/// Sets the levels of the log by a ConfigMap of the operator's namespace, on every replica and without a restart. Who may do so is
/// who may write there; no port is opened for it, and no shell is needed in the image. While it cannot be watched, what was read last stays.
/// </summary>
internal sealed class LogLevelWatch : BackgroundService
{
    public const string Name = "gitops-operator-logging";

    private static readonly ApiResource ConfigMap = ApiResource.Of("v1", "ConfigMap", "configmaps", namespaced: true);

    private readonly IKubernetesClient _client;
    private readonly LogLevels _levels;
    private readonly string _namespace;
    private readonly ILogger<LogLevelWatch> _log;

    public LogLevelWatch(IKubernetesClient client, LogLevels levels, OperatorOptions options, ILogger<LogLevelWatch> log) =>
        (_client, _levels, _namespace, _log) = (client, levels, options.OperatorNamespace, log);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await NamedObjectWatch.FollowAsync(
            _client, ConfigMap, _namespace, Name, Take,
            failure => Log.LevelsUnwatched(_log, _namespace, Name, failure?.Message ?? "the watch ended"), stoppingToken);
    }

    private void Take(KubernetesObject? map)
    {
        var data = (map?.Json["data"] as JsonObject ?? []).Select(static pair => KeyValuePair.Create(pair.Key, pair.Value?.ToString() ?? string.Empty));
        if (LogLevels.Read(data, out var problem) is not { } levels)
        {
            Log.LevelRefused(_log, _namespace, Name, problem!);
        }
        else if (_levels.Set(levels))
        {
            Log.LevelSet(_log, _levels.Text is { Length: > 0 } text ? text : "that of the options", $"ConfigMap {_namespace}/{Name}");
        }
    }
}
