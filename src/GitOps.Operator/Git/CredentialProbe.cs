using System.Net.Http.Headers;
using System.Text;
using GitOps.Operator.Credentials;

namespace GitOps.Operator.Git;

/// <summary>The look at an https repository that is reached with a credential: over a connection of its own, as the Secret has it now.</summary>
internal sealed class CredentialProbe : IRefProbe, IDisposable
{
    private readonly GitAccess _access;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private HttpRefProbe? _probe;
    private (RepositoryCredential? Credential, SharedTrust Shared) _made;
    private bool _isDisposed;

    public CredentialProbe(GitAccess access, TimeProvider time)
    {
        _access = access;
        _time = time;
    }

    public ValueTask<string?> FingerprintAsync(GitUrl url, IReadOnlySet<string> wanted, CancellationToken cancellationToken) =>
        url.Transport == GitTransport.Https && _access.Credential is not { Problem: not null } && Probe(url) is { } probe
            ? LookAsync(probe, url, wanted, cancellationToken)
            : new((string?)null);

    public async ValueTask<bool> IsDumbAsync(GitUrl url, CancellationToken cancellationToken)
    {
        try
        {
            return Probe(url) is { } probe && await probe.IsDumbAsync(url, cancellationToken);
        }
        catch (Exception exception) when (exception is GitException or ObjectDisposedException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _probe?.Dispose();
            _probe = null;
        }
    }

    private static async ValueTask<string?> LookAsync(HttpRefProbe probe, GitUrl url, IReadOnlySet<string> wanted, CancellationToken cancellationToken)
    {
        try
        {
            return await probe.FingerprintAsync(url, wanted, cancellationToken);
        }
        catch (Exception exception) when (exception is GitException or ObjectDisposedException)
        {
            // No token, or a connection of a Secret that is another now: git is asked, and says what is wrong.
            return null;
        }
    }

    private HttpRefProbe? Probe(GitUrl url)
    {
        var now = (_access.Credential, _access.Shared);
        lock (_lock)
        {
            if (_isDisposed)
            {
                return null;
            }

            if (_probe is null || _made.Credential?.Version != now.Credential?.Version || _made.Shared != now.Shared)
            {
                _probe?.Dispose();
                _made = now;
                var connection = CredentialHttp.Prepare(HttpRefProbe.CreateHandler(), now.Credential, now.Shared, new Uri(url.Text).IdnHost);
                _probe = new(new LoginHandler(_access) { InnerHandler = connection }, _time);
            }

            return _probe;
        }
    }

    private sealed class LoginHandler(GitAccess access) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = access.Credential?.BearerToken is { } token ? new("Bearer", token)
                : await access.LoginAsync(cancellationToken) is { } login
                    ? new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login.Username}:{login.Password}")))
                    : null;
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
