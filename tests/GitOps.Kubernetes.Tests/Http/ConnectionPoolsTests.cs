using GitOps.Kubernetes.Auth;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;

namespace GitOps.Kubernetes.Tests.Http;

public sealed class ConnectionPoolsTests
{
    [Fact]
    public async Task Retired_pools_are_closed_when_their_last_user_leaves_and_not_before()
    {
        var pools = new ConnectionPools(
            new ClusterConfig { Server = new Uri("https://127.0.0.1:1") }, new KubernetesClientOptions(), new TlsMaterial(Authority: null, Client: null));
        pools.TryEnter().ShouldBeTrue();
        pools.TryEnter().ShouldBeTrue();
        pools.Retire();
        pools.TryEnter().ShouldBeFalse();
        pools.Leave();
        await Should.ThrowAsync<HttpRequestException>(() => SendAsync(pools));
        pools.Leave();
        await Should.ThrowAsync<ObjectDisposedException>(() => SendAsync(pools));
    }

    private static async Task SendAsync(ConnectionPools pools)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "https://127.0.0.1:1/");
        using var response = await pools.Requests.SendAsync(message, CancellationToken.None);
    }
}
