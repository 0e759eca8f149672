using System.Collections.Concurrent;
using System.Text;
using GitOps.Manifests.Trees;
using GitOps.Operator.Charts;
using GitOps.Operator.Credentials;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Testing;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Tests.Charts;

/// <summary>Repositories of charts over a clock that stands still, servers on loopback, and credentials that a test sets.</summary>
internal sealed class ChartBed : IAsyncDisposable
{
    private readonly List<ChartServer> _servers = [];
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("charts-");
    private ChartRepositories? _repositories;

    public ChartBed() => Options = new() { CacheDirectory = Path.Combine(_root.FullName, "cache") };

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ManualTimeProvider Time { get; } = new();

    public ChartOptions Options { get; set; }

    public TestCredentials Credentials { get; } = new();

    public RecordingObserver Observer { get; } = new();

    public TextLogger Log { get; } = new();

    public string Root => _root.FullName;

    public ChartRepositories Repositories => _repositories ??= Create();

    public async Task<ChartServer> ServerAsync(bool asksForCertificate = false)
    {
        var server = await ChartServer.StartAsync(asksForCertificate);
        _servers.Add(server);
        return server;
    }

    /// <summary>As after a restart: what is on the disk is left.</summary>
    public void Restart()
    {
        _repositories?.Dispose();
        _repositories = null;
    }

    public ValueTask<ResolvedChart> ResolveAsync(ChartReference chart) => Repositories.ResolveAsync(chart, Cancellation);

    public async Task<ISourceTree> OpenAsync(ChartReference chart) => await Repositories.OpenAsync(chart, await ResolveAsync(chart), Cancellation);

    public async Task<GitException> FailureAsync(ChartReference chart) => await Should.ThrowAsync<GitException>(() => OpenAsync(chart));

    public static async Task<string> TextAsync(ISourceTree tree, string path) => Encoding.UTF8.GetString((await tree.ReadAsync(path, Cancellation)).Span);

    /// <summary>Moves the clock on in small steps until something is so, which other threads bring about.</summary>
    public async Task AdvanceUntilAsync(Func<bool> condition, string what, TimeSpan? step = null)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            TimeProvider.System.GetElapsedTime(deadline).ShouldBeLessThan(TimeSpan.FromSeconds(60), what);
            Time.Advance(step ?? TimeSpan.FromMilliseconds(100));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancellation);
        }
    }

    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(60), what);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _repositories?.Dispose();
        foreach (var server in _servers)
        {
            await server.StopAsync();
        }

        _root.Delete(recursive: true);
    }

    private ChartRepositories Create() => new(Options, new(Credentials, Observer, Time, static () => 1, Log));

    internal sealed class RecordingObserver : IChartObserver
    {
        private readonly ConcurrentQueue<string> _all = new();

        public IReadOnlyList<string> All => [.. _all];

        public void Ran(string operation, string result, TimeSpan duration) => _all.Enqueue($"{operation} {result}");
    }

    internal sealed class TextLogger : ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public string Text => string.Join('\n', _lines);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception) + exception);
    }
}

/// <summary>Credentials by tenant; whoever has none of their own gets one that only trusts the test's servers.</summary>
internal sealed class TestCredentials : IRepositoryCredentials
{
    private static readonly RepositoryCredential Nobody =
        new() { Origin = "trust", Version = "1", Identity = "trust", CertificateAuthorities = ChartServer.Authority };

    private readonly ConcurrentDictionary<string, RepositoryCredential?> _byTenant = new(StringComparer.Ordinal);

    public event EventHandler? Changed;

    /// <summary>Given a tenant, a URL and a kind: whether the tenant's credential is for it.</summary>
    public Func<RepositoryAddress, RepositoryKind, bool> IsFor { get; set; } = static (_, _) => true;

    public static RepositoryCredential Login(string user, string password, string version = "1") => Nobody with
    {
        Origin = $"Secret team/{user}",
        Identity = user,
        Version = version,
        Username = user,
        Password = password,
    };

    public void Set(string tenant, RepositoryCredential? credential)
    {
        _byTenant[tenant] = credential;
        Changed?.Invoke(this, EventArgs.Empty);
    }

    public RepositoryCredential? Find(RepositoryAddress repository, RepositoryKind kind) =>
        _byTenant.TryGetValue(repository.Tenant, out var credential) && IsFor(repository, kind) ? credential : Nobody;

    public ValueTask<BasicLogin?> LoginAsync(RepositoryCredential credential, RepositoryAddress repository, CancellationToken cancellationToken) =>
        new(credential.Username is null ? null : new BasicLogin(credential.Username, credential.Password ?? string.Empty));
}
