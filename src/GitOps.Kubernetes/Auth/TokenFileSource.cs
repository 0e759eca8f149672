using GitOps.Kubernetes.Http;

namespace GitOps.Kubernetes.Auth;

/// <summary>
/// A token in a file that somebody else rotates (the kubelet writes a new one long before the old expires). Read again after
/// a minute less a leeway; while it cannot be read, the old token stays in use.
/// </summary>
internal sealed class TokenFileSource : ICredentialSource
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(60 - 10);

    private readonly string _path;
    private readonly KubernetesClientOptions _options;
    private readonly SemaphoreSlim _reading = new(1, 1);
    private volatile Snapshot? _current;

    public TokenFileSource(string path, KubernetesClientOptions options)
    {
        _path = path;
        _options = options;
    }

    public ValueTask<Credential> GetAsync(CancellationToken cancellationToken) =>
        _current is { } current && IsFresh(current) ? ValueTask.FromResult(current.Credential) : ReadAsync(cancellationToken);

    public bool TryDrop(Credential refused)
    {
        if (_current is { } current && ReferenceEquals(current.Credential, refused))
        {
            Interlocked.CompareExchange(ref _current, current with { IsRefused = true }, current);
        }

        return true;
    }

    public void Dispose() => _reading.Dispose();

    private bool IsFresh(Snapshot snapshot) =>
        !snapshot.IsRefused && _options.TimeProvider.GetElapsedTime(snapshot.ReadAt) < MaxAge;

    private async ValueTask<Credential> ReadAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (_current is { } current && IsFresh(current))
            {
                return current.Credential;
            }

            var credential = await ReadFileAsync(_current, cancellationToken);
            _current = new Snapshot(credential, _options.TimeProvider.GetTimestamp(), IsRefused: false);
            return credential;
        }
        finally
        {
            _reading.Release();
        }
    }

    private async Task<Credential> ReadFileAsync(Snapshot? old, CancellationToken cancellationToken)
    {
        string problem;
        Exception? cause = null;
        try
        {
            var token = (await File.ReadAllTextAsync(_path, cancellationToken)).Trim();
            if (token.Length > 0)
            {
                return Credential.Bearer(token);
            }

            problem = $"token file {_path}: empty";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem = $"token file {_path}: {exception.Message}";
            cause = exception;
        }

        if (old is null)
        {
            throw new ApiConnectionException($"no credentials: {problem}", cause);
        }

        _options.Notify(NoticeKind.CredentialsNotRefreshed, $"{problem}; the token read before stays in use");
        return old.Credential;
    }

    private sealed record Snapshot(Credential Credential, long ReadAt, bool IsRefused);
}
