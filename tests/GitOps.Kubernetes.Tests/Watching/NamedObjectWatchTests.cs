using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Kubernetes.Watching;
using static GitOps.Kubernetes.Watching.WatchEventType;

namespace GitOps.Kubernetes.Tests.Watching;

/// <summary>One object that is followed by its name: what is told of it, and what of a watch that is lost.</summary>
public sealed class NamedObjectWatchTests : IAsyncDisposable
{
    private readonly FakeWatch _client = new();
    private readonly Channel<string> _told = Channel.CreateUnbounded<string>();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _loop;

    public NamedObjectWatchTests() => _loop = NamedObjectWatch.FollowAsync(
        _client, Kinds.ConfigMap, "ns", "one",
        found => _told.Writer.TryWrite(found is null ? "gone" : $"data {found.Json["data"]!["a"]}"),
        failure => _told.Writer.TryWrite(failure is ApiException refusal ? $"lost {(int)refusal.Code}" : $"lost {failure?.Message ?? "silently"}"),
        _end.Token);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(_loop);
        _client.Open.ShouldBe(0);
        _end.Dispose();
    }

    [Fact]
    public async Task Nothing_is_said_of_it_before_the_list_is_complete_and_then_that_it_is_not_there()
    {
        _client.Say(Restarted);
        _client.Say(InitItem, One("other", "x"));
        _client.Say(InitDone);
        _client.Say(Applied, One("one", "1"));
        _client.Say(Deleted, One("other", "x"));
        _client.Say(Deleted, One("one", "1"));
        (await TakeAsync(3)).ShouldBe(["gone", "data 1", "gone"]);
        _client.Asked!.FieldSelector.ShouldBe("metadata.name=one");
    }

    [Fact]
    public async Task What_went_while_nobody_could_see_is_gone_after_the_next_list()
    {
        _client.SayList(One("one", "1"));
        _client.Say(Interrupted);
        _client.SayList();
        _client.SayList(One("one", "2"));
        (await TakeAsync(4)).ShouldBe(["data 1", "lost silently", "gone", "data 2"]);
    }

    [Theory]
    [InlineData(Resumed)]
    [InlineData(InitDone)]
    [InlineData(Applied)]
    [InlineData(Deleted)]
    public async Task A_lost_watch_is_told_once_and_again_when_it_was_well_in_between(WatchEventType well)
    {
        _client.SayList(One("one", "1"));
        for (var i = 0; i < 5; i++)
        {
            _client.Say(Interrupted, error: new ApiConnectionException("refused", inner: null));
        }

        _client.Say(well, well is Applied or Deleted ? One("other", "2") : null);
        _client.Say(Interrupted, error: new ApiConnectionException("refused again", inner: null));
        _client.Say(Interrupted, error: new ApiConnectionException("refused again", inner: null));
        _client.Say(Applied, One("one", "3"));
        (await TakeAsync(4)).ShouldBe(["data 1", "lost refused", "lost refused again", "data 3"]);
    }

    [Fact]
    public async Task A_list_that_begins_and_breaks_off_is_still_the_same_loss()
    {
        _client.Say(Interrupted);
        _client.Say(Restarted);
        _client.Say(Interrupted);
        _client.SayList(One("one", "1"));
        (await TakeAsync(2)).ShouldBe(["lost silently", "data 1"]);
    }

    [Fact]
    public async Task Another_kind_of_refusal_is_told_though_it_is_the_same_loss()
    {
        foreach (var code in (HttpStatusCode[])[default, HttpStatusCode.Forbidden, default, HttpStatusCode.Forbidden, HttpStatusCode.NotFound])
        {
            _client.Say(Interrupted, error: code == default ? new ApiConnectionException("away", inner: null) : Refusal(code));
        }

        _client.SayList();
        (await TakeAsync(4)).ShouldBe(["lost away", "lost 403", "lost 404", "gone"]);
    }

    private static ApiException Refusal(HttpStatusCode code) => new(code, $"{code}", "refused");

    private static KubernetesObject One(string name, string data) => new(JsonNode.Parse(Answers.ConfigMap(name, data: data))!.AsObject());

    private async Task<string[]> TakeAsync(int count)
    {
        var texts = new List<string>();
        while (texts.Count < count)
        {
            texts.Add(await _told.Reader.ReadAsync(_end.Token).AsTask().Soon());
        }

        return [.. texts];
    }
}
