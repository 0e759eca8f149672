using System.Net;
using System.Reflection;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Tests.Credentials;
using GitOps.Operator.Tests.Git;

namespace GitOps.Operator.Tests.Observing;

public sealed class WatchManagerTests
{
    private static readonly ApiResource ConfigMaps = ApiResource.Of("v1", "ConfigMap", "configmaps", namespaced: true);

    [Fact]
    public async Task A_pass_that_had_nothing_to_do_does_not_hold_once_a_kind_may_not_be_watched_any_more_or_may_again()
    {
        var client = DispatchProxy.Create<IKubernetesClient, CredentialWatchTests.WatchedClient>();
        var watched = new Watched();
        var told = 0;
        await using var watches = new WatchManager(client, watched.Objects, _ => Interlocked.Increment(ref told));
        watches.Ensure(ConfigMaps, "ns").State.ShouldBe(WatchState.Starting);
        var events = ((CredentialWatchTests.WatchedClient)(object)client).Watch($" {Names.ApplicationLabel}").Writer;
        await NextAsync(new(WatchEventType.InitDone));
        var quiet = watched.Objects.VersionOf(Watched.Owner);

        // A server that is away for a moment is no reason to look at every Application.
        await NextAsync(new(WatchEventType.Interrupted, Error: new ApiConnectionException("cut", null)));
        await NextAsync(new(WatchEventType.Resumed));
        watched.Objects.VersionOf(Watched.Owner).ShouldBe(quiet);

        await NextAsync(new(WatchEventType.Interrupted, Error: new ApiException(HttpStatusCode.Forbidden, "Forbidden", "configmaps is forbidden")));
        var refused = watched.Objects.VersionOf(Watched.Owner);
        refused.ShouldNotBe(quiet);
        watches.Ensure(ConfigMaps, string.Empty).ShouldBe((WatchState.Failing, "configmaps is forbidden"));

        await NextAsync(new(WatchEventType.Resumed));
        watched.Objects.VersionOf(Watched.Owner).ShouldNotBe(refused);

        async Task NextAsync(WatchEvent next)
        {
            var before = Volatile.Read(ref told);
            events.TryWrite(next).ShouldBeTrue();
            await GitTestBed.EventuallyAsync(() => Volatile.Read(ref told) > before, $"{next.Type} is told");
        }
    }
}
