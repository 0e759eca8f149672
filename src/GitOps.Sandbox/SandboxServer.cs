using System.Net;
using System.Security.Cryptography;
using System.Text;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Sandbox.Controllers;
using GitOps.Sandbox.Faults;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.State;
using Microsoft.AspNetCore.Connections;

namespace GitOps.Sandbox;

/// <summary>
/// A Kubernetes API server in this process, in memory: TLS with a certificate authority of its own, bearer tokens, every kind
/// of a real v1.36 and every CustomResourceDefinition created in it.
/// </summary>
public sealed class SandboxServer : IAsyncDisposable
{
    private static readonly TimeSpan LongestPortWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PortPause = TimeSpan.FromMilliseconds(50);

    private readonly SandboxOptions _options;
    private readonly Cluster _cluster;
    private readonly ServerCertificates _certificates;
    private readonly ApiHandler _handler;
    private readonly Authentication _authentication;
    private readonly ControllerManager _controllers;
    private Listener _listener;

    private SandboxServer(
        SandboxOptions options, Cluster cluster, ServerCertificates certificates, Authentication authentication, ApiHandler handler, Listener listener,
        string adminToken)
    {
        (_options, _cluster, _certificates, _authentication, _handler, _listener) = (options, cluster, certificates, authentication, handler, listener);
        AdminToken = adminToken;
        _controllers = new(cluster, certificates.CaPem);
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

    /// <summary>What the permissions of those who are followed were needed for.</summary>
    public PermissionLog Permissions => _cluster.Access.Log;

    /// <summary>The state itself.</summary>
    internal Cluster Cluster => _cluster;

    /// <summary>The store's present resourceVersion.</summary>
    public long ResourceVersion => _cluster.Store.Version;

    /// <summary>Starts a server with the namespaces that every cluster has, and what is in <see cref="SandboxOptions.StateFile"/>.</summary>
    /// <exception cref="Manifests.ManifestException">The state file does not hold objects that can be served; says where.</exception>
    public static async Task<SandboxServer> StartAsync(SandboxOptions options, CancellationToken cancellationToken)
    {
        var cluster = new Cluster(options);
        InitialObjects.Create(cluster);
        var unborn = options.StateFile is { } file ? await StateReader.RestoreAsync(cluster, file, cancellationToken) : [];
        var token = options.AdminToken ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        var certificates = ServerCertificates.Create(options.Address, TimeProvider.System.GetUtcNow());
        var (faults, requests) = (new FaultInjector(), new RequestLog());
        var authentication = new Authentication(cluster, token, certificates.Clients);
        var handler = new ApiHandler(cluster, authentication, faults, requests);
        var listener = await Listener.StartAsync(
            new(IPAddress.Parse(options.Address), options.Port), certificates.Server, handler, cancellationToken);
        var server = new SandboxServer(options, cluster, certificates, authentication, handler, listener, token) { Faults = faults, Requests = requests };
        if (unborn.IsEmpty)
        {
            return server;
        }

        try
        {
            await using var client = server.CreateClient();
            await new ManifestApplier(client).ApplyAsync(unborn, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client of the administrator. The caller disposes it.</summary>
    public KubernetesClient CreateClient(string userAgent = "sandbox") =>
        new(KubeconfigLoader.Load(new() { Content = Encoding.UTF8.GetBytes(Kubeconfig()) }), new() { UserAgent = userAgent });

    /// <summary>
    /// Writes all objects at one moment to a file, as YAML, with everything the server keeps of them; a server can begin with it.
    /// Only this user can read the file, since Secrets are in it.
    /// </summary>
    public Task SaveAsync(string path, CancellationToken cancellationToken) => StateWriter.WriteAsync(_cluster, path, cancellationToken);

    /// <summary>A kubeconfig of the administrator, as YAML.</summary>
    public string Kubeconfig() => KubeconfigText.Write(Url, CaPem, Caller.Admin.Name, $"{{token: \"{AdminToken}\"}}");

    /// <summary>A kubeconfig of somebody else, as YAML, with a client certificate of the sandbox's own authority.</summary>
    /// <param name="user">The user's name.</param>
    /// <param name="groups">The groups it is in, <c>system:authenticated</c> aside.</param>
    public string KubeconfigFor(string user, params IReadOnlyList<string> groups)
    {
        var (certificate, key) = _certificates.Clients.Issue(user, groups, TimeProvider.System.GetUtcNow());
        return KubeconfigText.Write(Url, CaPem, user, KubeconfigText.Certificate(certificate, key));
    }

    /// <summary>Writes <see cref="Kubeconfig"/>, readable by this user alone.</summary>
    public void WriteKubeconfig(string path)
    {
        using var writer = new StreamWriter(path, new UTF8Encoding(false), PrivateFile.Options(FileMode.Create));
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
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                _listener = await Listener.StartAsync(endpoint, _certificates.Server, _handler, cancellationToken);
                return;
            }
            catch (IOException taken) when (
                taken.InnerException is AddressInUseException && TimeProvider.System.GetElapsedTime(started) < LongestPortWait)
            {
                // A connection of somebody else has been given the port meanwhile; such ports are given back.
                await Task.Delay(PortPause, TimeProvider.System, cancellationToken);
            }
        }
    }

    /// <summary>
    /// Ends when the controllers have nothing to do until time passes or somebody writes. With a clock that is advanced by
    /// hand, state is the same each time after this.
    /// </summary>
    public Task SettleAsync(CancellationToken cancellationToken) => _controllers.SettleAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _controllers.DisposeAsync();
        await _listener.StopAsync();
        _authentication.Dispose();
        _certificates.Dispose();
    }
}
