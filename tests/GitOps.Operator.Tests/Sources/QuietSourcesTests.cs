using System.Globalization;
using GitOps.Operator.Git;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Sources;
using GitOps.Operator.Tests.Git;
using GitOps.Operator.Tests.Observing;
using GitOps.Operator.Tests.Syncing.Bed;

namespace GitOps.Operator.Tests.Sources;

/// <summary>A pass over several sources of which none has changed is over before it begins, whatever is remarked of them.</summary>
public sealed class QuietSourcesTests
{
    private const string Both = """
        {"source":null,"sources":[{"repoURL":"https://example.org/a.git","path":"apps/web"},{"repoURL":"https://example.org/b.git","path":"apps/web"}]}
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_remark_costs_one_pass_and_a_pass_with_nothing_new_costs_no_request()
    {
        await using var scene = new Scene();
        var commands = new SceneCommands(scene);
        foreach (var line in (string[])["begin", $"spec {Both}", "remark b the server is not checked", "commit ConfigMap a", "commit-in b ConfigMap b", "run", "pass"])
        {
            await commands.RunAsync(line, Cancellation);
        }

        (await RequestsAsync("pass", "pass")).ShouldBe(0);
        (await StepsAsync("pass")).ShouldBe(0, "no step is run");
        (await StepsAsync("remark b the server is another", "pass")).ShouldBeGreaterThan(0);
        Warning().ShouldContain("the server is another");
        (await StepsAsync("pass")).ShouldBe(0);
        (await StepsAsync("remark b", "pass")).ShouldBeGreaterThan(0);
        Warning().ShouldNotContain("the server");
        (await StepsAsync("pass")).ShouldBe(0);

        async Task<int> RequestsAsync(params string[] lines)
        {
            var (count, before) = (0, scene.Cluster.Asked);
            scene.Cluster.Asked = call =>
            {
                Interlocked.Increment(ref count);
                before(call);
            };
            await RunAsync(lines);
            scene.Cluster.Asked = before;
            return count;
        }

        async Task<int> StepsAsync(params string[] lines)
        {
            var before = await CountedAsync();
            await RunAsync(lines);
            return await CountedAsync() - before;
        }

        async Task<int> CountedAsync()
        {
            scene.Transcript.Take();
            await scene.TellCountAsync("gitops_operator_reconcile_step_seconds_count{step=\"render\"}");
            var told = scene.Transcript.Take().ShouldHaveSingleItem();
            return int.Parse(told[(told.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
        }

        async Task RunAsync(string[] lines)
        {
            foreach (var line in lines)
            {
                await commands.RunAsync(line, Cancellation);
            }
        }

        string Warning() => scene.Cluster.Find(scene.ApplicationKey)!.Json["status"]!["conditions"]!.ToJsonString();
    }

    [Fact]
    public async Task A_pass_with_nothing_new_allocates_nothing_beside_what_each_source_takes()
    {
        using var git = new GitTestBed();
        var repositories = git.Open();
        var urls = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            var repository = git.Repository(string.Create(CultureInfo.InvariantCulture, $"source{i}"));
            repository.CommitFile("apps/web/a.yaml", "text");
            urls.Add(repository.Url);
            await repositories.RefreshAsync(repository.Url, Cancellation);
        }

        var one = await AllocatedAsync(repositories, [.. urls.Take(1)]);
        var several = await AllocatedAsync(repositories, [.. urls]);
        TestContext.Current.SendDiagnosticMessage("{0}", string.Create(CultureInfo.InvariantCulture, $"one source: {one} bytes a pass, five: {several}"));
        several.ShouldBeLessThanOrEqualTo(urls.Count * one);
        one.ShouldBeLessThan(400, "without optimisation, where each answer that is there at once takes a little");
    }

    /// <summary>Bytes per pass.</summary>
    private static async Task<long> AllocatedAsync(GitRepositories repositories, string[] urls)
    {
        const int Passes = 5_000;
        var runtime = SourcesBed.StartAt(urls);
        var spec = runtime.Validation!.Spec!;
        var access = new SourceAccess(repositories, NoChartRepositories.Instance);
        var quiet = new QuietCheck(access, new Watched().Objects);
        var context = new ReconcileContext(runtime, SourcesBed.Resource, DateTimeOffset.UnixEpoch) { Spec = spec };
        runtime.Quiet = new(SourcesBed.Resource, await new SourceResolver(access).ResolveAsync(spec.Sources, [], Cancellation), 0, null);
        for (var i = 0; i < Passes; i++)
        {
            quiet.Holds(context).ShouldBeTrue();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Passes; i++)
        {
            quiet.Holds(context);
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / Passes;
    }
}
