using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Charts;
using GitOps.Operator.Git;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Observability;

/// <summary>Counts what the Git stage did.</summary>
internal sealed class GitObserver : IGitObserver
{
    private readonly OperatorMetrics _metrics;

    public GitObserver(OperatorMetrics metrics) => _metrics = metrics;

    public void Ran(string operation, string result, TimeSpan duration) => Ran(operation, string.Empty, result, duration);

    public IDisposable? Polls() => OperatorTracing.BeginUnitUnlessWithin("poll");

    public void Ran(string operation, string repository, string result, TimeSpan duration)
    {
        _metrics.GitOperationEnded(operation, repository, result, duration);
        OperatorTracing.GitRan(operation, repository, result, duration);
    }
}

/// <summary>Counts the requests to repositories of charts.</summary>
internal sealed class ChartObserver : IChartObserver
{
    private readonly OperatorMetrics _metrics;

    public ChartObserver(OperatorMetrics metrics) => _metrics = metrics;

    public void Ran(string operation, string result, TimeSpan duration) => _metrics.ChartRequestEnded(operation, result, duration);
}

/// <summary>Counts the requests of the Kubernetes client, and logs what it has to say.</summary>
internal sealed class RequestObserver : IRequestObserver
{
    private readonly OperatorMetrics _metrics;
    private readonly ILogger _logger;

    public RequestObserver(OperatorMetrics metrics, ILogger<RequestObserver> logger)
    {
        _metrics = metrics;
        _logger = logger;
    }

    public void OnCompleted(in CompletedRequest request) =>
        _metrics.KubernetesRequested(request.Verb, request.Group, request.Resource, request.Code, request.Duration);

    public void OnWatch(in WatchChange change) => _metrics.Watching.Changed(change);

    public void OnNotice(in ClientNotice notice)
    {
        switch (notice.Kind)
        {
            case NoticeKind.Retry or NoticeKind.Circuit:
                Log.RequestRepeated(_logger, notice.Message);
                break;
            case NoticeKind.CertificatesRefreshed:
                Log.CertificatesRefreshed(_logger, notice.Message);
                break;
            case NoticeKind.ServerWarning:
                Log.ServerWarning(_logger, notice.Message);
                break;
            case NoticeKind.DiscoveryIncomplete:
                Log.DiscoveryIncomplete(_logger, notice.Message);
                break;
            default:
                Log.CredentialsTroubled(_logger, notice.Kind, notice.Message);
                break;
        }
    }
}
