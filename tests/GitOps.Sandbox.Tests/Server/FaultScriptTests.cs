using System.Net;
using GitOps.Sandbox.Faults;
using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Server;

/// <summary>Which requests a fault meets.</summary>
public sealed class FaultScriptTests
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    public static TheoryData<FaultTarget, bool> Targets => new()
    {
        { FaultTarget.Any, true },
        { new(Verb: "get"), true },
        { new(Verb: "list"), false },
        { new(Group: ""), true },
        { new(Group: "apps"), false },
        { new(Resource: "configmaps"), true },
        { new(Resource: "secrets"), false },
        { new(Namespace: "default"), true },
        { new(Namespace: ""), false },
        { new(Name: "a"), true },
        { new(Name: "b"), false },
        { new(User: "admin"), true },
        { new(User: "system:serviceaccount:default:robot"), false },
        { new(Subresource: ""), true },
        { new(Subresource: "status"), false },
        { new("get", "", "configmaps", "default", "a", "admin"), true },
        { new("get", "", "configmaps", "default", "b", "admin"), false },
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task A_request_is_met_if_all_that_is_named_of_it_fits(FaultTarget target, bool isMet)
    {
        await using var cluster = await TestCluster.StartAsync();
        cluster.Sandbox.Faults.Add(new() { Target = target, Status = HttpStatusCode.InternalServerError });

        (await cluster.GetAsync($"{ConfigMaps}/a")).Status.ShouldBe(isMet ? 500 : 404);
    }

    [Fact]
    public async Task Who_is_impersonated_is_the_one_who_acts()
    {
        await using var cluster = await TestCluster.StartAsync(new() { EnableRbac = false });
        cluster.Sandbox.Faults.Add(new() { Target = new(User: "jane"), Status = HttpStatusCode.InternalServerError });
        using var request = cluster.Request(HttpMethod.Get, ConfigMaps);
        request.Headers.Add("Impersonate-User", "jane");

        using var response = await cluster.Http.SendAsync(request);

        ((int)response.StatusCode, (await cluster.GetAsync(ConfigMaps)).Status).ShouldBe((500, 200));
    }

    [Fact]
    public async Task So_many_pass_and_so_many_are_met()
    {
        await using var cluster = await TestCluster.StartAsync();
        cluster.Sandbox.Faults.Add(new() { Skip = 2, Times = 3, Status = HttpStatusCode.InternalServerError });

        var seen = new List<int>();
        for (var i = 0; i < 7; i++)
        {
            seen.Add((await cluster.GetAsync(ConfigMaps)).Status);
        }

        seen.ShouldBe([200, 200, 500, 500, 500, 200, 200]);
    }

    [Fact]
    public async Task The_dice_fall_as_often_as_told_and_the_same_for_the_same_seed()
    {
        await using var cluster = await TestCluster.StartAsync();
        async Task<string> ThrowAsync(int seed)
        {
            using var fault = cluster.Sandbox.Faults.Add(new() { Probability = 0.3, Seed = seed, Status = HttpStatusCode.InternalServerError });
            var seen = string.Empty;
            for (var i = 0; i < 100; i++)
            {
                seen += (await cluster.GetAsync(ConfigMaps)).Status == 500 ? 'x' : '-';
            }

            return seen;
        }

        var first = await ThrowAsync(7);

        first.Count(static met => met == 'x').ShouldBeInRange(15, 45);
        (await ThrowAsync(7)).ShouldBe(first);
        (await ThrowAsync(8) == first).ShouldBeFalse();
    }

    [Fact]
    public async Task A_hook_is_called_before_the_effect_and_held_on_to()
    {
        await using var cluster = await TestCluster.StartAsync();
        var (reached, release) = (new TaskCompletionSource<RequestRecord>(), new TaskCompletionSource());
        cluster.Sandbox.Faults.Add(new()
        {
            Target = new(Verb: "create"),
            OnMet = async request =>
            {
                reached.SetResult(request);
                await release.Task;
            },
        });

        var creating = cluster.CreateConfigMapAsync("a");
        (await reached.Task).Resource.ShouldBe("configmaps");
        (await cluster.GetAsync($"{ConfigMaps}/a")).Status.ShouldBe(404);
        release.SetResult();

        (await creating).Status.ShouldBe(201);
    }
}
