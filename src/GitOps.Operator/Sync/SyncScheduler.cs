using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Sync;

/// <summary>What a schedule is made from.</summary>
/// <param name="Plan">Desired objects and what is to be pruned.</param>
/// <param name="Hooks">Of the rendering; empty where hooks do not run.</param>
/// <param name="Revision">Of the sync, for generated names.</param>
/// <param name="StartedAt">Of the attempt, for generated names.</param>
/// <param name="Prunes">Whether objects that are not desired any more are deleted now.</param>
/// <param name="PruneLast">Whether this one goes after everything else.</param>
internal sealed record ScheduleInput(
    SyncPlan Plan, ImmutableArray<HookObject> Hooks, string Revision, DateTimeOffset StartedAt, bool Prunes, Func<PlannedChange, bool> PruneLast)
{
    /// <summary>In which wave an object is pruned, as it was decided when the sync began: what went since must not change it.</summary>
    public IReadOnlyDictionary<ObjectKey, int> PruneWaves { get; init; } = ImmutableDictionary<ObjectKey, int>.Empty;
}

/// <summary>
/// Puts what a sync does in order, as Argo CD does: phase, wave, kind, name. What an object cannot exist without comes with it:
/// a namespace or a definition moves ahead to the first object that needs it. What is pruned goes in reverse: the lowest wave
/// last. Pure.
/// </summary>
internal static class SyncScheduler
{
    private static readonly GroupKind Namespace = new(string.Empty, "Namespace");
    private static readonly GroupKind Definition = new("apiextensions.k8s.io", "CustomResourceDefinition");

    public static SyncSchedule Build(ScheduleInput input)
    {
        var written = Writes(input);
        var hooks = Hooks(input, static phase => phase is SyncPhase.PreSync or SyncPhase.Sync or SyncPhase.PostSync);
        written = Advance([.. written, .. hooks]);
        var prunes = input.Prunes ? Prunes(input, written) : [];
        return new(Group([.. written, .. prunes]), Group(Hooks(input, static phase => phase == SyncPhase.SyncFail)));
    }

    /// <summary>The hooks of one phase, wave by wave.</summary>
    public static ImmutableArray<SyncBatch> Of(SyncPhase phase, ImmutableArray<HookObject> hooks, string revision, DateTimeOffset startedAt) =>
        Group(Hooks(new(SyncPlan.Empty, hooks, revision, startedAt, Prunes: false, static _ => false), wanted => wanted == phase));

    private static List<SyncTask> Writes(ScheduleInput input) =>
        [.. input.Plan.Changes.Where(static change => change.Desired is not null)
            .Select(static change => new SyncTask(TaskKind.Apply, SyncPhase.Sync, change.Desired!.Wave, change.Key) { Change = change })];

    private static List<SyncTask> Hooks(ScheduleInput input, Func<SyncPhase, bool> wanted) =>
        [.. input.Hooks.SelectMany(hook => hook.Marks.Phases.Where(wanted).Select(phase =>
            new SyncTask(TaskKind.Hook, phase, hook.Marks.Wave, hook.KeyIn(phase, input.Revision, input.StartedAt)) { Hook = hook }))];

    /// <summary>Moves namespaces and definitions ahead of what needs them.</summary>
    private static List<SyncTask> Advance(List<SyncTask> tasks)
    {
        tasks.Sort(Compare);
        var moved = tasks.ToList();
        for (var i = 0; i < moved.Count; i++)
        {
            var task = moved[i];
            Func<SyncTask, bool>? needs = task.Kind != TaskKind.Apply ? null
                : task.Key.GroupKind == Namespace ? other => other.Key.Namespace == task.Key.Name
                : task.Key.GroupKind == Definition && Defined(task) is { } defined ? other => other.Key.GroupKind == defined
                : null;
            if (needs is not null && tasks.FirstOrDefault(needs) is { } first && (first.Phase, first.Wave).CompareTo((task.Phase, task.Wave)) < 0)
            {
                moved[i] = task with { Phase = first.Phase, Wave = first.Wave };
            }
        }

        return moved;
    }

    private static GroupKind? Defined(SyncTask task)
    {
        if (task.Change?.Desired is not { Json.Length: > 0 } desired)
        {
            return null;
        }

        var spec = desired.Parse().Json["spec"] as JsonObject;
        return KubernetesObject.GetString(spec, "group") is { } group
            && KubernetesObject.GetString(spec?["names"] as JsonObject, "kind") is { } kind
                ? new(group, kind)
                : null;
    }

    private static IEnumerable<SyncTask> Prunes(ScheduleInput input, List<SyncTask> written)
    {
        var changes = input.Plan.Of(PlannedAction.Prune).ToList();
        var last = written.Where(static task => task.Phase == SyncPhase.Sync).Select(static task => task.Wave).DefaultIfEmpty().Max() + 1;
        var waves = changes.Where(change => !input.PruneLast(change)).Select(static change => change.Entry!.Wave).Distinct().Order().ToList();
        return Retreat([.. changes.Select(change => new SyncTask(TaskKind.Prune, SyncPhase.Sync, WaveOf(change), change.Key) { Change = change })]);

        int WaveOf(PlannedChange change) =>
            input.PruneWaves.TryGetValue(change.Key, out var known) ? known
            : input.PruneLast(change) ? Math.Max(last, waves.LastOrDefault() + 1)
            : waves[^(waves.IndexOf(change.Entry!.Wave) + 1)];
    }

    /// <summary>Namespaces and definitions went ahead of what needs them: they go after it.</summary>
    private static IEnumerable<SyncTask> Retreat(List<SyncTask> prunes)
    {
        foreach (var task in prunes)
        {
            Func<SyncTask, bool>? needs = task.Key.GroupKind == Namespace ? other => other.Key.Namespace == task.Key.Name
                // Named <plural>.<group>; which kind it defines is not at hand any more.
                : task.Key.GroupKind == Definition ? other => other.Key.Group.Length > 0 && task.Key.Name.EndsWith($".{other.Key.Group}", StringComparison.Ordinal)
                : null;
            yield return needs is null ? task : task with { Wave = prunes.Where(needs).Select(static other => other.Wave).Append(task.Wave).Max() };
        }
    }

    private static ImmutableArray<SyncBatch> Group(List<SyncTask> tasks)
    {
        tasks.Sort(Compare);
        return [.. tasks.GroupBy(static task => (task.Phase, task.Wave))
            .Select(static group => new SyncBatch(group.Key.Phase, group.Key.Wave, [.. group]))];
    }

    private static int Compare(SyncTask left, SyncTask right)
    {
        var order = (left.Phase, left.Wave, left.Kind == TaskKind.Prune).CompareTo((right.Phase, right.Wave, right.Kind == TaskKind.Prune));
        return order != 0 ? order : KindOrder.Compare(left.Key, right.Key);
    }
}
