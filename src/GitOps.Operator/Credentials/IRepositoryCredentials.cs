using GitOps.Operator.Git;
using GitOps.Operator.Model;

namespace GitOps.Operator.Credentials;

/// <summary>What a credential is for: the field <c>type</c> of its Secret.</summary>
internal enum RepositoryKind
{
    Git,

    /// <summary>A repository of charts over https, with an index.</summary>
    Helm,

    /// <summary>An OCI registry.</summary>
    Oci,
}

/// <summary>A name and a password, as they are sent with one request.</summary>
/// <param name="Username">May be empty.</param>
/// <param name="Password">Never printed.</param>
internal sealed record BasicLogin(string Username, string Password)
{
    public override string ToString() => Username;
}

/// <summary>The credentials that there are. Thread-safe; always as new as the cluster has told.</summary>
internal interface IRepositoryCredentials
{
    /// <summary>Raised when anything was said differently; whoever listens must return quickly, and finds out what concerns it.</summary>
    event EventHandler Changed
    {
        add
        {
            // What never changes tells nobody.
        }

        remove
        {
            // As above.
        }
    }

    /// <summary>What every repository may trust beside what its credential says.</summary>
    SharedTrust Shared => SharedTrust.None;

    /// <summary>
    /// What to reach a repository with: of the Secrets that the tenant may use, the one for just this URL, else the template with the
    /// longest prefix; null: none is needed, or none is there.
    /// </summary>
    RepositoryCredential? Find(RepositoryAddress repository, RepositoryKind kind);

    /// <summary>The login for now: as it is written, or a token of a GitHub App, asked for and kept until shortly before it expires; null: the credential has none.</summary>
    /// <exception cref="GitException">No token was given, or the credential cannot be used.</exception>
    ValueTask<BasicLogin?> LoginAsync(RepositoryCredential credential, RepositoryAddress repository, CancellationToken cancellationToken);

    /// <summary>The server refused what <see cref="LoginAsync"/> gave: a token that is kept is asked for anew the next time.</summary>
    void Refused(RepositoryCredential credential)
    {
        // What is written is as good as it is.
    }
}

/// <summary>Nobody has any.</summary>
internal sealed class NoCredentials : IRepositoryCredentials
{
    public static readonly NoCredentials Instance = new();

    public RepositoryCredential? Find(RepositoryAddress repository, RepositoryKind kind) => null;

    public ValueTask<BasicLogin?> LoginAsync(RepositoryCredential credential, RepositoryAddress repository, CancellationToken cancellationToken) =>
        new((BasicLogin?)null);
}
