using System.Globalization;
using GitOps.Operator.Api;
using GitOps.Operator.Reconcile.Sources;
using GitOps.Operator.Render;
using GitOps.Operator.Status;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Reconcile.Requests;

/// <summary>
/// The annotation <c>rollback-to</c>: <c>ID</c> keeps the Application at that history entry's commit until it is taken off,
/// <c>ID,until-newer</c> until there is a newer commit. The emergency brake; the rollback to live with is <c>git revert</c>.
/// </summary>
internal sealed class Rollbacks
{
    private const string UntilNewer = "until-newer";
    private const int MaxNamed = 10;

    private readonly SourceAccess _access;
    private readonly OperatorEvents _events;
    private readonly ILogger<Rollbacks> _log;

    public Rollbacks(SourceAccess access, OperatorEvents events, ILogger<Rollbacks> log)
    {
        _access = access;
        _events = events;
        _log = log;
    }

    /// <summary>What the annotation says; null: it makes no sense.</summary>
    public static (long Id, bool UntilNewer)? Read(string value)
    {
        var parts = value.Split(',', StringSplitOptions.TrimEntries);
        return parts.Length <= 2 && (parts.Length == 1 || parts[1] == UntilNewer)
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                ? (id, parts.Length == 2)
                : null;
    }

    /// <summary>Holds the pass at the entry's commit, or says why it cannot.</summary>
    public void Apply(ReconcileContext context)
    {
        var runtime = context.Runtime;
        if (!context.Application.Metadata.Annotations.TryGetValue(Annotations.RollbackTo, out var value))
        {
            if (runtime.Rollback is { } former)
            {
                runtime.Rollback = null;
                Say(context, "RollbackLifted", former.ReleasedBy is null
                    ? $"no longer held at {Revisions.Short(former.Revision)} (history entry {former.Id})"
                    : $"the annotation {Annotations.RollbackTo} is gone");
            }

            return;
        }

        if (Read(value) is not { } wanted)
        {
            context.InvalidAnnotation = $"annotation {Annotations.RollbackTo}: '{value}' is neither the id of a history entry nor 'ID,{UntilNewer}'; {Entries(context)}";
            return;
        }

        if (runtime.Rollback?.Value != value)
        {
            if (Begin(context, value, wanted.Id) is not { } begun)
            {
                return;
            }

            runtime.Rollback = begun;
        }

        if (wanted.UntilNewer)
        {
            Release(context);
        }

        if (runtime.Rollback is { ReleasedBy: null } state)
        {
            context.Rollback = new(state, context.Application.AskedBy.GetValueOrDefault(Annotations.RollbackTo));
            context.Wanted = [.. Revisions.Split(state.Revision)];
            context.IsExact = true;
            if (!context.Spec.Suspended)
            {
                // Setting the annotation is what asks for it, also where nothing else is synced without being asked for.
                context.Spec = context.Spec with { Automated = true };
            }
        }
    }

    private RollbackState? Begin(ReconcileContext context, string value, long id)
    {
        if (context.Runtime.Status.History.FirstOrDefault(entry => entry.Id == id) is not { FullRevision: { } revision } entry)
        {
            context.InvalidAnnotation = $"annotation {Annotations.RollbackTo}: there is no history entry {id}; {Entries(context)}";
            return null;
        }

        if (Difference(entry, revision, context.Spec) is { } difference)
        {
            context.InvalidAnnotation = $"annotation {Annotations.RollbackTo}: {difference.Field} was changed after history entry {id} ({difference.What}); "
                + "set it back, or choose an entry from after that";
            return null;
        }

        Say(context, "RollbackStarted", $"going back to {Revisions.Short(revision)} (history entry {id})"
            + (context.Application.AskedBy.GetValueOrDefault(Annotations.RollbackTo) is { } by ? $", asked for {by}" : string.Empty));
        return new() { Value = value, Id = id, Revision = revision, Since = context.Now, Newest = Newest(context) };
    }

    /// <summary>What is other in the spec than it was for an entry; null: nothing that is known.</summary>
    private static (string Field, string What)? Difference(HistoryEntry entry, string revision, ValidatedSpec spec)
    {
        var count = Revisions.Split(revision).Length;
        if (count != spec.Sources.Length)
        {
            return (spec.HasSeveralSources ? "spec.sources" : "spec.source", $"sources then: {count}");
        }

        foreach (var (was, source) in entry.AllSources.Zip(spec.Sources))
        {
            var path = source.Path.Length == 0 ? "." : source.Path;
            if (was.Hash != RenderOptions.HashOf(spec, source))
            {
                return (source.Field is "spec.source" || !spec.HasSeveralSources ? "spec.source" : source.Field,
                    was.RepoUrl != source.RepoUrl ? $"repoURL was {was.RepoUrl}"
                    : was.Chart != source.Chart.NullIfEmpty() ? $"chart was {was.Chart ?? "not set"}"
                    : was.Path is not null && was.Path != path ? $"path was {was.Path}"
                    : "its options were others");
            }
        }

        return null;
    }

    private void Release(ReconcileContext context)
    {
        var runtime = context.Runtime;
        if (runtime.Rollback is not { ReleasedBy: null } state || Newest(context) is not { } newest)
        {
            return;
        }

        if (state.Newest is null)
        {
            runtime.Rollback = state with { Newest = newest };
        }
        else if (newest != state.Newest)
        {
            runtime.Rollback = state with { ReleasedBy = newest };
            Say(context, "RollbackReleased", $"{Revisions.Short(newest)} is newer than what was rolled back: it ends the stay at {Revisions.Short(state.Revision)}");
        }
    }

    /// <summary>What the spec's own revision is now; null: not known at this moment.</summary>
    private string? Newest(ReconcileContext context) => _access.Known(context.Spec);

    private static string Entries(ReconcileContext context)
    {
        var history = context.Runtime.Status.History;
        return history.IsEmpty
            ? "status.history is empty"
            : $"status.history has {string.Join(", ", history.TakeLast(MaxNamed).Select(static entry => $"{entry.Id} ({Revisions.Short(entry.FullRevision ?? string.Empty)})"))}";
    }

    private void Say(ReconcileContext context, string reason, string what)
    {
        Log.RolledBack(_log, context.Key, what);
        _events.Normal(context.Application, reason, "Sync", what);
    }
}
