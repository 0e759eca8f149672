using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;

namespace GitOps.Testing.Servers;

/// <summary>A real Prometheus that scrapes one process every second, with storage for exemplars.</summary>
public sealed class PrometheusServer : IDisposable
{
    /// <summary>The program that it takes; a test that has not got it is skipped, and in CI fails.</summary>
    public const string Variable = "GITOPS_TEST_PROMETHEUS";

    private readonly HttpClient _http = new();
    private ServerProcess? _process;

    private PrometheusServer()
    {
    }

    /// <summary>What it logs at the level of warnings and above.</summary>
    public IReadOnlyList<string> Warnings => [.. _process!.Said().Split('\n').Where(static line =>
        line.Contains("level=warn", StringComparison.Ordinal) || line.Contains("level=error", StringComparison.Ordinal))];

    /// <summary>Starts it; returns when it answers.</summary>
    /// <param name="directory">An empty directory.</param>
    /// <param name="target">Whose <c>/metrics</c> are scraped, as the job <c>gitops-operator</c>.</param>
    /// <param name="ruleFiles">Rules that it evaluates every second.</param>
    public static async Task<PrometheusServer> StartAsync(string directory, Uri target, params string[] ruleFiles)
    {
        var program = TestProgram.Require(Variable);
        Directory.CreateDirectory(directory);
        var configuration = Path.Combine(directory, "prometheus.yml");
        await File.WriteAllTextAsync(
            configuration,
            $$"""
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: [{{string.Join(", ", ruleFiles.Select(static file => $"\"{file}\""))}}]
            scrape_configs:
            - job_name: gitops-operator
              honor_labels: true
              static_configs: [{targets: ["{{target.Authority}}"]}]

            """,
            TestContext.Current.CancellationToken);
        var server = new PrometheusServer();
        server._process = await ServerProcess.StartAsync(
            () =>
            {
                var port = ServerProcess.FreePort();
                server._http.BaseAddress = new Uri($"http://127.0.0.1:{port}");
                return new ProcessStartInfo(program.Path,
                [
                    $"--config.file={configuration}", $"--storage.tsdb.path={Path.Combine(directory, "data")}",
                    $"--web.listen-address=127.0.0.1:{port}", "--enable-feature=exemplar-storage", "--log.level=debug",
                ])
                { UseShellExecute = false };
            },
            server.IsReadyAsync);
        return server;
    }

    /// <summary>Asks a query; the rows, each with <c>metric</c> and <c>value</c>.</summary>
    public async Task<JsonArray> QueryAsync(string query) => (await GetAsync($"query?query={Uri.EscapeDataString(query)}"))["result"]!.AsArray();

    /// <summary>Examples of the series that a query names, since the start.</summary>
    public async Task<JsonArray> ExemplarsAsync(string query)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return (await GetArrayAsync($"query_exemplars?query={Uri.EscapeDataString(query)}&start={now - 3600}&end={now + 60}"));
    }

    /// <summary>Names of all metrics that have arrived.</summary>
    public async Task<IReadOnlySet<string>> NamesAsync() =>
        (await GetArrayAsync("label/__name__/values")).Select(static name => name!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);

    /// <summary>Values of a label, in series that a query names.</summary>
    public async Task<IReadOnlyList<string>> LabelValuesAsync(string label, string match) =>
        [.. (await GetArrayAsync($"label/{label}/values?match[]={Uri.EscapeDataString(match)}")).Select(static name => name!.GetValue<string>())];

    /// <summary>The one target: <c>health</c>, <c>lastError</c>.</summary>
    public async Task<JsonNode> TargetAsync() => (await GetAsync("targets"))["activeTargets"]![0]!;

    /// <inheritdoc/>
    public void Dispose()
    {
        _process?.Dispose();
        _http.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri("/-/ready", UriKind.Relative), TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<JsonObject> GetAsync(string path) => (await DataAsync(path)).AsObject();

    private async Task<JsonArray> GetArrayAsync(string path) => (await DataAsync(path)).AsArray();

    private async Task<JsonNode> DataAsync(string path)
    {
        using var answer = await _http.GetAsync(new Uri("/api/v1/" + path, UriKind.Relative), TestContext.Current.CancellationToken);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        if (body["status"]!.GetValue<string>() != "success")
        {
            Assert.Fail($"{path}: {body["error"]}");
        }

        return body["data"]!;
    }
}
