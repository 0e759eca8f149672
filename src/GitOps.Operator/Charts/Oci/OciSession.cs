using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using GitOps.Operator.Charts.Http;
using GitOps.Operator.Git;

namespace GitOps.Operator.Charts.Oci;

/// <summary>
/// Talks to a registry about one repository: asks, is told how to prove who we are, gets a token where tokens are given, and keeps it
/// until shortly before it expires or the Secret says something else.
/// </summary>
internal sealed class OciSession
{
    /// <summary>What the specification says of a token that does not.</summary>
    private static readonly TimeSpan ShortestLife = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LongestLife = TimeSpan.FromHours(1);

    private readonly ChartClient _client;
    private readonly Lock _lock = new();
    private Permit? _permit;

    public OciSession(ChartClient client) => _client = client;

    public ChartClient Client => _client;

    private ChartUrl Url => _client.Access.Url;

    /// <param name="below">From <c>/v2/NAME/</c> on.</param>
    public Uri UrlOf(string below) => new($"https://{Url.Authority}/v2/{Url.Path}/{below}");

    /// <summary>As <see cref="ChartClient.SendAsync"/>, with the registry's authorization.</summary>
    /// <exception cref="GitException">It failed.</exception>
    public async Task<T> SendAsync<T>(ChartRequest request, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
        where T : class
    {
        var version = _client.Access.Current().Credential?.Version ?? string.Empty;
        var (answer, challenge) = await TryAsync(request, Known(version)?.Header, read, cancellationToken);
        if (answer is not null)
        {
            return answer;
        }

        var header = await AuthorizeAsync(challenge, version, cancellationToken);
        return await _client.SendAsync(request with { Authorization = header }, read, cancellationToken);
    }

    public Task<byte[]> ReadAsync(ChartRequest request, long maxBytes, CancellationToken cancellationToken) =>
        SendAsync(request, (response, token) => _client.ReadAllAsync(request, response, maxBytes, token), cancellationToken);

    private async Task<(T? Answer, OciChallenge? Challenge)> TryAsync<T>(
        ChartRequest request, AuthenticationHeaderValue? header, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
        where T : class
    {
        var asked = request with { Authorization = header, Expected = [.. request.Expected, HttpStatusCode.Unauthorized] };
        return await _client.SendAsync<(T?, OciChallenge?)>(
            asked,
            async (response, token) => response.StatusCode == HttpStatusCode.Unauthorized ? (null, ChallengeOf(response)) : (await read(response, token), null),
            cancellationToken);
    }

    private static OciChallenge? ChallengeOf(HttpResponseMessage response)
    {
        var known = response.Headers.WwwAuthenticate.Select(static header => OciChallenge.Parse(header.Scheme, header.Parameter)).OfType<OciChallenge>().ToList();
        return known.Find(static challenge => challenge.Scheme == "bearer") ?? known.FirstOrDefault();
    }

    private Permit? Known(string version)
    {
        lock (_lock)
        {
            return _permit is { } permit && permit.CredentialVersion == version && permit.Until > _client.Time.GetUtcNow() ? permit : null;
        }
    }

    /// <returns>Null: nothing to prove who we are with; asking once more shows what the registry says to that.</returns>
    private async Task<AuthenticationHeaderValue?> AuthorizeAsync(OciChallenge? challenge, string version, CancellationToken cancellationToken)
    {
        Permit? permit = challenge switch
        {
            { Scheme: "basic" } => await _client.Access.AuthorizationAsync(cancellationToken) is { } basic ? new(basic, version, DateTimeOffset.MaxValue) : null,
            { Scheme: "bearer", Realm.Length: > 0 } => await TokenAsync(challenge, version, cancellationToken),
            _ => null,
        };
        lock (_lock)
        {
            _permit = permit;
        }

        return permit?.Header;
    }

    private async Task<Permit> TokenAsync(OciChallenge challenge, string version, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(challenge.Realm, UriKind.Absolute, out var realm) || realm.Scheme != Uri.UriSchemeHttps)
        {
            throw new GitException(GitFailure.NotAllowed, $"{Url}: the registry sends us for a token to a URL that is not allowed: only https is");
        }

        var query = realm.Query.Length > 1 ? realm.Query + "&" : "?";
        var scope = challenge.Scope.Length > 0 ? challenge.Scope : $"repository:{Url.Path}:pull";
        var service = challenge.Service.Length > 0 ? $"service={Uri.EscapeDataString(challenge.Service)}&" : string.Empty;

        // The registry names the place that knows its users: the login is for there as much as for itself.
        var request = new ChartRequest(
            ChartOperation.Token, "a token", new Uri($"{realm.GetLeftPart(UriPartial.Path)}{query}{service}scope={Uri.EscapeDataString(scope)}"))
        {
            Authorization = await _client.Access.AuthorizationAsync(cancellationToken),
        };
        var body = await _client.ReadAsync(request, _client.Options.MaxAnswerBytes, cancellationToken);
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 8 });
            var root = document.RootElement;
            var token = Text(root, "token") ?? Text(root, "access_token");
            if (token is { Length: > 0 } && token.All(static c => c is > ' ' and < (char)127))
            {
                var life = root.TryGetProperty("expires_in", out var seconds) && seconds.TryGetInt32(out var told) ? TimeSpan.FromSeconds(told) : ShortestLife;
                life = life > LongestLife ? LongestLife : life;
                return new(new("Bearer", token), version, _client.Time.GetUtcNow() + (life * 0.8));
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            // As if there were none.
        }

        throw new GitException(
            GitFailure.Authentication, string.Create(CultureInfo.InvariantCulture, $"{Url}: {realm.Authority} gave an answer without a token"));
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private sealed record Permit(AuthenticationHeaderValue Header, string CredentialVersion, DateTimeOffset Until);
}
