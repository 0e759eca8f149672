using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <summary>
/// The addresses and ports that Services get. Who took one is kept only as a hint: it is free again as soon as that Service does
/// not have it any more, so nothing has to be given back, neither by deletions nor by dry runs.
/// </summary>
internal sealed class AddressPool : ServiceAllocations
{
    private const int FirstPort = 30_000;
    private const int Ports = 2768;

    private static readonly GroupResource Services = new(string.Empty, "services");

    private readonly Cluster _cluster;
    private readonly ConcurrentDictionary<string, (string Namespace, string Name)> _takers = new(StringComparer.Ordinal);
    private int _addresses;
    private int _ports;

    public AddressPool(Cluster cluster) => _cluster = cluster;

    /// <inheritdoc/>
    public override string NextAddress(KubernetesObject service)
    {
        while (true)
        {
            // The first ten of 10.96.0.0/16 are kept free, as a real server does for the API's own address and for DNS.
            var number = (Interlocked.Increment(ref _addresses) + 10) & 65_535;
            var address = string.Create(CultureInfo.InvariantCulture, $"10.96.{number >> 8}.{number & 255}");
            if (TryTake(service, address))
            {
                return address;
            }
        }
    }

    /// <inheritdoc/>
    public override int NextPort(KubernetesObject service)
    {
        while (true)
        {
            var port = FirstPort + (Interlocked.Increment(ref _ports) % Ports);
            if (TryTake(service, port.ToString(CultureInfo.InvariantCulture)))
            {
                return port;
            }
        }
    }

    /// <inheritdoc/>
    public override bool TryTake(KubernetesObject service, string what)
    {
        var taker = (service.Namespace, service.Name);
        while (!_takers.TryAdd(what, taker))
        {
            if (!_takers.TryGetValue(what, out var other))
            {
                continue;
            }

            if (other == taker || !Has(other, what))
            {
                _takers[what] = taker;
                return true;
            }

            return false;
        }

        return true;
    }

    private bool Has((string Namespace, string Name) taker, string what)
    {
        if (_cluster.Store.Table(Services).Find(taker.Namespace, taker.Name) is not { } stored)
        {
            return false;
        }

        var spec = stored.Read("{"u8).Object("spec");
        return spec.Text("clusterIP") == what
            || Number(spec, "healthCheckNodePort") == what
            || spec.Objects("ports").Any(port => Number(port, "nodePort") == what);
    }

    private static string? Number(JsonObject? fields, string name) =>
        KubernetesObject.GetInt64(fields, name)?.ToString(CultureInfo.InvariantCulture);
}
