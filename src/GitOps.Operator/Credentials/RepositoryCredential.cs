namespace GitOps.Operator.Credentials;

/// <summary>
/// What one Secret says about reaching one repository. Never printed: its text is the Secret's name.
/// </summary>
internal sealed record RepositoryCredential
{
    /// <summary>Namespace and name of the Secret, for messages.</summary>
    public required string Origin { get; init; }

    /// <summary>Another one whenever anything that it says is another; tells nothing of it.</summary>
    public required string Version { get; init; }

    /// <summary>The same for as long as the Secret lives, whatever is in it: what is fetched with a credential is kept by this.</summary>
    public required string Identity { get; init; }

    /// <summary>Why it cannot be used: names the Secret and the key, never a value; null: it can. Whoever uses it checks this first.</summary>
    public string? Problem { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    /// <summary>The login is sent without being asked for: some servers never ask.</summary>
    public bool IsBasicAuthForced { get; init; }

    public string? BearerToken { get; init; }

    /// <summary>PEM or OpenSSH.</summary>
    public string? SshPrivateKey { get; init; }

    /// <summary>Lines of a known_hosts file; null: only those that all repositories share.</summary>
    public string? KnownHosts { get; init; }

    /// <summary>PEM; with <see cref="TlsClientKey"/>.</summary>
    public string? TlsClientCertificate { get; init; }

    /// <summary>PEM.</summary>
    public string? TlsClientKey { get; init; }

    /// <summary>PEM, one or many, instead of those of the system; null: the system's.</summary>
    public string? CertificateAuthorities { get; init; }

    /// <summary>Asked for: neither TLS certificates nor ssh host keys are checked. Shown in the status.</summary>
    public bool IsInsecure { get; init; }

    public string? Proxy { get; init; }

    /// <summary>Hosts that are reached without the proxy, by commas.</summary>
    public string? NoProxy { get; init; }

    /// <summary>Git LFS may be used.</summary>
    public bool IsLfsEnabled { get; init; }

    /// <summary>When somebody who may change the Secret says that what it holds expires; null: nobody does.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>Null: none.</summary>
    public GitHubApp? GitHubApp { get; init; }

    public override string ToString() => Origin;
}

/// <summary>A GitHub App's installation, which gives tokens of an hour.</summary>
/// <param name="AppId">Of the App.</param>
/// <param name="InstallationId">Of the installation; null: found by the repository's owner.</param>
/// <param name="PrivateKey">PEM.</param>
/// <param name="ApiUrl">Of GitHub Enterprise; null: https://api.github.com.</param>
internal sealed record GitHubApp(string AppId, string? InstallationId, string PrivateKey, string? ApiUrl)
{
    public override string ToString() => $"GitHub App {AppId}";
}
