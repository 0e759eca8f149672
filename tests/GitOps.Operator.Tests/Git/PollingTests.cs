using System.Collections.Concurrent;
using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Git;

public sealed class PollingTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly GitTestBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task Two_hundred_subscriptions_cost_one_listing_per_interval()
    {
        var source = _bed.Repository();
        source.CommitFile("a.yaml", "a: 1");
        var repositories = await StartAsync();
        for (var i = 0; i < 200; i++)
        {
            repositories.Subscribe(new RepositorySubscription(i % 2 == 0 ? source.Url : source.Path + "/", "main", Interval, static () => { }));
        }

        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => repositories.ResolveAsync(source.Url, "main", GitTestBed.None).AsTask()));
        _bed.Observer.Count("ls-remote").ShouldBe(1);
        for (var round = 2; round <= 4; round++)
        {
            await NextPollAsync(repositories, source.Url, Interval);
            _bed.Observer.Count("ls-remote").ShouldBe(round);
        }

        _bed.Observer.Count("fetch").ShouldBe(1);
    }

    [Fact]
    public async Task The_smallest_interval_of_the_subscribers_counts()
    {
        var source = _bed.Repository();
        source.CommitFile("a.yaml", "a: 1");
        var repositories = await StartAsync();
        using var slow = Follow(repositories, source.Url, "main", new(), TimeSpan.FromMinutes(10));
        await repositories.ResolveAsync(source.Url, "main", GitTestBed.None);
        var fast = Follow(repositories, source.Url, "main", new(), Interval);

        await NextPollAsync(repositories, source.Url, Interval);
        fast.Dispose();
        var pollsBefore = _bed.Observer.Count("ls-remote");
        _bed.Time.Advance(Interval * 3);
        await repositories.ResolveAsync(source.Url, "main", GitTestBed.None);

        _bed.Observer.Count("ls-remote").ShouldBe(pollsBefore);
    }

    [Fact]
    public async Task A_push_notifies_those_who_follow_the_branch_and_only_them()
    {
        var source = _bed.Repository();
        var first = source.CommitFile("a.yaml", "a: 1");
        source.Git("branch", "other");
        var repositories = await StartAsync();
        var (onMain, onOther, onHead, onCommit) = (new Notices(), new Notices(), new Notices(), new Notices());
        Follow(repositories, source.Url, "main", onMain);
        Follow(repositories, source.Url, "other", onOther);
        Follow(repositories, source.Url, string.Empty, onHead);
        Follow(repositories, source.Url, first, onCommit);
        await repositories.ResolveAsync(source.Url, "main", GitTestBed.None);
        var firstSeen = _bed.Time.GetUtcNow();

        var second = source.CommitFile("a.yaml", "a: 2");
        await NextPollAsync(repositories, source.Url, Interval);

        (onMain.Count, onHead.Count, onOther.Count, onCommit.Count).ShouldBe((1, 1, 0, 0));
        (await repositories.ResolveAsync(source.Url, "main", GitTestBed.None)).ShouldBe(
            new ResolvedRevision(second, "refs/heads/main", firstSeen + Interval, null));
        (await repositories.ResolveAsync(source.Url, "other", GitTestBed.None)).ObservedAt.ShouldBe(firstSeen);
    }

    [Fact]
    public async Task A_push_to_a_branch_that_nobody_follows_fetches_nothing()
    {
        var source = _bed.Repository();
        source.CommitFile("a.yaml", "a: 1");
        var repositories = await StartAsync();
        Follow(repositories, source.Url, "main", new());
        await repositories.ResolveAsync(source.Url, "main", GitTestBed.None);
        source.Git("checkout", "--quiet", "-b", "feature");
        var pushed = source.CommitFile("a.yaml", "a: 2");

        await NextPollAsync(repositories, source.Url, Interval);

        _bed.Observer.Count("fetch").ShouldBe(1);
        (await repositories.ResolveAsync(source.Url, "feature", GitTestBed.None)).Sha.ShouldBe(pushed);
        await repositories.OpenAsync(source.Url, pushed, GitTestBed.None);
        _bed.Observer.Count("fetch").ShouldBe(2);
    }

    [Fact]
    public async Task A_force_push_is_followed_and_the_old_commit_stays_readable()
    {
        var source = _bed.Repository();
        source.CommitFile("a.yaml", "a: 1");
        var old = source.CommitFile("a.yaml", "a: 2");
        var repositories = await StartAsync();
        var notices = new Notices();
        Follow(repositories, source.Url, "main", notices);
        await repositories.ResolveAsync(source.Url, "main", GitTestBed.None);
        source.Git("reset", "--quiet", "--hard", "HEAD~1");
        var forced = source.CommitFile("a.yaml", "a: 3");

        await NextPollAsync(repositories, source.Url, Interval);

        notices.Count.ShouldBe(1);
        (await repositories.ResolveAsync(source.Url, "main", GitTestBed.None)).Sha.ShouldBe(forced);
        var tree = await repositories.OpenAsync(source.Url, old, GitTestBed.None);
        (await tree.ReadAsync("a.yaml", GitTestBed.None)).ToArray().ShouldBe("a: 2"u8.ToArray());
    }

    [Fact]
    public async Task A_deleted_branch_is_reported_and_the_others_stay()
    {
        var source = _bed.Repository();
        var sha = source.CommitFile("a.yaml", "a: 1");
        source.Git("branch", "other");
        source.Git("branch", "other2");
        var repositories = await StartAsync();
        var notices = new Notices();
        Follow(repositories, source.Url, "other", notices);
        await repositories.ResolveAsync(source.Url, "other", GitTestBed.None);
        source.Git("branch", "--quiet", "-D", "other");
        source.Git("branch", "other/nested");

        await repositories.RefreshAsync(source.Url, GitTestBed.None);

        notices.Count.ShouldBe(1);
        var failure = await Should.ThrowAsync<GitException>(async () => await repositories.ResolveAsync(source.Url, "other", GitTestBed.None));
        failure.Kind.ShouldBe(GitFailure.RevisionNotFound);
        failure.Message.ShouldContain("its branches are main, other/nested, other2");
        repositories.StateOf(source.Url).Health.ShouldBe(RepositoryHealth.Reachable);
        (await repositories.ResolveAsync(source.Url, "other/nested", GitTestBed.None)).Sha.ShouldBe(sha);
    }

    [Fact]
    public async Task A_refresh_sees_a_push_at_once()
    {
        var source = _bed.Repository();
        source.CommitFile("a.yaml", "a: 1");
        var repositories = await StartAsync();
        var notices = new Notices();
        Follow(repositories, source.Url, "main", notices);
        await repositories.ResolveAsync(source.Url, "main", GitTestBed.None);
        var pushed = source.CommitFile("a.yaml", "a: 2");

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => repositories.RefreshAsync(source.Url, GitTestBed.None)));

        notices.Count.ShouldBe(1);
        _bed.Observer.Count("ls-remote").ShouldBeInRange(2, 3);
        (await repositories.ResolveAsync(source.Url, "main", GitTestBed.None)).Sha.ShouldBe(pushed);
    }

    [Fact]
    public async Task A_repository_that_vanishes_keeps_its_last_state_and_recovers()
    {
        var source = _bed.Repository();
        var sha = source.CommitFile("a.yaml", "a: 1");
        var healthy = _bed.Repository("healthy");
        healthy.CommitFile("b.yaml", "b: 1");
        var repositories = await StartAsync();
        var (notices, othersNotices) = (new Notices(), new Notices());
        Follow(repositories, source.Url, "main", notices);
        Follow(repositories, healthy.Url, "main", othersNotices);
        await repositories.ResolveAsync(source.Url, "main", GitTestBed.None);
        await repositories.ResolveAsync(healthy.Url, "main", GitTestBed.None);

        Directory.Move(source.Path, source.Path + ".away");
        var gone = _bed.Time.GetUtcNow();
        (await Should.ThrowAsync<GitException>(() => repositories.RefreshAsync(source.Url, GitTestBed.None))).Kind.ShouldBe(GitFailure.NotFound);

        notices.Count.ShouldBe(1);
        var state = repositories.StateOf(source.Url);
        (state.Health, state.Failure!.Kind, state.FailingSince).ShouldBe((RepositoryHealth.Failing, GitFailure.NotFound, gone));
        state.Failure.Message.ShouldStartWith(source.Url + ": there is no such repository");
        (await repositories.ResolveAsync(source.Url, "main", GitTestBed.None)).Sha.ShouldBe(sha);
        var tree = await repositories.OpenAsync(source.Url, sha, GitTestBed.None);
        (await tree.FindAsync("a.yaml", GitTestBed.None)).ShouldNotBeNull();

        Directory.Move(source.Path + ".away", source.Path);
        var pushed = source.CommitFile("a.yaml", "a: 2");
        await NextPollAsync(repositories, source.Url, TimeSpan.FromSeconds(2));

        notices.Count.ShouldBe(2);
        othersNotices.Count.ShouldBe(0);
        repositories.StateOf(source.Url).ShouldBe(new RepositoryState(RepositoryHealth.Reachable, _bed.Time.GetUtcNow(), null, null));
        (await repositories.ResolveAsync(source.Url, "main", GitTestBed.None)).Sha.ShouldBe(pushed);
    }

    [Fact]
    public async Task Retries_back_off_up_to_the_interval()
    {
        var repositories = await StartAsync();
        var url = "file://" + Path.Combine(_bed.Root, "missing");
        Follow(repositories, url, "main", new());
        await Should.ThrowAsync<GitException>(async () => await repositories.ResolveAsync(url, "main", GitTestBed.None));
        var since = _bed.Time.GetUtcNow();

        int[] pauses = [2, 4, 8, 16, 30, 30];
        for (var i = 0; i < pauses.Length; i++)
        {
            // The pause is waited for from before the clock moves, else it would begin only then.
            var due = _bed.Time.GetUtcNow() + TimeSpan.FromSeconds(pauses[i]);
            await GitTestBed.EventuallyAsync(() => _bed.Time.HasTimerAt(due), $"pause {i + 1}");
            _bed.Time.Advance(TimeSpan.FromSeconds(pauses[i]) - TimeSpan.FromMilliseconds(1));
            await Should.ThrowAsync<GitException>(async () => await repositories.ResolveAsync(url, "main", GitTestBed.None));
            _bed.Observer.Count("ls-remote").ShouldBe(i + 1);
            _bed.Time.Advance(TimeSpan.FromMilliseconds(1));
            await GitTestBed.EventuallyAsync(() => _bed.Observer.Count("ls-remote") == i + 2, $"retry {i + 1}");
        }

        repositories.StateOf(url).FailingSince.ShouldBe(since);
        repositories.StateOf(url).Health.ShouldBe(RepositoryHealth.NeverReached);
    }

    [Fact]
    public async Task An_empty_repository_says_so_until_the_first_push()
    {
        var source = _bed.Repository();
        var repositories = await StartAsync();
        var notices = new Notices();
        Follow(repositories, source.Url, "main", notices);

        var failure = await Should.ThrowAsync<GitException>(async () => await repositories.ResolveAsync(source.Url, "main", GitTestBed.None));
        failure.Kind.ShouldBe(GitFailure.EmptyRepository);
        failure.Message.ShouldBe(source.Url + ": the repository is empty: push a first commit");
        var sha = source.CommitFile("a.yaml", "a: 1");
        await repositories.RefreshAsync(source.Url, GitTestBed.None);

        (await repositories.ResolveAsync(source.Url, "main", GitTestBed.None)).Sha.ShouldBe(sha);
        notices.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_subscriber_that_throws_hurts_nobody()
    {
        var source = _bed.Repository();
        source.CommitFile("a.yaml", "a: 1");
        var repositories = await StartAsync();
        repositories.Subscribe(new RepositorySubscription(source.Url, "main", Interval, static () => throw new InvalidOperationException("no")));
        var notices = new Notices();
        Follow(repositories, source.Url, "main", notices);
        await repositories.ResolveAsync(source.Url, "main", GitTestBed.None);
        source.CommitFile("a.yaml", "a: 2");

        await repositories.RefreshAsync(source.Url, GitTestBed.None);

        notices.Count.ShouldBe(1);
    }

    private async Task<GitRepositories> StartAsync()
    {
        var repositories = _bed.Open();
        await repositories.StartAsync(GitTestBed.None);
        return repositories;
    }

    private async Task NextPollAsync(GitRepositories repositories, string url, TimeSpan after)
    {
        var due = _bed.Time.GetUtcNow() + after;
        await GitTestBed.EventuallyAsync(() => _bed.Time.HasTimerAt(due), "the pause before the next poll");
        _bed.Time.Advance(after);
        var now = _bed.Time.GetUtcNow();
        await GitTestBed.EventuallyAsync(() => repositories.StateOf(url).LastReachedAt == now, "the next poll");
    }

    private static IDisposable Follow(GitRepositories repositories, string url, string revision, Notices notices, TimeSpan? interval = null) =>
        repositories.Subscribe(new RepositorySubscription(url, revision, interval ?? Interval, notices.Add));

    private sealed class Notices
    {
        private readonly ConcurrentQueue<int> _all = new();

        public int Count => _all.Count;

        public void Add() => _all.Enqueue(1);
    }
}
