using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;

namespace GitOps.Kubernetes.Auth;

/// <summary>
/// Credentials from an exec plugin, kept until they expire or are refused. However many requests wait, the plugin runs once,
/// and its failure is theirs together; a request that is given up leaves it running for the others.
/// </summary>
internal sealed class ExecCredentialSource : ICredentialSource
{
    /// <summary>Credentials younger than this are not asked for again on 401: the server refuses the user, not the token.</summary>
    private static readonly TimeSpan MinAge = TimeSpan.FromSeconds(5);

    private readonly ExecPlugin _plugin;
    private readonly KubernetesClientOptions _options;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationToken _ended;
    private Task<Credential>? _running;
    private volatile Snapshot? _current;

    public ExecCredentialSource(ExecPlugin plugin, KubernetesClientOptions options)
    {
        _plugin = plugin;
        _options = options;
        _ended = _end.Token;
    }

    public ValueTask<Credential> GetAsync(CancellationToken cancellationToken)
    {
        if (_current is { } current && IsFresh(current))
        {
            return ValueTask.FromResult(current.Answer.Credential);
        }

        lock (_lock)
        {
            if (_current is { } other && IsFresh(other))
            {
                return ValueTask.FromResult(other.Answer.Credential);
            }

            _running ??= Task.Run(RunAsync, CancellationToken.None);
            return new(_running.WaitAsync(cancellationToken));
        }
    }

    public bool TryDrop(Credential refused)
    {
        if (_current is not { } current || !ReferenceEquals(current.Answer.Credential, refused))
        {
            return true;
        }

        if (_options.TimeProvider.GetElapsedTime(current.ReceivedAt) < MinAge)
        {
            return false;
        }

        Interlocked.CompareExchange(ref _current, value: null, current);
        return true;
    }

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    private bool IsFresh(Snapshot snapshot) =>
        snapshot.Answer.ExpiresAt is not { } expiry || _options.TimeProvider.GetUtcNow() < expiry;

    private async Task<Credential> RunAsync()
    {
        try
        {
            var output = await ExecProcess.RunAsync(_plugin, _options, _ended);
            var answer = ExecCredential.Parse(output, _plugin);
            _current = new Snapshot(answer, _options.TimeProvider.GetTimestamp());
            return answer.Credential;
        }
        catch (FormatException exception)
        {
            throw new ApiConnectionException($"credential plugin {_plugin.Command}: {exception.Message}", exception);
        }
        finally
        {
            lock (_lock)
            {
                _running = null;
            }
        }
    }

    private sealed record Snapshot(ExecCredential Answer, long ReceivedAt);
}
