using System.Net;

namespace GitOps.Kubernetes.Http;

/// <summary>
/// Lets requests to a cluster that does not answer fail at once, so that they hold up nobody who works on the others. One
/// probe at a time finds out when it is back. What the server itself refuses is an answer. Counts failures in a row, where the
/// usual breakers take a share within a window: after a busy hour a cluster that goes would be asked hundreds of times more.
/// </summary>
internal sealed class ClusterCircuit
{
    private readonly string _cluster;
    private readonly KubernetesClientOptions _options;
    private readonly CircuitOptions _circuit;
    private readonly Lock _lock = new();
    private int _failures;
    private int _failedProbes;
    private bool _isOpen;
    private bool _isProbing;
    private long _openedAt;
    private string _lastFailure = string.Empty;

    public ClusterCircuit(string cluster, KubernetesClientOptions options, CircuitOptions circuit)
    {
        _cluster = cluster;
        _options = options;
        _circuit = circuit;
    }

    private TimeSpan Break
    {
        get
        {
            var seconds = _circuit.Break.TotalSeconds * Math.Pow(2, Math.Min(_failedProbes, 30));
            return seconds < _circuit.LongestBreak.TotalSeconds ? TimeSpan.FromSeconds(seconds) : _circuit.LongestBreak;
        }
    }

    /// <exception cref="ApiConnectionException">The cluster is out of reach and was not asked; or what the action throws.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        var isProbe = Enter();
        try
        {
            var result = await action(cancellationToken);
            Succeeded();
            return result;
        }
        catch (Exception exception) when (IsOutOfReach(exception))
        {
            Failed(exception.Message, isProbe);
            throw;
        }
        catch (ApiException)
        {
            Succeeded();
            throw;
        }
        finally
        {
            Leave(isProbe);
        }
    }

    /// <summary>A gateway before a cluster that is gone answers itself, without a Status.</summary>
    private static bool IsOutOfReach(Exception failure) => failure
        is ApiConnectionException
        or ApiException { Reason.Length: 0, Code: HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout };

    /// <returns>Whether the caller is the one that finds out.</returns>
    private bool Enter()
    {
        lock (_lock)
        {
            if (!_isOpen)
            {
                return false;
            }

            var left = Break - _options.TimeProvider.GetElapsedTime(_openedAt);
            if (left > TimeSpan.Zero || _isProbing)
            {
                var next = _isProbing ? "a probe is under way" : $"asked again in {left.TotalSeconds:0.#} s";
                throw new ApiConnectionException($"{_cluster}: out of reach, {next}; last: {_lastFailure}", inner: null) { IsCircuitOpen = true };
            }

            _isProbing = true;
            return true;
        }
    }

    private void Succeeded()
    {
        bool wasOpen;
        lock (_lock)
        {
            wasOpen = _isOpen;
            _isOpen = false;
            _failures = 0;
            _failedProbes = 0;
        }

        if (wasOpen)
        {
            _options.Notify(NoticeKind.Circuit, $"{_cluster}: answers again");
        }
    }

    private void Failed(string message, bool isProbe)
    {
        TimeSpan? opened = null;
        lock (_lock)
        {
            _lastFailure = message;
            _failures++;
            if (isProbe)
            {
                _failedProbes++;
                _openedAt = _options.TimeProvider.GetTimestamp();
            }
            else if (!_isOpen && _failures >= _circuit.Failures)
            {
                _isOpen = true;
                _openedAt = _options.TimeProvider.GetTimestamp();
                opened = Break;
            }
        }

        if (opened is { } time)
        {
            _options.Notify(NoticeKind.Circuit, $"{_cluster}: out of reach, not asked for {time.TotalSeconds:0.#} s: {message}");
        }
    }

    /// <summary>Also of a probe that its caller gave up: the next may try.</summary>
    private void Leave(bool isProbe)
    {
        if (isProbe)
        {
            lock (_lock)
            {
                _isProbing = false;
            }
        }
    }
}
