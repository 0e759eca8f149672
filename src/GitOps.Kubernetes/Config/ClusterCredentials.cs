namespace GitOps.Kubernetes.Config;

/// <summary>Who one is to a cluster. A token file wins over a token; an exec plugin is asked only if there is neither.</summary>
public sealed record ClusterCredentials
{
    public static readonly ClusterCredentials None = new();

    public string? Token { get; init; }

    /// <summary>Read again at most every minute.</summary>
    public string? TokenFile { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    public PemSource? ClientCertificate { get; init; }

    public PemSource? ClientKey { get; init; }

    public ExecPlugin? Exec { get; init; }

    public bool IsEmpty => Token is null && TokenFile is null && Username is null && ClientCertificate is null && Exec is null;

    /// <summary>The kind of credentials, never their content.</summary>
    public override string ToString() => this switch
    {
        { TokenFile: not null } => $"token file {TokenFile}",
        { Token: not null } => "token",
        { Username: not null } => "basic",
        { Exec: not null } => Exec.ToString(),
        { ClientCertificate: not null } => "client certificate",
        _ => "none",
    };
}
