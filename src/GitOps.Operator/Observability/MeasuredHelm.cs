using GitOps.Manifests.Helm;

namespace GitOps.Operator.Observability;

/// <summary>Counts and times the runs of helm.</summary>
internal sealed class MeasuredHelm : IHelmProgram
{
    private readonly IHelmProgram _program;
    private readonly OperatorMetrics _metrics;
    private readonly TimeProvider _time;

    public MeasuredHelm(IHelmProgram program, OperatorMetrics metrics, TimeProvider time)
    {
        _program = program;
        _metrics = metrics;
        _time = time;
    }

    public ValueTask<string> VersionAsync(CancellationToken cancellationToken) => _program.VersionAsync(cancellationToken);

    public async Task<HelmOutput> RunAsync(HelmRun run, CancellationToken cancellationToken)
    {
        using var span = OperatorTracing.Begin("helm");
        var started = _time.GetTimestamp();
        var result = MetricLabels.GitResult.Canceled;
        try
        {
            var output = await _program.RunAsync(run, cancellationToken);
            result = MetricLabels.GitResult.Ok;
            return output;
        }
        catch (HelmException failure)
        {
            result = failure.Failure.ToString().ToLowerInvariant();
            span?.Fail(result);
            throw;
        }
        finally
        {
            _metrics.HelmRan(result, _time.GetElapsedTime(started));
        }
    }
}
