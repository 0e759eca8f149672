using System.Collections.Concurrent;
using System.Net;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Api;
using GitOps.Operator.Credentials;
using GitOps.Operator.Options;
using GitOps.Operator.Tests.Git;
using GitOps.Testing.Servers;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Tests.Credentials;

public sealed class CredentialWatchTests : IAsyncLifetime
{
    private const string Url = "https://git.example.org/app";
    private const string Own = "gitops-system";
    private const string Argo = CredentialSecret.ArgoLabel + " in (repository,repo-creds)";
    private const string Ours = CredentialSecret.OurLabel + " in (repository,repo-creds)";

    private static readonly string[] Everything =
    [
        $"{Own} {Argo}", $"{Own} {Ours}", $" {Argo}", $" {Ours}",
        $"{Own} metadata.name=argocd-ssh-known-hosts-cm", $"{Own} metadata.name=argocd-tls-certs-cm",
    ];

    private readonly ConcurrentQueue<string> _log = new();
    private readonly GitHubTokens _tokens = new(TimeProvider.System);
    private readonly IKubernetesClient _client = DispatchProxy.Create<IKubernetesClient, WatchedClient>();
    private readonly CredentialBook _book;
    private readonly CredentialWatch _watch;

    public CredentialWatchTests()
    {
        _book = new(new TrustPolicy(Own, [], null), _tokens);
        _watch = new(_client, new OperatorOptions { OperatorNamespace = Own }, _book, new Listener(_log));
    }

    public ValueTask InitializeAsync() => new(_watch.StartAsync(TestContext.Current.CancellationToken));

    public async ValueTask DisposeAsync()
    {
        await _watch.StopAsync(CancellationToken.None);
        _watch.Dispose();
        _tokens.Dispose();
    }

    [Fact]
    public async Task Nothing_is_known_before_everything_was_listed_or_refused_and_a_refusal_is_said_once()
    {
        foreach (var watch in Everything[..5])
        {
            Tell(watch, new(WatchEventType.Restarted), new(WatchEventType.InitDone));
        }

        _watch.Listed.IsCompleted.ShouldBeFalse();
        var forbidden = new ApiException(HttpStatusCode.Forbidden, "Forbidden", "secrets is forbidden");
        Tell(Everything[5], new WatchEvent(WatchEventType.Interrupted, Error: forbidden), new WatchEvent(WatchEventType.Interrupted, Error: forbidden));

        await _watch.Listed.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Tell(Everything[0], new WatchEvent(WatchEventType.Applied, Secret("one")));
        await UntilAsync("one");
        _log.Count(static line => line.Contains("forbidden", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task A_Secret_is_used_until_it_is_gone_also_if_that_happened_unseen()
    {
        Tell(Everything[0], new(WatchEventType.Restarted), new(WatchEventType.InitItem, Secret("one")), new(WatchEventType.InitDone));
        await UntilAsync("one");
        Tell(Everything[0], new WatchEvent(WatchEventType.Deleted, Secret("one")));
        await UntilAsync(null);
        Tell(Everything[0], new WatchEvent(WatchEventType.Applied, Secret("two")));
        await UntilAsync("two");

        // What cannot be asked just now stays; a new list without it is the end of it.
        Tell(Everything[0], new WatchEvent(WatchEventType.Interrupted, Error: new IOException("away")), new WatchEvent(WatchEventType.Restarted));
        Tell(Everything[0], new WatchEvent(WatchEventType.InitItem, Secret("three", "https://other.example.org")));
        await GitTestBed.EventuallyAsync(() => _book.Find(new("https://other.example.org", Own), RepositoryKind.Git) is not null, "the list is read");
        Found.ShouldBe("two");
        Tell(Everything[0], new WatchEvent(WatchEventType.InitDone));
        await UntilAsync(null);
    }

    [Fact]
    public async Task A_Secret_that_changes_its_label_stays_whichever_watch_tells_first()
    {
        var ours = Secrets.Make(Own, "one", CredentialSecret.OurLabel + "=repository", ("url", Url), ("password", "x"));
        Tell(Everything[1], new WatchEvent(WatchEventType.Applied, ours));
        await UntilAsync("one");

        Tell(Everything[0], new WatchEvent(WatchEventType.Applied, Secret("one")));
        await SettleAsync(Everything[0]);
        Tell(Everything[1], new WatchEvent(WatchEventType.Deleted, ours));
        await SettleAsync(Everything[1]);
        Found.ShouldBe("one");
        Tell(Everything[0], new WatchEvent(WatchEventType.Deleted, Secret("one")));
        await UntilAsync(null);
    }

    [Fact]
    public async Task What_is_wrong_with_a_Secret_is_logged_once_and_the_shared_trust_is_read()
    {
        using var certificates = new TestCertificates();
        var broken = Secrets.Repository(Own, "one", ("url", Url), ("insecure", "maybe"));
        Tell(Everything[0], new WatchEvent(WatchEventType.Applied, broken), new WatchEvent(WatchEventType.Applied, broken));
        Tell(Everything[4], new WatchEvent(WatchEventType.Applied, Map(CredentialKeys.KnownHostsConfigMap, "ssh_known_hosts", "example.org ssh-ed25519 AAAA")));
        Tell(Everything[5], new WatchEvent(WatchEventType.Applied, Map(CredentialKeys.TlsConfigMap, "Git.Example.org", certificates.Authority)));

        await GitTestBed.EventuallyAsync(() => _book.Shared.KnownHosts.Length > 0 && _book.Shared.Authorities.ContainsKey("git.example.org"), "the shared trust");
        await UntilAsync("one");
        await SettleAsync(Everything[0]);
        _log.ShouldBe(["Secret gitops-system/one: key insecure is neither true nor false"]);
        Tell(Everything[4], new WatchEvent(WatchEventType.Deleted, Map(CredentialKeys.KnownHostsConfigMap, "ssh_known_hosts", "x")));
        await GitTestBed.EventuallyAsync(() => _book.Shared.KnownHosts.Length == 0, "the lines are gone");
    }

    [Fact]
    public async Task What_ends_is_known_while_it_is_there_and_as_it_is_there()
    {
        var (first, _) = TestCertificates.SelfSigned("first", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(100));
        var (second, _) = TestCertificates.SelfSigned("second", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(200));
        Tell(Everything[0], new WatchEvent(WatchEventType.Applied, Secret("one").Annotated(Annotations.ExpiresAt, "2027-01-31")));
        Tell(Everything[5], new WatchEvent(WatchEventType.Applied, Map(CredentialKeys.TlsConfigMap, "Git.Example.org", first)));
        await EndsAsync("ConfigMap gitops-system/argocd-tls-certs-cm git.example.org authorities 1970-04-11", "Secret gitops-system/one  annotation 2027-01-31");

        Tell(Everything[0], new WatchEvent(WatchEventType.Applied, Secret("one").Annotated(Annotations.ExpiresAt, "2028-01-31")));
        Tell(Everything[5], new WatchEvent(WatchEventType.Applied, Map(CredentialKeys.TlsConfigMap, "Git.Example.org", first + "\n" + second)));
        await EndsAsync("ConfigMap gitops-system/argocd-tls-certs-cm git.example.org authorities 1970-07-20", "Secret gitops-system/one  annotation 2028-01-31");

        Tell(Everything[0], new WatchEvent(WatchEventType.Deleted, Secret("one")));
        Tell(Everything[5], new WatchEvent(WatchEventType.Deleted, Map(CredentialKeys.TlsConfigMap, "Git.Example.org", first)));
        await EndsAsync();

        Task EndsAsync(params string[] expected) => GitTestBed.EventuallyAsync(
            () => _book.Ends.Select(static row => $"{row.Kind} {row.Namespace}/{row.Name} {row.Key} {row.What} {row.EndsAt:yyyy-MM-dd}")
                .Order(StringComparer.Ordinal).SequenceEqual(expected, StringComparer.Ordinal),
            $"known are {string.Join(", ", expected)}");
    }

    private string? Found => _book.Find(new(Url, Own), RepositoryKind.Git)?.Origin[(Own.Length + 1)..];

    private WatchedClient Client => (WatchedClient)(object)_client;

    private static KubernetesObject Secret(string name, string url = Url) => Secrets.Repository(Own, name, ("url", url), ("password", "x"));

    private static KubernetesObject Map(string name, string key, string value) => new(new JsonObject
    {
        ["metadata"] = new JsonObject { ["namespace"] = Own, ["name"] = name },
        ["data"] = new JsonObject { [key] = value },
    });

    private void Tell(string watch, params WatchEvent[] events)
    {
        foreach (var item in events)
        {
            Client.Watch(watch).Writer.TryWrite(item).ShouldBeTrue();
        }
    }

    private Task UntilAsync(string? name) => GitTestBed.EventuallyAsync(() => Found == name, $"{name ?? "none"} is used");

    /// <summary>Waits until a watch's events so far were dealt with: each watch's are, one after the other.</summary>
    private async Task SettleAsync(string watch)
    {
        var url = $"https://{Guid.NewGuid():N}.example.org";
        var label = watch.EndsWith(Argo, StringComparison.Ordinal) ? CredentialSecret.ArgoLabel : CredentialSecret.OurLabel;
        Tell(watch, new WatchEvent(WatchEventType.Applied, Secrets.Make(Own, $"marker-{url.Length}-{label.Length}", $"{label}=repository", ("url", url))));
        await GitTestBed.EventuallyAsync(() => _book.Find(new(url, Own), RepositoryKind.Git) is not null, "the events were dealt with");
    }

    /// <summary>Only watches: what they tell comes from the test.</summary>
    public class WatchedClient : DispatchProxy
    {
        private readonly ConcurrentDictionary<string, Channel<WatchEvent>> _watches = new(StringComparer.Ordinal);

        public Channel<WatchEvent> Watch(string name) => _watches.GetOrAdd(name, static _ => Channel.CreateUnbounded<WatchEvent>());

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            targetMethod!.Name.ShouldBe(nameof(IKubernetesClient.WatchAsync));
            var options = (WatchOptions)args![2]!;
            return Watch($"{args[1]} {options.LabelSelector ?? options.FieldSelector}").Reader.ReadAllAsync((CancellationToken)args[3]!);
        }
    }

    private sealed class Listener(ConcurrentQueue<string> log) : ILogger<CredentialWatch>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Enqueue(formatter(state, exception));
    }
}
