using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Status;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>
/// Finds the approval of a plan that waits for one. The watches say that there is something to look at; what opens a gate is
/// read once more, together with the policy that vouches for it.
/// </summary>
internal sealed class ApprovalDesk
{
    private const string SystemPrefix = "system:";
    private static readonly TimeSpan RetryAfterRefusal = TimeSpan.FromDays(1);

    private static readonly ApiResource Policies = ApiResource.Of(
        "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", namespaced: false, "status");

    private static readonly ApiResource Bindings = ApiResource.Of(
        "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", namespaced: false);

    private static readonly ApiResource Self = ApiResource.Of("authentication.k8s.io/v1", "SelfSubjectReview", "selfsubjectreviews", namespaced: false);

    private readonly IKubernetesClient _client;
    private readonly ApprovalBook _book;
    private readonly OperatorEvents _events;
    private readonly KubernetesObject _expected;
    private volatile PolicyState _policy = PolicyState.Broken("the admission policies of the cluster were not read yet");
    private volatile string? _self;

    /// <param name="client">Reads as the operator itself.</param>
    /// <param name="book">What there is.</param>
    /// <param name="expected">The policy that the program ships.</param>
    /// <param name="events">Told who approved.</param>
    public ApprovalDesk(IKubernetesClient client, ApprovalBook book, KubernetesObject expected, OperatorEvents events)
    {
        _client = client;
        _book = book;
        _expected = expected;
        _events = events;
    }

    /// <summary>What is watched for the policy.</summary>
    public static ImmutableArray<ApiResource> Watched => [Policies, Bindings];

    /// <summary>Reads the policy and its binding.</summary>
    /// <returns>Whether it stands otherwise than before.</returns>
    public async Task<bool> ReadPolicyAsync(CancellationToken cancellationToken)
    {
        var before = _policy;
        _policy = ApprovalPolicy.Judge(
            _expected,
            await _client.GetAsync(Policies, string.Empty, Names.ApprovalPolicy, cancellationToken),
            await _client.GetAsync(Bindings, string.Empty, Names.ApprovalPolicy, cancellationToken));
        return _policy != before;
    }

    /// <summary>Nobody knows how the policy stands: no gate opens.</summary>
    /// <returns>Whether that is news.</returns>
    public bool LosePolicy(string problem)
    {
        var before = _policy;
        _policy = PolicyState.Broken(problem);
        return _policy != before;
    }

    /// <summary>Fills in what is known of the approvals of this Application.</summary>
    public async Task LookAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        context.Approvals = ApprovalView.None;
        if (await CollectAsync(
            context.Key, context.Now, approval => ApprovalRetention.EndOf(approval, runtime.Status, runtime.Target?.Revision, runtime.Approved),
            cancellationToken) is { } next)
        {
            context.LookAgain(next);
        }

        var plans = Plans(context);
        if (plans.IsEmpty)
        {
            return;
        }

        var approvals = _book.Of(context.Key);
        if (runtime.Approved is { } known && (!IsOf(context, known) || (_book.IsListed && !IsThere(known, approvals))))
        {
            // Another commit or spec, or taken back.
            runtime.Approved = null;
        }

        var problem = _book.IsListed ? _policy.Problem : "the SyncApprovals of the cluster were not read yet";
        if (problem is null && runtime.Approved is null && Match(context, approvals, plans) is { } found)
        {
            await AcceptAsync(context, found.Approval, found.Plan, cancellationToken);
        }

        context.Approvals = new(problem, problem is null ? runtime.Approved : null, Others(context, approvals));
    }

    /// <summary>There is no Application of this name: deletes the approvals whose time is over.</summary>
    /// <returns>When to look again; null: nothing is left.</returns>
    public Task<DateTimeOffset?> CollectAsync(NamespacedName application, DateTimeOffset now, CancellationToken cancellationToken) =>
        CollectAsync(application, now, static approval => ApprovalRetention.OfNobody(approval), cancellationToken);

    private async Task<DateTimeOffset?> CollectAsync(
        NamespacedName application, DateTimeOffset now, Func<SyncApproval, DateTimeOffset?> endOf, CancellationToken cancellationToken)
    {
        DateTimeOffset? next = null;
        foreach (var approval in _book.Of(application))
        {
            if (endOf(approval) is not { } end)
            {
                continue;
            }

            if (end > now)
            {
                next = end < next || next is null ? end : next;
                continue;
            }

            try
            {
                await _client.DeleteAsync(
                    Names.SyncApproval, approval.Key.Namespace, approval.Key.Name, new DeleteOptions(Uid: approval.Uid), cancellationToken);
                _book.Remove(approval.Key);
            }
            catch (ApiException refusal) when (!refusal.IsUnauthorized)
            {
                // It does no harm where it is; whoever runs the operator may want to keep them all, and not let it delete any.
                next = now + RetryAfterRefusal;
            }
        }

        return next;
    }

    private async Task AcceptAsync(ReconcileContext context, SyncApproval approval, PlanDigest plan, CancellationToken cancellationToken)
    {
        await ReadPolicyAsync(cancellationToken);
        _self ??= await WhoAmIAsync(cancellationToken);
        var live = await _client.GetAsync(Names.SyncApproval, approval.Key.Namespace, approval.Key.Name, cancellationToken);
        if (live is null || SyncApproval.Parse(live) != approval || ProblemOf(approval) is not null)
        {
            return;
        }

        context.Runtime.Approved = new(approval.Key, approval.Spec.ApprovedBy, plan.Revision, context.Runtime.SpecHash ?? string.Empty, plan.Hash)
        {
            Items = plan.Items,
        };
        _events.Normal(context.Application, "Approved", "Approve",
            $"plan {plan.Hash} of {Revisions.Short(plan.Revision)} is approved by {approval.Spec.ApprovedBy} (SyncApproval {approval.Key.Name})");
    }

    /// <summary>What an approval can be of; empty: nothing waits for one.</summary>
    private static ImmutableArray<PlanDigest> Plans(ReconcileContext context)
    {
        var plans = ImmutableArray.CreateBuilder<PlanDigest>(2);
        if (context.Spec.ApprovalRequired)
        {
            plans.Add(PlanDigest.Whole(context));
        }

        if (context.Spec is { Prune: true, DeletionBudget: not null } && context.Plan.Prunes > 0)
        {
            plans.Add(PlanDigest.OfDeletions(context));
        }

        plans.RemoveAll(static plan => plan.Items.IsEmpty);
        return plans.ToImmutable();
    }

    private static bool IsOf(ReconcileContext context, ApprovedPlan approved) =>
        approved.Revision == context.Runtime.Target!.Revision && approved.SpecHash == context.Runtime.SpecHash;

    private static bool IsThere(ApprovedPlan approved, ImmutableArray<SyncApproval> approvals) => approvals.Any(approval =>
        approval.Key == approved.Key && approval.Spec.PlanHash == approved.PlanHash
        && approval.Spec.Revision == approved.Revision && approval.Spec.ApprovedBy == approved.By);

    private (SyncApproval Approval, PlanDigest Plan)? Match(
        ReconcileContext context, ImmutableArray<SyncApproval> approvals, ImmutableArray<PlanDigest> plans)
    {
        foreach (var plan in plans)
        {
            foreach (var approval in approvals)
            {
                if (approval.Spec.Revision == plan.Revision && approval.Spec.PlanHash == plan.Hash && ProblemOf(approval) is null)
                {
                    return (approval, plan);
                }
            }
        }

        return null;
    }

    /// <summary>Why an approval is worth nothing, whatever it is of; null: it counts.</summary>
    private string? ProblemOf(SyncApproval approval)
    {
        if (_policy.Problem is { } problem)
        {
            return problem;
        }

        var by = approval.Spec.ApprovedBy;
        if (by.StartsWith(SystemPrefix, StringComparison.Ordinal) || by == _self)
        {
            return $"{by} is no person, or the operator itself";
        }

        return approval.CreatedAt <= _policy.Since ? "it was created before the admission policy was in force; delete it and approve again" : null;
    }

    private ImmutableArray<RejectedApproval> Others(ReconcileContext context, ImmutableArray<SyncApproval> approvals)
    {
        var runtime = context.Runtime;
        var last = runtime.Status.History.LastOrDefault()?.DeployedAt;
        return
        [
            .. approvals.Where(approval => approval.Key != runtime.Approved?.Key
                    && (last is null || approval.CreatedAt >= last || approval.Spec.Revision == runtime.Target!.Revision))
                .Select(approval => new RejectedApproval(approval, ProblemOf(approval))),
        ];
    }

    private async Task<string> WhoAmIAsync(CancellationToken cancellationToken)
    {
        var answer = await _client.CreateAsync(
            Self,
            new KubernetesObject(new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "SelfSubjectReview" }),
            new WriteOptions(Names.StatusFieldManager), cancellationToken);
        return KubernetesObject.GetString(answer.Object.At("status", "userInfo") as JsonObject, "username") ?? string.Empty;
    }
}
