using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Operator.Git;
using GitOps.Operator.Model;

namespace GitOps.Operator.Credentials;

/// <summary>
/// Tokens of GitHub Apps: asked for with a signed statement of who we are, kept until shortly before they expire, and asked for once
/// however many need one at a time.
/// </summary>
internal sealed class GitHubTokens : IDisposable
{
    private const string PublicApi = "https://api.github.com";
    private const int MaxBytes = 1024 * 1024;

    /// <summary>A fetch that begins with a token ends before it expires.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(20);

    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);

    public GitHubTokens(TimeProvider time) => _time = time;

    /// <exception cref="GitException">GitHub gave none.</exception>
    public async ValueTask<string> TokenAsync(
        RepositoryCredential credential, RepositoryAddress repository, SharedTrust shared, CancellationToken cancellationToken)
    {
        var app = credential.GitHubApp!;
        var owner = app.InstallationId is null ? OwnerOf(repository) : string.Empty;
        var kept = _kept.GetOrAdd($"{credential.Identity}\n{owner}", static _ => new());
        if (kept.Find(credential.Version, _time.GetUtcNow()) is { } known)
        {
            return known;
        }

        await kept.Turn.WaitAsync(cancellationToken);
        try
        {
            return kept.Find(credential.Version, _time.GetUtcNow())
                ?? kept.Keep(credential.Version, await AskAsync(credential, app, repository, shared, cancellationToken));
        }
        finally
        {
            kept.Turn.Release();
        }
    }

    public void Forget(RepositoryCredential credential)
    {
        foreach (var (key, kept) in _kept)
        {
            if (key.StartsWith(credential.Identity + "\n", StringComparison.Ordinal))
            {
                kept.Drop();
            }
        }
    }

    public void Dispose()
    {
        foreach (var kept in _kept.Values)
        {
            kept.Turn.Dispose();
        }
    }

    /// <summary>A JWT that is good for nine minutes; GitHub takes no more than ten, and its clock may be behind ours.</summary>
    internal static string Statement(GitHubApp app, DateTimeOffset now)
    {
        var header = Encode("""{"alg":"RS256","typ":"JWT"}"""u8);
        var claims = Encode(Encoding.UTF8.GetBytes(new JsonObject
        {
            ["iat"] = now.AddSeconds(-60).ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(9).ToUnixTimeSeconds(),
            ["iss"] = app.AppId,
        }.ToJsonString()));
        using var key = RSA.Create();
        key.ImportFromPem(app.PrivateKey);
        var signature = key.SignData(Encoding.ASCII.GetBytes($"{header}.{claims}"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{header}.{claims}.{Encode(signature)}";

        static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
    }

    private static string OwnerOf(RepositoryAddress repository) => PathOf(repository) is [var owner, ..] ? owner : string.Empty;

    private static string[] PathOf(RepositoryAddress repository)
    {
        var key = CredentialUrl.KeyOf(repository.Url, RepositoryKind.Git) ?? string.Empty;
        return key.Split('/', StringSplitOptions.RemoveEmptyEntries) is [_, _, .. var path] ? path : [];
    }

    private async Task<(string Token, DateTimeOffset ExpiresAt)> AskAsync(
        RepositoryCredential credential, GitHubApp app, RepositoryAddress repository, SharedTrust shared, CancellationToken cancellationToken)
    {
        var api = (app.ApiUrl ?? PublicApi).TrimEnd('/');
        using var limit = new CancellationTokenSource(TimeLimit, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var connection = CredentialHttp.Prepare(new() { AllowAutoRedirect = false, UseCookies = false }, credential, shared, new Uri(api).IdnHost);
        using var client = new HttpClient(connection) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxBytes };
        client.DefaultRequestHeaders.Authorization = new("Bearer", Statement(app, _time.GetUtcNow()));
        client.DefaultRequestHeaders.Accept.Add(new("application/vnd.github+json"));
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("gitops-operator", "1.0"));
        client.DefaultRequestHeaders.Add("X-GitHub-Api-Version", "2022-11-28");
        try
        {
            var installation = app.InstallationId ?? await InstallationAsync(client, api, credential, repository, stop.Token);
            var answer = await SendAsync(client, HttpMethod.Post, $"{api}/app/installations/{Uri.EscapeDataString(installation)}/access_tokens", credential, stop.Token);
            return answer["token"]?.GetValue<string>() is { Length: > 0 } token
                && answer["expires_at"]?.GetValue<string>() is { } written
                && DateTimeOffset.TryParse(written, System.Globalization.CultureInfo.InvariantCulture, out var expires)
                    ? (token, expires)
                    : throw Failure(credential, GitFailure.Authentication, "the answer holds no token; check githubAppEnterpriseBaseUrl");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw Failure(credential, GitFailure.Unreachable, $"{new Uri(api).Authority} cannot be reached ({(exception as HttpRequestException)?.HttpRequestError}); retrying");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failure(credential, GitFailure.Timeout, $"{new Uri(api).Authority} did not answer within {TimeLimit.TotalSeconds:0} s; retrying");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw Failure(credential, GitFailure.Authentication, "the answer is not one of GitHub's API; check githubAppEnterpriseBaseUrl");
        }
    }

    private static async Task<string> InstallationAsync(
        HttpClient client, string api, RepositoryCredential credential, RepositoryAddress repository, CancellationToken cancellationToken)
    {
        if (PathOf(repository) is not [var owner, var name, ..])
        {
            throw Failure(credential, GitFailure.Authentication, "set githubAppInstallationID: the URL has no owner and repository to find it by");
        }

        var answer = await SendAsync(
            client, HttpMethod.Get, $"{api}/repos/{Uri.EscapeDataString(owner)}/{Uri.EscapeDataString(name)}/installation", credential, cancellationToken);
        return answer["id"]?.GetValue<long>().ToString(System.Globalization.CultureInfo.InvariantCulture)
            ?? throw Failure(credential, GitFailure.Authentication, "the answer holds no installation; set githubAppInstallationID");
    }

    private static async Task<JsonObject> SendAsync(
        HttpClient client, HttpMethod method, string url, RepositoryCredential credential, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, url);
        using var response = await client.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            // Not the server's own words: they may repeat what was sent.
            var (kind, why) = response.StatusCode switch
            {
                HttpStatusCode.Unauthorized => (GitFailure.Authentication, "GitHub does not know the App or its key: check githubAppID and githubAppPrivateKey"),
                HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests => (GitFailure.Authentication, "the App is suspended, or asked too often"),
                HttpStatusCode.NotFound => (GitFailure.Authentication, "there is no such installation: check githubAppInstallationID, and whether the App is installed for the repository"),
                >= HttpStatusCode.InternalServerError => (GitFailure.Unreachable, "the server has a problem of its own; retrying"),
                _ => (GitFailure.Authentication, "check githubAppEnterpriseBaseUrl"),
            };
            throw Failure(credential, kind, $"{new Uri(url).Authority} answered {(int)response.StatusCode}: {why}");
        }

        return JsonNode.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken)) as JsonObject ?? [];
    }

    private static GitException Failure(RepositoryCredential credential, GitFailure kind, string why) =>
        new(kind, $"Secret {credential.Origin}: no token for {credential.GitHubApp}: {why}");

    /// <summary>One installation's token. Another version of the Secret has another one.</summary>
    private sealed class Kept
    {
        private volatile Content? _content;

        public SemaphoreSlim Turn { get; } = new(1);

        public string? Find(string version, DateTimeOffset now) =>
            _content is { } content && content.Version == version && now < content.ExpiresAt - Margin ? content.Token : null;

        public string Keep(string version, (string Token, DateTimeOffset ExpiresAt) given)
        {
            _content = new(version, given.Token, given.ExpiresAt);
            return given.Token;
        }

        public void Drop() => _content = null;

        private sealed class Content(string version, string token, DateTimeOffset expiresAt)
        {
            public string Version { get; } = version;

            public string Token { get; } = token;

            public DateTimeOffset ExpiresAt { get; } = expiresAt;
        }
    }
}
