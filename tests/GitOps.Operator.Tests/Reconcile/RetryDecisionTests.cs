using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Reconcile.Syncing;

namespace GitOps.Operator.Tests.Reconcile;

public sealed class RetryDecisionTests
{
    private static readonly ObjectKey Key = new(string.Empty, "ConfigMap", "a", "b");

    /// <summary>Failures so far; seconds until the next attempt with the defaults of Argo CD as documented, null: none.</summary>
    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 10)]
    [InlineData(3, 20)]
    [InlineData(4, 40)]
    [InlineData(5, 80)]
    [InlineData(6, null)]
    public void The_waits_double_and_end(int failures, int? seconds) =>
        After(RetryPolicy.Default, failures, 0, new SyncFailure(Key, "no")).ShouldBe(seconds);

    /// <summary>What failed; failures so far, those that say nothing; the limit; seconds.</summary>
    public static TheoryData<string, int, int, long?, int?> Rules => new()
    {
        { "no", 1, 0, 0, null },
        { "no", 1, 0, 1, 5 },
        { "no", 2, 0, 1, null },
        { "no", 100, 0, null, 180 },
        { "permanent", 1, 0, 5, null },
        { "permanent", 1, 0, null, null },
        { "permanent,no", 1, 0, 5, 5 },
        { "unavailable", 1, 1, 5, 5 },
        { "unavailable", 1, 1, 0, 180 },
        { "unavailable", 9, 9, 2, 180 },
        { "unavailable,no", 3, 0, 2, null },
        { "no", 4, 3, 1, 40 },
        { "no", 5, 3, 1, null },
        { "told", 1, 0, 5, 60 },
        { "told", 6, 0, 5, null },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void What_failed_decides_whether_there_is_another_attempt(string kinds, int failures, int unavailable, long? limit, int? seconds)
    {
        var ended = kinds.Split(',').Select(static kind => new SyncFailure(
            Key, kind, Permanent: kind == "permanent", kind == "told" ? TimeSpan.FromMinutes(1) : null)
        { IsUnavailable = kind == "unavailable" });
        After(RetryPolicy.Default with { Limit = limit }, failures, unavailable, [.. ended]).ShouldBe(seconds);
    }

    private static double? After(RetryPolicy policy, int failures, int unavailable, params SyncFailure[] ended) =>
        RetryDecision.After(policy, [.. ended], failures, unavailable)?.TotalSeconds;
}
