using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>How an Application stood when its last pass ended: what others that depend on it go by.</summary>
/// <param name="Generation">Of the spec that this is about.</param>
/// <param name="Sync">Compared with its target.</param>
/// <param name="Health">Of its objects.</param>
/// <param name="IsReady">Its condition Ready is True.</param>
/// <param name="Revision">The commit that was looked at; null: none yet, or it could not be rendered.</param>
internal sealed record ReportedState(long Generation, SyncCode Sync, HealthCode Health, bool IsReady, string? Revision);

/// <summary>An Application that others depend on, as it stands now.</summary>
/// <param name="Generation">Of its spec.</param>
/// <param name="IsTerminating">It is being deleted.</param>
/// <param name="Reported">Null: no pass of this process has ended yet.</param>
/// <param name="Head">The newest commit that its source is known to point at; null: not known.</param>
internal sealed record DependencyState(long Generation, bool IsTerminating, ReportedState? Reported, string? Head);

/// <summary>
/// <c>spec.dependsOn</c>: a sync begins when each of them is synced and healthy, for its present spec and for the newest commit
/// that its source points at. One that has begun goes on. Whoever changes how a dependency stands triggers those that depend on it.
/// </summary>
internal sealed class DependencyGate : IGate
{
    public const string Missing = "DependencyMissing";
    public const string Cycle = "DependencyCycle";
    public const string Pending = "DependencyNotReady";

    private readonly DependencyGraph _graph;
    private readonly Func<NamespacedName, DependencyState?> _find;

    /// <param name="graph">Of all Applications.</param>
    /// <param name="find">Null: there is no such Application.</param>
    public DependencyGate(DependencyGraph graph, Func<NamespacedName, DependencyState?> find)
    {
        _graph = graph;
        _find = find;
    }

    public GateHold? Check(ReconcileContext context)
    {
        var dependencies = context.Spec.DependsOn;
        if (dependencies.IsEmpty)
        {
            return null;
        }

        if (_graph.CycleOf(context.Key) is { IsEmpty: false } cycle)
        {
            var path = string.Join(" -> ", cycle.Select(step => NameOf(step, context)));
            return new(Conditions.DependenciesPending, Cycle, $"spec.dependsOn: {path} wait for each other")
            {
                Opens = "remove one of these dependencies",
                IsSpecError = true,
            };
        }

        var states = dependencies.Select(key => (Key: key, State: _find(key))).ToList();
        var missing = states.Where(static item => item.State is null).Select(static item => item.Key.ToString()).ToList();
        if (missing.Count > 0)
        {
            return new(Conditions.DependenciesPending, Missing,
                $"spec.dependsOn: there is no Application {string.Join(", ", missing)} in the namespaces that the operator looks at")
            {
                Opens = "create it, or remove the dependency",
                IsSpecError = true,
            };
        }

        var hasBegun = context.Runtime is { Operation: { } operation, Target: { } target } && operation.IsOf(target);
        if (!context.Work.IsAny || hasBegun)
        {
            return null;
        }

        var waiting = states.Select(item => Why(item.Key, item.State!, context)).Where(static why => why is not null).ToList();
        return waiting.Count == 0 ? null : new(Conditions.DependenciesPending, Pending, string.Join("; ", waiting));
    }

    private static string? Why(NamespacedName key, DependencyState state, ReconcileContext context)
    {
        var name = $"waiting for Application {NameOf(key, context)}";
        return state switch
        {
            { IsTerminating: true } => $"{name}: it is being deleted",
            { Reported: null } => $"{name}: it was not looked at yet",
            { Reported: { } reported } when reported.Generation != state.Generation => $"{name}: its spec changed",
            { Reported: { Sync: not SyncCode.Synced } reported } => $"{name}: it is {reported.Sync}",
            { Reported: { Health: not HealthCode.Healthy } reported } => $"{name}: it is {reported.Health}",
            { Reported.IsReady: false } => $"{name}: it is not Ready",
            { Reported: { } reported } when reported.Revision is null || (state.Head ?? reported.Revision) != reported.Revision =>
                $"{name}: it has not looked at {(state.Head is null ? "its newest commit" : Revisions.Short(state.Head))} yet",
            _ => null,
        };
    }

    private static string NameOf(NamespacedName key, ReconcileContext context) =>
        key.Namespace == context.Key.Namespace ? key.Name : key.ToString();
}
