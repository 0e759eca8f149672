using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Tests.Replay;
using GitOps.Testing;

namespace GitOps.Sandbox.Tests.Access;

/// <summary>The roles that a server begins with. A real server may have more: distributions add their own.</summary>
public sealed class InitialRoleTests
{
    private const string Rbac = "/apis/rbac.authorization.k8s.io/v1";

    private static readonly string[] OfThisCluster = ["uid", "resourceVersion", "creationTimestamp"];

    [Theory]
    [InlineData("clusterroles", 70)]
    [InlineData("clusterrolebindings", 51)]
    [InlineData("roles", 7)]
    [InlineData("rolebindings", 7)]
    public async Task Every_server_begins_with_the_same_roles(string plural, int count)
    {
        await using var cluster = await TestCluster.ConnectAsync();
        var expected = Recorded(plural);
        expected.Count.ShouldBe(count);

        var found = (await cluster.GetAsync($"{Rbac}/{plural}?labelSelector=kubernetes.io/bootstrapping%3Drbac-defaults")).Ok()
            .Body["items"]!.AsArray().ToDictionary(static item => Key(item!), static item => Comparable(item!.AsObject()), StringComparer.Ordinal);

        foreach (var (key, role) in expected)
        {
            found.ShouldContainKey(key);
            JsonNode.DeepEquals(found[key], role).ShouldBeTrue($"{key}\nexpected {role.ToJsonString()}\n     got {found[key].ToJsonString()}");
        }

        if (!TestCluster.IsReal)
        {
            found.Count.ShouldBe(count);
        }
    }

    [Fact]
    public async Task Each_sandbox_has_its_own_identities_and_times()
    {
        await using var first = await TestCluster.StartAsync(new() { TimeProvider = new ManualTimeProvider() });
        await using var second = await TestCluster.StartAsync();

        var (one, other) = (await first.GetAsync($"{Rbac}/clusterroles/view"), await second.GetAsync($"{Rbac}/clusterroles/view"));

        one.Text("metadata", "uid").ShouldNotBe(other.Text("metadata", "uid"), StringComparer.Ordinal);
        Guid.TryParse(one.Text("metadata", "uid"), out _).ShouldBeTrue();
        one.Text("metadata", "creationTimestamp").ShouldBe("2026-01-01T00:00:00Z");
        one.Body["metadata"]!["managedFields"]![0]!["time"]!.GetValue<string>().ShouldBe("2026-01-01T00:00:00Z");
        other.Text("metadata", "creationTimestamp").ShouldNotBe("2026-01-01T00:00:00Z", StringComparer.Ordinal);
    }

    [Fact]
    public async Task They_can_be_changed_and_deleted_as_any_other()
    {
        await using var cluster = await TestCluster.StartAsync();

        (await cluster.MergeAsync($"{Rbac}/clusterroles/system:monitoring", """{"metadata":{"labels":{"a":"b"}}}""")).Ok();
        (await cluster.DeleteAsync($"{Rbac}/clusterrolebindings/system:monitoring")).Ok();

        (await cluster.GetAsync($"{Rbac}/clusterroles/system:monitoring")).Text("metadata", "labels", "a").ShouldBe("b");
        (await cluster.GetAsync($"{Rbac}/clusterrolebindings/system:monitoring")).Status.ShouldBe(404);
    }

    private static Dictionary<string, JsonObject> Recorded(string plural)
    {
        using var stream = typeof(SandboxServer).Assembly.GetManifestResourceStream("initial-roles.json")!;
        using var reader = new StreamReader(stream);
        return KubernetesJson.Parse(reader.ReadToEnd())!.AsArray()
            .Where(item => $"{item!["kind"]!.GetValue<string>().ToLowerInvariant()}s" == plural)
            .ToDictionary(static item => Key(item!), static item => Comparable(item!.AsObject()), StringComparer.Ordinal);
    }

    private static string Key(JsonNode item) => $"{item["metadata"]!["namespace"]}/{item["metadata"]!["name"]}";

    /// <summary>Lists leave out the kind.</summary>
    private static JsonObject Comparable(JsonObject item)
    {
        var comparable = (JsonObject)item.DeepClone();
        comparable.Remove("kind");
        comparable.Remove("apiVersion");
        var metadata = comparable["metadata"]!.AsObject();
        foreach (var name in OfThisCluster)
        {
            metadata.Remove(name);
        }

        // What came later is somebody else's: tests of other things touch these objects on a real server.
        var entries = metadata["managedFields"]!.AsArray();
        var first = entries.Single(static entry => entry!["manager"]!.GetValue<string>() == "kube-apiserver")!.DeepClone().AsObject();
        first.Remove("time");
        metadata["managedFields"] = new JsonArray(first);
        return comparable;
    }
}
