using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Apply;
using GitOps.Operator.Model;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Reconcile.Syncing;

/// <summary>
/// Before the first step of a sync of several: the server is asked about everything that the sync will write, so that what it
/// refuses in the last wave is known before the first. What cannot be answered yet, because it hangs on something that the same
/// sync brings, is left to its wave.
/// </summary>
internal sealed class Preflight
{
    public const string Headline = "one or more objects failed the dry run";

    private static readonly GroupKind Definition = new("apiextensions.k8s.io", "CustomResourceDefinition");

    private readonly IKubernetesClient _reader;
    private readonly IDiscovery _discovery;
    private readonly int _parallel;

    /// <param name="reader">Reads as the operator.</param>
    /// <param name="parallel">Requests at a time for one Application.</param>
    public Preflight(IKubernetesClient reader, int parallel)
    {
        _reader = reader;
        _discovery = reader.Discovery;
        _parallel = parallel;
    }

    /// <param name="context">The pass.</param>
    /// <param name="schedule">What is to be done.</param>
    /// <param name="contents">Of the objects that will be written.</param>
    /// <param name="cancellationToken">Stops before the next request.</param>
    /// <returns>What the server refuses, by key.</returns>
    public async Task<ImmutableArray<SyncFailure>> CheckAsync(
        ReconcileContext context, SyncSchedule schedule, IReadOnlyCollection<DesiredObject> contents, CancellationToken cancellationToken)
    {
        var hooks = schedule.Batches.SelectMany(static batch => batch.Tasks).Where(static task => task.Kind == TaskKind.Hook).ToList();
        var coming = Coming(context, contents, hooks);
        var failures = new ConcurrentBag<SyncFailure>();
        var checks = contents.Select(item => (item.Key, item.Type, item.Location, Send: (Func<ApiResource, CancellationToken, Task>)(
                async (resource, token) => await context.Writer.ApplyAsync(resource, await SentAsync(context, item, resource, token), ApplyOptionsOf(context, item), token)),
                context.Options.ModeOf(item.Key.GroupKind, item.Options).Recreates))
            .Concat(hooks.Select(task => (task.Key, task.Hook!.Type, task.Hook.Location, Send: (Func<ApiResource, CancellationToken, Task>)(
                (resource, token) => context.Writer.CreateAsync(resource, Named(task), HookOptions, token)), Recreates: true)));
        var options = new ParallelOptions { MaxDegreeOfParallelism = _parallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(checks, options, async (check, token) =>
        {
            if (coming.Kinds.Contains(check.Key.GroupKind)
                || await _discovery.FindAsync(check.Type, token) is not { Outcome: LookupOutcome.Found, Resource: { } resource })
            {
                return;
            }

            try
            {
                await check.Send(resource, token);
            }
            catch (ApiException refusal) when (refusal.IsAlreadyExists || (check.Recreates && ImmutableRefusal.Is(refusal)) || IsAbout(refusal, coming.Objects))
            {
                // Its turn will come when that is there, or gone.
            }
            catch (ApiException refusal)
            {
                // "Later" is no refusal: a webhook may be on its way with this very sync.
                if (ApplyFailures.From(check.Key, check.Location, refusal) is { Outcome: ApplyOutcome.Rejected } refused)
                {
                    failures.Add(new(check.Key, refused.Message!, refused.IsPermanent, refused.RetryAfter));
                }
            }
            catch (ApiConnectionException)
            {
                // The write itself will tell.
            }
        });
        return [.. failures.OrderBy(static failure => failure.Key)];
    }

    private static WriteOptions HookOptions => new(Names.FieldManager, DryRun: true, FieldValidation: "Strict");

    private static ApplyOptions ApplyOptionsOf(ReconcileContext context, DesiredObject item) => new(
        Names.FieldManager, DryRun: true, FieldValidation: context.Options.ModeOf(item.Key.GroupKind, item.Options).Validates ? "Strict" : "Ignore");

    private async Task<KubernetesObject> SentAsync(
        ReconcileContext context, DesiredObject item, ApiResource resource, CancellationToken cancellationToken) =>
        HeldContent.For(context, item) is { } hold
        && await _reader.GetAsync(resource, item.Key.Namespace, item.Key.Name, cancellationToken) is { IsTerminating: false } live
            ? hold(live, context.Options.ModeOf(item.Key.GroupKind, item.Options).Replaces)
            : item.Parse();

    private static KubernetesObject Named(SyncTask task)
    {
        var wanted = KubernetesObject.Parse(task.Hook!.Json);
        wanted.Metadata!["name"] = task.Key.Name;
        wanted.Metadata.Remove("generateName");
        return wanted;
    }

    /// <summary>What the sync brings: kinds that it defines or changes, and objects that others may refer to.</summary>
    private static (HashSet<GroupKind> Kinds, HashSet<(string Kind, string Name)> Objects) Coming(
        ReconcileContext context, IReadOnlyCollection<DesiredObject> contents, IReadOnlyCollection<SyncTask> hooks)
    {
        var kinds = new HashSet<GroupKind>();
        foreach (var definition in contents.Where(static item => item.Key.GroupKind == Definition))
        {
            var spec = definition.Parse().Json["spec"] as JsonObject;
            kinds.Add(new(
                KubernetesObject.GetString(spec, "group") ?? string.Empty,
                KubernetesObject.GetString(spec?["names"] as JsonObject, "kind") ?? string.Empty));
        }

        var objects = contents.Select(static item => item.Key).Concat(hooks.Select(static task => task.Key))
            .Select(static key => (key.Kind, key.Name)).ToHashSet();
        if (context.Options.CreateNamespace && context.Spec.DestinationNamespace is { } name)
        {
            objects.Add(("Namespace", name));
        }

        return (kinds, objects);
    }

    /// <summary>
    /// Whether something is missing that the same sync brings: <c>namespaces "x" not found</c>,
    /// <c>serviceaccount "x" not found</c>, <c>no PriorityClass with name x was found</c>.
    /// </summary>
    private static bool IsAbout(ApiException refusal, HashSet<(string Kind, string Name)> coming) =>
        (refusal.IsNotFound || refusal.IsForbidden) && refusal.Message.Contains("found", StringComparison.Ordinal)
        && coming.Any(item => Spellings(item.Kind, item.Name).Any(text => refusal.Message.Contains(text, StringComparison.OrdinalIgnoreCase)));

    private static IEnumerable<string> Spellings(string kind, string name) =>
    [
        $"{kind} \"{name}\"", $"{kind}s \"{name}\"", $"{kind}es \"{name}\"", $"{kind}s.rbac.authorization.k8s.io \"{name}\"", $"{kind} with name {name} ",
    ];
}
