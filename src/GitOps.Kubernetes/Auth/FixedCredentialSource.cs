using System.Text;
using GitOps.Kubernetes.Config;

namespace GitOps.Kubernetes.Auth;

/// <summary>A token or password that stands in the configuration, or nothing.</summary>
internal sealed class FixedCredentialSource : ICredentialSource
{
    private readonly Credential _credential;

    public FixedCredentialSource(ClusterCredentials credentials) => _credential = credentials switch
    {
        { Token: { } token } => Credential.Bearer(token),
        { Username: { } user } =>
            new("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{credentials.Password}"))),
        _ => Credential.None,
    };

    public ValueTask<Credential> GetAsync(CancellationToken cancellationToken) => ValueTask.FromResult(_credential);

    public bool TryDrop(Credential refused) => false;

    public void Dispose()
    {
        // It holds nothing.
    }
}
