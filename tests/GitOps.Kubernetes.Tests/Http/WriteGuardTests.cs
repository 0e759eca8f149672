using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Tests.Support;

namespace GitOps.Kubernetes.Tests.Http;

/// <summary>A guard is asked before every write, by whatever method and whoever it is made as, and never for a read.</summary>
public sealed class WriteGuardTests : IDisposable
{
    private readonly Guard _guard = new();

    public static TheoryData<string> Writes => ["create", "replace", "apply", "patch", "delete", "dry run", "impersonated"];

    private static KubernetesObject Desired => KubernetesObject.Parse(
        """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"ns"},"data":{"a":"1"}}""");

    public void Dispose() => _guard.Dispose();

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task A_write_is_not_sent_while_the_guard_refuses(string write)
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) => context.JsonAsync(Answers.ConfigMap("a")));
        await using var client = server.Client(new() { WriteGuard = _guard });
        _guard.Reason = "not our turn";
        var failure = await Should.ThrowAsync<ApiConnectionException>(() => WriteAsync(client, write));
        failure.Message.ShouldContain("not sent: not our turn");
        server.Requests.ShouldBeEmpty();
        _guard.Reason = null;
        await WriteAsync(client, write);
        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_read_is_never_refused()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) => context.JsonAsync(Answers.ConfigMap("a")));
        await using var client = server.Client(new() { WriteGuard = _guard });
        _guard.Reason = "not our turn";
        (await client.GetAsync(Kinds.ConfigMap, "ns", "a", TestContext.Current.CancellationToken)).ShouldNotBeNull();
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task A_write_that_is_under_way_is_cut_off_when_the_permission_ends(string write)
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) => context.HoldAsync());
        await using var client = server.Client(new() { WriteGuard = _guard });
        var writing = WriteAsync(client, write);
        await Waiting.UntilAsync(() => server.Requests.Count == 1);
        _guard.End("it is another's turn");
        (await Should.ThrowAsync<ApiConnectionException>(() => writing.Soon())).Message.ShouldContain("cut off, and carried out or not: it is another's turn");
        server.Requests.Count.ShouldBe(1, "it is not repeated");
    }

    [Fact]
    public async Task A_process_that_stood_still_after_the_first_look_sends_no_body()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) => context.JsonAsync(Answers.ConfigMap("a")));
        await using var client = server.Client(new() { WriteGuard = _guard });

        // The connection is open already; the second look is the one that the body waits for.
        await WriteAsync(client, "apply");
        _guard.RefuseFromLook(_guard.Looks + 2, "it stood still");
        var failure = await Should.ThrowAsync<ApiConnectionException>(() => WriteAsync(client, "apply"));
        failure.Message.ShouldContain("it stood still");
        server.Requests.Count.ShouldBe(1);
    }

    private static Task WriteAsync(KubernetesClient client, string write)
    {
        var token = TestContext.Current.CancellationToken;
        return write switch
        {
            "create" => client.CreateAsync(Kinds.ConfigMap, Desired, new WriteOptions(), token),
            "replace" => client.ReplaceAsync(Kinds.ConfigMap, Desired, new WriteOptions(), token),
            "patch" => client.PatchAsync(Kinds.ConfigMap, "ns", "a", PatchType.Merge, new JsonObject(), new WriteOptions(), token),
            "delete" => client.DeleteAsync(Kinds.ConfigMap, "ns", "a", new DeleteOptions(), token),
            "dry run" => client.ApplyAsync(Kinds.ConfigMap, Desired, new ApplyOptions("me", DryRun: true), token),
            "impersonated" => client.As(new Impersonation("somebody", ["x", "y"])).ApplyAsync(Kinds.ConfigMap, Desired, new ApplyOptions("me"), token),
            _ => client.ApplyAsync(Kinds.ConfigMap, Desired, new ApplyOptions("me"), token),
        };
    }

    private sealed class Guard : IWriteGuard, IDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private int _looks;
        private int _refusedLook = int.MaxValue;
        private string? _later;

        public string? Reason { get; set; }

        public int Looks => Volatile.Read(ref _looks);

        public CancellationToken Token => _end.Token;

        public string? Refusal() => Interlocked.Increment(ref _looks) >= _refusedLook ? _later : Reason;

        public void RefuseFromLook(int look, string reason)
        {
            _later = reason;
            _refusedLook = look;
        }

        public void End(string reason)
        {
            Reason = reason;
            _end.Cancel();
        }

        public void Dispose() => _end.Dispose();
    }
}
