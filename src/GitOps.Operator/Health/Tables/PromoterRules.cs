using static GitOps.Operator.Health.Tables.Table;

namespace GitOps.Operator.Health.Tables;

/// <summary>GitOps Promoter. Its PromotionStrategy has a file of its own.</summary>
internal static class PromoterRules
{
    private const string Group = "promoter.argoproj.io";

    public static IEnumerable<KindRule> All =>
    [
        .. Kinds(Group, "ScmProvider ClusterScmProvider GitRepository", [.. Observed("Ready"), Progressing(IsOpen("Ready")), Healthy(Has("Ready"))]),
        .. Kinds(Group, "CommitStatus", [.. Observed("Ready"), Healthy(Has("Ready"))]),
        .. Kinds(Group, "PullRequest", [.. Observed("Ready"), .. Observed("Reconciled"), Healthy(Any(Has("Ready"), Has("Reconciled")))]),
        .. Kinds(Group, "ArgoCDCommitStatus",
            [.. Observed("Ready"), Healthy(Has("Ready"), new ItemsFact("status.applicationsSelected")), Degraded(Has("Ready"))]),
        .. Kinds(Group, "GitCommitStatus TimedCommitStatus WebRequestCommitStatus",
            [
                .. Observed("Ready"), Progressing(IsOpen("Ready")), Progressing(Not(Has("Ready"))),
                Degraded(Some("status.environments", At("phase", "failure"))),
                Progressing(Some("status.environments", Not(At("phase", "success")))),
                Healthy(),
            ]),
        .. Kinds(Group, "ChangeTransferPolicy",
            [.. Observed("Ready"), Healthy(Has("Ready"), At("status.active.dry.sha"), Same("status.active.dry.sha", "status.proposed.dry.sha"))]),
    ];

    /// <summary>What all kinds of the group have in common, for the condition that says all.</summary>
    public static Clause[] Observed(string type) =>
    [
        Progressing(Some("status.conditions", At("type", type), Unobserved("observedGeneration"))),
        Degraded(IsNot(type)),
    ];
}
