using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Plain;
using GitOps.Operator.Credentials.Expiry;

namespace GitOps.Operator.Credentials;

/// <summary>One Secret that says how repositories are reached. Never printed: its text is its name.</summary>
internal sealed record CredentialSecret
{
    /// <summary>Label of a Secret: <c>repository</c> or <c>repo-creds</c>. Argo CD's.</summary>
    public const string ArgoLabel = Api.Annotations.ArgoPrefix + "secret-type";

    /// <summary>Its twin, which wins.</summary>
    public const string OurLabel = Api.Annotations.Prefix + "secret-type";

    public required NamespacedName Key { get; init; }

    /// <summary>For all repositories below its URL.</summary>
    public bool IsTemplate { get; init; }

    /// <summary>Null: for repositories of every kind.</summary>
    public RepositoryKind? Kind { get; init; }

    /// <summary><see cref="CredentialUrl.KeyOf"/> of its URL.</summary>
    public required string Url { get; init; }

    /// <summary>As the annotation is written.</summary>
    public string Allowed { get; init; } = string.Empty;

    /// <summary>Whose Applications may use it, beside those that always may; of a Secret of the operator's namespace only.</summary>
    public ImmutableArray<GlobPattern> AllowedNamespaces { get; init; } = [];

    public required RepositoryCredential Credential { get; init; }

    /// <summary>Whether it says who asks. One that does not may take that from a template.</summary>
    public bool HasLogin => Credential is not
    {
        Username: null, Password: null, BearerToken: null, SshPrivateKey: null, TlsClientCertificate: null, GitHubApp: null,
    };

    /// <summary>When what it holds ends to be of use, as far as that is known.</summary>
    public ImmutableArray<CredentialEnd> Ends { get; init; } = [];

    /// <summary>What it says and does not mean, or what nobody here understands, a sentence each.</summary>
    public ImmutableArray<string> Remarks { get; init; } = [];

    public override string ToString() => Key.ToString();
}
