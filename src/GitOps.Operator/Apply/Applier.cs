using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Model;

namespace GitOps.Operator.Apply;

/// <summary>What an apply makes of an answer; the comparing itself is another stage's.</summary>
/// <param name="Fingerprint">Of what was applied and what was answered.</param>
/// <param name="TakeOver">
/// The JSON patch that ends a former tool's shares in an adopted object, or those of our own replacing of it just now (true);
/// null: there is none.
/// </param>
/// <param name="ApplyAgain">Whether to apply after such a patch, so that what only the former tool had set goes.</param>
internal sealed record AnswerJudgement(
    Func<KubernetesObject, KubernetesObject, Fingerprint> Fingerprint, Func<DesiredObject, KubernetesObject, bool, JsonArray?> TakeOver, bool ApplyAgain)
{
    /// <summary>How an object is written.</summary>
    public Func<DesiredObject, WriteMode> Mode { get; init; } = static _ => WriteMode.Standard;
}

/// <summary>
/// Writes objects with server-side apply, stage by stage (<see cref="KindOrder"/>) and in parallel within a stage. One that
/// fails does not stop the others of its stage, and the next stage begins all the same: whoever needed it is told by the server.
/// </summary>
internal sealed class Applier
{
    private readonly IDiscovery _discovery;
    private readonly WholeWrites _wholes;
    private readonly IWriteJournal _journal;
    private readonly int _parallel;

    /// <param name="reader">Reads as the operator.</param>
    /// <param name="journal">Is told of every write.</param>
    /// <param name="parallel">Requests at a time for one Application.</param>
    public Applier(IKubernetesClient reader, IWriteJournal journal, int parallel)
    {
        _discovery = reader.Discovery;
        _wholes = new(reader);
        _journal = journal;
        _parallel = parallel;
    }

    /// <summary>Applies each object and looks at the answer.</summary>
    /// <param name="client">Acts as the Application's identity.</param>
    /// <param name="objects">What to apply, with content.</param>
    /// <param name="judgement">What is made of an answer.</param>
    /// <param name="cancellationToken">Stops before the next request; what was sent is answered.</param>
    public async Task<ImmutableArray<ApplyResult>> ApplyAsync(
        IKubernetesClient client, IReadOnlyCollection<DesiredObject> objects, AnswerJudgement judgement, CancellationToken cancellationToken)
    {
        var results = new ConcurrentBag<ApplyResult>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = _parallel, CancellationToken = cancellationToken };
        foreach (var stage in objects.GroupBy(static item => KindOrder.StageOf(item.Key.GroupKind)).OrderBy(static stage => stage.Key))
        {
            var ordered = stage.Order(Comparer<DesiredObject>.Create(static (left, right) => KindOrder.Compare(left.Key, right.Key)));
            await Parallel.ForEachAsync(ordered, options, async (item, token) => results.Add(await ApplyAsync(client, item, judgement, token)));
        }

        return [.. results];
    }

    private async Task<ApplyResult> ApplyAsync(
        IKubernetesClient client, DesiredObject item, AnswerJudgement judgement, CancellationToken cancellationToken)
    {
        ApiResource? resource;
        try
        {
            var found = await _discovery.FindAsync(item.Type, cancellationToken);
            if (found.Outcome != LookupOutcome.Found)
            {
                return new(item.Key, ApplyOutcome.WaitingForKind, Message: $"{item.Key} ({item.Location}): the server does not serve {item.Type} yet");
            }

            resource = found.Resource!;
        }
        catch (ApiException refusal)
        {
            return ApplyFailures.From(item.Key, item.Location, refusal);
        }
        catch (ApiConnectionException failure)
        {
            return ApplyFailures.From(item.Key, failure);
        }

        var desired = KubernetesObject.Parse(item.Json);
        _journal.BeginWrite(item.Key);
        var told = false;
        try
        {
            var (answer, stored, remade) = await WriteAsync(client, resource, item, desired, judgement, cancellationToken);
            if (answer is null || stored is null)
            {
                return new(item.Key, ApplyOutcome.Terminating, Message: $"{item.Key} is being deleted, and made again when it is gone", Remade: remade);
            }

            var print = judgement.Fingerprint(desired, stored);
            _journal.EndWrite(item.Key, stored, print);
            told = true;
            var outcome = stored.IsTerminating ? ApplyOutcome.Terminating
                : answer.Created ? ApplyOutcome.Created
                : ApplyOutcome.Configured;
            return new(item.Key, outcome, print, Answer: answer.Object, Remade: remade);
        }
        catch (ApiException refusal) when (refusal.IsNotFound && IsAboutKind(refusal))
        {
            // Discovery knows the kind, its storage is not up yet: a definition that was established this moment.
            return new(item.Key, ApplyOutcome.WaitingForKind, Message: $"{item.Key} ({item.Location}): the server does not serve {item.Type} yet");
        }
        catch (ApiException refusal)
        {
            return ApplyFailures.From(item.Key, item.Location, refusal);
        }
        catch (ApiConnectionException failure)
        {
            return ApplyFailures.From(item.Key, failure);
        }
        finally
        {
            if (!told)
            {
                _journal.AbortWrite(item.Key);
            }
        }
    }

    /// <returns>The server's answer, and the object after what had to be done about former tools; null: it has to go first, and is going. And whether it was we who deleted it.</returns>
    private async Task<(WriteResult? Answer, KubernetesObject? Stored, bool Remade)> WriteAsync(
        IKubernetesClient client, ApiResource resource, DesiredObject item, KubernetesObject desired, AnswerJudgement judgement,
        CancellationToken cancellationToken)
    {
        var mode = judgement.Mode(item);
        var validation = mode.Validates ? "Strict" : "Ignore";
        var options = new ApplyOptions(Api.Names.FieldManager, FieldValidation: validation);
        var whole = new WriteOptions(Api.Names.FieldManager, FieldValidation: validation);
        WriteResult answer;
        var (replaced, remade) = (false, false);
        try
        {
            replaced = mode.Replaces && await _wholes.ReplaceAsync(client, resource, desired, whole, cancellationToken);
            answer = await client.ApplyAsync(resource, desired, options, cancellationToken);
        }
        catch (ApiException refusal) when (mode.Recreates && ImmutableRefusal.Is(refusal))
        {
            var gone = await _wholes.DeleteAsync(client, resource, desired, whole, cancellationToken);
            remade = gone is Removal.Begun or Removal.Done;
            if (gone is Removal.Going or Removal.Begun)
            {
                return (null, null, remade);
            }

            answer = await client.ApplyAsync(resource, desired, options, cancellationToken);
        }

        var stored = answer.Created
            ? answer.Object
            : await TakeOverAsync(client, resource, item, desired, (answer.Object, replaced), judgement, options, cancellationToken);
        return (answer, stored, remade);
    }

    /// <summary>
    /// Ends the shares that a former tool has in what is ours now. Guarded by the version just answered: an object that changed
    /// since keeps them, which is no harm, and the next first contact sees them again.
    /// </summary>
    private static async Task<KubernetesObject> TakeOverAsync(
        IKubernetesClient client, ApiResource resource, DesiredObject item, KubernetesObject desired, (KubernetesObject Object, bool Replaced) written,
        AnswerJudgement judgement, ApplyOptions options, CancellationToken cancellationToken)
    {
        var answer = written.Object;
        if (judgement.TakeOver(item, answer, written.Replaced) is not { } patch)
        {
            return answer;
        }

        try
        {
            var patched = await client.PatchAsync(
                resource, answer.Namespace, answer.Name, PatchType.Json, patch, new WriteOptions(Api.Names.FieldManager), cancellationToken);
            return judgement.ApplyAgain
                ? (await client.ApplyAsync(resource, desired, options, cancellationToken)).Object
                : patched.Object;
        }
        catch (ApiException refusal) when (refusal.IsConflict || refusal.IsInvalid)
        {
            return answer;
        }
    }

    // A 404 that names an object or a namespace in its details is about that; the one for an unknown path names nothing.
    private static bool IsAboutKind(ApiException refusal) => string.IsNullOrEmpty(KubernetesObject.GetString(refusal.Details, "name"));
}
