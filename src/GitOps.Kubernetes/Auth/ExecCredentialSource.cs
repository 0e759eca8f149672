using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;

namespace GitOps.Kubernetes.Auth;

/// <summary>
/// Credentials from an exec plugin, kept until they expire or are refused. However many requests wait, the plugin runs once.
/// </summary>
internal sealed class ExecCredentialSource : ICredentialSource
{
    /// <summary>Credentials younger than this are not asked for again on 401: the server refuses the user, not the token.</summary>
    private static readonly TimeSpan MinAge = TimeSpan.FromSeconds(5);

    private readonly ExecPlugin _plugin;
    private readonly KubernetesClientOptions _options;
    private readonly SemaphoreSlim _running = new(1, 1);
    private volatile Snapshot? _current;

    public ExecCredentialSource(ExecPlugin plugin, KubernetesClientOptions options)
    {
        _plugin = plugin;
        _options = options;
    }

    public ValueTask<Credential> GetAsync(CancellationToken cancellationToken) =>
        _current is { } current && IsFresh(current) ? ValueTask.FromResult(current.Answer.Credential) : RunAsync(cancellationToken);

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

    public void Dispose() => _running.Dispose();

    private bool IsFresh(Snapshot snapshot) =>
        snapshot.Answer.ExpiresAt is not { } expiry || _options.TimeProvider.GetUtcNow() < expiry;

    private async ValueTask<Credential> RunAsync(CancellationToken cancellationToken)
    {
        await _running.WaitAsync(cancellationToken);
        try
        {
            if (_current is { } current && IsFresh(current))
            {
                return current.Answer.Credential;
            }

            var output = await ExecProcess.RunAsync(_plugin, _options, cancellationToken);
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
            _running.Release();
        }
    }

    private sealed record Snapshot(ExecCredential Answer, long ReceivedAt);
}
