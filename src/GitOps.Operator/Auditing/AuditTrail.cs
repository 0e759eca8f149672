using System.Globalization;
using GitOps.Kubernetes.Events;
using GitOps.Kubernetes.Http;
using GitOps.Operator.Api;
using GitOps.Operator.Status;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Auditing;

/// <summary>
/// Tells of every change that the operator makes to the cluster: one line of the log each, and an event for the first of a pass; what
/// the first sync of an Application creates has one event together.
/// It is told by the Kubernetes client, through which all writes go, so that none can be left out. What only the operator itself
/// reads (the status, inventories, the lease, events, reviews) is no change in this sense.
/// </summary>
internal sealed class AuditTrail
{
    /// <summary>The category of the lines.</summary>
    public const string Category = "GitOps.Audit";

    /// <summary>Changes of one pass that have an event each. Of more, one event tells at its end.</summary>
    public const int MaxEvents = 20;

    /// <summary>Nobody asked for it, or nobody knows who.</summary>
    public const string Unasked = "automated";

    private readonly ILogger _log;

    public AuditTrail(ILoggerFactory logs) => _log = logs.CreateLogger(Category);

    /// <summary>Where events go; null: nowhere yet.</summary>
    public OperatorEvents? Events { get; set; }

    /// <summary>Told by the client, in the flow of whoever writes.</summary>
    public void Written(CompletedWrite write)
    {
        if (IsOwnRecord(write))
        {
            return;
        }

        var scope = AuditScope.Current;
        var purpose = scope?.PurposeOf(write.Key);
        if (write.ResourceVersion is { } version && version == purpose?.Version)
        {
            // It was as it was to be.
            return;
        }

        if (write.Code == 409 && purpose is { IsFirstContact: true })
        {
            // The question whether others own it: it is read, and then written.
            return;
        }

        var reason = ReasonOf(write, purpose);
        var isDone = write.Code is >= 200 and < 300;
        Tell(write, scope, reason, purpose, isDone);
        if (!isDone || scope is not { Application: { } application })
        {
            return;
        }

        if (purpose is { IsFirstSync: true, Reason: AuditReason.Sync } && write.Code == 201)
        {
            // An event for each would double the requests of the very passes that make the most of them.
            scope.CountCreated(write.Type.Kind, Ended);
        }
        else if (scope.Count(Ended) <= MaxEvents)
        {
            Events?.Changed(
                application, EventReason(reason), reason.ToString(),
                $"{write.Verb} {write.Key}: {Outcome(write)}{(purpose?.Fields is { Count: > 0 } fields ? $" ({string.Join(", ", fields)})" : string.Empty)}",
                new ObjectReference(write.Type.ApiVersion, write.Type.Kind, write.Namespace, write.Name));
        }
    }

    internal static string EventReason(AuditReason reason) => reason switch
    {
        AuditReason.Heal => "ObjectHealed",
        AuditReason.Adopt => "ObjectAdopted",
        AuditReason.Prune or AuditReason.Delete => "ObjectDeleted",
        AuditReason.Hook => "HookChanged",
        _ => "ObjectChanged",
    };

    private static AuditReason ReasonOf(CompletedWrite write, AuditPurpose? purpose) => purpose switch
    {
        // A patch beside an apply ends the shares of former tools.
        { Reason: AuditReason.Sync or AuditReason.Rollback } when write.Verb == "patch" => AuditReason.Adopt,
        { IsFirstContact: true, Reason: not AuditReason.Heal } when write.Code == 200 => AuditReason.Adopt,
        { } known => known.Reason,
        null when write.Type.Group == Names.Group => write.Type.Kind == Names.ApplicationKind ? AuditReason.Request : AuditReason.Approval,
        null when write.Type is { Group: "", Kind: "Secret" or "Namespace" } && AuditScope.Current is null => AuditReason.Setup,
        null => AuditReason.Other,
    };

    private static string Outcome(CompletedWrite write) => write switch
    {
        { Code: 0 } => "unknown: no answer",
        { Code: >= 200 and < 300, Verb: "delete" } => write.IsPending ? "deleting" : "deleted",
        { Code: 201 } => "created",
        { Code: >= 200 and < 300 } => "changed",
        _ => string.Create(CultureInfo.InvariantCulture, $"refused: {write.Code} {write.Reason}"),
    };

    private static bool IsOwnRecord(CompletedWrite write) => write.Type.Group switch
    {
        "events.k8s.io" or "authentication.k8s.io" or "authorization.k8s.io" => true,
        Names.Group => write.Type.Kind == Names.ResourceInventory.Kind || write.Resource.EndsWith("/status", StringComparison.Ordinal),
        _ => false,
    };

    /// <summary>A pass has ended: what had no event of its own is told in one.</summary>
    private void Ended(AuditScope pass)
    {
        if (pass.Application is not { } application)
        {
            return;
        }

        if (pass.Created is { } created)
        {
            var kinds = string.Join(", ", created.OrderBy(static kind => kind.Key, StringComparer.Ordinal).Select(static kind => $"{kind.Value} {kind.Key}"));
            Events?.Normal(
                application, "ObjectsCreated", nameof(AuditReason.Sync),
                string.Create(CultureInfo.InvariantCulture, $"the first sync created {created.Values.Sum()} object(s): {kinds}; the log of {Category} has each"));
        }

        if (pass.Changes is > MaxEvents and var changes)
        {
            Events?.Normal(
                application, "ManyChanges", "Audit",
                string.Create(CultureInfo.InvariantCulture, $"{changes} changes in one pass, {changes - MaxEvents} of them without an event: the log of {Category} has each"));
        }
    }

    private void Tell(CompletedWrite write, AuditScope? scope, AuditReason reason, AuditPurpose? purpose, bool isDone)
    {
        var level = isDone ? LogLevel.Information : LogLevel.Warning;
        if (!_log.IsEnabled(level))
        {
            return;
        }

        var facts = scope?.Facts;
        var (application, why, outcome) = (scope?.Key?.ToString() ?? string.Empty, reason.ToString().ToLowerInvariant(), Outcome(write));
        var (type, paths) = (write.Type, purpose?.Fields is { } fields ? string.Join(", ", fields) : string.Empty);
        var (revision, author, operation) = (facts?.Revision ?? string.Empty, facts?.Author ?? string.Empty, facts?.Operation ?? string.Empty);
        var (approver, trigger) = (facts?.Approver ?? string.Empty, purpose?.Trigger ?? facts?.Trigger ?? string.Empty);

        // Who asked for the sync has not asked for what has a cause of its own.
        var initiator = purpose is { Trigger: not null } ? purpose.By ?? Unasked : facts?.Initiator ?? Unasked;
        var (@as, request) = (write.As ?? string.Empty, write.AuditId ?? string.Empty);
        if (isDone)
        {
            Log.Changed(
                _log, application, why, write.Verb, type.Group, type.Kind, write.Namespace, write.Name, outcome, paths, revision, author, operation, initiator,
                trigger, approver, @as, request);
        }
        else
        {
            Log.Refused(
                _log, application, why, write.Verb, type.Group, type.Kind, write.Namespace, write.Name, outcome, paths, revision, author, operation, initiator,
                trigger, approver, @as, request);
        }
    }
}
