using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Fights;
using GitOps.Operator.Reconcile.Foreign;
using GitOps.Operator.Reconcile.Gates;

namespace GitOps.Operator.Reconcile.Reports;

/// <summary>What the conditions are made of.</summary>
internal sealed record StatusFacts(ReconcileContext Context, StepResult Result, SyncCode Sync, HealthStatus Health, DateTimeOffset Now)
{
    /// <summary>What is Progressing for longer than it may be, in words.</summary>
    public ImmutableArray<string> Late { get; init; } = [];
}

/// <summary>
/// The conditions of an Application, after kstatus: Ready always, Reconciling and Stalled only while they are true; beside them
/// Drifted, SpecValid, and one for each gate that holds something back.
/// </summary>
internal static class StatusConditions
{
    public const string SourceReady = "SourceReady";
    public const string DriftWatch = "DriftWatch";
    public const string SourceWarning = "SourceWarning";

    private const int MaxWarnings = 10;
    private const int MaxContested = 3;
    private const int MaxLate = 5;

    public static ImmutableArray<Condition> Build(ImmutableArray<Condition> before, StatusFacts facts)
    {
        var all = new Builder(before, facts.Context.Application.Metadata.Generation, facts.Now);
        var context = facts.Context;
        var validation = context.Runtime.Validation;
        if (context.Application.Metadata.IsTerminating)
        {
            // A spec that is not valid does not keep it from being deleted: what does is said.
            all.SetIf(
                Conditions.DeletionBlocked, context.DeletionBlocked is not null,
                context.DeletionBlocked?.Reason ?? string.Empty, context.DeletionBlocked?.Message ?? string.Empty);
            Ready(all, facts);
            return all.Result;
        }

        if (validation is { Spec: null })
        {
            all.Set(Conditions.SpecValid, false, validation.Reason, validation.Message);
            all.Set(Conditions.Ready, false, validation.Reason, validation.Message);
            all.Set(Conditions.Stalled, true, validation.Reason, validation.Message);
            all.Clear(Conditions.Reconciling);
            return all.Result;
        }

        if (context.SourceProblem is { Reason: SourceProblem.InvalidAnnotation } misread)
        {
            all.Set(Conditions.SpecValid, false, misread.Reason, misread.Message);
        }
        else if (context.Holds.Find(static hold => hold.IsSpecError) is { } unmet)
        {
            all.Set(Conditions.SpecValid, false, unmet.Reason, unmet.Text);
        }
        else if (context.InvalidAnnotation is { } mistake)
        {
            all.Set(Conditions.SpecValid, false, SourceProblem.InvalidAnnotation, mistake);
        }
        else
        {
            all.Set(Conditions.SpecValid, true, "Valid", string.Empty);
        }

        RolledBack(all, facts);
        Source(all, context);
        Drift(all, context);
        Gates(all, context);
        all.SetIf(Conditions.HealthOverdue, !facts.Late.IsEmpty, HealthNews.Overdue, string.Join("; ", facts.Late.Take(MaxLate))
            + (facts.Late.Length > MaxLate ? $" and {facts.Late.Length - MaxLate} more" : string.Empty));
        Ready(all, facts);
        return all.Result;
    }

    private static void RolledBack(Builder all, StatusFacts facts)
    {
        var context = facts.Context;
        if (context.Rollback is not { State: { } state } pin)
        {
            all.Clear(Conditions.RolledBack);
            return;
        }

        var until = state.Value.Contains(',', StringComparison.Ordinal) ? "until there is a newer commit" : "until that is taken off";
        var hold = $"{Revisions.Short(state.Revision)} (history entry {state.Id}) by the annotation {Annotations.RollbackTo}{(pin.By is null ? string.Empty : $", set {pin.By}")}, {until}; "
            + $"to lift it: kubectl annotate applications.{Names.Group} {context.Key.Name} -n {context.Key.Namespace} {Annotations.RollbackTo}-";
        if (context.Runtime.Inventory is not { } inventory)
        {
            // Nobody knows yet how far it is: what was said before still holds.
            return;
        }

        // A sync that is under way leaves the revision as it was, and what was applied of it is of both.
        var isThere = inventory.Header is { Revision: { } at } header && at == state.Revision
            && (header.Pending is not true || all.Has(Conditions.RolledBack, status: true));
        if (isThere)
        {
            all.Set(Conditions.RolledBack, true, "RolledBack", $"held at {hold}");
        }
        else
        {
            var (reason, message) = context.SyncBlocked ?? (facts.Result.Reason ?? "Progressing", facts.Result.Message ?? "the sync has not begun");
            all.Set(Conditions.RolledBack, false, reason, $"not there yet: {message}; is to be held at {hold}");
        }
    }

    private static void Source(Builder all, ReconcileContext context)
    {
        if (context.SourceProblem is { } problem)
        {
            all.Set(SourceReady, false, problem.Reason, problem.Message);
        }
        else if (context.Revision is not null)
        {
            all.Set(SourceReady, true, "Resolved", string.Empty);
        }

        if (context.Verification is { } verification)
        {
            all.Set(Conditions.SourceVerified, verification.IsVerified, verification.Reason, verification.Message);
        }
        else if (context.Runtime.Validation?.Spec is { AllowsAnyCommit: true })
        {
            all.Clear(Conditions.SourceVerified);
        }

        List<string> warnings = [.. context.Runtime.Validation?.Warnings ?? [], .. context.Runtime.Target?.Warnings ?? []];
        if (context.SourceWarning is { } remark)
        {
            warnings.Insert(0, remark);
        }

        // A rendering that was taken from the inventory does not know its warnings: those that were said still hold.
        if (warnings.Count > 0 || context.Runtime.Target is not { HasContent: false })
        {
            all.SetIf(SourceWarning, warnings.Count > 0, "Warning", string.Join("; ", warnings.Take(MaxWarnings)));
        }
    }

    private static void Drift(Builder all, ReconcileContext context)
    {
        var drift = context.Runtime.Drift;
        if (drift.Count > 0)
        {
            var first = drift.OrderBy(static pair => pair.Key).Take(3).Select(static pair => DriftReport.Describe(pair.Value));
            all.Set(Conditions.Drifted, true, "Drifted", $"{drift.Count} object(s): {string.Join("; ", first)}");
        }
        else if (context.Healed.Count > 0)
        {
            all.Set(Conditions.Drifted, false, "Healed", string.Join("; ", context.Healed.Take(3).Select(DriftReport.Describe)));
        }
        else if (all.Has(Conditions.Drifted, status: true) || !all.Has(Conditions.Drifted))
        {
            all.Set(Conditions.Drifted, false, "NoDrift", string.Empty);
        }

        var foreign = context.Runtime.Foreign;
        if (foreign.Count > 0)
        {
            var first = foreign.OrderBy(static pair => pair.Key).Take(3).Select(static pair => DriftReport.Describe(pair.Value.Row));
            all.Set(Conditions.ForeignFields, true, "Found", $"{foreign.Count} object(s): {string.Join("; ", first)}");
        }
        else if (context.Weeded.Count > 0)
        {
            all.Set(Conditions.ForeignFields, false, "Removed", string.Join("; ", context.Weeded.Take(3).Select(DriftReport.Describe)));
        }
        else if (context.Runtime.Validation?.Spec is { ForeignFields: ForeignFields.Allow })
        {
            all.Clear(Conditions.ForeignFields);
        }
        else if (all.Has(Conditions.ForeignFields, status: true) || !all.Has(Conditions.ForeignFields))
        {
            all.Set(Conditions.ForeignFields, false, "None", string.Empty);
        }

        if (context.Runtime.Fights is { IsRestored: true, Contested: var contested })
        {
            var more = contested.Length > MaxContested ? $" and {contested.Length - MaxContested} more" : string.Empty;
            all.SetIf(Conditions.Contested, contested.Length > 0, "Fight", string.Join("; ", contested.Take(MaxContested).Select(FightBook.Describe)) + more);
        }
    }

    private static void Gates(Builder all, ReconcileContext context)
    {
        all.SetIf(Conditions.HealBlocked, context.HealBlocked is not null, context.HealBlockedReason, context.HealBlocked ?? string.Empty);
        all.SetIf(
            Conditions.PruneBlocked, context.PruneBlocked is not null,
            context.PruneBlocked?.Reason ?? string.Empty, context.PruneBlocked?.Message ?? string.Empty);
        foreach (var type in Conditions.OfGates.Where(static type => type is not (Conditions.PruneBlocked or Conditions.SecretsInGit)))
        {
            var hold = context.Holds.Find(hold => hold.Condition == type);
            all.SetIf(type, hold is not null, hold?.Reason ?? string.Empty, hold?.Text ?? string.Empty);
        }

        Secrets(all, context);
        all.SetIf(Conditions.SharedResource, context.Shared.Count > 0, "SharedResource", string.Join("; ",
            context.Shared.OrderBy(static pair => pair.Key).Take(5).Select(static pair => $"{pair.Key} belongs to Application {pair.Value}")));
        if (context.Runtime.ForeignManagers is { } foreign)
        {
            all.SetIf(Conditions.ForeignManager, !foreign.IsEmpty, ForeignText.Reason(foreign), ForeignText.Message(foreign));
        }

        if (context.Unwatched.Count > 0)
        {
            // Of a kind that is seen nowhere the server says the same of each namespace.
            var problems = context.Unwatched.Select(static pair => $"{pair.Key.Type}: {pair.Value}").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
            all.Set(DriftWatch, false, "Unwatched", string.Join("; ", problems.Take(5)));
        }
        else
        {
            all.Clear(DriftWatch);
        }
    }

    private static void Secrets(Builder all, ReconcileContext context)
    {
        if (context.Holds.Find(static hold => hold.Condition == Conditions.SecretsInGit) is { } hold)
        {
            all.Set(Conditions.SecretsInGit, true, hold.Reason, hold.Text);
            return;
        }

        // A rendering that was taken from the inventory does not know them: what was said of it still holds.
        var policy = context.Runtime.Validation?.Spec?.SecretPolicy;
        if (policy == SecretPolicy.Allow || context.Runtime.Target is { HasContent: true })
        {
            var found = context.Runtime.Target?.Secrets ?? [];
            all.SetIf(Conditions.SecretsInGit, policy == SecretPolicy.Warn && !found.IsEmpty, SecretsGate.Warned, SecretsGate.Describe(found));
        }
    }

    private static void Ready(Builder all, StatusFacts facts)
    {
        var (context, result) = (facts.Context, facts.Result);
        var (ready, reason, message) = Judge(facts);
        all.Set(Conditions.Ready, ready, reason, message);
        var isStalled = result.Verdict == StepVerdict.Stall
            || (ready == false && (context.SyncBlocked?.Reason is RetryGate.Failed or SecretsGate.Denied or SourceProblem.InvalidAnnotation || context.Holds.Exists(static hold => hold.IsSpecError) || context.SourceProblem?.NeedsUser == true));
        all.SetIf(Conditions.Stalled, isStalled, reason, message);
        var isBusy = !isStalled && ready != true
            && (result.Verdict is StepVerdict.Wait or StepVerdict.Fail || facts.Health.Code == HealthCode.Progressing || context.Runtime.Attempt is not null);
        all.SetIf(Conditions.Reconciling, isBusy, reason, message);
    }

    private static ImmutableArray<string> Changes(ReconcileContext context) => context.Runtime.Target is { } target
        ? SourceChanges.Of(context.Spec, context.Runtime.Inventory?.Header?.Sync?.Entry, target.Revision, context.Resolved)
        : [];

    private static (bool? Ready, string Reason, string Message) Judge(StatusFacts facts)
    {
        var (context, result) = (facts.Context, facts.Result);
        if (result.Verdict is StepVerdict.Fail or StepVerdict.Stall or StepVerdict.Wait)
        {
            return (result.Verdict == StepVerdict.Wait && context.Runtime.Target is null && !context.Application.Metadata.IsTerminating ? null : false, result.Reason!, result.Message!);
        }

        if (context.SourceProblem is { } source)
        {
            return (false, source.Reason, source.Message);
        }

        if (context.Holds.Find(static hold => hold.IsSpecError) is { } unmet)
        {
            return (false, unmet.Reason, unmet.Text);
        }

        if (context.SyncBlocked is { } blocked && (facts.Sync != SyncCode.Synced || blocked.Reason is RetryGate.Failed or RetryGate.Retrying))
        {
            return (false, blocked.Reason, blocked.Message);
        }

        if (facts.Sync != SyncCode.Synced)
        {
            return context.PruneBlocked is { } prune
                ? (false, prune.Reason, prune.Message)
                : (false, "OutOfSync", "the cluster is not as the commit says; status.resources names what differs" + SourceChanges.Behind(Changes(context)));
        }

        return facts.Health.Code is HealthCode.Healthy or HealthCode.Suspended
            ? (true, "Synced", string.Empty)
            : (false, facts.Health.Code.ToString(), facts.Health.Message ?? string.Empty);
    }

    private sealed class Builder
    {
        private readonly long _generation;
        private readonly DateTimeOffset _now;

        public Builder(ImmutableArray<Condition> before, long generation, DateTimeOffset now)
        {
            Result = before;
            _generation = generation;
            _now = now;
        }

        public ImmutableArray<Condition> Result { get; private set; }

        public bool Has(string type) => Result.Any(item => item.Type == type);

        public bool Has(string type, bool status) => Result.Any(item => item.Type == type && item.IsTrue == status);

        public void Set(string type, bool? status, string reason, string message) =>
            Result = Result.Set(type, status, reason, message, _generation, _now);

        public void Clear(string type) => Result = Result.Clear(type);

        public void SetIf(string type, bool holds, string reason, string message)
        {
            if (holds)
            {
                Set(type, true, reason, message);
            }
            else
            {
                Clear(type);
            }
        }
    }
}
