using GitOps.Kubernetes.Resources;
using GitOps.Operator.Model;

namespace GitOps.Operator.Api;

/// <summary>
/// From a spec as written to one that can be acted on, or to all that is wrong with it. Pure: the same spec and policy give
/// the same answer.
/// </summary>
internal static class SpecValidator
{
    public const string InClusterServer = "https://kubernetes.default.svc";
    public const string InClusterName = "in-cluster";

    private const int DefaultHistoryLimit = 10;

    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxInterval = TimeSpan.FromHours(24);

    public static SpecValidation Validate(ApplicationResource application, TrustPolicy policy)
    {
        var errors = new SpecErrors();
        foreach (var misfit in application.ShapeErrors)
        {
            errors.Invalid(misfit.Path, $"expected {misfit.Expected}");
        }

        SpecFields.Check(application.RawSpec, errors);
        var spec = application.Spec;
        var sources = SourceRules.Check(application, policy, errors);
        CheckProject(spec, errors);
        CheckDestination(spec.Destination, errors);
        var options = SyncOptionRules.Check(spec.SyncPolicy?.SyncOptions ?? [], SyncOptionRules.SpecPath, errors);
        var warnings = ApplicationAnnotationRules.Check(application.Metadata.Annotations, errors);
        var ignored = IgnoreRuleReader.Check(spec.IgnoreDifferences, IgnoreRuleReader.SpecPath, errors);
        warnings = [.. warnings, .. IgnoreRuleReader.Warnings(spec.IgnoreDifferences), .. SourceRules.Warnings(spec)];
        var identity = Identity(application.Metadata.Namespace, spec.ServiceAccountName, policy, errors);
        var automated = spec.SyncPolicy?.Automated;
        var isAutomated = automated is not null && automated.Enabled != false;
        var heals = Heals(spec.Drift, automated, errors);
        var validated = new ValidatedSpec
        {
            Sources = sources,
            DestinationNamespace = spec.Destination?.Namespace.NullIfEmpty(),
            Automated = isAutomated,
            Prune = automated?.Prune == true,
            AllowEmpty = automated?.AllowEmpty == true,
            Heal = heals && isAutomated,
            ForeignFields = Foreign(spec.Drift?.ForeignFields, heals && automated is not null, errors),
            ForeignManagers = policy.ForeignManagers,
            Options = options,
            Ignored = ignored.With(policy.Ignored),
            ManagedNamespace = NamespaceRules.Check(spec, application.RawSpec, options, errors),
            MigrationManager = Annotations.Find(application.Metadata.Annotations, Annotations.MigrationManager)?.Trim(),
            Suspended = spec.Suspend == true,
            SecretPolicy = Secrets(spec.SecretPolicy, policy.Secrets, errors),
            Interval = Interval(spec.Interval, errors),
            Retry = RetryRules.Check(spec.SyncPolicy?.Retry, errors),
            Deadlines = DeadlineRules.Check(spec.Deadlines, errors),
            DeletionBudget = Budget(spec.DeletionBudget, errors),
            SyncWindows = SyncWindowRules.Check(spec.SyncWindows, errors),
            ApprovalRequired = spec.Approval?.Required == true,
            DependsOn = DependencyRules.Check(application.Key, spec.DependsOn, policy, errors),
            Impersonation = identity,
            RevisionHistoryLimit = HistoryLimit(spec.RevisionHistoryLimit, errors),
        };

        if (validated is { ApprovalRequired: true, RevisionHistoryLimit: 0 })
        {
            errors.Contradiction("spec.revisionHistoryLimit", "spec.approval.required records who approved in the history; leave it out or set 1 or more");
        }

        return errors.IsEmpty ? new(validated, []) { Warnings = warnings } : new(null, errors.ToSorted());
    }

    /// <param name="word">As written.</param>
    /// <param name="heals">Whether changes of others are undone at all; while automation is switched off, nothing is.</param>
    /// <param name="errors">Takes what is wrong with it.</param>
    private static ForeignFields Foreign(string? word, bool heals, SpecErrors errors)
    {
        switch (word)
        {
            case null or "Allow":
                return ForeignFields.Allow;
            case "Report":
                return ForeignFields.Report;
            case "Remove" when !heals:
                errors.Contradiction(
                    "spec.drift.foreignFields", "Remove undoes what others do, but their changes are not healed; add syncPolicy.automated.selfHeal, or set Report");
                return ForeignFields.Allow;
            case "Remove":
                return ForeignFields.Remove;
            default:
                errors.Invalid("spec.drift.foreignFields", $"'{word}' is not one of Allow, Report, Remove");
                return ForeignFields.Allow;
        }
    }

    private static SecretPolicy Secrets(string? word, SecretPolicy ofOperator, SpecErrors errors)
    {
        if (word is null)
        {
            return ofOperator;
        }

        if (!Enum.GetNames<SecretPolicy>().Contains(word, StringComparer.Ordinal))
        {
            errors.Invalid("spec.secretPolicy", $"'{word}' is not one of Deny, Warn, Allow");
            return ofOperator;
        }

        var policy = Enum.Parse<SecretPolicy>(word);
        if (ofOperator == SecretPolicy.Deny && policy < ofOperator)
        {
            errors.Contradiction(
                "spec.secretPolicy", $"{word} is weaker than --secret-policy deny, which the operator enforces; remove it, and say on an object why it may have a secret ({Annotations.AllowSecret})");
        }

        return policy;
    }

    /// <summary>Whether drift is set back; absent: as <c>automated.selfHeal</c> says.</summary>
    private static bool Heals(DriftSpec? drift, AutomatedSpec? automated, SpecErrors errors)
    {
        switch (drift?.Mode)
        {
            case null:
                return automated?.SelfHeal == true;
            case "Heal" when automated is null:
                errors.Contradiction("spec.drift.mode", "Heal writes, but without syncPolicy.automated nothing is written; add it, or set Report");
                return false;
            case "Heal" when automated.SelfHeal == false:
                errors.Contradiction("spec.drift.mode", "Heal contradicts syncPolicy.automated.selfHeal: false; remove one of the two");
                return false;
            case "Heal":
                return true;
            case "Report" when automated?.SelfHeal == true:
                errors.Contradiction("spec.drift.mode", "Report contradicts syncPolicy.automated.selfHeal: true; remove one of the two");
                return false;
            case "Report":
                return false;
            default:
                errors.Invalid("spec.drift.mode", $"'{drift.Mode}' is not one of Heal, Report");
                return false;
        }
    }

    private static Impersonation? Identity(string @namespace, string? account, TrustPolicy policy, SpecErrors errors)
    {
        if (account is { Length: > 0 } && !KubernetesNames.IsSubdomain(account))
        {
            errors.Invalid("spec.serviceAccountName", $"'{account}' is no name of a ServiceAccount of the Application's namespace");
            return null;
        }

        if (account is { Length: > 0 })
        {
            return Impersonation.ServiceAccount(@namespace, account);
        }

        if (policy.Trusts(@namespace))
        {
            return null;
        }

        if (policy.DefaultServiceAccount is { Length: > 0 } standard)
        {
            return Impersonation.ServiceAccount(@namespace, standard);
        }

        errors.Add(new("spec.serviceAccountName", SpecErrorReason.ImpersonationRequired,
            $"namespace {@namespace} is not trusted: name a ServiceAccount of this namespace to deploy as"));
        return null;
    }

    private static void CheckProject(ApplicationSpec spec, SpecErrors errors)
    {
        if (spec.Project is not (null or "" or "default"))
        {
            errors.Unsupported("spec.project", $"projects are not supported yet; leave it out or set default instead of '{spec.Project}'");
        }
    }

    private static void CheckDestination(ApplicationDestination? destination, SpecErrors errors)
    {
        var (server, name) = (destination?.Server.NullIfEmpty(), destination?.Name.NullIfEmpty());
        if (server is not null && name is not null)
        {
            errors.Invalid("spec.destination", "set server or name, not both");
            return;
        }

        if (server is not null && server.TrimEnd('/') != InClusterServer)
        {
            errors.Unsupported("spec.destination.server", $"other clusters are not supported yet; leave it out or set {InClusterServer}");
        }

        if (name is not null && name != InClusterName)
        {
            errors.Unsupported("spec.destination.name", $"other clusters are not supported yet; leave it out or set {InClusterName}");
        }

        if (destination?.Namespace.NullIfEmpty() is { } @namespace && !KubernetesNames.IsLabel(@namespace))
        {
            errors.Invalid("spec.destination.namespace", $"'{@namespace}' is no name of a namespace");
        }
    }

    private static TimeSpan Interval(string? text, SpecErrors errors)
    {
        if (text is null)
        {
            return DefaultInterval;
        }

        if (!GoDuration.TryParse(text, out var interval))
        {
            errors.Invalid("spec.interval", $"'{text}' is no duration; write for example 30s or 1m30s");
        }
        else if (interval < MinInterval || interval > MaxInterval)
        {
            errors.Invalid("spec.interval", $"'{text}' is not between {GoDuration.Format(MinInterval)} and {GoDuration.Format(MaxInterval)}");
        }

        return interval;
    }

    private static DeletionBudget? Budget(DeletionBudgetSpec? budget, SpecErrors errors)
    {
        if (budget is null)
        {
            return null;
        }

        if (budget is { MaxObjects: null, MaxPercent: null })
        {
            errors.Invalid("spec.deletionBudget", "limits nothing; set maxObjects or maxPercent, or leave it out");
        }

        if (budget.MaxObjects < 0)
        {
            errors.Invalid("spec.deletionBudget.maxObjects", "must be 0 or more");
        }

        if (budget.MaxPercent is < 0 or > 100)
        {
            errors.Invalid("spec.deletionBudget.maxPercent", "must be between 0 and 100");
        }

        return new(budget.MaxObjects, budget.MaxPercent);
    }

    private static int HistoryLimit(long? limit, SpecErrors errors)
    {
        if (limit is < 0 or > StatusLimits.History)
        {
            errors.Invalid("spec.revisionHistoryLimit", $"must be between 0 and {StatusLimits.History}");
            return DefaultHistoryLimit;
        }

        return (int)(limit ?? DefaultHistoryLimit);
    }
}
