using System.Net;
using GitOps.Kubernetes.Http;
using GitOps.Sandbox.Faults;

namespace GitOps.Sandbox.Tests.Client;

/// <summary>What becomes of single requests under each fault: repeated where that is safe, else told as what it is.</summary>
public sealed class RequestsUnderFaultTests
{
    public static TheoryData<string, Fault> Troubles => new()
    {
        { "429", new() { Status = HttpStatusCode.TooManyRequests, RetryAfter = TimeSpan.FromSeconds(3) } },
        { "500", new() { Status = HttpStatusCode.InternalServerError } },
        { "503", new() { Status = HttpStatusCode.ServiceUnavailable, RetryAfter = TimeSpan.FromSeconds(2) } },
        { "cut before", new() { AbortBefore = true } },
        { "cut after", new() { AbortAfter = true } },
        { "connection cut before", new() { AbortBefore = true, WholeConnection = true } },
        { "connection cut after", new() { AbortAfter = true, WholeConnection = true } },
        { "body cut off", new() { Body = BodyFault.CutOff } },
        { "gateway", new() { Foreign = ForeignAnswer.Html(HttpStatusCode.BadGateway) } },
        { "go away", new() { GoAway = true } },
        { "slow", new() { Body = BodyFault.Slow, BodyPause = TimeSpan.FromMilliseconds(1) } },
        { "latency", new() { Latency = TimeSpan.FromMilliseconds(5) } },
    };

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task An_apply_says_what_shall_be_and_is_repeated_until_it_is_so(string trouble, Fault fault)
    {
        await using var rig = await ClientRig.StartAsync();
        rig.Sandbox.Faults.Add(fault with { Matches = ClientRig.IsTested, Times = 2 });
        var applying = rig.Client.ApplyAsync(ClientRig.ConfigMaps, ClientRig.ConfigMap("a", "1"), new("tests"), CancellationToken.None);
        await rig.UntilAsync(() => applying.IsCompleted, trouble);

        (await applying).Object.At("data", "v")!.GetValue<string>().ShouldBe("1");
        rig.Asked.Count.ShouldBeLessThanOrEqualTo(3);
        (await rig.Writer.GetAsync(ClientRig.ConfigMaps, ClientRig.Namespace, "a", CancellationToken.None)).ShouldNotBeNull();
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_create_whose_answer_was_lost_is_told_and_not_repeated(bool isBefore, bool isThere)
    {
        await using var rig = await ClientRig.StartAsync();
        rig.Sandbox.Faults.Add(new() { AbortBefore = isBefore, AbortAfter = !isBefore, Matches = ClientRig.IsTested, Times = 1 });

        await Should.ThrowAsync<ApiConnectionException>(
            () => rig.Client.CreateAsync(ClientRig.ConfigMaps, ClientRig.ConfigMap("a", "1"), new(), CancellationToken.None));

        rig.Asked.Count.ShouldBe(1);
        (await rig.Writer.GetAsync(ClientRig.ConfigMaps, ClientRig.Namespace, "a", CancellationToken.None) is not null).ShouldBe(isThere);
    }

    [Fact]
    public async Task A_page_in_place_of_an_object_is_no_object()
    {
        await using var rig = await ClientRig.StartAsync();
        await rig.CreateAsync("a");
        rig.Sandbox.Faults.Add(new() { Foreign = ForeignAnswer.Html(HttpStatusCode.OK), Matches = ClientRig.IsTested });

        var told = await Should.ThrowAsync<ApiConnectionException>(
            () => rig.Client.GetAsync(ClientRig.ConfigMaps, ClientRig.Namespace, "a", CancellationToken.None));

        told.Message.ShouldContain("proxy");
    }

    [Fact]
    public async Task A_gateways_404_says_nothing_about_an_object()
    {
        await using var rig = await ClientRig.StartAsync();
        await rig.CreateAsync("a");
        rig.Sandbox.Faults.Add(new() { Foreign = ForeignAnswer.Plain(HttpStatusCode.NotFound, "404 page not found"), Matches = ClientRig.IsTested });

        (await Should.ThrowAsync<ApiException>(() => rig.Client.GetAsync(ClientRig.ConfigMaps, ClientRig.Namespace, "a", CancellationToken.None)))
            .IsNotFound.ShouldBeTrue();
        await Should.ThrowAsync<ApiException>(() => rig.Client.DeleteAsync(ClientRig.ConfigMaps, ClientRig.Namespace, "a", new(), CancellationToken.None));
    }

    [Fact]
    public async Task A_dry_run_that_is_refused_is_told_once_and_other_writes_go_through()
    {
        await using var rig = await ClientRig.StartAsync();
        rig.Sandbox.Faults.Add(new() { RefuseDryRun = true });

        var refused = await Should.ThrowAsync<ApiException>(() => rig.Client.ApplyAsync(
            ClientRig.ConfigMaps, ClientRig.ConfigMap("a", "1"), new("tests", DryRun: true), CancellationToken.None));
        await rig.Client.ApplyAsync(ClientRig.ConfigMaps, ClientRig.ConfigMap("a", "1"), new("tests"), CancellationToken.None);

        refused.Code.ShouldBe(HttpStatusCode.BadRequest);
        rig.Asked.Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_answer_that_does_not_come_in_time_is_a_timeout_and_no_cancellation()
    {
        await using var rig = await ClientRig.StartAsync(new() { RequestTimeout = TimeSpan.FromSeconds(10) });
        var held = new TaskCompletionSource();
        rig.Sandbox.Faults.Add(new() { OnMet = _ => held.Task, Matches = ClientRig.IsTested });
        var getting = rig.Client.GetAsync(ClientRig.ConfigMaps, ClientRig.Namespace, "a", CancellationToken.None);
        await rig.UntilAsync(() => getting.IsCompleted, "the time is over");
        held.SetResult();

        (await Should.ThrowAsync<ApiConnectionException>(() => getting)).IsTimeout.ShouldBeTrue();
    }

    [Fact]
    public async Task A_handshake_that_is_refused_is_told_as_such()
    {
        await using var rig = await ClientRig.StartAsync();
        rig.Sandbox.Faults.RefuseHandshakes(times: 1);

        var told = await Should.ThrowAsync<ApiConnectionException>(
            () => rig.Client.GetAsync(ClientRig.ConfigMaps, ClientRig.Namespace, "a", CancellationToken.None));

        told.Message.ShouldContain("TLS");
        (await rig.Client.GetAsync(ClientRig.ConfigMaps, ClientRig.Namespace, "a", CancellationToken.None)).ShouldBeNull();
    }
}
