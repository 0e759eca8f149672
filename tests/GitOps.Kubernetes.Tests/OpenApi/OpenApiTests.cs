using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.OpenApi;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Testing;
using Microsoft.AspNetCore.Http;

namespace GitOps.Kubernetes.Tests.OpenApi;

public sealed class OpenApiTests
{
    /// <summary>An excerpt of a v1.36 server's document for apps/v1, and a schema that contains itself.</summary>
    private const string Apps =
        """
        {"openapi":"3.0.0","info":{"title":"Kubernetes","version":"v1.36.2"},"paths":{},"components":{"schemas":{
          "io.k8s.api.apps.v1.Deployment":{"type":"object","description":"…","properties":{
            "spec":{"description":"…","default":{},"allOf":[{"$ref":"#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec"}]}},
            "x-kubernetes-group-version-kind":[{"group":"apps","kind":"Deployment","version":"v1"}]},
          "io.k8s.api.apps.v1.DeploymentSpec":{"type":"object","properties":{
            "replicas":{"type":"integer","format":"int32"},
            "selector":{"allOf":[{"$ref":"#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector"}]},
            "containers":{"type":"array","items":{"default":{},"allOf":[{"$ref":"#/components/schemas/io.k8s.api.core.v1.Container"}]},
              "x-kubernetes-list-map-keys":["name"],"x-kubernetes-list-type":"map"},
            "args":{"type":"array","items":{"type":"string","default":""},"x-kubernetes-list-type":"atomic"},
            "finalizers":{"type":"array","items":{"type":"string"},"x-kubernetes-list-type":"set"},
            "tree":{"$ref":"#/components/schemas/Tree"}}},
          "io.k8s.api.core.v1.Container":{"type":"object","properties":{
            "name":{"type":"string","default":""},
            "ports":{"type":"array","items":{"type":"object","properties":{"protocol":{"type":"string","default":"TCP"},"containerPort":{"type":"integer"}}},
              "x-kubernetes-list-map-keys":["containerPort","protocol"],"x-kubernetes-list-type":"map"},
            "target":{"allOf":[{"$ref":"#/components/schemas/io.k8s.apimachinery.pkg.util.intstr.IntOrString"}]},
            "limits":{"type":"object","additionalProperties":{"allOf":[{"$ref":"#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"}]}}}},
          "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector":{"type":"object","x-kubernetes-map-type":"atomic"},
          "io.k8s.apimachinery.pkg.util.intstr.IntOrString":{"format":"int-or-string","oneOf":[{"type":"integer"},{"type":"string"}]},
          "io.k8s.apimachinery.pkg.api.resource.Quantity":{"oneOf":[{"type":"string"},{"type":"number"}]},
          "Tree":{"type":"object","x-kubernetes-preserve-unknown-fields":true,"properties":{
            "left":{"$ref":"#/components/schemas/Tree"},
            "embedded":{"type":"object","x-kubernetes-embedded-resource":true},
            "port":{"x-kubernetes-int-or-string":true}}}
        }}}
        """;

    private static readonly GroupVersionKind Deployment = new("apps", "v1", "Deployment");

    private readonly ManualTimeProvider _time = new();

    private KubernetesClientOptions Options => new() { TimeProvider = _time, RetryBudget = TimeSpan.Zero, RequestTimeout = TimeSpan.FromDays(1) };

    [Fact]
    public async Task List_types_keys_and_defaults_are_found_across_references()
    {
        await using var server = await ServeAsync();
        await using var client = server.Client(Options);

        var spec = (await FindAsync(client, Deployment))!.Property("spec")!;

        spec.Default()!.ToJsonString().ShouldBe("{}");
        spec.Type.ShouldBe("object");
        spec.Properties.Order(StringComparer.Ordinal).ShouldBe(["args", "containers", "finalizers", "replicas", "selector", "tree"]);
        var containers = spec.Property("containers")!;
        (containers.ListType, string.Join(',', containers.ListMapKeys)).ShouldBe((ListType.Map, "name"));
        var ports = spec.At("containers", "ports")!;
        string.Join(',', ports.ListMapKeys).ShouldBe("containerPort,protocol");
        ports.Items!.Property("protocol")!.Default()!.GetValue<string>().ShouldBe("TCP");
        spec.Property("args")!.ListType.ShouldBe(ListType.Atomic);
        spec.Property("finalizers")!.ListType.ShouldBe(ListType.Set);
        spec.Property("selector")!.IsAtomicMap.ShouldBeTrue();
        spec.Property("replicas")!.Default().ShouldBeNull();
        spec.Property("nothing").ShouldBeNull();
        spec.At("containers", "target")!.IsIntOrString.ShouldBeTrue();
        spec.At("containers", "limits", "cpu")!.IsQuantity.ShouldBeTrue();
        spec.At("containers", "name")!.IsQuantity.ShouldBeFalse();
        var tree = spec.At("tree", "left", "left", "left")!;
        (tree.PreservesUnknownFields, tree.Property("embedded")!.IsEmbeddedResource, tree.Property("port")!.IsIntOrString).ShouldBe((true, true, true));
    }

    [Fact]
    public async Task A_default_is_a_copy_of_ones_own()
    {
        await using var server = await ServeAsync();
        await using var client = server.Client(Options);
        var spec = (await FindAsync(client, Deployment))!.Property("spec")!;
        spec.Default()!.AsObject()["mine"] = 1;
        spec.Default()!.ToJsonString().ShouldBe("{}");
    }

    [Fact]
    public async Task A_document_is_read_once_for_as_long_as_its_hash_stands_in_the_index()
    {
        var hash = "A";
        await using var server = await ServeAsync(() => Volatile.Read(ref hash));
        await using var client = server.Client(Options);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => FindAsync(client, Deployment))).Soon();
        Paths(server).ShouldBe(["/openapi/v3", "/openapi/v3/apis/apps/v1?A"]);
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromHours(1));
            await FindAsync(client, Deployment);
        }

        Paths(server).ShouldBe(["/openapi/v3", "/openapi/v3/apis/apps/v1?A", "/openapi/v3", "/openapi/v3", "/openapi/v3"]);
        server.Requests[^1].Headers.IfNoneMatch.ToString().ShouldBe("\"A\"");

        Volatile.Write(ref hash, "B");
        _time.Advance(TimeSpan.FromMinutes(1));
        await FindAsync(client, Deployment);
        await FindAsync(client, Deployment);

        Paths(server).Skip(5).ShouldBe(["/openapi/v3", "/openapi/v3/apis/apps/v1?B"]);
    }

    [Fact]
    public async Task Only_the_document_of_the_kind_is_read_and_a_missing_kind_asks_the_index_not_too_often()
    {
        await using var server = await ServeAsync();
        await using var client = server.Client(Options);
        (await FindAsync(client, new("example.dev", "v1", "Widget"))).ShouldBeNull();
        (await FindAsync(client, new("example.dev", "v1", "Widget"))).ShouldBeNull();
        Paths(server).ShouldBe(["/openapi/v3"]);
        _time.Advance(TimeSpan.FromSeconds(3));
        (await FindAsync(client, new("example.dev", "v1", "Widget"))).ShouldBeNull();
        Paths(server).Count().ShouldBe(2);
        (await FindAsync(client, new("apps", "v1", "Nothing"))).ShouldBeNull();
        (await FindAsync(client, new("apps", "v9", "Deployment"))).ShouldBeNull();
        Paths(server).ShouldBe(["/openapi/v3", "/openapi/v3", "/openapi/v3/apis/apps/v1?A"]);
    }

    [Fact]
    public async Task A_document_without_a_hash_is_read_again_with_the_index()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, seen) => context.JsonAsync(
            seen.Path == "/openapi/v3" ? """{"paths":{"apis/apps/v1":{"serverRelativeURL":"/openapi/v3/apis/apps/v1"}}}""" : Apps));
        await using var client = server.Client(Options);
        await FindAsync(client, Deployment);
        await FindAsync(client, Deployment);
        server.Requests.Count.ShouldBe(2);
        _time.Advance(TimeSpan.FromMinutes(1));
        await FindAsync(client, Deployment);
        server.Requests.Count.ShouldBe(4);
    }

    [Theory]
    [InlineData("@evil.example/openapi")]
    [InlineData(".evil.example/openapi")]
    [InlineData("https://evil.example/openapi")]
    [InlineData("")]
    public async Task An_address_cannot_lead_to_another_host(string address)
    {
        await using var server = await ScriptedServer.StartAsync((context, _) => context.JsonAsync(
            $$$$"""{"paths":{"apis/apps/v1":{"serverRelativeURL":"{{{{address}}}}"}}}"""));
        await using var client = server.Client(Options);
        await Should.ThrowAsync<ApiConnectionException>(() => FindAsync(client, Deployment));
        server.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("/openapi/v3", 404)]
    [InlineData("/openapi/v3/apis/apps/v1", 503)]
    public async Task A_refusal_is_thrown_and_not_remembered(string path, int code)
    {
        var isRefusing = true;
        await using var server = await ServeAsync(
            isOther: seen => isRefusing && seen.Path == path, other: context => context.StatusAsync(code, "Refused"));
        await using var client = server.Client(Options);
        ((int)(await Should.ThrowAsync<ApiException>(() => FindAsync(client, Deployment))).Code).ShouldBe(code);
        isRefusing = false;
        (await FindAsync(client, Deployment)).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("/openapi/v3")]
    [InlineData("/openapi/v3/apis/apps/v1")]
    public async Task A_proxys_page_is_no_schema(string path)
    {
        await using var server = await ServeAsync(isOther: seen => seen.Path == path, other: static context => context.JsonAsync("<html>", 200, "text/html"));
        await using var client = server.Client(Options);
        await Should.ThrowAsync<ApiConnectionException>(() => FindAsync(client, Deployment));
    }

    private static Task<ScriptedServer> ServeAsync(
        Func<string>? hash = null, Func<SeenRequest, bool>? isOther = null, Func<HttpContext, Task>? other = null) =>
        ScriptedServer.StartAsync((context, seen) =>
        {
            var now = hash?.Invoke() ?? "A";
            if (isOther?.Invoke(seen) == true)
            {
                return other!(context);
            }

            if (seen.Path != "/openapi/v3")
            {
                seen.Parameter("hash").ShouldBe(now);
                return context.JsonAsync(Apps);
            }

            context.Response.Headers.ETag = $"\"{now}\"";
            if (seen.Headers.IfNoneMatch == $"\"{now}\"")
            {
                context.Response.StatusCode = 304;
                return Task.CompletedTask;
            }

            return context.JsonAsync(
                $$$$"""{"paths":{"api/v1":{"serverRelativeURL":"/openapi/v3/api/v1?hash=0"},"apis/apps/v1":{"serverRelativeURL":"/openapi/v3/apis/apps/v1?hash={{{{now}}}}"}}}""");
        });

    private static async Task<ObjectSchema?> FindAsync(KubernetesClient client, GroupVersionKind kind) =>
        await client.OpenApi.FindAsync(kind, CancellationToken.None);

    private static IEnumerable<string> Paths(ScriptedServer server) =>
        server.Requests.Select(static request => request.Parameter("hash") is { } hash ? $"{request.Path}?{hash}" : request.Path);
}
