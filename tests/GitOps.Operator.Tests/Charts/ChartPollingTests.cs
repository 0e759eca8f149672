using GitOps.Operator.Charts;
using GitOps.Operator.Git;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Charts;

public sealed class ChartPollingTests : IAsyncLifetime
{
    private static readonly byte[] One = ChartPackage.Of("web", "1.0.0");
    private static readonly byte[] Two = ChartPackage.Of("web", "1.1.0");
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly ChartBed _bed = new();
    private ChartServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await _bed.ServerAsync();
        _server.On("/index.yaml", Index(1), "\"1\"");
        await _bed.Repositories.StartAsync(ChartBed.Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _bed.Repositories.StopAsync(CancellationToken.None);
        await _bed.DisposeAsync();
    }

    [Fact]
    public async Task Many_subscribers_cost_one_request_an_interval()
    {
        var subscriptions = Enumerable.Range(0, 50).Select(i => Subscribe($"^1.{i % 2}", static () => { })).ToList();
        await PolledAsync();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i => (await _bed.ResolveAsync(Web("^1.0"))).Version.ShouldBe("1.0.0")));
        _server.Count("/index.yaml").ShouldBe(1);
        for (var polls = 2; polls < 5; polls++)
        {
            await PolledAsync();
        }

        _bed.Observer.All.ShouldBe(["index ok", "index not-modified", "index not-modified", "index not-modified"]);
        subscriptions.ForEach(static subscription => subscription.Dispose());
        _bed.Time.Advance(TimeSpan.FromMinutes(30));
        _server.Count("/index.yaml").ShouldBe(4);
    }

    [Fact]
    public async Task Only_those_whose_answer_changed_are_told()
    {
        int ranges = 0, exact = 0;
        using var one = Subscribe("^1", () => Interlocked.Increment(ref ranges));
        using var other = Subscribe("1.0.0", () => Interlocked.Increment(ref exact));
        await PolledAsync();
        _server.On("/index.yaml", Index(2), "\"2\"");
        await _bed.AdvanceUntilAsync(() => Volatile.Read(ref ranges) > 0, "the new version", TimeSpan.FromSeconds(5));
        (await _bed.ResolveAsync(Web("^1"))).Version.ShouldBe("1.1.0");
        Volatile.Read(ref exact).ShouldBe(0);
        Volatile.Read(ref ranges).ShouldBe(1);
    }

    [Fact]
    public async Task A_version_that_is_published_anew_is_told_at_the_next_poll_and_said_for_as_long_as_it_is_another()
    {
        int exact = 0, other = 0;
        using var one = Subscribe("1.0.0", () => Interlocked.Increment(ref exact));
        using var range = Subscribe("^1.1", () => Interlocked.Increment(ref other));
        _server.On("/index.yaml", Index(2), "\"2\"");
        await PolledAsync();
        (await _bed.ResolveAsync(Web("1.0.0"))).Warning.ShouldBeNull();
        (await _bed.ResolveAsync(Web("^1.1"))).Warning.ShouldBeNull();

        var replaced = ChartPackage.Of("web", "1.0.0", ("values.yaml", "other: content\n"));
        _server.On("/index.yaml", ChartPackage.Index(("web", "1.0.0", "web-1.0.0.tgz", replaced), ("web", "1.1.0", "web-1.1.0.tgz", Two)), "\"3\"");
        await _bed.AdvanceUntilAsync(() => Volatile.Read(ref exact) > 0, "the other content", TimeSpan.FromSeconds(5));

        var found = await _bed.ResolveAsync(Web("1.0.0"));
        found.Digest.ShouldBe(ChartPackage.Digest(replaced));
        found.Warning.ShouldBe(
            $"chart web 1.0.0 was replaced in its repository: it was {ChartPackage.Digest(One)[..19]} before and is {ChartPackage.Digest(replaced)[..19]} now; "
            + "what a version means is not expected to change");
        (await _bed.ResolveAsync(Web("~1.0.0"))).Warning.ShouldBe(found.Warning);
        (await _bed.ResolveAsync(Web("^1.1"))).Warning.ShouldBeNull();
        Volatile.Read(ref other).ShouldBe(0);
        await _bed.Repositories.RefreshAsync(Web("1.0.0"), ChartBed.Cancellation);
        (await _bed.ResolveAsync(Web("1.0.0"))).ShouldBe(found);
        _bed.Log.Text.Split("was replaced by another package of the same version").Length.ShouldBe(2);
        _bed.Log.Text.ShouldContain($"chart web 1.0.0 was replaced by another package of the same version: {ChartPackage.Digest(One)} before, {ChartPackage.Digest(replaced)} now");

        _server.On("/index.yaml", Index(2), "\"4\"");
        await _bed.Repositories.RefreshAsync(Web("1.0.0"), ChartBed.Cancellation);
        (await _bed.ResolveAsync(Web("1.0.0"))).Warning.ShouldBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_index_that_is_only_written_anew_is_no_change(bool hasDigests)
    {
        var told = 0;
        using var one = Subscribe("1.0.0", () => Interlocked.Increment(ref told));
        _server.On("/index.yaml", Written(1), "\"a\"");
        await PolledAsync();
        var first = await _bed.ResolveAsync(Web("1.0.0"));
        for (var time = 2; time < 5; time++)
        {
            _server.On("/index.yaml", Written(time), $"\"{time}\"");
            await _bed.Repositories.RefreshAsync(Web("1.0.0"), ChartBed.Cancellation);
            (await _bed.ResolveAsync(Web("1.0.0"))).ShouldBe(first);
        }

        first.Warning.ShouldBeNull();
        Volatile.Read(ref told).ShouldBe(0);
        _bed.Log.Text.ShouldBeEmpty();

        string Written(int time) => ChartPackage.Index(("web", "1.0.0", "web-1.0.0.tgz", hasDigests ? One : null))
            .Replace("    version:", $"    created: \"2026-01-0{time}T00:00:00Z\"\n    version:", StringComparison.Ordinal)
            .Replace("2026-01-01", $"2026-02-0{time}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_index_that_begins_or_ceases_to_tell_digests_has_replaced_nothing()
    {
        using var one = Subscribe("1.0.0", static () => { });
        foreach (var package in new[] { null, One, null, One })
        {
            _server.On("/index.yaml", ChartPackage.Index(("web", "1.0.0", "web-1.0.0.tgz", package)));
            await _bed.Repositories.RefreshAsync(Web("1.0.0"), ChartBed.Cancellation);
            (await _bed.ResolveAsync(Web("1.0.0"))).Warning.ShouldBeNull();
        }
    }

    [Fact]
    public async Task Who_waits_for_a_version_is_told_when_it_comes()
    {
        var told = 0;
        using var one = Subscribe("1.1.0", () => Interlocked.Increment(ref told));
        (await _bed.FailureAsync(Web("1.1.0"))).Kind.ShouldBe(GitFailure.RevisionNotFound);
        _server.On("/index.yaml", Index(2), "\"2\"");
        await _bed.AdvanceUntilAsync(() => Volatile.Read(ref told) > 0, "the version", TimeSpan.FromSeconds(5));
        (await _bed.ResolveAsync(Web("1.1.0"))).Version.ShouldBe("1.1.0");
    }

    [Fact]
    public async Task A_repository_that_fails_keeps_its_answers_and_is_asked_sooner()
    {
        var told = 0;
        using var one = Subscribe("^1", () => Interlocked.Increment(ref told));
        await PolledAsync();
        await _bed.ResolveAsync(Web("^1"));
        _server.On("/index.yaml", 500);
        await _bed.AdvanceUntilAsync(() => Volatile.Read(ref told) == 1, "the failure", TimeSpan.FromSeconds(5));
        var state = _bed.Repositories.StateOf(Web("^1"));
        state.Health.ShouldBe(RepositoryHealth.Failing);
        state.FailingSince.ShouldNotBeNull();
        (await _bed.ResolveAsync(Web("^1"))).Version.ShouldBe("1.0.0");

        var asked = _server.Count("/index.yaml");
        var failing = _bed.Time.GetUtcNow();
        await _bed.AdvanceUntilAsync(() => _server.Count("/index.yaml") >= asked + 3, "three more tries");
        (_bed.Time.GetUtcNow() - failing).ShouldBeLessThan(Interval);
        Volatile.Read(ref told).ShouldBe(1);

        _server.On("/index.yaml", Index(1), "\"1\"");
        await _bed.AdvanceUntilAsync(() => Volatile.Read(ref told) == 2, "the recovery", TimeSpan.FromSeconds(1));
        _bed.Repositories.StateOf(Web("^1")).Health.ShouldBe(RepositoryHealth.Reachable);
    }

    [Fact]
    public async Task A_server_that_asks_for_a_pause_gets_it()
    {
        _server.On("/index.yaml", 429, ("Retry-After", "40"));
        using var one = Subscribe("^1", static () => { });
        await _bed.AdvanceUntilAsync(() => _bed.Repositories.StateOf(Web("^1")).Failure is not null, "the refusal");
        var refused = _bed.Time.GetUtcNow();
        (await _bed.FailureAsync(Web("^1"))).Message.ShouldContain("HTTP 429");
        await _bed.AdvanceUntilAsync(() => _server.Count("/index.yaml") == 2, "the next try", TimeSpan.FromSeconds(1));
        (_bed.Time.GetUtcNow() - refused).ShouldBeGreaterThan(TimeSpan.FromSeconds(35));
    }

    [Fact]
    public async Task A_repository_that_has_just_failed_is_not_asked_again_by_everybody()
    {
        _server.On("/index.yaml", 500);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _bed.FailureAsync(Web($"1.0.{i}"))));
        _server.Count("/index.yaml").ShouldBeLessThan(3);
    }

    [Fact]
    public async Task A_refresh_asks_now_and_says_what_failed()
    {
        using var one = Subscribe("^1", static () => { });
        await PolledAsync();
        _server.On("/index.yaml", Index(2), "\"2\"");
        await _bed.Repositories.RefreshAsync(Web("^1"), ChartBed.Cancellation);
        (await _bed.ResolveAsync(Web("^1"))).Version.ShouldBe("1.1.0");
        _server.On("/index.yaml", 503);
        await Should.ThrowAsync<GitException>(() => _bed.Repositories.RefreshAsync(Web("^1"), ChartBed.Cancellation));
    }

    [Fact]
    public async Task Other_credentials_that_come_to_apply_are_used_without_a_restart()
    {
        _server.Before = static context =>
        {
            if (!context.Request.Headers.Authorization.ToString().StartsWith("Basic ", StringComparison.Ordinal))
            {
                context.Response.StatusCode = 401;
            }

            return Task.CompletedTask;
        };
        var told = 0;
        using var one = Subscribe("^1", () => Interlocked.Increment(ref told));
        await _bed.AdvanceUntilAsync(() => Volatile.Read(ref told) > 0, "the refusal");
        (await _bed.FailureAsync(Web("^1"))).Kind.ShouldBe(GitFailure.Authentication);
        _bed.Credentials.Set("team-a", TestCredentials.Login("robot", "right"));
        await ChartBed.UntilAsync(() => Volatile.Read(ref told) > 1, "the move");
        (await _bed.ResolveAsync(Web("^1"))).Version.ShouldBe("1.0.0");
    }

    private static string Index(int versions) => versions == 1
        ? ChartPackage.Index(("web", "1.0.0", "web-1.0.0.tgz", One))
        : ChartPackage.Index(("web", "1.0.0", "web-1.0.0.tgz", One), ("web", "1.1.0", "web-1.1.0.tgz", Two));

    private ChartReference Web(string version) => new(new RepositoryAddress(_server.Url, "team-a"), "web", version);

    private IDisposable Subscribe(string version, Action changed) => _bed.Repositories.Subscribe(new(Web(version), Interval, changed));

    // One interval later, and once the poll that was due is over.
    private async Task PolledAsync()
    {
        var before = _bed.Repositories.StateOf(Web("^1")).LastReachedAt;
        if (before is null)
        {
            await _bed.AdvanceUntilAsync(() => _bed.Repositories.StateOf(Web("^1")).LastReachedAt is not null, "the first poll");
            return;
        }

        _bed.Time.Advance(Interval);
        await ChartBed.UntilAsync(() => _bed.Repositories.StateOf(Web("^1")).LastReachedAt > before, "the next poll");
    }
}
