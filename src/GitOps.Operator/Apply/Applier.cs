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
    /// <summary>Why an object may not be deleted to be made anew; null: it may, and counts as deleted.</summary>
    public Func<DesiredObject, string?> Recreation { get; init; } = static _ => null;

    /// <summary>How an object is written.</summary>
    public Func<DesiredObject, WriteMode> Mode { get; init; } = static _ => WriteMode.Standard;

    /// <summary>
    /// Whether nobody knows yet what an apply of the object would overwrite: then what others own is not overwritten before it
    /// has been read.
    /// </summary>
    public Func<DesiredObject, bool> IsFirstContact { get; init; } = static _ => false;

    /// <summary>
    /// What is sent of an object that exists, from how it is, as a whole (true) or not; null: its manifest. The manifest itself
    /// where nothing is held.
    /// </summary>
    public Func<DesiredObject, Func<KubernetesObject, bool, KubernetesObject>?> Hold { get; init; } = static _ => null;
}

/// <summary>
/// Writes objects with server-side apply, stage by stage (<see cref="KindOrder"/>) and in parallel within a stage. One that
/// fails does not stop the others of its stage, and the next stage begins all the same: whoever needed it is told by the server.
/// </summary>
internal sealed class Applier
{
    private const int MaxReadings = 5;
    private const int MaxTakeOvers = 5;

    private readonly IKubernetesClient _reader;
    private readonly IDiscovery _discovery;
    private readonly WholeWrites _wholes;
    private readonly IWriteJournal _journal;
    private readonly int _parallel;

    /// <param name="reader">Reads as the operator.</param>
    /// <param name="journal">Is told of every write.</param>
    /// <param name="parallel">Requests at a time for one Application.</param>
    public Applier(IKubernetesClient reader, IWriteJournal journal, int parallel)
    {
        _reader = reader;
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
            var written = await WriteAsync(client, resource, item, desired, judgement, cancellationToken);
            if (written.Forbidden is { } forbidden)
            {
                return new(item.Key, ApplyOutcome.Rejected, Message: $"{item.Key} ({item.Location}): {forbidden}", IsPermanent: true);
            }

            if (written is not { Answer: { } answer, Stored: { } stored })
            {
                return new(
                    item.Key, ApplyOutcome.Terminating, Message: $"{item.Key} is being deleted, and made again when it is gone", Remade: written.Remade);
            }

            var print = judgement.Fingerprint(written.Sent, stored) with { Holds = !ReferenceEquals(written.Sent, desired) };
            _journal.EndWrite(item.Key, stored, print);
            told = true;
            var outcome = stored.IsTerminating ? ApplyOutcome.Terminating
                : answer.Created ? ApplyOutcome.Created
                : ApplyOutcome.Configured;
            return new(item.Key, outcome, print, Answer: answer.Object, Remade: written.Remade)
            {
                Before = written.Before,
                TakeOverProblem = written.Problem,
            };
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

    private async Task<Written> WriteAsync(
        IKubernetesClient client, ApiResource resource, DesiredObject item, KubernetesObject desired, AnswerJudgement judgement,
        CancellationToken cancellationToken)
    {
        var mode = judgement.Mode(item);
        var validation = mode.Validates ? "Strict" : "Ignore";
        var options = new ApplyOptions(Api.Names.FieldManager, FieldValidation: validation);
        var whole = new WriteOptions(Api.Names.FieldManager, FieldValidation: validation);
        WriteResult answer;
        KubernetesObject? before = null;
        var (replaced, remade) = (false, false);
        var sent = desired;
        try
        {
            var hold = judgement.Hold(item);
            replaced = mode.Replaces && await _wholes.ReplaceAsync(client, resource, desired, hold, whole, cancellationToken);
            var isFirst = !replaced && judgement.IsFirstContact(item);
            if (hold is not null)
            {
                (answer, sent, before) = await ApplyHeldAsync(client, resource, desired, live => hold(live, mode.Replaces), options, cancellationToken);
                before = isFirst ? before : null;
            }
            else
            {
                (answer, before) = isFirst
                    ? await ApplyFirstAsync(client, resource, desired, options, cancellationToken)
                    : (await client.ApplyAsync(resource, desired, options, cancellationToken), null);
            }
        }
        catch (ApiException refusal) when (mode.Recreates && ImmutableRefusal.Is(refusal))
        {
            if (judgement.Recreation(item) is { } forbidden)
            {
                return new(null, null, desired, false) { Forbidden = forbidden };
            }

            var gone = await _wholes.DeleteAsync(client, resource, desired, whole, cancellationToken);
            remade = gone is Removal.Begun or Removal.Done;
            if (gone is Removal.Going or Removal.Begun)
            {
                return new(null, null, desired, remade);
            }

            answer = await client.ApplyAsync(resource, desired, options, cancellationToken);
        }

        var (stored, problem) = answer.Created || answer.Object.IsTerminating
            ? (answer.Object, null)
            : await TakeOverAsync(client, resource, item, sent, (answer.Object, replaced), judgement, options, cancellationToken);
        return new(answer, stored, sent, remade) { Before = before, Problem = problem };
    }

    /// <summary>
    /// Applies what is held of an object under the version that it was read in: whoever changes a held field in between is not
    /// overwritten with what it was.
    /// </summary>
    private async Task<(WriteResult Answer, KubernetesObject Sent, KubernetesObject? Before)> ApplyHeldAsync(
        IKubernetesClient client, ApiResource resource, KubernetesObject desired, Func<KubernetesObject, KubernetesObject> hold, ApplyOptions options,
        CancellationToken cancellationToken)
    {
        for (var reading = 1; ; reading++)
        {
            var live = await _reader.GetAsync(resource, desired.Namespace, desired.Name, cancellationToken);
            if (live is null || live.IsTerminating)
            {
                return (await client.ApplyAsync(resource, desired, options, cancellationToken), desired, null);
            }

            var sent = hold(live);
            var guarded = sent.DeepClone();
            guarded.Metadata!["resourceVersion"] = live.ResourceVersion;
            try
            {
                return (await client.ApplyAsync(resource, guarded, options, cancellationToken), sent, live);
            }
            catch (ApiException refusal) when ((refusal.IsConflict || refusal.IsNotFound) && reading < MaxReadings)
            {
                // It changed, or went, after it was read.
            }
        }
    }

    /// <summary>
    /// Without force: an object that is not there is created all the same, and one that is there says by its refusal whether
    /// others own what would be changed. Then it is read, so that what is overwritten can be told.
    /// </summary>
    private async Task<(WriteResult Answer, KubernetesObject? Before)> ApplyFirstAsync(
        IKubernetesClient client, ApiResource resource, KubernetesObject desired, ApplyOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.ApplyAsync(resource, desired, options with { Force = false }, cancellationToken), null);
        }
        catch (ApiException refusal) when (refusal.IsApplyConflict)
        {
            var before = await _reader.GetAsync(resource, desired.Namespace, desired.Name, cancellationToken);
            return (await client.ApplyAsync(resource, desired, options, cancellationToken), before);
        }
    }

    /// <summary>
    /// Ends the shares that former tools have in what is ours now. Guarded by the version just answered: of an object that
    /// changed since, the shares are looked at again.
    /// </summary>
    /// <returns>The object then, and why shares are left; null: none are.</returns>
    private static async Task<(KubernetesObject Stored, string? Problem)> TakeOverAsync(
        IKubernetesClient client, ApiResource resource, DesiredObject item, KubernetesObject desired, (KubernetesObject Object, bool Replaced) written,
        AnswerJudgement judgement, ApplyOptions options, CancellationToken cancellationToken)
    {
        var answer = written.Object;
        for (var attempt = 1; ; attempt++)
        {
            if (judgement.TakeOver(item, answer, written.Replaced) is not { } patch)
            {
                return (answer, null);
            }

            try
            {
                var patched = await client.PatchAsync(
                    resource, answer.Namespace, answer.Name, PatchType.Json, patch, new WriteOptions(Api.Names.FieldManager), cancellationToken);
                return (judgement.ApplyAgain
                    ? (await client.ApplyAsync(resource, desired, options, cancellationToken)).Object
                    : patched.Object, null);
            }
            catch (ApiException refusal) when (refusal.IsForbidden || (attempt == MaxTakeOvers && IsOutdated(refusal)))
            {
                return (answer, ApplyFailures.Describe(item.Key, refusal));
            }
            catch (ApiException refusal) when (IsOutdated(refusal))
            {
                answer = (await client.ApplyAsync(resource, desired, options, cancellationToken)).Object;
            }
        }
    }

    // A precondition of a JSON patch that does not hold is invalid, to some servers.
    private static bool IsOutdated(ApiException refusal) => refusal.IsConflict || refusal.IsInvalid || refusal.IsNotFound;

    // A 404 that names an object or a namespace in its details is about that; the one for an unknown path names nothing.
    private static bool IsAboutKind(ApiException refusal) => string.IsNullOrEmpty(KubernetesObject.GetString(refusal.Details, "name"));

    /// <param name="Answer">To the apply; null: the object has to go first, and is going.</param>
    /// <param name="Stored">The object after what had to be done about former tools.</param>
    /// <param name="Sent">The manifest, unless something was held.</param>
    /// <param name="Remade">Whether it was we who deleted it.</param>
    private sealed record Written(WriteResult? Answer, KubernetesObject? Stored, KubernetesObject Sent, bool Remade)
    {
        /// <summary>What was overwritten, on first contact.</summary>
        public KubernetesObject? Before { get; init; }

        /// <summary>Why it may not be deleted, though it has to be; null: it may.</summary>
        public string? Forbidden { get; init; }

        /// <summary>Why former tools keep shares.</summary>
        public string? Problem { get; init; }
    }
}
