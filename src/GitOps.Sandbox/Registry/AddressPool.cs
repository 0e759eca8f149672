using System.Globalization;
using GitOps.Sandbox.Admission;

namespace GitOps.Sandbox.Registry;

/// <summary>Hands out cluster addresses and node ports, one after the other; none is given twice.</summary>
internal sealed class AddressPool
{
    private const int FirstPort = 30_000;
    private const int Ports = 2768;

    private int _addresses;
    private int _ports;

    public AddressPool() => Allocations = new(NextAddress, NextPort);

    public ServiceAllocations Allocations { get; }

    private string NextAddress()
    {
        // The first ten of 10.96.0.0/12 are kept free, as a real server does for the API's own address and for DNS.
        var number = Interlocked.Increment(ref _addresses) + 10;
        return string.Create(CultureInfo.InvariantCulture, $"10.{96 + ((number >> 16) & 15)}.{(number >> 8) & 255}.{number & 255}");
    }

    private int NextPort() => FirstPort + (Interlocked.Increment(ref _ports) % Ports);
}
