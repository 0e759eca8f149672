using System.Net.Http.Headers;
using System.Text;
using GitOps.Operator.Credentials;
using GitOps.Operator.Credentials.Expiry;
using GitOps.Operator.Git;
using GitOps.Operator.Model;

namespace GitOps.Operator.Charts.Http;

/// <summary>
/// By which right one repository is reached: the Secret's identity is fixed, what is in it is looked up anew for each request, for
/// any of those who ask. Once none of them may use the Secret any longer, nobody gets an answer here.
/// </summary>
internal sealed class ChartAccess
{
    private const int MaxAskers = 1000;

    private readonly IRepositoryCredentials _credentials;
    private readonly string _identity;
    private readonly Lock _lock = new();
    private readonly HashSet<RepositoryAddress> _askers = [];

    public ChartAccess(ChartUrl url, string identity, IRepositoryCredentials credentials)
    {
        Url = url;
        _identity = identity;
        _credentials = credentials;
    }

    public ChartUrl Url { get; }

    /// <summary>Which credential an address leads to.</summary>
    public static RepositoryCredential? Find(IRepositoryCredentials credentials, ChartUrl url, RepositoryAddress address)
    {
        if (!url.IsOci)
        {
            return credentials.Find(address, RepositoryKind.Helm);
        }

        // A Secret for just this URL names the repository as the Application does, or with the chart's name in it.
        return credentials.Find(address, RepositoryKind.Oci) ?? credentials.Find(new(url.Key, address.Tenant), RepositoryKind.Oci);
    }

    public void Add(RepositoryAddress asker)
    {
        lock (_lock)
        {
            if (_askers.Count >= MaxAskers && !_askers.Contains(asker))
            {
                _askers.Clear();
            }

            _askers.Add(asker);
        }
    }

    /// <returns>The credential for now; null: there is none.</returns>
    /// <exception cref="GitException">Nobody may use it any more, or it cannot be used.</exception>
    public (RepositoryCredential? Credential, RepositoryAddress Asker) Current() => Known() is not { } known
        ? throw new GitException(GitFailure.Authentication, $"{Url}: other credentials have come to apply to it; asking with them")
        : known.Credential?.Problem is { } problem
            ? throw new GitException(GitFailure.InvalidCredential, $"{Url}: {problem}")
            : known;

    /// <summary>What has ended of the credential, to be added to a failure; empty: nothing of which that is known.</summary>
    /// <param name="isAboutServer">The server was refused by us, and not we by the server.</param>
    /// <param name="now">By the clock.</param>
    public string Ended(bool isAboutServer, DateTimeOffset now) =>
        Known()?.Credential is { } credential && CredentialEnds.Ended(credential, isAboutServer, now) is { } ended
            ? $"; Secret {credential.Origin} was used, and {ended}"
            : string.Empty;

    /// <summary>PEM that the administrator trusts for a host; null: nothing special.</summary>
    public string? AuthoritiesOf(Uri url) => _credentials.Shared.Authorities.GetValueOrDefault(url.IdnHost.ToLowerInvariant());

    public ValueTask<BasicLogin?> LoginAsync(RepositoryCredential credential, RepositoryAddress asker, CancellationToken cancellationToken) =>
        _credentials.LoginAsync(credential, asker, cancellationToken);

    /// <summary>What is sent to an https repository: the login, or the bearer token; null: nothing.</summary>
    public async ValueTask<AuthenticationHeaderValue?> AuthorizationAsync(CancellationToken cancellationToken)
    {
        var (credential, asker) = Current();
        if (credential is null)
        {
            return null;
        }

        if (credential.BearerToken is { Length: > 0 } token)
        {
            return new("Bearer", token);
        }

        return await LoginAsync(credential, asker, cancellationToken) is { } login ? Basic(login) : null;
    }

    public static AuthenticationHeaderValue Basic(BasicLogin login) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login.Username}:{login.Password}")));

    private (RepositoryCredential? Credential, RepositoryAddress Asker)? Known()
    {
        RepositoryAddress[] askers;
        lock (_lock)
        {
            askers = [.. _askers];
        }

        foreach (var asker in askers)
        {
            var credential = Find(_credentials, Url, asker);
            if ((credential?.Identity ?? string.Empty) == _identity)
            {
                return (credential, asker);
            }
        }

        return null;
    }
}
