using System.Collections.Immutable;

namespace GitOps.Operator.Credentials;

/// <summary>What the administrator trusts for all repositories.</summary>
/// <param name="KnownHosts">Lines of a known_hosts file.</param>
/// <param name="Authorities">PEM by host name in lower case: trusted for this host, instead of those of the system.</param>
internal sealed record SharedTrust(string KnownHosts, ImmutableDictionary<string, string> Authorities)
{
    public static readonly SharedTrust None = new(string.Empty, ImmutableDictionary<string, string>.Empty);
}
