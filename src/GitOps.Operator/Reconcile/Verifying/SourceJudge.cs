using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Sources;
using GitOps.Operator.Status;

namespace GitOps.Operator.Reconcile.Verifying;

/// <summary>
/// Stands between the commit that a source is at and everything that is made of it: one that may not be deployed is not even
/// opened. It is then as if it had not been pushed: the Application is kept at the commit that was verified last. Where there is none,
/// or nobody can say, nothing is synced; what was applied stays, and is healed.
/// </summary>
internal sealed class SourceJudge : ISourceJudge
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);
    private static readonly ImmutableDictionary<string, string> NoSignatures = ImmutableDictionary<string, string>.Empty;
    private static readonly TimeSpan Soon = TimeSpan.FromHours(1);

    private readonly CommitJudge _judge;
    private readonly ChartJudge _charts;
    private readonly KeyReader _keys;
    private readonly OperatorEvents _events;
    private readonly IReconcileTrigger _trigger;
    private readonly TimeProvider _time;
    private readonly CancellationToken _stopping;

    /// <param name="judge">Looks at commits.</param>
    /// <param name="charts">Looks at charts of repositories.</param>
    /// <param name="keys">Reads the keys.</param>
    /// <param name="events">Told once of each commit that is refused.</param>
    /// <param name="trigger">Begins another pass when a verdict is in.</param>
    /// <param name="time">For waiting.</param>
    /// <param name="stopping">Ends what goes on between passes.</param>
    public SourceJudge(
        CommitJudge judge, ChartJudge charts, KeyReader keys, OperatorEvents events, IReconcileTrigger trigger, TimeProvider time, CancellationToken stopping)
    {
        _judge = judge;
        _charts = charts;
        _keys = keys;
        _events = events;
        _trigger = trigger;
        _time = time;
        _stopping = stopping;
    }

    public async Task<StepResult> ThenAsync(
        ReconcileContext context, ResolvedSources resolved, Func<ReconcileContext, ResolvedSources, CancellationToken, Task<StepResult>> next,
        CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var state = runtime.Verification;
        if (context.Spec.AllowsAnyCommit)
        {
            if (!state.IsEmpty)
            {
                state.Reset();
                _keys.Forget(context);
            }

            var result = await next(context, resolved, cancellationToken);
            Stamp(runtime);
            return result;
        }

        if (await JudgeAsync(context, resolved, cancellationToken) is not { } judgement)
        {
            return runtime.Target is null
                ? StepResult.WaitQuietly("VerifyingSource", $"verifying {Revisions.Short(resolved.Revision)} of the repository")
                : StepResult.Continue;
        }

        var verdict = judgement.Verdict;
        context.Verification = new(verdict.IsVerified, verdict.Reason, verdict.Message, resolved.Revision);
        if (verdict.IsVerified == true)
        {
            resolved = judgement.Found.Judged.For(context.Spec.Sources);
            state.Settle(resolved);
            if (verdict.GoodUntil is { } until && until - context.Now < Soon)
            {
                context.LookAgainQuietly(until);
            }

            var result = await next(context, resolved, cancellationToken);
            Stamp(runtime);
            return result;
        }

        if (verdict.RetryAt is { } retry)
        {
            context.LookAgain(retry);
        }

        Tell(context, verdict);
        var stay = state.FallbackOf(judgement, context.Now) is { } fallback ? await next(context, fallback, cancellationToken) : StepResult.Continue;
        Stamp(runtime);
        context.SourceProblem = new(VerifiedGate.Reason, verdict.Message, verdict.NeedsUser) { IsUnverified = true };
        return stay;
    }

    /// <returns>Null: not known yet; another pass begins when it is.</returns>
    private async Task<Judgement?> JudgeAsync(ReconcileContext context, ResolvedSources resolved, CancellationToken cancellationToken)
    {
        var (state, spec) = (context.Runtime.Verification, context.Spec);
        var known = Known(context);
        var since = string.Join(' ', known.Select(static commits => string.Join('+', commits)));
        KnownKeys? keys = null;
        if (spec.Sources.Any(static source => !source.Policy.Keys.IsEmpty))
        {
            keys = await _keys.ReadAsync(context, isFresh: state.Find(resolved, since, context.Now) is null, cancellationToken);
            if (keys.Problem is { } problem)
            {
                state.Clear();
                return new(new(problem, NoSignatures, resolved), null, null);
            }
        }
        else if (state.Keys is not null)
        {
            _keys.Forget(context);
        }

        state.Start(spec, keys);
        if (state.Find(resolved, since, context.Now) is { } found)
        {
            return found;
        }

        ImmutableArray<JudgedBy> by = [.. spec.Sources.Select((source, i) => new JudgedBy(
            source.Repository, source.Policy, keys?.Keys[i], Trusted(known[i], state.LastGood?.Items[i]), state.Knows(resolved)) { Field = source.Field })];
        ImmutableArray<ResolvedSources> others = [.. Candidates(context).Where(revision => revision != resolved.Revision && revision != state.LastGood?.Revision)
            .Select(Revisions.Split).Where(parts => parts.Length == spec.Sources.Length)
            .Select(parts => new ResolvedSources([.. spec.Sources.Zip(parts, (source, part) => new ResolvedSource(source, part, string.Empty, context.Now, null))]))];
        var question = string.Join('\n', by.Select(static item => item.Keys?.Id))
            + $"\n{VerificationState.PolicyOf(spec)}\n{string.Join('\n', resolved.Items.Select(static item => $"{item.Ref} {item.Identity}"))}\n{since}";
        var (isDone, judgement) = await state.Judging.AskAsync(
            question, () => new(JudgeAllAsync(resolved, others, by, _stopping)), Moment, _trigger, context.Key, _time, cancellationToken);
        if (isDone)
        {
            state.Add(resolved, since, judgement!);
        }

        return judgement;
    }

    private async Task<Judgement> JudgeAllAsync(
        ResolvedSources resolved, ImmutableArray<ResolvedSources> others, ImmutableArray<JudgedBy> by, CancellationToken cancellationToken)
    {
        var found = await JudgeSetAsync(resolved, by, cancellationToken);
        if (!found.IsVerified)
        {
            foreach (var other in others)
            {
                if (await JudgeSetAsync(other, [.. by.Select(static item => item with { Again = false })], cancellationToken) is { IsVerified: true } good)
                {
                    return new(found, good.Judged, good);
                }
            }
        }

        return new(found, null, null);
    }

    /// <summary>Good only if all are; else it says of each that is not why.</summary>
    private async Task<SetVerdict> JudgeSetAsync(ResolvedSources resolved, ImmutableArray<JudgedBy> by, CancellationToken cancellationToken)
    {
        var judged = resolved.Items;
        var signatures = NoSignatures;
        var verdicts = new List<SourceVerdict>();
        for (var i = 0; i < by.Length; i++)
        {
            var (source, terms) = (resolved.Items[i], by[i]);
            if (terms.Policy.IsNone)
            {
                continue;
            }

            SourceVerdict verdict;
            if (source.Source.IsChart)
            {
                (verdict, source) = await _charts.JudgeAsync(source, terms, cancellationToken);
                judged = judged.SetItem(i, source);
            }
            else
            {
                verdict = await _judge.JudgeAsync(new(source.Revision, source.Ref, source.ObservedAt, null), terms, cancellationToken);
            }

            signatures = verdict.Signature is { } signature
                ? signatures.SetItem(source.Source.IsChart ? ChartJudge.NameOf(source.Source, source.Revision) : source.Revision, signature) : signatures;
            verdicts.Add(resolved.Items.Length == 1 ? verdict : verdict with { Message = $"{source.Source.Field}: {verdict.Message}" });
        }

        return new(SourceVerdict.OfAll(verdicts), signatures, new(judged));
    }

    /// <summary>
    /// What was synced as a whole last of the repository of each source; empty: nothing. A source that came, went or changed its place
    /// since does not make the others new.
    /// </summary>
    private static ImmutableArray<ImmutableArray<string>> Known(ReconcileContext context)
    {
        var sources = context.Spec.Sources;
        if (context.Runtime.Inventory?.Header is not { Revision: { } revision } header)
        {
            return [.. sources.Select(static _ => ImmutableArray<string>.Empty)];
        }

        var (parts, entries) = (Revisions.Split(revision), header.Sync?.Entry.AllSources ?? []);
        return [.. sources.Select((source, i) => SyncedOf(source, i))];

        ImmutableArray<string> SyncedOf(CheckedSource source, int index)
        {
            if (parts.Length != entries.Length)
            {
                // Nobody has written down what the parts are of.
                return parts.Length == sources.Length ? [parts[index]] : [];
            }

            return index < parts.Length && parts.Length == sources.Length && (entries[index].RepoUrl ?? source.RepoUrl) == source.RepoUrl
                ? [parts[index]]
                : [.. parts.Where((_, i) => entries[i].RepoUrl == source.RepoUrl && entries[i].Chart is null).Distinct(StringComparer.Ordinal)];
        }
    }

    /// <summary>What came before these is there already, or was found to be good.</summary>
    private static ImmutableArray<string> Trusted(ImmutableArray<string> known, ResolvedSource? last) =>
        last is null || known.Contains(last.Revision, StringComparer.Ordinal) ? known : known.Add(last.Revision);

    /// <summary>What the Application may be kept at: what is being synced, what was compared last, what was synced last.</summary>
    private static IEnumerable<string> Candidates(ReconcileContext context) =>
        new[] { context.Runtime.Operation?.Revision, context.Runtime.Target?.Revision, context.Runtime.Status.Sync?.FullRevision, context.Runtime.Inventory?.Header?.Revision }
            .OfType<string>().Distinct(StringComparer.Ordinal);

    /// <summary>The commit that is shown says what was found of its signature.</summary>
    private static void Stamp(ApplicationRuntime runtime)
    {
        if (runtime.Target is { } target && target.Commits.Append(target.Commit).Any(IsOther))
        {
            runtime.Target = target with { Commit = Stamped(target.Commit), Commits = [.. target.Commits.Select(Stamped)] };
        }

        bool IsOther(CommitFacts? commit) => commit is not null && runtime.Verification.SignatureOf(commit.Sha) != commit.Verified;

        CommitFacts? Stamped(CommitFacts? commit) => IsOther(commit) ? commit! with { Verified = runtime.Verification.SignatureOf(commit.Sha) } : commit;
    }

    private void Tell(ReconcileContext context, SourceVerdict verdict)
    {
        // What the status says was told, by whichever process.
        if (context.Runtime.Status.Condition(Conditions.SourceVerified) is not { IsTrue: false } said || said.Message != verdict.Message)
        {
            _events.Warning(context.Application, VerifiedGate.Reason, "Verify", verdict.Message);
        }
    }
}
