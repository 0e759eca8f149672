using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Tests.Support;

namespace GitOps.Kubernetes.Tests.Resources;

public sealed class ListTests
{
    [Fact]
    public async Task All_pages_are_read_and_items_get_their_type()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, seen) => context.JsonAsync(seen.Parameter("continue") switch
        {
            null => Answers.List("10", "p2", Answers.Item("a"), Answers.Item("b")),
            "p2" => Answers.List("10", "p3", Answers.Item("c")),
            _ => Answers.List("10", next: null, Answers.Item("d")),
        }));
        await using var client = server.Client();
        var list = await client.ListAsync(Kinds.ConfigMap, "ns", new ListOptions("app=web", "metadata.name!=x", PageSize: 2), CancellationToken.None);
        list.Items.Select(static item => item.Name).ShouldBe(["a", "b", "c", "d"]);
        list.Items.ShouldAllBe(static item => item.ApiVersion == "v1" && item.Kind == "ConfigMap");
        list.Items[0].Json.Select(static field => field.Key).Take(2).ShouldBe(["apiVersion", "kind"]);
        list.ResourceVersion.ShouldBe("10");
        server.Requests.ShouldAllBe(static request => request.Parameter("limit") == "2"
            && request.Parameter("labelSelector") == "app=web" && request.Parameter("fieldSelector") == "metadata.name!=x");
    }

    [Fact]
    public async Task A_page_token_that_expires_starts_the_list_again_and_forgets_what_it_had()
    {
        var lists = 0;
        await using var server = await ScriptedServer.StartAsync((context, seen) => seen.Parameter("continue") is null
            ? context.JsonAsync(++lists == 1
                ? Answers.List("10", "old", Answers.Item("deleted-meanwhile"))
                : Answers.List("20", "new", Answers.Item("a")))
            : seen.Parameter("continue") == "old"
                ? context.JsonAsync(
                    """{"kind":"Status","apiVersion":"v1","metadata":{"continue":"inconsistent"},"status":"Failure","reason":"Expired","message":"too old","code":410}""", 410)
                : context.JsonAsync(Answers.List("20", next: null, Answers.Item("b"))));
        await using var client = server.Client();
        var list = await client.ListAsync(Kinds.ConfigMap, string.Empty, new ListOptions(), CancellationToken.None);
        list.Items.Select(static item => item.Name).ShouldBe(["a", "b"]);
        list.ResourceVersion.ShouldBe("20");
        server.Requests.ShouldNotContain(static request => request.Parameter("continue") == "inconsistent");
    }

    [Fact]
    public async Task A_list_whose_tokens_keep_expiring_is_read_whole()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, seen) => seen.Parameter("limit") is null
            ? context.JsonAsync(Answers.List("30", next: null, Answers.Item("a"), Answers.Item("b")))
            : seen.Parameter("continue") is null
                ? context.JsonAsync(Answers.List("10", "p2", Answers.Item("a")))
                : context.StatusAsync(410, "Expired"));
        await using var client = server.Client();
        var list = await client.ListAsync(Kinds.ConfigMap, "ns", new ListOptions(), CancellationToken.None);
        list.Items.Select(static item => item.Name).ShouldBe(["a", "b"]);
        server.Requests.Count.ShouldBe(5);
    }

    [Fact]
    public async Task Metadata_alone_keeps_the_kind_that_was_asked_for()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) => context.JsonAsync(
            """{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"5"},"items":[{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"web","namespace":"ns"}}]}"""));
        await using var client = server.Client();
        var list = await client.ListAsync(Kinds.Deployment, "ns", new ListOptions(MetadataOnly: true), CancellationToken.None);
        list.Items.Single().Key.ToString().ShouldBe("apps/Deployment ns/web");
        server.Requests.Single().Headers.Accept.ToString()
            .ShouldBe("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json");
    }

    [Theory]
    [InlineData("""{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":null}""")]
    [InlineData("""{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"1","continue":""}}""")]
    public async Task An_empty_list_may_lack_its_items(string body)
    {
        await using var server = await ScriptedServer.StartAsync((context, _) => context.JsonAsync(body));
        await using var client = server.Client();
        var list = await client.ListAsync(Kinds.ConfigMap, "ns", new ListOptions(), CancellationToken.None);
        list.Items.ShouldBeEmpty();
        list.ResourceVersion.ShouldBe("1");
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"kind":"Status","apiVersion":"v1","status":"Success"}""")]
    [InlineData("""{"ok":true,"items":[]}""")]
    [InlineData("""<html>Welcome to the proxy</html>""")]
    public async Task What_is_no_list_is_not_taken_for_an_empty_one(string body)
    {
        await using var server = await ScriptedServer.StartAsync((context, _) => context.JsonAsync(body));
        await using var client = server.Client();
        await Should.ThrowAsync<ApiConnectionException>(() => client.ListAsync(Kinds.ConfigMap, "ns", new ListOptions(), CancellationToken.None));
    }

    [Fact]
    public async Task Pages_of_different_states_are_not_put_together()
    {
        var lists = 0;
        await using var server = await ScriptedServer.StartAsync((context, seen) => seen.Parameter("continue") switch
        {
            null => context.JsonAsync(++lists == 1 ? Answers.List("10", "p2", Answers.Item("old")) : Answers.List("20", "p2b", Answers.Item("a"))),
            "p2" => context.JsonAsync(Answers.List("11", next: null, Answers.Item("b"))),
            _ => context.JsonAsync(Answers.List("20", next: null, Answers.Item("b"))),
        });
        await using var client = server.Client();
        var list = await client.ListAsync(Kinds.ConfigMap, "ns", new ListOptions(), CancellationToken.None);
        list.Items.Select(static item => item.Name).ShouldBe(["a", "b"]);
        list.ResourceVersion.ShouldBe("20");
    }

    [Fact]
    public async Task A_list_that_is_cut_is_no_list()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) => context.JsonAsync("""{"kind":"ConfigMapList","items":[{"metadata":"""));
        await using var client = server.Client();
        await Should.ThrowAsync<ApiConnectionException>(() => client.ListAsync(Kinds.ConfigMap, "ns", new ListOptions(), CancellationToken.None));
    }

    [Fact]
    public async Task A_list_of_many_large_objects_is_whole()
    {
        var filler = new string('x', 4000);
        var items = Enumerable.Range(0, 500).Select(i => Answers.Item($"n{i}").Replace("\"1\"}", $"\"{filler}\"}}", StringComparison.Ordinal)).ToArray();
        await using var server = await ScriptedServer.StartAsync((context, _) => context.JsonAsync(Answers.List("1", next: null, items)));
        await using var client = server.Client();
        var list = await client.ListAsync(Kinds.ConfigMap, "ns", new ListOptions(), CancellationToken.None).Soon();
        list.Items.Length.ShouldBe(500);
        list.Items[499].Name.ShouldBe("n499");
        list.Items[499].At("data", "a")!.ToString().ShouldBe(filler);
    }
}
