using System.Diagnostics.Metrics;
using System.Globalization;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Charts;
using GitOps.Operator.Options;
using OpenTelemetry.Metrics;
using static GitOps.Operator.Observability.MetricLabels;
using CredentialReading = GitOps.Operator.Model.CredentialReading;
using Tag = System.Collections.Generic.KeyValuePair<string, object?>;

namespace GitOps.Operator.Observability;

/// <summary>How many Applications have this status.</summary>
internal readonly record struct ApplicationCount(string SyncStatus, string HealthStatus, long Count);

/// <summary>
/// The one catalogue of what is measured. Counters and histograms are methods; gauges are read through callbacks that the owner
/// of the state sets. Labels are bounded: no value comes from a user's object but for an Application's own name.
/// </summary>
internal sealed class OperatorMetrics : IDisposable
{
    public const string MeterName = "gitops-operator";

    private const int MaxManagers = 20;
    private const int MaxRepositories = 200;
    private const int MaxReasons = 40;
    private const int MaxSeries = 500;
    private const int MaxRequestSeries = 4_000;
    private const int MaxCredentialSeries = 1_000;

    /// <summary>Seconds; for what takes a computation or a request.</summary>
    private static readonly double[] Short = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    /// <summary>Seconds; for what a person waits for.</summary>
    private static readonly double[] Long = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

    private readonly Meter _meter = new(MeterName);
    private readonly List<HistogramSeed> _seeds = [];
    private readonly BoundedLabel _managers = new(MaxManagers);
    private readonly BoundedLabel _repositories = new(MaxRepositories);
    private readonly BoundedLabel _reasons = new(MaxReasons);
    private readonly Counter<long> _driftEvents;
    private readonly Counter<long> _fights;
    private readonly Counter<long> _syncs;
    private readonly Counter<long> _reconciles;
    private readonly Counter<long> _panics;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _gitOperations;
    private readonly Counter<long> _chartRequests;
    private readonly Counter<long> _renders;
    private readonly Counter<long> _webhooks;
    private readonly Counter<long> _leaderChanges;
    private readonly Histogram<double> _leaseSeconds;
    private readonly Counter<long> _sourceErrors;
    private readonly Counter<long> _repositoryOperations;
    private readonly Counter<double> _repositorySeconds;
    private readonly Counter<long> _helmRuns;
    private readonly Histogram<double> _commitToSynced;
    private readonly Histogram<double> _detectedToSynced;
    private readonly Histogram<double> _commitToHealthy;
    private readonly Histogram<double> _syncSeconds;
    private readonly Histogram<double> _reconcileSeconds;
    private readonly Histogram<double> _renderSeconds;
    private readonly Histogram<double> _helmSeconds;
    private readonly Histogram<double> _driftToHealed;
    private readonly Histogram<double> _steps;
    private readonly Histogram<double> _requestSeconds;
    private readonly Histogram<double> _queueWait;
    private readonly Histogram<double> _gitSeconds;
    private readonly Histogram<double> _chartSeconds;
    private readonly DateTimeOffset _startedAt;

    /// <param name="time">The clock.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="telemetry">Where the same is sent; null: nowhere.</param>
    public OperatorMetrics(TimeProvider time, OperatorOptions? options = null, TelemetrySettings? telemetry = null)
    {
        _startedAt = time.GetUtcNow();
        Each = new(_meter, (options ?? new OperatorOptions()).MetricsApplicationLimit) { Time = time };
        Watching = new(_meter, time);
        ObservableGauges();
        ProcessMetrics();

        _driftEvents = Counter("gitops_operator_drift_events", "Times that a managed object was changed or deleted by somebody else, by manager.");
        _fights = Counter("gitops_operator_fights", "Times that a field became contested: set by others and set right again and again, by manager.");
        _syncs = Counter("gitops_operator_syncs", "Syncs that ended, by result.");
        _reconciles = Counter("gitops_operator_reconciles", "Reconciles of an Application that ended, by result.");
        _panics = Counter("gitops_operator_reconcile_panics", "Reconciles that ended with an exception that no step expected.");
        _requests = Counter("gitops_operator_kubernetes_requests", "Requests to the Kubernetes API, by verb, group, resource and code.");
        _gitOperations = Counter("gitops_operator_git_operations", "Operations on Git repositories, by operation and result.");
        _chartRequests = Counter("gitops_operator_chart_requests", "Requests to repositories of charts, by operation and result.");
        _renders = Counter("gitops_operator_renders", "Renderings of manifests, by result.");
        _webhooks = Counter("gitops_operator_webhook_requests", "Calls of Git servers, by provider and what became of them.");
        _sourceErrors = Counter("gitops_operator_source_errors", "Reconciles that ended without a new rendering, by reason.");
        _repositoryOperations = Counter("gitops_operator_repository_git_operations", "Operations that reached for a Git repository, by repository, operation and result.");
        _repositorySeconds = _meter.CreateCounter<double>("gitops_operator_repository_git", "s", "Time spent reaching for a Git repository, by repository and operation.");
        _helmRuns = Counter("gitops_operator_helm_runs", "Runs of helm, by result.");

        _leaderChanges = Counter("gitops_operator_leader_changes", "Times that this process saw another leader than before, itself included.");
        _leaseSeconds = Histogram("gitops_operator_lease_renewal", "Time that it took to get or renew the lease of the leader.", Short);
        _commitToSynced = Histogram("gitops_operator_commit_to_synced", "Time from a commit's date until it was applied, where that commit is what began the sync; not of first syncs.", Long);
        _commitToHealthy = Histogram("gitops_operator_commit_to_healthy", "Time from such a commit's date until all that it asks for was applied and healthy.", Long);
        _detectedToSynced = Histogram("gitops_operator_detected_to_synced", "Time from when such a commit was seen until it was applied.", Long);
        _syncSeconds = Histogram("gitops_operator_sync", "Time from the begin of a sync that succeeded to its end, retries included, by what began it.", Long, Labelled("trigger", Trigger.All));
        _reconcileSeconds = Histogram("gitops_operator_reconcile", "Time that a reconcile took which had something to look at, by result.", Short, Labelled("result", ReconcileResult.All));
        _renderSeconds = Histogram("gitops_operator_render", "Time that rendering a source took, by its kind.", Short, Labelled("kind", RenderKind.All));
        _helmSeconds = Histogram("gitops_operator_helm_run", "Time that a run of helm took, with the wait for a place.", Short);
        _driftToHealed = Histogram("gitops_operator_drift_to_healed", "Time from a drift's detection until it was healed.", Long);
        _steps = Histogram("gitops_operator_reconcile_step", "Time that a step of a reconcile took.", Short, Labelled("step", Step.All));
        _requestSeconds = Histogram(
            "gitops_operator_kubernetes_request", "Time until the Kubernetes API answered; for a watch, until it began to.", Short, Labelled("verb", Verb.All));
        _queueWait = Histogram("gitops_operator_queue_wait", "Time that an Application waited in the queue for a worker.", Short);
        _gitSeconds = Histogram(
            "gitops_operator_git_operation", "Time that an operation on a Git repository took.", Long, Labelled("operation", GitOperation.All));
        _chartSeconds = Histogram(
            "gitops_operator_chart_request", "Time that a request to a repository of charts took, its whole answer included.", Long, Labelled("operation", ChartOperation.All));

        var delivery = (telemetry ?? TelemetrySettings.Off).Delivery;
        _meter.CreateObservableCounter(
            "gitops_operator_telemetry_requests",
            () => delivery.Counts.Select(static row => new Measurement<long>(row.Count, new("signal", row.Signal), new("result", row.Result))),
            null, "Requests to the collector of OpenTelemetry, by signal and result; what is in one that failed is lost.");
        Scraper = new MetricsScraper(
            _meter, _seeds, MaximumOf, telemetry is { SendsMetrics: true } ? telemetry.AddReader : null, telemetry?.Exemplars ?? ExemplarFilterType.TraceBased);
        StartAtZero();
    }

    public MetricsScraper Scraper { get; }

    /// <summary>How the watches on the Kubernetes API stand, and how often they begin anew.</summary>
    public WatchMetrics Watching { get; }

    /// <summary>What each Application has for itself.</summary>
    public ApplicationMetrics Each { get; }

    /// <summary>Rows that are not reported count as 0.</summary>
    public Func<IEnumerable<ApplicationCount>>? Applications { get; set; }

    /// <summary>Applications that each gate holds back, one of <see cref="Gate"/>; rows that are not reported count as 0.</summary>
    public Func<IEnumerable<(string Gate, long Count)>>? Gates { get; set; }

    /// <summary>Applications whose manifests have secrets in plain text, by one of <see cref="SecretPolicy"/>; rows that are not reported count as 0.</summary>
    public Func<IEnumerable<(string Policy, long Count)>>? SecretsInGit { get; set; }

    /// <summary>Whether this process works: it leads, or there is no election.</summary>
    public Func<bool>? Leads { get; set; }

    /// <summary>Since the leader's last renewal; null: this process does not lead.</summary>
    public Func<TimeSpan?>? LeaseAge { get; set; }

    /// <summary>Applications whose newest commit may not be deployed.</summary>
    public Func<long>? Unverified { get; set; }

    /// <summary>Keys that wait for a worker.</summary>
    public Func<long>? QueueDepth { get; set; }

    /// <summary>How long the first of them has waited.</summary>
    public Func<TimeSpan>? QueueOldest { get; set; }

    /// <summary>The version of helm, how it is kept apart, and whether it can be used.</summary>
    public Func<(string Version, string Isolation, bool IsUsable)>? Helm { get; set; }

    /// <summary>Watches by state, one of <see cref="WatchState"/>.</summary>
    public Func<IEnumerable<(string State, long Count)>>? Watches { get; set; }

    /// <summary>Ends of the certificates towards the Kubernetes API, by use; none while none is in use.</summary>
    public Func<IEnumerable<(string Use, DateTimeOffset NotAfter)>>? Certificates { get; set; }

    /// <summary>Ends of what repositories are reached with, as far as they are known.</summary>
    public Func<IEnumerable<CredentialReading>>? Credentials { get; set; }

    /// <summary>Ends of the keys that commits and charts are verified by; one that several Applications name may come several times.</summary>
    public Func<IEnumerable<CredentialReading>>? VerificationKeys { get; set; }

    /// <param name="manager">As the server recorded it; empty where it recorded none.</param>
    /// <param name="change">One of <see cref="DriftChange"/>.</param>
    public void DriftDetected(string manager, string change) =>
        _driftEvents.Add(1, new("manager", _managers.Value(manager)), new("change", change));

    /// <param name="manager">As the server recorded it; empty where it recorded none.</param>
    public void FightBegan(string manager) => _fights.Add(1, new Tag("manager", _managers.Value(manager)));

    public void LeaderChanged() => _leaderChanges.Add(1);

    /// <param name="took">An attempt that got or renewed the lease.</param>
    public void LeaseHeld(TimeSpan took) => _leaseSeconds.Record(Seconds(took));

    /// <param name="application">Whose.</param>
    /// <param name="result">One of <see cref="SyncResult"/>.</param>
    public void SyncEnded(NamespacedName application, string result)
    {
        _syncs.Add(1, new Tag("result", result));
        Each.SyncEnded(application.Namespace, application.Name, result);
    }

    /// <summary>A commit's date is what its author's clock said: one from the future counts as 0.</summary>
    public void CommitSynced(TimeSpan sinceCommit) => _commitToSynced.Record(Seconds(sinceCommit));

    /// <summary>The same until everything is healthy.</summary>
    public void CommitHealthy(TimeSpan sinceCommit) => _commitToHealthy.Record(Seconds(sinceCommit));

    public void DetectedSynced(TimeSpan sinceSeen) => _detectedToSynced.Record(Seconds(sinceSeen));

    /// <param name="trigger">One of <see cref="Trigger"/>.</param>
    /// <param name="took">Its duration.</param>
    public void SyncSucceeded(string trigger, TimeSpan took) => _syncSeconds.Record(Seconds(took), new Tag("trigger", trigger));

    /// <param name="result">One of <see cref="ReconcileResult"/>.</param>
    /// <param name="took">Its duration.</param>
    public void ReconcileTook(string result, TimeSpan took) => _reconcileSeconds.Record(Seconds(took), new Tag("result", result));

    /// <param name="reason">A word in CamelCase.</param>
    public void SourceFailed(string reason) => _sourceErrors.Add(1, new Tag("reason", _reasons.Value(reason)));

    /// <param name="kind">One of <see cref="RenderKind"/>.</param>
    /// <param name="took">Its duration.</param>
    public void RenderTook(string kind, TimeSpan took) => _renderSeconds.Record(Seconds(took), new Tag("kind", kind));

    /// <param name="result">One of <see cref="HelmResult"/>.</param>
    /// <param name="took">Its duration.</param>
    public void HelmRan(string result, TimeSpan took)
    {
        _helmRuns.Add(1, new Tag("result", result));
        _helmSeconds.Record(Seconds(took));
    }

    public void DriftHealed(TimeSpan sinceDetected) => _driftToHealed.Record(Seconds(sinceDetected));

    public void StepEnded(string step, TimeSpan took) => _steps.Record(Seconds(took), new Tag("step", step));

    /// <param name="result">One of <see cref="ReconcileResult"/>; <see cref="ReconcileResult.Panicked"/> is counted a second time by itself.</param>
    public void ReconcileEnded(string result)
    {
        _reconciles.Add(1, new Tag("result", result));
        if (string.Equals(result, ReconcileResult.Panicked, StringComparison.Ordinal))
        {
            _panics.Add(1);
        }
    }

    /// <param name="verb">One of <see cref="Verb"/>.</param>
    /// <param name="group">API group; empty for the core group.</param>
    /// <param name="resource">Plural name, with the subresource behind a slash.</param>
    /// <param name="code">Of the answer; 0: there was none.</param>
    /// <param name="took">Until the answer began.</param>
    public void KubernetesRequested(string verb, string group, string resource, int code, TimeSpan took)
    {
        _requests.Add(
            1, new("verb", verb), new("group", group), new("resource", resource),
            new("code", code == 0 ? "none" : code.ToString(CultureInfo.InvariantCulture)));
        _requestSeconds.Record(Seconds(took), new Tag("verb", verb));
    }

    public void QueueWaited(TimeSpan waited) => _queueWait.Record(Seconds(waited));

    /// <param name="operation">One of <see cref="GitOperation"/>.</param>
    /// <param name="repository">Its address, without a login; empty: none.</param>
    /// <param name="result"><see cref="GitResult.Ok"/>, or the kind of failure.</param>
    /// <param name="took">From start to end.</param>
    public void GitOperationEnded(string operation, string repository, string result, TimeSpan took)
    {
        if (repository.Length > 0 && GitOperation.Remote.Contains(operation, StringComparer.Ordinal))
        {
            var name = _repositories.Value(repository);
            _repositoryOperations.Add(1, new("repository", name), new("operation", operation), new("result", result));
            _repositorySeconds.Add(Seconds(took), new("repository", name), new("operation", operation));
        }

        _gitOperations.Add(1, new("operation", operation), new("result", result));
        _gitSeconds.Record(Seconds(took), new Tag("operation", operation));
    }

    /// <param name="operation">One of <see cref="ChartOperation"/>.</param>
    /// <param name="result">One of <see cref="ChartResult"/>, or the kind of failure.</param>
    /// <param name="took">Its duration.</param>
    public void ChartRequestEnded(string operation, string result, TimeSpan took)
    {
        _chartRequests.Add(1, new("operation", operation), new("result", result));
        _chartSeconds.Record(Seconds(took), new Tag("operation", operation));
    }

    /// <param name="result">One of <see cref="RenderResult"/>.</param>
    public void RenderEnded(string result) => _renders.Add(1, new Tag("result", result));

    /// <param name="provider">One of <see cref="WebhookProvider"/>.</param>
    /// <param name="result">One of <see cref="WebhookResult"/>.</param>
    public void WebhookAnswered(string provider, string result) => _webhooks.Add(1, new("provider", provider), new("result", result));

    /// <summary>Whether an instrument is one of these.</summary>
    public bool Owns(Instrument instrument) => ReferenceEquals(instrument.Meter, _meter);

    /// <summary>The most series that an instrument may have: what is beyond is folded into one, and <c>gitops_operator_metrics_overflowing</c> says so.</summary>
    public int MaximumOf(Instrument instrument) => Each.MaximumOf(instrument.Name) ?? instrument.Name switch
    {
        "gitops_operator_kubernetes_requests" or "gitops_operator_repository_git_operations" => MaxRequestSeries,
        "gitops_operator_repository_git" => MaxRepositories * 5,
        "gitops_operator_credential_expiry" => MaxCredentialSeries,
        _ => MaxSeries,
    };

    public void Dispose()
    {
        Scraper.Dispose();
        _meter.Dispose();
    }

    private static double Seconds(TimeSpan time) => Math.Max(0, time.TotalSeconds);

    private static Tag[][] Labelled(string label, string[] values) => [.. values.Select(value => new[] { new Tag(label, value) })];

    private void ObservableGauges()
    {
        _meter.CreateObservableGauge("gitops_operator_applications", ReadApplications, null, "Applications, by sync and health status.");
        _meter.CreateObservableGauge(
            "gitops_operator_queue_depth", () => QueueDepth?.Invoke() ?? 0, null, "Applications that wait in the queue for a worker.");
        _meter.CreateObservableGauge(
            "gitops_operator_queue_oldest", () => Seconds(QueueOldest?.Invoke() ?? TimeSpan.Zero), "s", "How long the first Application in the queue has waited.");
        _meter.CreateObservableGauge(
            "gitops_operator_unverified_revisions", () => Unverified?.Invoke() ?? 0, null, "Applications whose newest commit may not be deployed: its signature or review is missing.");
        _meter.CreateObservableGauge(
            "gitops_operator_metrics_overflowing", ReadOverflowing, null, "Metrics with more series than they may have; what is beyond shares one without labels.");
        _meter.CreateObservableGauge("gitops_operator_gates_shut", ReadGates, null, "Applications that a gate holds back, by gate.");
        _meter.CreateObservableGauge("gitops_operator_helm_info", ReadHelm, null, "1 if charts can be rendered, labelled with the helm program.");
        _meter.CreateObservableGauge(
            "gitops_operator_secrets_in_git", ReadSecrets, null, "Applications whose manifests have secrets in plain text, by what is done about it.");
        _meter.CreateObservableGauge("gitops_operator_watches", ReadWatches, null, "Watches on the Kubernetes API, by state.");
        _meter.CreateObservableGauge(
            "gitops_operator_leader", () => Leads?.Invoke() == true ? 1 : 0, null, "1 if this process works: it leads, or there is no election.");
        _meter.CreateObservableGauge(
            "gitops_operator_lease_age",
            () => LeaseAge?.Invoke() is { } age ? new Measurement<double>[] { new(Seconds(age)) } : [], "s", "Since the last renewal of the lease, while this process leads.");
        _meter.CreateObservableGauge(
            "gitops_operator_kubernetes_certificate_expiry",
            () => (Certificates?.Invoke() ?? []).Select(static row =>
                new Measurement<double>(row.NotAfter.ToUnixTimeSeconds(), new Tag("use", row.Use))),
            "s", "When the certificate authority and the client certificate towards the Kubernetes API end to be valid, since the Unix epoch.");
        _meter.CreateObservableGauge(
            "gitops_operator_credential_expiry", ReadCredentials, "s",
            "When what a Secret or a ConfigMap holds for repositories ends to be of use, since the Unix epoch: certificates, tokens, keys to verify with. No row: no end is known.");
    }

    private long ReadOverflowing() => Scraper.Overflowing.Distinct(StringComparer.Ordinal).Count();

    private IEnumerable<Measurement<long>> ReadApplications()
    {
        var counts = (Applications?.Invoke() ?? [])
            .GroupBy(static row => (row.SyncStatus, row.HealthStatus))
            .ToDictionary(static rows => rows.Key, static rows => rows.Sum(static row => row.Count));
        return from sync in SyncStatus.All
               from health in HealthStatus.All
               select new Measurement<long>(
                   counts.GetValueOrDefault((sync, health)), new Tag("sync_status", sync), new Tag("health_status", health));
    }

    private IEnumerable<Measurement<long>> ReadGates()
    {
        var counts = (Gates?.Invoke() ?? []).ToLookup(static row => row.Gate, static row => row.Count, StringComparer.Ordinal);
        return Gate.All.Select(gate => new Measurement<long>(counts[gate].Sum(), new Tag("gate", gate)));
    }

    /// <summary>What ends first comes first: should there be too many, it keeps a series of its own.</summary>
    private IEnumerable<Measurement<double>> ReadCredentials() => (Credentials?.Invoke() ?? []).Concat(VerificationKeys?.Invoke() ?? [])
        .GroupBy(static row => row with { EndsAt = default })
        .Select(static rows => (Row: rows.Key, EndsAt: rows.Min(static row => row.EndsAt)))
        .OrderBy(static item => item.EndsAt)
        .Select(static item => new Measurement<double>(
            item.EndsAt.ToUnixTimeSeconds(), new("namespace", item.Row.Namespace), new("kind", item.Row.Kind), new("name", item.Row.Name),
            new("key", item.Row.Key), new("what", item.Row.What), new Tag("lifetime", item.Row.IsShortLived ? "short" : "long")));

    private IEnumerable<Measurement<long>> ReadHelm() => Helm?.Invoke() is { } helm
        ? [new(helm.IsUsable ? 1 : 0, new Tag("version", helm.Version), new Tag("isolation", helm.Isolation.ToLowerInvariant()))]
        : [];

    private IEnumerable<Measurement<long>> ReadSecrets()
    {
        var counts = (SecretsInGit?.Invoke() ?? []).ToLookup(static row => row.Policy, static row => row.Count, StringComparer.Ordinal);
        return SecretPolicy.All.Select(policy => new Measurement<long>(counts[policy].Sum(), new Tag("policy", policy)));
    }

    private IEnumerable<Measurement<long>> ReadWatches()
    {
        var counts = (Watches?.Invoke() ?? []).ToLookup(static row => row.State, static row => row.Count, StringComparer.Ordinal);
        return WatchState.All.Select(state => new Measurement<long>(counts[state].Sum(), new Tag("state", state)));
    }

    private void ProcessMetrics()
    {
        _meter.CreateObservableGauge(
            "gitops_operator_build_info",
            static () => new Measurement<long>(1, new Tag("version", BuildInfo.Current.Version), new Tag("commit", BuildInfo.Current.Commit)),
            null, "A constant 1, labelled with the build.");
        _meter.CreateObservableCounter(
            "process_cpu", static () => Environment.CpuUsage.TotalTime.TotalSeconds, "s", "Processor time of this process, without its children.");
        _meter.CreateObservableGauge(
            "process_resident_memory", static () => Environment.WorkingSet, "By", "Memory of this process that is in RAM.");
        _meter.CreateObservableGauge(
            "process_start_time", () => _startedAt.ToUnixTimeMilliseconds() / 1000.0, "s", "When the process started, since the Unix epoch.");
        _meter.CreateObservableGauge(
            "dotnet_gc_heap", static () => GC.GetTotalMemory(forceFullCollection: false), "By", "Managed memory in use.");
    }

    private void StartAtZero()
    {
        Watching.StartAtZero();
        foreach (var change in DriftChange.All)
        {
            _driftEvents.Add(0, new("manager", BoundedLabel.Unknown), new("change", change));
        }

        _fights.Add(0, new Tag("manager", BoundedLabel.Unknown));
        Array.ForEach(SyncResult.All, result => _syncs.Add(0, new Tag("result", result)));
        Array.ForEach(ReconcileResult.All, result => _reconciles.Add(0, new Tag("result", result)));
        Array.ForEach(RenderResult.All, result => _renders.Add(0, new Tag("result", result)));
        Array.ForEach(SourceReason.All, reason => _sourceErrors.Add(0, new Tag("reason", _reasons.Value(reason))));
        Array.ForEach(HelmResult.All, result => _helmRuns.Add(0, new Tag("result", result)));
        _panics.Add(0);
        _leaderChanges.Add(0);
        foreach (var provider in WebhookProvider.All)
        {
            Array.ForEach(WebhookResult.All, result => _webhooks.Add(0, new("provider", provider), new("result", result)));
        }

        foreach (var operation in GitOperation.All)
        {
            Array.ForEach(GitResult.All, result => _gitOperations.Add(0, new("operation", operation), new("result", result)));
        }

        foreach (var operation in ChartOperation.All)
        {
            Array.ForEach(ChartResult.All, result => _chartRequests.Add(0, new("operation", operation), new("result", result)));
        }
    }

    private Counter<long> Counter(string name, string help) => _meter.CreateCounter<long>(name, null, help);

    private Histogram<double> Histogram(string name, string help, double[] bounds, params Tag[][] series)
    {
        _seeds.Add(new HistogramSeed(name, "s", help, bounds, series.Length == 0 ? [[]] : series));
        return _meter.CreateHistogram(name, "s", help, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
    }
}
