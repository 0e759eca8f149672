using System.Text;
using GitOps.Kubernetes.Events;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using GitOps.Operator.Options;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>
/// One life of the operator's own parts, without its loop: a pass is made when the test says so, and every watch has dealt with
/// everything before the next thing happens.
/// </summary>
internal sealed class OperatorProcess : IAsyncDisposable
{
    private static readonly InstallationKey Key = new(Encoding.ASCII.GetBytes("0123456789abcdef0123456789abcdef"));

    private readonly CancellationTokenSource _stopping = new();
    private readonly MemoryCluster _cluster;
    private readonly OperatorMetrics _metrics;
    private readonly EventRecorder _recorder;
    private readonly OperatorParts _parts;
    private readonly ManualTimeProvider _time;
    private readonly Task _approvals;

    public OperatorProcess(
        MemoryCluster cluster, MemoryRepositories repositories, ManualTimeProvider time, MemoryTrigger trigger, ResourceFilter filter,
        KubernetesObject policy)
    {
        (_cluster, _time) = (cluster, time);
        _metrics = new(time);
        _recorder = new(
            cluster.ClientOf(ClientUse.Passes.ToString()), new() { ReportingController = "operator", ReportingInstance = "one", TimeProvider = time });
        _parts = new(new()
        {
            Client = use => cluster.ClientOf(use.ToString()),
            Options = Options with { Resources = filter },
            Key = Key,
            ApprovalPolicy = policy,
            Repositories = repositories,
            Charts = NoChartRepositories.Instance,
            Recorder = _recorder,
            Queue = trigger,
            Metrics = _metrics,
            Time = time,
            Logs = NullLoggerFactory.Instance,
            Cut = CancellationToken.None,
        });
        _approvals = _parts.Approvals.RunAsync(_stopping.Token);
    }

    /// <summary>Secrets are written as any other object, and nothing is told of it.</summary>
    public static OperatorOptions Options { get; } = new() { TrustedNamespaces = ["team-a"], SecretPolicy = SecretPolicy.Allow, ApplyConcurrency = 1 };

    public ApplicationRuntime? RuntimeOf(NamespacedName key) => _parts.Applications.RuntimeOf(key);

    /// <summary>What was counted of a metric, with its labels; what is 0 is left out.</summary>
    public async Task<string> CountAsync(string metric) => string.Join(", ", Encoding.UTF8.GetString(await _metrics.Scraper.ScrapeAsync()).Split('\n')
        .Where(line => line.StartsWith(metric, StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    /// <summary>As the operator starts: every claim is known before the first pass.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _parts.Inventories.LoadAllAsync([], cancellationToken);
        await SettleAsync(cancellationToken);
    }

    /// <param name="key">Of the Application.</param>
    /// <param name="isLagging">The pass is made with what was known of the Applications before.</param>
    /// <param name="cancellationToken">Ends the pass anywhere.</param>
    public async Task PassAsync(NamespacedName key, bool isLagging, CancellationToken cancellationToken)
    {
        if (!isLagging)
        {
            ReadApplications();
        }

        if (_parts.Applications.Find(key) is null)
        {
            await _parts.Applications.ForgetAsync(key, _parts.Inventories, cancellationToken);
        }
        else
        {
            var application = _parts.Applications.Find(key)!;
            var runtime = await _parts.Applications.RuntimeAsync(application, _parts.Inventories, cancellationToken);
            await _parts.Pipeline.RunAsync(new ReconcileContext(runtime, application, _time.GetUtcNow()), cancellationToken);
        }

        await SettleAsync(cancellationToken);
        await SendEventsAsync();
    }

    public Task SettleAsync(CancellationToken cancellationToken) => _cluster.SettleAsync(
        () => new Dictionary<string, int>(StringComparer.Ordinal)
        {
            [nameof(ClientUse.Objects)] = _parts.Watches.CountByState().Values.Sum(),
            [nameof(ClientUse.Previews)] = _parts.Previews.Count,
            [nameof(ClientUse.Hooks)] = _parts.Hooks.Count,
            [nameof(ClientUse.Accounts)] = _parts.Accounts.Count,
            [nameof(ClientUse.Releases)] = _parts.Releases.Count,
            [nameof(ClientUse.Keys)] = _parts.Keys.Count,
            [nameof(ClientUse.Approvals)] = _approvals.IsCompleted ? 0 : 3,
        },
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _parts.DisposeAsync();
        await _approvals.ContinueWith(static _ => { }, TaskScheduler.Default);
        foreach (var runtime in _parts.Applications.Runtimes)
        {
            runtime.Dispose();
        }

        _metrics.Dispose();
        _stopping.Dispose();
    }

    private void ReadApplications()
    {
        var known = _cluster.List(Names.Application, string.Empty, null).Select(ApplicationResource.Parse).ToList();
        foreach (var application in known)
        {
            _parts.Applications.Set(application);
        }

        foreach (var gone in _parts.Applications.Keys.Where(key => !known.Exists(application => application.Key == key)))
        {
            _parts.Applications.Remove(gone);
        }
    }

    // Everything that is queued is sent before it first waits.
    private async Task SendEventsAsync()
    {
        using var stop = new CancellationTokenSource();
        var sending = _recorder.RunAsync(stop.Token);
        await stop.CancelAsync();
        await sending.ContinueWith(static _ => { }, TaskScheduler.Default);
    }
}
