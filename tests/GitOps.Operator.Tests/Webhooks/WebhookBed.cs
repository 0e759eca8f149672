using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Observability;
using GitOps.Operator.Webhooks;
using GitOps.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace GitOps.Operator.Tests.Webhooks;

/// <summary>The receiver of webhooks with its surroundings, without a server; every provider has a secret unless the test says otherwise.</summary>
internal sealed class WebhookBed : IAsyncDisposable
{
    public const string GitHubSecret = "a secret of github, long enough";
    public const string GitLabSecret = "a token of gitlab, long enough";
    public const string GiteaSecret = "a secret of gitea, long enough";
    public const string BitbucketSecret = "a secret of bitbucket, long enough";
    public const string BitbucketUuid = "{1f2e3d4c-0000-4000-8000-00000000abcd}";
    public const string AzureUser = "hooks";
    public const string AzurePassword = "a password of azure, long enough";
    public const string GenericSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private readonly OperatorMetrics _metrics;
    private readonly RepositoryRefresher _refresher;

    public WebhookBed(params (string Key, string Value)[] secret)
    {
        _metrics = new(Time);
        Keys = WebhookKeys.Read(Secret(secret.Length > 0 ? secret :
        [
            ("webhook.github.secret", GitHubSecret), ("webhook.gitlab.secret", GitLabSecret), ("webhook.gogs.secret", GiteaSecret),
            ("webhook.bitbucketserver.secret", BitbucketSecret), ("webhook.bitbucket.uuid", BitbucketUuid),
            ("webhook.azuredevops.username", AzureUser), ("webhook.azuredevops.password", AzurePassword), ("webhook.generic.secret", GenericSecret),
        ]));
        _refresher = new(Repositories, Time, NullLogger<RepositoryRefresher>.Instance);
        Receiver = new(() => Keys, Repositories, _refresher, _metrics, Time, new Lines(this));
    }

    public ManualTimeProvider Time { get; } = new();

    public Followed Repositories { get; } = new();

    public WebhookKeys Keys { get; set; }

    public WebhookReceiver Receiver { get; }

    public List<string> Log { get; } = [];

    public static KubernetesObject Secret(params (string Key, string Value)[] data) => new(new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Secret",
        ["metadata"] = new JsonObject { ["namespace"] = "gitops-system", ["name"] = "gitops-operator-webhooks" },
        ["data"] = new JsonObject(data.Select(static pair =>
            KeyValuePair.Create<string, JsonNode?>(pair.Key, Convert.ToBase64String(Encoding.UTF8.GetBytes(pair.Value))))),
    });

    public static string Hmac(string secret, byte[] body) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));

    /// <summary>As the Standard Webhooks specification signs.</summary>
    public static string Standard(string secret, string id, string time, byte[] body)
    {
        var key = secret.StartsWith("whsec_", StringComparison.Ordinal) ? Convert.FromBase64String(secret[6..]) : Encoding.UTF8.GetBytes(secret);
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, (byte[])[.. Encoding.UTF8.GetBytes($"{id}.{time}."), .. body]));
    }

    /// <summary>Starts what looks at repositories.</summary>
    public Task StartAsync() => _refresher.StartAsync(CancellationToken.None);

    public Task<(int Code, string Text)> CallAsync(string provider, string body, params (string Name, string Value)[] headers) =>
        CallAsync(provider, Encoding.UTF8.GetBytes(body), headers);

    public async Task<(int Code, string Text)> CallAsync(string provider, byte[] body, params (string Name, string Value)[] headers)
    {
        using var stream = new MemoryStream(body);
        return await CallAsync(provider, stream, body.Length, headers);
    }

    /// <summary>A call as it comes over the wire; a length of null: it is not told beforehand.</summary>
    public async Task<(int Code, string Text)> CallAsync(string provider, Stream body, long? length, params (string Name, string Value)[] headers)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = "POST";
        context.Request.Path = "/webhooks/" + provider;
        context.Request.Body = body;
        context.Request.ContentLength = length;
        foreach (var (name, value) in headers)
        {
            context.Request.Headers.Append(name, value);
        }

        using var answer = new MemoryStream();
        context.Response.Body = answer;
        await Receiver.HandleAsync(context, provider);
        return (context.Response.StatusCode, Encoding.UTF8.GetString(answer.ToArray()).TrimEnd('\n'));
    }

    /// <summary>A push as GitHub signs it.</summary>
    public Task<(int Code, string Text)> GitHubAsync(string body, string @event = "push", string secret = GitHubSecret) => CallAsync(
        "github", body, ("X-GitHub-Event", @event), ("X-GitHub-Delivery", "6f1c0b3e-aaaa-bbbb-cccc-1234567890ab"),
        ("X-Hub-Signature-256", "sha256=" + Hmac(secret, Encoding.UTF8.GetBytes(body))));

    /// <summary>What was counted, as <c>provider result number</c>.</summary>
    public async Task<string[]> CountsAsync() =>
    [
        .. Encoding.UTF8.GetString(await _metrics.Scraper.ScrapeAsync()).Split('\n')
            .Where(static line => line.StartsWith("gitops_operator_webhook_requests_total{", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal))
            .Select(static line => line["gitops_operator_webhook_requests_total".Length..]).Order(StringComparer.Ordinal),
    ];

    /// <summary>Waits until so many looks were made, moving time where something waits for it.</summary>
    public async Task UntilLooksAsync(int count, TimeSpan step = default)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (Repositories.Looks.Count < count)
        {
            deadline.Token.ThrowIfCancellationRequested();
            Time.Advance(step);
            await Task.Yield();
        }

        Repositories.Looks.Count.ShouldBe(count);
    }

    public async ValueTask DisposeAsync()
    {
        await _refresher.StopAsync(CancellationToken.None);
        _refresher.Dispose();
        _metrics.Dispose();
    }

    private sealed class Lines(WebhookBed bed) : ILogger<WebhookReceiver>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            bed.Log.Add(formatter(state, exception));
    }
}
