namespace GitOps.Kubernetes.Auth;

/// <summary>What a request proves its sender with.</summary>
/// <param name="Authorization">The header's value; null: none.</param>
/// <param name="Certificate">A client certificate that came with it; null: the configured one, if any.</param>
internal sealed record Credential(string? Authorization, ClientPem? Certificate = null)
{
    public static readonly Credential None = new(Authorization: null);

    public static Credential Bearer(string token) => new("Bearer " + token);

    public override string ToString() => nameof(Credential);
}

/// <summary>A client certificate and its key, as PEM.</summary>
internal sealed class ClientPem
{
    public ClientPem(byte[] certificate, byte[] key)
    {
        Certificate = certificate;
        Key = key;
    }

    public byte[] Certificate { get; }

    public byte[] Key { get; }

    public bool IsSameAs(ClientPem? other) =>
        other is not null && Certificate.AsSpan().SequenceEqual(other.Certificate) && Key.AsSpan().SequenceEqual(other.Key);
}

/// <summary>Gives the credential of the moment.</summary>
internal interface ICredentialSource : IDisposable
{
    /// <exception cref="Http.ApiConnectionException">There is none to be had now.</exception>
    ValueTask<Credential> GetAsync(CancellationToken cancellationToken);

    /// <summary>The server answered 401 to it.</summary>
    /// <returns>Whether another may be had, so that the request is worth repeating.</returns>
    bool TryDrop(Credential refused);
}
