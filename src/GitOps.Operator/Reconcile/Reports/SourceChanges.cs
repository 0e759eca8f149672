using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Reconcile.Sources;
using GitOps.Operator.Render;

namespace GitOps.Operator.Reconcile.Reports;

/// <summary>Which of several sources are otherwise than at the last sync, a sentence for each. Pure: the same facts give the same text.</summary>
internal static class SourceChanges
{
    private const string Tags = "refs/tags/";

    /// <param name="spec">Of the Application.</param>
    /// <param name="before">The last sync of everything; null: none is known.</param>
    /// <param name="revision">Of all sources: what is synced, or would be.</param>
    /// <param name="resolved">What they were resolved to, which may be something else; null: they were not.</param>
    /// <returns>Empty: there is one source, or no sync before, or nothing is otherwise.</returns>
    public static ImmutableArray<string> Of(ValidatedSpec spec, HistoryEntry? before, string revision, ResolvedSources? resolved)
    {
        var now = Revisions.Split(revision);
        if (!spec.HasSeveralSources || now.Length != spec.Sources.Length || before?.FullRevision is not { } known)
        {
            return [];
        }

        var (then, sources) = (Revisions.Split(known), before.AllSources);
        var changes = ImmutableArray.CreateBuilder<string>();
        for (var i = 0; i < now.Length; i++)
        {
            var source = spec.Sources[i];
            var tag = resolved is not null && resolved.Items[i] is { Ref: { } name } item && item.Revision == now[i] && name.StartsWith(Tags, StringComparison.Ordinal)
                ? name[Tags.Length..] : null;
            if (i >= then.Length || i >= sources.Length || sources[i].RepoUrl != source.RepoUrl || sources[i].Chart.NullIfEmpty() != source.Chart.NullIfEmpty())
            {
                changes.Add($"{Named(source)} is new, at {Worded(now[i], tag)}");
            }
            else if (then[i] != now[i])
            {
                var isAsked = sources[i].TargetRevision != source.Revision;
                changes.Add($"{Named(source)} {Worded(then[i], isAsked ? sources[i].TargetRevision : null)} → {Worded(now[i], tag ?? (isAsked ? source.Revision : null))}");
            }
            else if (sources[i].Hash != RenderOptions.HashOf(spec, source))
            {
                changes.Add($"{Named(source)} has other settings, at {Worded(now[i], tag)}");
            }
        }

        if (sources.Length > now.Length)
        {
            changes.Add($"of {sources.Length} sources {now.Length} are left");
        }

        return changes.ToImmutable();
    }

    /// <summary>Behind a message; nothing where nothing changed.</summary>
    public static string Behind(ImmutableArray<string> changes) => changes.IsEmpty ? string.Empty : $"; {string.Join("; ", changes)}";

    private static string Named(CheckedSource source)
    {
        var names = string.Join(", ", new[] { source.Chart is null ? null : $"chart {source.Chart}", source.Name, source.Ref is null ? null : $"ref {source.Ref}" }.OfType<string>());
        return $"{source.Field} {source.RepoUrl}{(names.Length == 0 ? string.Empty : $" ({names})")}";
    }

    private static string Worded(string revision, string? name) =>
        Revisions.Short(revision) is var text && (name is null or "" || revision.StartsWith(name, StringComparison.Ordinal)) ? text : $"{name} ({text})";
}
