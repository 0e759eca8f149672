using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Protobuf;
using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Protobuf;

/// <summary>
/// Bodies that kubectl 1.36 sent, and objects of every kind as client-go encodes them, each with the JSON of the same object.
/// </summary>
public sealed class ProtobufBodyTests
{
    private const string Type = "application/vnd.kubernetes.protobuf";
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    public static TheoryData<string> Names
    {
        get
        {
            var names = new TheoryData<string>();
            foreach (var name in Recorded.Keys)
            {
                names.Add(name);
            }

            return names;
        }
    }

    /// <summary>What follows the mark and the envelope's beginning, and the message it is answered with.</summary>
    public static TheoryData<string, string> Broken => new()
    {
        { "616263", "does not appear to be a protobuf message" },
        { "", "empty data" },
        { "6b387300", "empty body" },
        { "6b3873000a0f0a0276311209436f6e6669", "unexpected EOF" },
        { "6b3873000a0f0a0276311209436f6e6669674d617012020a7f", "unexpected EOF" },
        { "6b3873000a0f0a0276311209436f6e6669674d617012040a020801", "wrong wireType = 0" },
        { "6b3873000a0f0a0276311209436f6e6669674d617012ffffffffffffffffff01", "unexpected EOF" },
        { "6b3873000a0f0a0276311209436f6e6669674d617012ffffffffffffffffffffff01", "overflow" },
        { "6b3873000a0f0a0276311209436f6e6669674d61701202fb01", "illegal wireType 3" },
        { "6b3873000a0f0a0276311209436f6e6669674d617012020000", "illegal tag 0" },
        { "6b3873000a100a027631120a436f6e6669674d6170701200", "no kind \"ConfigMapp\" is registered" },
        { "6b3873000a090a0276311203506f641200", "cannot be handled as a ConfigMap" },
    };

    private static Dictionary<string, JsonObject> Recorded { get; } = Read();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_body_is_read_as_the_JSON_of_the_same_object(string name)
    {
        var recorded = Recorded[name];
        var body = Convert.FromHexString(recorded["body"]!.GetValue<string>());
        var expected = (JsonObject)recorded["json"]!;
        var kind = KubernetesObject.GetString(expected, "kind")!;

        var json = kind == "DeleteOptions" ? ProtobufBody.ReadDeleteOptions(body) : ProtobufBody.Read(body, kind);

        Canonical(json).ShouldBe(Canonical(expected));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_body_that_is_cut_off_anywhere_is_refused_or_read(string name)
    {
        var body = Convert.FromHexString(Recorded[name]["body"]!.GetValue<string>());
        for (var length = 0; length < body.Length; length++)
        {
            try
            {
                ProtobufBody.Read(body.AsSpan(0, length), "Thing").ShouldNotBeNull();
            }
            catch (ApiError error)
            {
                error.Code.ShouldBe(400);
            }
        }
    }

    [Fact]
    public void A_body_with_any_byte_changed_is_refused_or_read()
    {
        var random = new Random(7);
        foreach (var recorded in Recorded.Values)
        {
            var body = Convert.FromHexString(recorded["body"]!.GetValue<string>());
            for (var round = 0; round < 200; round++)
            {
                var changed = (byte[])body.Clone();
                for (var change = random.Next(1, 5); change > 0; change--)
                {
                    changed[random.Next(changed.Length)] = (byte)random.Next(256);
                }

                try
                {
                    KubernetesJson.ToUtf8(ProtobufBody.Read(changed, "Thing")).Length.ShouldBePositive();
                }
                catch (ApiError error)
                {
                    error.Code.ShouldBe(400);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task A_broken_body_is_a_bad_request(string body, string message)
    {
        await using var cluster = await TestCluster.StartAsync();

        var answer = await SendAsync(cluster, HttpMethod.Post, ConfigMaps, Convert.FromHexString(body));

        answer.Status.ShouldBe(400);
        answer.Body["message"]!.GetValue<string>().ShouldContain(message);
    }

    [Fact]
    public async Task A_typed_client_creates_replaces_and_deletes_with_it()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateNamespaceAsync("cap");
        var body = Convert.FromHexString(Recorded["kubectl create secret generic s --from-literal=a=b -n cap"]["body"]!.GetValue<string>());
        const string path = "/api/v1/namespaces/cap/secrets";

        var created = await SendAsync(cluster, HttpMethod.Post, path, body);
        var replaced = await SendAsync(cluster, HttpMethod.Put, path + "/s", body);
        var deleted = await SendAsync(
            cluster, HttpMethod.Delete, path + "/s", Convert.FromHexString(Recorded["DeleteOptions apps/v1"]["body"]!.GetValue<string>()));

        created.Status.ShouldBe(201);
        created.Body["data"]!["a"]!.GetValue<string>().ShouldBe("Yg==");
        created.Body["metadata"]!.AsObject().ContainsKey("generateName").ShouldBeFalse();
        replaced.Status.ShouldBe(200);
        deleted.Status.ShouldBe(409, "the options hold a precondition");
    }

    [Fact]
    public async Task A_custom_resource_takes_none()
    {
        await using var cluster = await TestCluster.StartAsync();
        (await SendAsync(cluster, HttpMethod.Post, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", [1])).Status.ShouldBe(415);
        (await SendAsync(cluster, HttpMethod.Patch, ConfigMaps + "/x", [1])).Status.ShouldBe(415);
    }

    private static async Task<Answer> SendAsync(TestCluster cluster, HttpMethod method, string path, byte[] body)
    {
        using var request = cluster.Request(method, path);
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new(Type);
        request.Headers.TryAddWithoutValidation("Accept", $"{Type},application/json");
        using var response = await cluster.Http.SendAsync(request);
        return await Answer.ReadAsync(response);
    }

    /// <summary>Members in order; times that are not set left out; the default of what is always there left out.</summary>
    private static string Canonical(JsonNode? node) => KubernetesJson.ToText(Sort(node));

    private static JsonNode? Sort(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members
            .Select(static member => KeyValuePair.Create(member.Key, Sort(member.Value)))
            .Where(static member => member.Value is not (null or JsonObject { Count: 0 }))
            .OrderBy(static member => member.Key, StringComparer.Ordinal)),
        JsonArray items => new JsonArray([.. items.Select(Sort)]),
        _ => node?.DeepClone(),
    };

    private static Dictionary<string, JsonObject> Read()
    {
        var bodies = KubernetesJson.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Protobuf", "bodies-v1.36.json"))) as JsonArray;
        return bodies!.OfType<JsonObject>().ToDictionary(static body => body["name"]!.GetValue<string>(), StringComparer.Ordinal);
    }
}
