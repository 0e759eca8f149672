using System.Text.Json.Nodes;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Auth;

public sealed class ExecPluginTests : IDisposable
{
    private const string Version = "client.authentication.k8s.io/v1";

    private readonly ManualTimeProvider _time = new();
    private readonly RecordingObserver _observer = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("exec-");
    private readonly TestAuthority _authority = TestAuthority.Create();

    private KubernetesClientOptions Options => new() { TimeProvider = _time, Observer = _observer, RequestTimeout = TimeSpan.FromDays(1) };

    private string Runs => Path.Combine(_directory.FullName, "runs");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Fifty_callers_at_once_run_the_plugin_once()
    {
        await using var server = await StartAsync();
        await using var client = Client(server, Plugin(Token("one")));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => GetAsync(client)));
        CountRuns().ShouldBe(1);
        server.Requests.Count.ShouldBe(50);
        server.Requests.ShouldAllBe(static request => request.Headers.Authorization == "Bearer one");
    }

    [Fact]
    public async Task Fifty_callers_at_once_share_a_failure_too()
    {
        await using var server = await StartAsync();
        var gate = Path.Combine(_directory.FullName, "gate");
        await using var client = Client(server, Plugin($"while [ ! -f '{gate}' ]; do sleep 0.02; done; exit 3"));
        var all = Enumerable.Range(0, 50).Select(_ => GetAsync(client)).ToArray();
        await Waiting.UntilAsync(() => File.Exists(Runs));
        await File.WriteAllTextAsync(gate, string.Empty);
        foreach (var one in all)
        {
            (await Should.ThrowAsync<ApiConnectionException>(() => one)).Message.ShouldContain("exit code 3");
        }

        CountRuns().ShouldBe(1);

        // The next request tries again.
        await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(client));
        CountRuns().ShouldBe(2);
    }

    [Fact]
    public async Task A_caller_that_gives_up_leaves_the_plugin_running_for_the_others()
    {
        await using var server = await StartAsync();
        var gate = Path.Combine(_directory.FullName, "gate");
        await using var client = Client(server, Plugin($"while [ ! -f '{gate}' ]; do sleep 0.02; done\n{Token("one")}"));
        using var cancellation = new CancellationTokenSource();
        var impatient = client.GetAsync(Kinds.ConfigMap, "ns", "a", cancellation.Token);
        await Waiting.UntilAsync(() => File.Exists(Runs));
        var patient = GetAsync(client);
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => impatient.Soon());
        await File.WriteAllTextAsync(gate, string.Empty);
        (await patient).ShouldBe("a");
        CountRuns().ShouldBe(1);
    }

    [Fact]
    public async Task An_answer_is_kept_until_it_expires()
    {
        await using var server = await StartAsync();
        await using var client = Client(server, Plugin(Token("t$n", "2026-01-01T01:00:00Z")));
        await GetAsync(client);
        _time.Advance(TimeSpan.FromMinutes(59));
        await GetAsync(client);
        _time.Advance(TimeSpan.FromMinutes(1));
        await GetAsync(client);
        server.Requests.Select(static request => request.Headers.Authorization.ToString()).ShouldBe(["Bearer t1", "Bearer t1", "Bearer t2"]);
    }

    [Fact]
    public async Task A_refused_answer_is_asked_for_again_once_by_all_together_and_not_again_at_once()
    {
        await using var server = await StartAsync("Bearer t2");
        await using var client = Client(server, Plugin(Token("t$n")));
        (await Should.ThrowAsync<ApiException>(() => GetAsync(client))).IsUnauthorized.ShouldBeTrue();
        CountRuns().ShouldBe(1);
        _time.Advance(TimeSpan.FromMinutes(10));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => GetAsync(client)));
        CountRuns().ShouldBe(2);
    }

    [Fact]
    public async Task A_client_certificate_of_a_plugin_is_presented_and_a_new_one_makes_new_connections()
    {
        var (firstCertificate, firstKey) = _authority.Client("first");
        var (secondCertificate, secondKey) = _authority.Client("second", useRsa: true);
        await using var server = await ScriptedServer.StartAsync(
            static (context, _) => context.JsonAsync(Answers.ConfigMap("a")), _authority.Server(names: "127.0.0.1"), wantsClientCertificate: true);
        File.WriteAllText(Path.Combine(_directory.FullName, "1"), Certificate(firstCertificate, firstKey, "2026-01-01T01:00:00Z"));
        File.WriteAllText(Path.Combine(_directory.FullName, "2"), Certificate(secondCertificate, secondKey, expiry: null));
        await using var client = Client(server, Plugin($"cat '{_directory.FullName}'/$n"));
        await GetAsync(client);
        _time.Advance(TimeSpan.FromHours(1));
        await GetAsync(client);
        server.Requests.Select(static request => request.ClientName).ShouldBe(["CN=first", "CN=second"]);
    }

    [Fact]
    public async Task The_plugin_is_told_what_the_protocol_says_and_its_words_are_passed_on()
    {
        await using var server = await StartAsync();
        var seen = Path.Combine(_directory.FullName, "seen");
        var script = $$"""
            printf '%s' "$KUBERNETES_EXEC_INFO" > '{{seen}}'
            printf '%s|%s|%s|%s' "$#" "$1" "$2" "$EXTRA" > '{{seen}}.args'
            cat > '{{seen}}.input'
            echo 'a word' >&2
            {{Token("one")}}
            """;
        var plugin = Plugin(script) with
        {
            Arguments = ["a b", "$(c)"],
            Environment = [new("EXTRA", "x y")],
            ClusterInfo = new JsonObject { ["server"] = "https://a", ["config"] = new JsonObject { ["k"] = 1 } },
        };
        await using var client = Client(server, plugin);
        await GetAsync(client);
        (await File.ReadAllTextAsync(seen)).ShouldBe(
            """{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false,"cluster":{"server":"https://a","config":{"k":1}}}}""");
        (await File.ReadAllTextAsync(seen + ".args")).ShouldBe("2|a b|$(c)|x y");
        (await File.ReadAllTextAsync(seen + ".input")).ShouldBeEmpty();
        _observer.Notices.ShouldContain(static notice => notice.Kind == NoticeKind.PluginOutput && notice.Message.EndsWith("a word"));
    }

    [Theory]
    [InlineData("exit 3", "exit code 3")]
    [InlineData("echo secret-text", "not one JSON object")]
    [InlineData("""echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"secret-text"}}'""", "v1beta1")]
    [InlineData("""echo '{"kind":"Token","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"secret-text"}}'""", "not an ExecCredential")]
    [InlineData("""echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"}'""", "no status")]
    [InlineData("""echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":""}}'""", "neither a token")]
    [InlineData("""echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"clientKeyData":"secret-text"}}'""", "without its key")]
    [InlineData("""echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"secret-text","expirationTimestamp":"soon"}}'""", "expirationTimestamp")]
    [InlineData("head -c 3000000 /dev/zero", "not one JSON object")]
    public async Task What_a_plugin_does_wrong_is_said_without_quoting_it(string script, string problem)
    {
        await using var server = await StartAsync();
        var plugin = Plugin(script);
        await using var client = Client(server, plugin);
        var error = await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(client));
        error.Message.ShouldContain(problem);
        error.Message.ShouldContain(plugin.Command);
        error.ToString().ShouldNotContain("secret-text");
        server.Requests.ShouldBeEmpty();
        CountRuns().ShouldBe(1);
    }

    [Fact]
    public async Task A_plugin_that_is_missing_says_how_to_get_it()
    {
        await using var server = await StartAsync();
        await using var client = Client(server, new ExecPlugin { ApiVersion = Version, Command = "/nowhere/login", InstallHint = "get it at the shop" });
        (await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(client))).Message.ShouldContain("get it at the shop");
    }

    [Fact]
    public async Task A_plugin_that_hangs_is_killed_with_its_children()
    {
        await using var server = await StartAsync();
        var childFile = Path.Combine(_directory.FullName, "child");
        await using var client = Client(server, Plugin($"sleep 1000 & echo $! > '{childFile}.part'; mv '{childFile}.part' '{childFile}'; wait"));
        var get = GetAsync(client);
        await Waiting.UntilAsync(() => File.Exists(childFile));
        _time.Advance(TimeSpan.FromSeconds(60));
        (await Should.ThrowAsync<ApiConnectionException>(() => get.Soon())).IsTimeout.ShouldBeTrue();
        var child = (await File.ReadAllTextAsync(childFile)).Trim();
        await Waiting.UntilAsync(() => !IsAlive(child));
    }

    private static bool IsAlive(string process) =>
        File.Exists($"/proc/{process}/stat") && !File.ReadAllText($"/proc/{process}/stat").Contains(") Z", StringComparison.Ordinal);

    private static string Token(string token, string? expiry = null)
    {
        var end = expiry is null ? string.Empty : $",\\\"expirationTimestamp\\\":\\\"{expiry}\\\"";
        return $$"""echo "{\"kind\":\"ExecCredential\",\"apiVersion\":\"{{Version}}\",\"status\":{\"token\":\"{{token}}\"{{end}} } }" """;
    }

    private static string Certificate(string certificate, string key, string? expiry)
    {
        var status = new JsonObject { ["clientCertificateData"] = certificate, ["clientKeyData"] = key };
        if (expiry is not null)
        {
            status["expirationTimestamp"] = expiry;
        }

        return new JsonObject { ["kind"] = "ExecCredential", ["apiVersion"] = Version, ["status"] = status }.ToJsonString();
    }

    private static async Task<string?> GetAsync(KubernetesClient client) =>
        (await client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None).Soon())?.Name;

    /// <summary>A shell script that counts its runs and knows the number as <c>$n</c>.</summary>
    private ExecPlugin Plugin(string body)
    {
        var path = Path.Combine(_directory.FullName, "plugin");
        File.WriteAllText(path, $"#!/bin/sh\necho run >> '{Runs}'\nn=$(wc -l < '{Runs}' | tr -d ' ')\n{body}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return new ExecPlugin { ApiVersion = Version, Command = path };
    }

    private int CountRuns() => File.ReadAllLines(Runs).Length;

    private KubernetesClient Client(ScriptedServer server, ExecPlugin plugin) => server.Client(Options, server.Config with
    {
        CertificateAuthority = PemSource.FromData(_authority.Pem),
        Credentials = new ClusterCredentials { Exec = plugin },
    });

    private Task<ScriptedServer> StartAsync(string? accepted = null) => ScriptedServer.StartAsync(
        (context, seen) => accepted is null || seen.Headers.Authorization == accepted
            ? context.JsonAsync(Answers.ConfigMap("a"))
            : context.StatusAsync(401, "Unauthorized"),
        _authority.Server(names: "127.0.0.1"));
}
