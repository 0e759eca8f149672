using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Credentials.Expiry;
using GitOps.Operator.Git;
using GitOps.Operator.Model;

namespace GitOps.Operator.Credentials;

/// <summary>
/// The Secrets with credentials as the cluster shows them, and who may use which. A Secret of the operator's namespace serves the
/// Applications of that namespace, of the trusted ones, and of those that its annotation names; any other serves its own namespace.
/// </summary>
internal sealed class CredentialBook : IRepositoryCredentials
{
    private readonly TrustPolicy _trust;
    private readonly GitHubTokens _tokens;
    private readonly Lock _lock = new();
    private readonly Dictionary<NamespacedName, CredentialSecret> _secrets = [];
    private volatile ILookup<string, CredentialSecret>? _byHost;
    private volatile SharedTrust _shared = SharedTrust.None;
    private ImmutableArray<CredentialReading> _sharedEnds = [];

    public CredentialBook(TrustPolicy trust, GitHubTokens tokens)
    {
        _trust = trust;
        _tokens = tokens;
    }

    public event EventHandler? Changed;

    public SharedTrust Shared => _shared;

    /// <summary>When all that there is ends, for the metrics.</summary>
    public IReadOnlyList<CredentialReading> Ends
    {
        get
        {
            lock (_lock)
            {
                return
                [
                    .. _secrets.Values.SelectMany(static secret => secret.Ends.Select(end => new CredentialReading(
                        "Secret", secret.Key.Namespace, secret.Key.Name, end.Key, end.What, end.At, end.IsShortLived))),
                    .. _sharedEnds,
                ];
            }
        }
    }

    public RepositoryCredential? Find(RepositoryAddress repository, RepositoryKind kind)
    {
        // What nobody asks for has no credentials; and most clusters have few, so that most repositories end here.
        var secrets = ByHost();
        if (repository.Tenant.Length == 0 || secrets.Count == 0
            || CredentialUrl.KeyOf(repository.Url, kind) is not { } key || !secrets.Contains(HostOf(key)))
        {
            return null;
        }

        CredentialSecret? exact = null;
        CredentialSecret? template = null;
        foreach (var secret in secrets[HostOf(key)])
        {
            if ((secret.Kind ?? kind) == kind && Serves(secret, repository.Tenant))
            {
                exact = !secret.IsTemplate && secret.Url == key ? Better(exact, secret, repository.Tenant) : exact;
                template = secret.IsTemplate && CredentialUrl.Covers(secret.Url, key) ? Better(template, secret, repository.Tenant) : template;
            }
        }

        if (exact is not { HasLogin: false })
        {
            return (exact ?? template)?.Credential;
        }

        // Only of its own namespace: else a tenant's proxy or authority would see what somebody else's template sends.
        var lender = secrets[HostOf(key)]
            .Where(secret => secret.IsTemplate && (secret.Kind ?? kind) == kind && secret.Key.Namespace == exact.Key.Namespace
                && CredentialUrl.Covers(secret.Url, key) && Serves(secret, repository.Tenant))
            .Aggregate((CredentialSecret?)null, (best, secret) => Better(best, secret, repository.Tenant));
        return lender is null ? exact.Credential : Merge(exact.Credential, lender.Credential);
    }

    public async ValueTask<BasicLogin?> LoginAsync(RepositoryCredential credential, RepositoryAddress repository, CancellationToken cancellationToken)
    {
        if (credential.Problem is { } problem)
        {
            throw new GitException(GitFailure.InvalidCredential, problem);
        }

        if (credential.GitHubApp is not null)
        {
            return new("x-access-token", await _tokens.TokenAsync(credential, repository, _shared, cancellationToken));
        }

        return credential.Username is null && credential.Password is null
            ? null
            : new(credential.Username ?? string.Empty, credential.Password ?? string.Empty);
    }

    public void Refused(RepositoryCredential credential) => _tokens.Forget(credential);

    /// <returns>Whether it says anything else than before.</returns>
    public bool Set(CredentialSecret secret)
    {
        lock (_lock)
        {
            if (_secrets.TryGetValue(secret.Key, out var known) && SaysTheSame(known, secret))
            {
                return false;
            }

            _secrets[secret.Key] = secret;
            _byHost = null;
        }

        Changed?.Invoke(this, EventArgs.Empty);
        return true;
    }

    public void Remove(NamespacedName key)
    {
        lock (_lock)
        {
            if (!_secrets.Remove(key))
            {
                return;
            }

            _byHost = null;
        }

        Changed?.Invoke(this, EventArgs.Empty);
    }

    public void Share(Func<SharedTrust, SharedTrust> change)
    {
        lock (_lock)
        {
            var before = _shared;
            _shared = change(before);
            if (_shared.Authorities != before.Authorities)
            {
                _sharedEnds = SharedEnds(_shared.Authorities);
            }
        }

        Changed?.Invoke(this, EventArgs.Empty);
    }

    /// <summary>Scheme and host of a key, with the slash that ends them.</summary>
    private static string HostOf(string key)
    {
        var slash = key.IndexOf('/', key.IndexOf("://", StringComparison.Ordinal) + 3);
        return key[..(slash + 1)];
    }

    // The longer URL wins, then the Application's own namespace, then the name: the same answer every time.
    private static CredentialSecret Better(CredentialSecret? one, CredentialSecret other, string tenant)
    {
        if (one is null || one.Url.Length != other.Url.Length)
        {
            return one is null || other.Url.Length > one.Url.Length ? other : one;
        }

        var (oneIsOwn, otherIsOwn) = (one.Key.Namespace == tenant, other.Key.Namespace == tenant);
        return oneIsOwn != otherIsOwn ? (oneIsOwn ? one : other)
            : string.CompareOrdinal(one.Key.Name, other.Key.Name) <= 0 ? one : other;
    }

    /// <summary>A repository's Secret that says nothing of who asks takes that from the template, and keeps the rest.</summary>
    private static RepositoryCredential Merge(RepositoryCredential own, RepositoryCredential template) => template with
    {
        Origin = $"{own.Origin} and template {template.Origin}",
        Identity = $"{own.Identity}+{template.Identity}",
        Version = $"{own.Version}+{template.Version}",
        Problem = own.Problem is null || template.Problem is null ? own.Problem ?? template.Problem : $"{own.Problem}; {template.Problem}",
        IsBasicAuthForced = own.IsBasicAuthForced || template.IsBasicAuthForced,
        IsInsecure = own.IsInsecure || template.IsInsecure,
        IsLfsEnabled = own.IsLfsEnabled || template.IsLfsEnabled,
        KnownHosts = own.KnownHosts ?? template.KnownHosts,
        CertificateAuthorities = own.CertificateAuthorities ?? template.CertificateAuthorities,
        EndsAt = own.EndsAt is { } first && !(template.EndsAt < first) ? first : template.EndsAt,
        Proxy = own.Proxy ?? template.Proxy,
        NoProxy = own.NoProxy ?? template.NoProxy,
    };

    private static bool SaysTheSame(CredentialSecret known, CredentialSecret secret) =>
        known.Credential == secret.Credential with { Version = known.Credential.Version }
        && known.Url == secret.Url && known.Kind == secret.Kind && known.IsTemplate == secret.IsTemplate && known.Allowed == secret.Allowed;

    private bool Serves(CredentialSecret secret, string tenant) =>
        secret.Key.Namespace == tenant
        || (secret.Key.Namespace == _trust.OperatorNamespace
            && (_trust.Trusts(tenant) || secret.AllowedNamespaces.Any(pattern => pattern.IsMatch(tenant))));

    private ImmutableArray<CredentialReading> SharedEnds(ImmutableDictionary<string, string> authorities) =>
    [
        .. from pair in authorities
           let end = CredentialEnds.OfBundle(pair.Value)
           where end is not null
           select new CredentialReading(
               "ConfigMap", _trust.OperatorNamespace, CredentialKeys.TlsConfigMap, pair.Key, CredentialPart.Authorities, end.Value),
    ];

    private ILookup<string, CredentialSecret> ByHost()
    {
        if (_byHost is { } known)
        {
            return known;
        }

        lock (_lock)
        {
            return _byHost = _secrets.Values.ToLookup(static secret => HostOf(secret.Url), StringComparer.Ordinal);
        }
    }
}
