using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Manifests.Helm;

namespace GitOps.Operator.Render;

/// <summary>Answers from the helm program and the cluster's discovery, which is read again where it has got old.</summary>
internal sealed class ClusterFacts(IHelmProgram helm, IDiscovery? discovery, TimeProvider time) : IBuildFacts
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    private long? _readAt;
    private (IReadOnlyList<ApiResource> Resources, ImmutableArray<string> Names, string Hash)? _served;

    public async ValueTask<string?> FindAsync(string name, CancellationToken cancellationToken)
    {
        switch (name)
        {
            case IBuildFacts.Helm:
                return await VersionAsync(cancellationToken);
            case IBuildFacts.KubeVersion:
                return discovery is null ? null : await discovery.ServerVersionAsync(cancellationToken);
            case IBuildFacts.ApiVersions:
                return discovery is null ? null : (await ServedAsync(discovery, cancellationToken)).Hash;
            default:
                return discovery is not null && name.StartsWith(IBuildFacts.Serves, StringComparison.Ordinal)
                    && await ServesAsync(discovery, name[IBuildFacts.Serves.Length..], cancellationToken) ? "yes" : null;
        }
    }

    /// <returns>Null: there is no cluster.</returns>
    public async ValueTask<ImmutableArray<string>?> ApiVersionsAsync(CancellationToken cancellationToken) =>
        discovery is null ? null : (await ServedAsync(discovery, cancellationToken)).Names;

    private static ImmutableArray<string> NamesOf(IEnumerable<ApiResource> resources) =>
    [
        .. resources.SelectMany(static resource => (string[])[VersionOf(resource), $"{VersionOf(resource)}/{resource.Kind}"])
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    private static string VersionOf(ApiResource resource) => resource.Group.Length == 0 ? resource.Version : $"{resource.Group}/{resource.Version}";

    private async ValueTask<string?> VersionAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await helm.VersionAsync(cancellationToken);
        }
        catch (HelmException)
        {
            // The rendering that asked will say why.
            return null;
        }
    }

    private async ValueTask<(ImmutableArray<string> Names, string Hash)> ServedAsync(IDiscovery server, CancellationToken cancellationToken)
    {
        if (_readAt is not { } readAt || time.GetElapsedTime(readAt) > MaxAge)
        {
            await server.RefreshAsync(cancellationToken);
            _readAt = time.GetTimestamp();
        }

        var resources = await server.AllAsync(cancellationToken);
        if (_served is not { } known || !ReferenceEquals(known.Resources, resources))
        {
            var names = NamesOf(resources);
            known = (resources, names, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', names))))[..16]);
            _served = known;
        }

        return (known.Names, known.Hash);
    }

    /// <summary>That a server does not say is not the same as no.</summary>
    private async ValueTask<bool> ServesAsync(IDiscovery server, string name, CancellationToken cancellationToken)
    {
        var (names, _) = await ServedAsync(server, cancellationToken);
        if (names.BinarySearch(name, StringComparer.Ordinal) >= 0)
        {
            return true;
        }

        var kind = name.Split('/') switch
        {
            [var version] => new GroupVersionKind(string.Empty, version, string.Empty),
            ["v1", var core] => new(string.Empty, "v1", core),
            [var group, var version] => new(group, version, string.Empty),
            [var group, var version, var last, ..] => new(group, version, last),
            _ => default,
        };
        return (await server.FindAsync(kind, cancellationToken)).Outcome switch
        {
            LookupOutcome.Found => true,
            LookupOutcome.Absent => false,
            _ => throw new HelmException(
                HelmFailure.Unavailable, $"the cluster does not say at the moment whether it serves {name}, and the chart asks for it"),
        };
    }
}
