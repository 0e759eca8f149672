using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Http;

/// <summary>
/// Clients of many clusters and users. Requests with the same TLS identity share connections, those with the same credentials
/// share these and discovery too, and impersonation is a matter of headers alone. What nobody has asked for in a while is
/// closed. A cluster's circuit is shared by all who ask it. Thread-safe.
/// </summary>
public sealed class ClusterClients : IAsyncDisposable
{
    private static readonly TimeSpan DefaultIdle = TimeSpan.FromMinutes(10);

    private readonly KubernetesClientOptions _options;
    private readonly TimeSpan _idle;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Shared<Transport>> _transports = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Shared<ClusterCircuit>> _circuits = new(StringComparer.Ordinal);
    private readonly ITimer _sweep;
    private bool _isDisposed;

    /// <param name="options">Of every client; with a <see cref="KubernetesClientOptions.Circuit"/> unless given otherwise.</param>
    /// <param name="idle">After how long without use a client is closed; null: ten minutes.</param>
    public ClusterClients(KubernetesClientOptions options, TimeSpan? idle = null)
    {
        _options = options.Circuit is null ? options with { Circuit = new CircuitOptions() } : options;
        _idle = idle ?? DefaultIdle;
        _sweep = options.TimeProvider.CreateTimer(_ => Sweep(), state: null, _idle / 2, _idle / 2);
    }

    /// <summary>Clients that are open.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>A client for a configuration; it stays open at least until the rental is disposed of. Connects to nothing yet.</summary>
    /// <exception cref="KubeconfigException">Credentials would go over plain http.</exception>
    public RentedClient Rent(ClusterConfig config)
    {
        var keys = ClusterKeys.Of(config);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_entries.TryGetValue(keys.Credentials, out var entry))
            {
                entry = Open_NeedsLock(config with { Impersonation = null }, keys);
                _entries[keys.Credentials] = entry;
            }

            entry.Users++;
            return new RentedClient(new KubernetesClient(entry.Core, config.Impersonation, config.Impersonation), () => Return(entry));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _sweep.DisposeAsync();
        lock (_lock)
        {
            _isDisposed = true;
            foreach (var entry in _entries.Values.ToArray())
            {
                Close_NeedsLock(entry);
            }
        }
    }

    private Entry Open_NeedsLock(ClusterConfig config, ClusterKeys keys)
    {
        ClientCore.Check(config);
        var transport = Share_NeedsLock(_transports, keys.Identity, () => new Transport(config, _options));
        var circuit = Share_NeedsLock(
            _circuits, keys.Cluster, () => new ClusterCircuit(config.Server.Authority, _options, _options.Circuit!));
        return new Entry(keys, new ClientCore(config, _options, transport, circuit));
    }

    private void Return(Entry entry)
    {
        lock (_lock)
        {
            entry.Users--;
            entry.ReturnedAt = _options.TimeProvider.GetTimestamp();
        }
    }

    private void Sweep()
    {
        lock (_lock)
        {
            foreach (var entry in _entries.Values.ToArray())
            {
                if (entry.Users == 0 && _options.TimeProvider.GetElapsedTime(entry.ReturnedAt) >= _idle)
                {
                    Close_NeedsLock(entry);
                }
            }
        }
    }

    private void Close_NeedsLock(Entry entry)
    {
        _entries.Remove(entry.Keys.Credentials);
        entry.Core.Dispose();
        Unshare_NeedsLock(_transports, entry.Keys.Identity)?.Dispose();
        Unshare_NeedsLock(_circuits, entry.Keys.Cluster);
    }

    private static T Share_NeedsLock<T>(Dictionary<string, Shared<T>> all, string key, Func<T> create)
    {
        if (!all.TryGetValue(key, out var shared))
        {
            shared = new Shared<T>(create());
            all[key] = shared;
        }

        shared.Users++;
        return shared.Value;
    }

    /// <returns>What nobody shares any more.</returns>
    private static T? Unshare_NeedsLock<T>(Dictionary<string, Shared<T>> all, string key)
        where T : class
    {
        var shared = all[key];
        if (--shared.Users > 0)
        {
            return null;
        }

        all.Remove(key);
        return shared.Value;
    }

    private sealed class Entry
    {
        public Entry(ClusterKeys keys, ClientCore core)
        {
            Keys = keys;
            Core = core;
        }

        public ClusterKeys Keys { get; }

        public ClientCore Core { get; }

        public int Users { get; set; }

        public long ReturnedAt { get; set; }
    }

    private sealed class Shared<T>
    {
        public Shared(T value) => Value = value;

        public T Value { get; }

        public int Users { get; set; }
    }
}

/// <summary>A client on loan from <see cref="ClusterClients"/>: to be disposed of after use, which closes nothing.</summary>
public sealed class RentedClient : IDisposable
{
    private Action? _return;

    internal RentedClient(IKubernetesClient client, Action @return)
    {
        Client = client;
        _return = @return;
    }

    public IKubernetesClient Client { get; }

    public void Dispose() => Interlocked.Exchange(ref _return, value: null)?.Invoke();
}
