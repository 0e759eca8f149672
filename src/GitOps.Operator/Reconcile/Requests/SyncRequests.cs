using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GitOps.Operator.Api;
using GitOps.Operator.Status;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Reconcile.Requests;

/// <summary>
/// Syncs that are asked for, by the field <c>operation</c> or the annotation <c>sync</c>: finds the one to deal with, and ends
/// it. There is one operation at a time: what is asked for meanwhile waits.
/// </summary>
internal sealed class SyncRequests
{
    private const int LongestToken = 128;

    private readonly ApplicationPatches _patches;
    private readonly TrustPolicy _policy;
    private readonly OperatorEvents _events;
    private readonly ILogger<SyncRequests> _log;

    public SyncRequests(ApplicationPatches patches, TrustPolicy policy, OperatorEvents events, ILogger<SyncRequests> log)
    {
        _patches = patches;
        _policy = policy;
        _events = events;
        _log = log;
    }

    /// <summary>Sets the request of this pass, if there is one: that of the operation under way, else a new one.</summary>
    public void Find(ReconcileContext context)
    {
        var runtime = context.Runtime;
        if (runtime.Operation is { } running)
        {
            if (running.Asked is { } asked)
            {
                Continue(context, asked, running.Revision);
            }

            return;
        }

        if (New(context) is { } request)
        {
            context.Request = request;
            Aim(context, request.Revisions);
        }
        else if (runtime.Attempt is { Permanent: false, Asked: { } repeated } attempt)
        {
            Continue(context, repeated, attempt.Revision);
        }
    }

    /// <summary>Whether this is a request that no attempt was made at yet.</summary>
    public static bool IsNew(ReconcileContext context) => context is { Request: { } request, Runtime: { Operation: null } runtime }
        && !IsRepeated(runtime, request.Asked);

    /// <summary>Ends a request in words, before anything was done for it.</summary>
    public void Refuse(ReconcileContext context, AskedSync asked, string message)
    {
        var runtime = context.Runtime;
        var now = context.Now;
        runtime.Finished = new()
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"refused-{now.ToUnixTimeMilliseconds()}"),
            Phase = OperationPhase.Error,
            Message = message,
            StartedAt = now,
            FinishedAt = now,
            Trigger = asked.Trigger,
            InitiatedBy = asked.InitiatedBy,
            Operation = asked.Text.Length > StatusLimits.Request ? null : asked.Operation,
            Token = asked.Token,
        };
        if (asked.Trigger == SyncTrigger.Operation)
        {
            // Taken off by the next pass: only then is what is said of it stored.
            runtime.Refused = asked.Text;
            context.LookAgain(now);
        }

        runtime.SyncToken = asked.Token ?? runtime.SyncToken;
        runtime.PolledFor = null;
        context.Request = null;
        Log.RequestRefused(_log, context.Key, message);
        _events.Warning(context.Application, "OperationRefused", "Sync", message);
    }

    /// <summary>Takes off what was refused in the pass before.</summary>
    public async Task ClearRefusedAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        if (context.Runtime.Refused is { } refused)
        {
            if (InField(context, out _)?.Text == refused)
            {
                await _patches.RemoveOperationAsync(context, cancellationToken);
            }

            context.Runtime.Refused = null;
        }
    }

    /// <summary>The request has been done, or has failed for good: takes it off, or remembers it.</summary>
    public async Task EndAsync(ReconcileContext context, AskedSync? asked, CancellationToken cancellationToken)
    {
        context.Runtime.PolledFor = null;
        if (asked?.Trigger == SyncTrigger.Annotation)
        {
            context.Runtime.SyncToken = asked.Token;
        }
        else if (asked is not null && InField(context, out _)?.Text == asked.Text)
        {
            await _patches.RemoveOperationAsync(context, cancellationToken);
        }
    }

    /// <summary>It has failed, and is going to be tried again.</summary>
    private static bool IsRepeated(ApplicationRuntime runtime, AskedSync asked) =>
        runtime.Attempt is { Permanent: false, Asked: { } open } && open.Text == asked.Text;

    /// <summary>What was asked for while another sync ran has its turn.</summary>
    public static void LookForMore(ReconcileContext context)
    {
        if (context.Runtime.Operation is null && (InField(context, out _) ?? ByAnnotation(context)) is { } asked && !IsRepeated(context.Runtime, asked))
        {
            context.LookAgain(context.Now);
        }
    }

    private void Continue(ReconcileContext context, AskedSync asked, string revision)
    {
        var errors = new SpecErrors();
        var request = OperationRules.Check(asked, context.Application, context.Spec, _policy, errors);
        context.Request = errors.IsEmpty ? request : new(asked, context.Spec);

        // A person who syncs by hand gets the commit that was there to be seen; one who does not is always on the way to the newest.
        var isHeld = !context.Spec.Automated || context.Rollback is not null;
        Aim(context, isHeld ? [.. Revisions.Split(revision)] : []);
    }

    private static void Aim(ReconcileContext context, ImmutableArray<string?> revisions)
    {
        var isAutomated = context.Spec.Automated;
        context.Spec = context.Request!.Spec;
        if (revisions.Length == context.Spec.Sources.Length && !isAutomated && context.Rollback is null)
        {
            context.Wanted = revisions;
            context.IsExact = true;
        }
    }

    private SyncRequest? New(ReconcileContext context)
    {
        var errors = new SpecErrors();
        var asked = InField(context, out var misread) ?? ByAnnotation(context);
        if (asked is null || asked.Text == context.Runtime.Refused || IsRepeated(context.Runtime, asked))
        {
            return null;
        }

        if (asked.Trigger == SyncTrigger.Operation)
        {
            foreach (var error in misread)
            {
                errors.Add(error);
            }
        }

        var request = OperationRules.Check(asked, context.Application, context.Spec, _policy, errors);
        if (errors.IsEmpty)
        {
            return request;
        }

        Refuse(context, asked, string.Join("; ", errors.ToSorted()));
        return null;
    }

    private static AskedSync? InField(ReconcileContext context, out IEnumerable<SpecError> misread)
    {
        misread = [];
        var application = context.Application;
        if (application.RawOperation is not { } raw || application.Metadata.Generation < context.Runtime.RequestsFrom)
        {
            return null;
        }

        var errors = new SpecErrors();
        var operation = OperationRules.Read(raw, errors);
        misread = errors.ToSorted();
        var by = application.AskedBy.GetValueOrDefault(Asker.Operation);
        return new(SyncTrigger.Operation, operation, null, operation.InitiatedBy ?? new() { Username = by?.Manager });
    }

    private static AskedSync? ByAnnotation(ReconcileContext context)
    {
        var application = context.Application;
        if (!application.Metadata.Annotations.TryGetValue(Annotations.Sync, out var value) || value.Length == 0)
        {
            return null;
        }

        var token = value.Length <= LongestToken ? value : $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)))}";
        var by = application.AskedBy.GetValueOrDefault(Annotations.Sync);
        return token == context.Runtime.SyncToken
            ? null
            : new(SyncTrigger.Annotation, OperationRules.OfAnnotation(context.Spec), token, new() { Username = by?.Manager });
    }
}
