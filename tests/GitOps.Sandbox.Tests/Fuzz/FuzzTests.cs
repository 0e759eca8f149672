using System.Diagnostics;
using System.Net;
using System.Text;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Fuzz;

/// <summary>
/// Whatever is sent, the sandbox answers, soon, with a success or with a Status that says what the caller did wrong; it lives on, and
/// what it has stored stays readable. Where a real server is at fault itself (500 without a reason), so is the sandbox, and only there.
/// </summary>
public sealed class FuzzTests
{
    private const int Requests = 300;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>How the messages begin with which a real server answers 500 to what its caller did wrong.</summary>
    private static readonly string[] KnownFaults =
    [
        "failed to create typed patch object", "failed to create typed live object", "resourceVersion should not be set on objects to be created",
        "Invalid value: \"", "strconv.ParseUint: ", "unknown patch type: ", "an item of the list does not contain its merge key", "failed to decode managed fields",
    ];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 6)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Every_request_gets_an_answer_that_says_what_is_wrong(int seed)
    {
        await using var cluster = await StartAsync();
        var source = new RequestSource(seed);
        for (var i = 0; i < Requests; i++)
        {
            using var request = source.Next(cluster.Url);
            request.Headers.Authorization = new("Bearer", cluster.Token);
            var what = $"seed {seed}, request {i}: {request.Method} {request.RequestUri}";
            using var deadline = new CancellationTokenSource(Longest);
            using var response = await cluster.Http.SendAsync(request, deadline.Token);
            var answer = await response.Content.ReadAsByteArrayAsync(deadline.Token);
            if ((int)response.StatusCode >= 400 && request.Method != HttpMethod.Head)
            {
                ShouldBeAStatus(response.StatusCode, answer, what);
            }
        }

        await ShouldBeConsistentAsync(cluster);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        await using var cluster = await StartAsync();
        var body = $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"big"},"data":{"k":"{{{new string('x', 4 * 1024 * 1024)}}}"}}""";

        var answer = await cluster.PostAsync("/api/v1/namespaces/default/configmaps", body);

        answer.Status.ShouldBe(413);
        answer.Reason.ShouldBe("RequestEntityTooLarge");
        await ShouldBeConsistentAsync(cluster);
    }

    [Fact]
    public async Task A_patch_of_too_many_operations_is_refused()
    {
        await using var cluster = await StartAsync();
        (await cluster.CreateConfigMapAsync("many")).Ok();
        var patch = $"[{string.Join(',', Enumerable.Repeat("""{"op":"add","path":"/data/x","value":"y"}""", 10_001))}]";

        var answer = await cluster.CallAsync(HttpMethod.Patch, "/api/v1/namespaces/default/configmaps/many", patch, "application/json-patch+json");

        answer.Status.ShouldBe(413);
    }

    [Fact]
    public async Task Bodies_that_end_half_way_and_connections_that_break_harm_nobody()
    {
        await using var cluster = await StartAsync();
        for (var i = 0; i < 20; i++)
        {
            using var request = cluster.Request(HttpMethod.Post, "/api/v1/namespaces/default/configmaps");
            request.Content = new HalfBody();
            request.Version = i % 2 == 0 ? HttpVersion.Version11 : HttpVersion.Version20;
            await Should.ThrowAsync<HttpRequestException>(() => cluster.Http.SendAsync(request));
        }

        await ShouldBeConsistentAsync(cluster);
    }

    private static async Task<TestCluster> StartAsync()
    {
        var cluster = await TestCluster.StartAsync();
        (await cluster.PostAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"fuzzes.fuzz.example.com"},"spec":{"group":"fuzz.example.com",
            "scope":"Namespaced","names":{"plural":"fuzzes","kind":"Fuzz"},"versions":[{"name":"v1","served":true,"storage":true,"subresources":{"status":{}},"schema":{"openAPIV3Schema":
            {"type":"object","properties":{"spec":{"type":"object","properties":{"list":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"],
            "items":{"type":"object","required":["k"],"properties":{"k":{"type":"string"},"v":{"type":"integer"}}}},"map":{"type":"object","additionalProperties":{"type":"object",
            "properties":{"y":{"type":"string"}}}},"any":{"type":"object","x-kubernetes-preserve-unknown-fields":true},"ios":{"x-kubernetes-int-or-string":true}}}}}}}]}}
            """)).Ok();
        return cluster;
    }

    private static void ShouldBeAStatus(HttpStatusCode code, byte[] answer, string what)
    {
        var text = Encoding.UTF8.GetString(answer);
        text.ShouldStartWith("{", customMessage: $"{what}: {code}");
        var status = KubernetesJson.ParseObject(answer);
        KubernetesObject.GetString(status, "kind").ShouldBe("Status", what);
        KubernetesObject.GetInt64(status, "code").ShouldBe((long)code, what);
        var message = KubernetesObject.GetString(status, "message") ?? string.Empty;
        var isKnown = code == HttpStatusCode.InternalServerError && KnownFaults.Any(known => message.StartsWith(known, StringComparison.Ordinal));
        ((int)code < 500 || code == HttpStatusCode.GatewayTimeout || isKnown).ShouldBeTrue($"{what}: {text}");
    }

    /// <summary>Everything can still be listed, and each object be read, changed back and forth, and deleted.</summary>
    private static async Task ShouldBeConsistentAsync(TestCluster cluster)
    {
        foreach (var path in new[] { "/api/v1/configmaps", "/api/v1/secrets", "/api/v1/services", "/api/v1/pods", "/api/v1/namespaces", "/apis/apps/v1/deployments", "/apis/batch/v1/jobs" })
        {
            var list = (await cluster.GetAsync(path)).Ok();
            list.Body["items"]!.AsArray().ShouldAllBe(static item => item!["metadata"]!["uid"] != null && item["metadata"]!["resourceVersion"] != null);
        }

        var started = Stopwatch.GetTimestamp();
        (await cluster.CreateConfigMapAsync("afterwards")).Ok();
        (await cluster.MergeAsync("/api/v1/namespaces/default/configmaps/afterwards", """{"data":{"k":"w"}}""")).Ok().Text("data", "k").ShouldBe("w");
        (await cluster.DeleteAsync("/api/v1/namespaces/default/configmaps/afterwards")).Ok();
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(Longest);
    }
}
