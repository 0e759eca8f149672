using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Tests.Replay;
using GitOps.Testing;

namespace GitOps.Sandbox.Tests.Access;

/// <summary>How long a token holds.</summary>
public sealed class TokenLifeTests
{
    private const string Accounts = "/api/v1/namespaces/default/serviceaccounts";

    [Fact]
    public async Task A_token_holds_for_its_time_and_a_minute_more()
    {
        var clock = new ManualTimeProvider();
        await using var cluster = await TestCluster.StartAsync(new() { TimeProvider = clock });
        var token = await TokenAsync(cluster, "tom", """{"expirationSeconds":600}""");

        (await StatusAsync(cluster, token)).ShouldBe(200);
        clock.Advance(TimeSpan.FromSeconds(659));
        (await StatusAsync(cluster, token)).ShouldBe(200);
        clock.Advance(TimeSpan.FromSeconds(2));
        (await StatusAsync(cluster, token)).ShouldBe(401);
        (await ErrorAsync(cluster, token)).ShouldBe("[invalid bearer token, service account token has expired]");
    }

    [Fact]
    public async Task A_token_of_the_future_does_not_hold_yet()
    {
        var clock = new AdjustedClock();
        await using var cluster = await TestCluster.StartAsync(new() { TimeProvider = clock });
        var token = await TokenAsync(cluster, "tom");

        clock.Offset = TimeSpan.FromMinutes(-2);

        (await ErrorAsync(cluster, token)).ShouldBe("[invalid bearer token, service account token is not valid yet]");
    }

    [Fact]
    public async Task A_token_ends_with_its_account_and_does_not_come_back_with_another_of_that_name()
    {
        await using var cluster = await TestCluster.StartAsync();
        var token = await TokenAsync(cluster, "tom");

        (await cluster.DeleteAsync($"{Accounts}/tom")).Ok();
        (await StatusAsync(cluster, token)).ShouldBe(401);
        (await ErrorAsync(cluster, token)).ShouldBe("[invalid bearer token, serviceaccounts \"tom\" not found]");

        await TokenAsync(cluster, "tom");
        (await ErrorAsync(cluster, token)).ShouldStartWith("[invalid bearer token, service account UID (");
    }

    [Theory]
    [InlineData("Secret", "/api/v1/namespaces/default/secrets", """{"metadata":{"name":"NAME"}}""")]
    [InlineData("Node", "/api/v1/nodes", """{"metadata":{"name":"NAME"}}""")]
    [InlineData("Pod", "/api/v1/namespaces/default/pods", """{"metadata":{"name":"NAME"},"spec":{"serviceAccountName":"ACCOUNT","containers":[{"name":"c","image":"i"}]}}""")]
    public async Task A_token_ends_with_what_it_is_bound_to(string kind, string path, string body)
    {
        await using var cluster = await TestCluster.ConnectAsync();
        var name = $"bound-{Guid.NewGuid().ToString("N")[..8]}";
        (await cluster.PostAsync(path, body.Replace("NAME", name, StringComparison.Ordinal).Replace("ACCOUNT", name, StringComparison.Ordinal))).Ok();
        var token = await TokenAsync(cluster, name, $$$"""{"boundObjectRef":{"apiVersion":"v1","kind":"{{{kind}}}","name":"{{{name}}}"}}""");
        (await StatusAsync(cluster, token)).ShouldBe(200);

        (await cluster.DeleteAsync($"{path}/{name}?gracePeriodSeconds=0")).Ok();

        await Until(async () => await StatusAsync(cluster, token) == 401);
        (await ErrorAsync(cluster, token)).ShouldBe("[invalid bearer token, service account token has been invalidated]");
        await cluster.DeleteAsync($"{Accounts}/{name}");
    }

    [Fact]
    public async Task Others_can_check_a_token_by_the_published_keys()
    {
        await using var cluster = await TestCluster.StartAsync();
        var token = await TokenAsync(cluster, "tom");
        var parts = token.Split('.');

        var configuration = (await cluster.GetAsync("/.well-known/openid-configuration")).Ok();
        var path = new Uri(configuration.Text("jwks_uri")).AbsolutePath;
        using var request = cluster.Request(HttpMethod.Get, path);
        using var response = await cluster.Http.SendAsync(request);

        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/jwk-set+json");
        response.Headers.CacheControl!.MaxAge.ShouldBe(TimeSpan.FromHours(1));
        var key = KubernetesJson.ParseObject(await response.Content.ReadAsStringAsync())["keys"]![0]!.AsObject();
        var header = Part(parts[0]);
        header["kid"]!.GetValue<string>().ShouldBe(key["kid"]!.GetValue<string>());
        using var algorithm = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new() { X = Base64Url.DecodeFromChars(key["x"]!.GetValue<string>()), Y = Base64Url.DecodeFromChars(key["y"]!.GetValue<string>()) },
        });
        algorithm.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256).ShouldBeTrue();
        Part(parts[1])["iss"]!.GetValue<string>().ShouldBe(configuration.Text("issuer"));
    }

    [Fact]
    public async Task The_claims_are_those_of_a_real_token()
    {
        await using var cluster = await TestCluster.ConnectAsync();
        var name = $"claims-{Guid.NewGuid().ToString("N")[..8]}";
        var claims = Part((await TokenAsync(cluster, name, """{"expirationSeconds":1200}""")).Split('.')[1]);
        var uid = (await cluster.GetAsync($"{Accounts}/{name}")).Text("metadata", "uid");

        claims.Select(static claim => claim.Key).ShouldBe(["aud", "exp", "iat", "iss", "jti", "kubernetes.io", "nbf", "sub"]);
        claims["aud"]!.ToJsonString().ShouldBe("""["https://kubernetes.default.svc"]""");
        claims["sub"]!.GetValue<string>().ShouldBe($"system:serviceaccount:default:{name}");
        (claims["exp"]!.GetValue<long>() - claims["iat"]!.GetValue<long>()).ShouldBe(1200);
        claims["nbf"]!.GetValue<long>().ShouldBe(claims["iat"]!.GetValue<long>());
        claims["kubernetes.io"]!.ToJsonString().ShouldBe($$$"""{"namespace":"default","serviceaccount":{"name":"{{{name}}}","uid":"{{{uid}}}"}}""");
        Guid.TryParse(claims["jti"]!.GetValue<string>(), out _).ShouldBeTrue();
        await cluster.DeleteAsync($"{Accounts}/{name}");
    }

    private static JsonObject Part(string part) => KubernetesJson.ParseObject(Base64Url.DecodeFromChars(part));

    private static async Task<string> TokenAsync(TestCluster cluster, string account, string spec = "{}")
    {
        (await cluster.PostAsync(Accounts, $$$"""{"metadata":{"name":"{{{account}}}"}}""")).Ok();
        return (await cluster.PostAsync($"{Accounts}/{account}/token", $$$"""{"spec":{{{spec}}}}""")).Ok().Text("status", "token");
    }

    private static async Task<int> StatusAsync(TestCluster cluster, string token)
    {
        using var request = cluster.Request(HttpMethod.Get, "/api");
        request.Headers.Authorization = new("Bearer", token);
        using var response = await cluster.Http.SendAsync(request);
        return (int)response.StatusCode;
    }

    private static async Task<string> ErrorAsync(TestCluster cluster, string token) => (await cluster.PostAsync(
        "/apis/authentication.k8s.io/v1/tokenreviews", $$$"""{"spec":{"token":"{{{token}}}"}}""")).Ok().Text("status", "error");

    /// <summary>A real server believes a token for ten seconds after it was found good.</summary>
    private static async Task Until(Func<Task<bool>> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(30));
            await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        }
    }

    private sealed class AdjustedClock : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
    }
}
