using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using GitOps.Sandbox.Faults;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox;

/// <summary>
/// A Kubernetes API server in this process, in memory: TLS with a certificate authority of its own, bearer tokens, every kind
/// of a real v1.36 and every CustomResourceDefinition created in it.
/// </summary>
public sealed class SandboxServer : IAsyncDisposable
{
    private readonly SandboxOptions _options;
    private readonly Cluster _cluster;
    private readonly ServerCertificates _certificates;
    private readonly ApiHandler _handler;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _controllers;
    private Listener _listener;

    private SandboxServer(
        SandboxOptions options, Cluster cluster, ServerCertificates certificates, ApiHandler handler, Listener listener, string adminToken)
    {
        (_options, _cluster, _certificates, _handler, _listener) = (options, cluster, certificates, handler, listener);
        AdminToken = adminToken;
        _controllers = Task.WhenAll(Controllers(options, cluster, _stopping.Token));
    }

    /// <summary>Where it listens: <c>https://127.0.0.1:PORT</c>; stays the same over restarts.</summary>
    public Uri Url => _listener.Url;

    /// <summary>The bearer token of <c>admin</c> in <c>system:masters</c>.</summary>
    public string AdminToken { get; }

    /// <summary>The certificate authority to trust, as PEM.</summary>
    public string CaPem => _certificates.CaPem;

    /// <summary>What goes wrong on purpose.</summary>
    public FaultInjector Faults { get; private init; } = new();

    /// <summary>What was asked.</summary>
    public RequestLog Requests { get; private init; } = new();

    /// <summary>The store's present resourceVersion.</summary>
    public long ResourceVersion => _cluster.Store.Version;

    /// <summary>Starts a server with the namespaces that every cluster has.</summary>
    public static async Task<SandboxServer> StartAsync(SandboxOptions options, CancellationToken cancellationToken)
    {
        var cluster = new Cluster(options);
        InitialObjects.Create(cluster);
        var token = options.AdminToken ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        var certificates = ServerCertificates.Create(options.Address, TimeProvider.System.GetUtcNow());
        var (faults, requests) = (new FaultInjector(), new RequestLog());
        var handler = new ApiHandler(cluster, new(token), faults, requests);
        var listener = await Listener.StartAsync(
            new(IPAddress.Parse(options.Address), options.Port), certificates.Server, handler, cancellationToken);
        return new(options, cluster, certificates, handler, listener, token) { Faults = faults, Requests = requests };
    }

    /// <summary>A kubeconfig of the administrator, as YAML.</summary>
    public string Kubeconfig()
    {
        var ca = Convert.ToBase64String(Encoding.UTF8.GetBytes(CaPem));
        return string.Create(CultureInfo.InvariantCulture, $$"""
            apiVersion: v1
            kind: Config
            current-context: sandbox
            contexts:
            - name: sandbox
              context: {cluster: sandbox, user: admin}
            clusters:
            - name: sandbox
              cluster:
                server: "{{Url.GetLeftPart(UriPartial.Authority)}}"
                certificate-authority-data: {{ca}}
            users:
            - name: admin
              user: {token: "{{AdminToken}}"}

            """);
    }

    /// <summary>Writes <see cref="Kubeconfig"/>, readable by this user alone.</summary>
    public void WriteKubeconfig(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(path, new UTF8Encoding(false), options);
        writer.Write(Kubeconfig());
    }

    /// <summary>Forgets all history: watches and continued lists from before are answered with 410 Expired.</summary>
    public void Compact() => _cluster.Store.Compact();

    /// <summary>Closes the listener, cuts all connections and listens again on the same port, with the same state.</summary>
    public async Task RestartAsync()
    {
        await StopListeningAsync();
        await StartListeningAsync(CancellationToken.None);
    }

    /// <summary>Closes the listener and cuts all connections; nobody answers until <see cref="StartListeningAsync"/>.</summary>
    public async Task StopListeningAsync() => await _listener.StopAsync();

    /// <summary>Listens again on the same port, with the same state.</summary>
    public async Task StartListeningAsync(CancellationToken cancellationToken)
    {
        var endpoint = new IPEndPoint(IPAddress.Parse(_options.Address), Url.Port);
        _listener = await Listener.StartAsync(endpoint, _certificates.Server, _handler, cancellationToken);
    }

    private static IEnumerable<Task> Controllers(SandboxOptions options, Cluster cluster, CancellationToken cancellationToken)
    {
        if (options.EnableNamespaceController)
        {
            yield return Task.Run(() => new NamespaceController(cluster).RunAsync(cancellationToken), cancellationToken);
        }

        if (options.EnableGarbageCollector)
        {
            yield return Task.Run(() => new GarbageCollector(cluster).RunAsync(cancellationToken), cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _listener.StopAsync();
        await _controllers;
        _certificates.Dispose();
        _stopping.Dispose();
    }
}
