using System.Collections.Immutable;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Sandbox.Tests.Client;

/// <summary>Whom the server takes the client for.</summary>
public sealed class ImpersonationTests
{
    private static readonly ApiResource Reviews = ApiResource.Of("authentication.k8s.io/v1", "SelfSubjectReview", "selfsubjectreviews", namespaced: false);

    [Fact]
    public async Task A_service_account_has_the_groups_that_the_server_gives_it()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var user = await WhoAsync(fixture.Client.As(Impersonation.ServiceAccount(fixture.Namespace, "deployer")));
        user.At("username")!.ToString().ShouldBe($"system:serviceaccount:{fixture.Namespace}:deployer");
        Groups(user).ShouldBe(
            ["system:authenticated", "system:serviceaccounts", $"system:serviceaccounts:{fixture.Namespace}"], ignoreOrder: true);
    }

    [Fact]
    public async Task Several_groups_arrive_one_by_one_whatever_stands_in_them()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var user = await WhoAsync(fixture.Client.As(new Impersonation("jane@example.dev", ["devs", "with, comma"])));
        user.At("username")!.ToString().ShouldBe("jane@example.dev");
        Groups(user).ShouldBe(["devs", "with, comma", "system:authenticated"], ignoreOrder: true);
    }

    [Fact]
    public async Task User_uid_groups_and_extra_arrive_as_they_were_given()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var extra = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty
            .Add("example.dev/scopes", ["a, b", "c"]).Add("percent%key", ["d"]);
        var user = await WhoAsync(fixture.Client.As(new Impersonation("jane", ["devs"], "uid-7", extra)));
        user.At("uid")!.ToString().ShouldBe("uid-7");
        Groups(user).ShouldBe(["devs", "system:authenticated"], ignoreOrder: true);
        user.At("extra", "example.dev/scopes")!.AsArray().Select(static value => value!.ToString()).ShouldBe(["a, b", "c"]);
        user.At("extra", "percent%key")!.AsArray().Single()!.ToString().ShouldBe("d");
    }

    [Fact]
    public async Task What_the_impersonated_user_may_not_do_is_forbidden_in_his_name()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var error = await Should.ThrowAsync<ApiException>(() => fixture.Client.As(Impersonation.ServiceAccount(fixture.Namespace, "deployer"))
            .GetAsync(ClientFixture.ConfigMaps, fixture.Namespace, "a", TestContext.Current.CancellationToken));
        error.IsForbidden.ShouldBeTrue();
        error.Message.ShouldContain($"system:serviceaccount:{fixture.Namespace}:deployer");
        error.Message.ShouldContain("configmaps");
    }

    [Fact]
    public async Task A_configuration_that_impersonates_does_so_always()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var config = fixture.Config with { Impersonation = new Impersonation("jane", []) };
        await using var jane = new KubernetesClient(config, new KubernetesClientOptions());
        (await WhoAsync(jane)).At("username")!.ToString().ShouldBe("jane");
        (await WhoAsync(jane.As(null))).At("username")!.ToString().ShouldBe("jane");
    }

    private static async Task<KubernetesObject> WhoAsync(IKubernetesClient client)
    {
        var review = await client.CreateAsync(
            Reviews, KubernetesObject.Parse("""{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}"""), new WriteOptions(),
            TestContext.Current.CancellationToken);
        return new KubernetesObject(review.Object.At("status", "userInfo")!.AsObject());
    }

    private static string[] Groups(KubernetesObject user) => [.. user.At("groups")!.AsArray().Select(static group => group!.ToString())];
}
