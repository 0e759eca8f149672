using System.Collections.Immutable;

namespace GitOps.Operator.Model.Schedules;

/// <summary>Whether a sync may run at a time, and how long that holds.</summary>
/// <param name="Forbidding">The deny windows that are open, else the allow windows, none of which is; empty: it may run.</param>
/// <param name="ChangesAt">When it is otherwise; null: not within what was looked at.</param>
/// <param name="LookAgain">The same, or where looking ended.</param>
internal sealed record WindowVerdict(ImmutableArray<SyncWindow> Forbidding, DateTimeOffset? ChangesAt, DateTimeOffset LookAgain)
{
    public bool Allows => Forbidding.IsEmpty;
}

/// <summary>
/// Argo CD's rules: no window, no rule; a deny window that is open forbids; else an allow window that is open allows; else, if
/// there are allow windows at all, it is forbidden. Pure.
/// </summary>
internal static class SyncWindows
{
    // Three days of a window that opens every minute.
    private const int MaxLooks = 5000;
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(366);

    /// <param name="windows">Of the Application; one at least.</param>
    /// <param name="at">The time it is about.</param>
    /// <param name="isManual">A person asked for the sync.</param>
    /// <param name="startedAt">When the sync under way began; null: none is.</param>
    public static WindowVerdict Judge(ImmutableArray<SyncWindow> windows, DateTimeOffset at, bool isManual, DateTimeOffset? startedAt)
    {
        var forbidding = Forbidding(windows, at, isManual, startedAt);
        var look = at;
        for (var i = 0; i < MaxLooks && look - at < Horizon; i++)
        {
            look = windows.Min(window => window.NextLook(look));
            if (Forbidding(windows, look, isManual, startedAt).IsEmpty != forbidding.IsEmpty)
            {
                return new(forbidding, look, look);
            }
        }

        return new(forbidding, null, look);
    }

    private static ImmutableArray<SyncWindow> Forbidding(
        ImmutableArray<SyncWindow> windows, DateTimeOffset at, bool isManual, DateTimeOffset? startedAt)
    {
        var open = windows.RemoveAll(window => !window.IsOpen(at));
        var forbidding = open.RemoveAll(static window => window.Kind == WindowKind.Allow);
        if (forbidding.IsEmpty)
        {
            if (!open.IsEmpty)
            {
                return [];
            }

            forbidding = windows.RemoveAll(static window => window.Kind == WindowKind.Deny);
        }

        var passes = (isManual && forbidding.All(static window => window.ManualSync))
            || (startedAt is { } start && forbidding.All(static window => window.SyncOverrun)
                && Forbidding(windows, start, isManual, startedAt: null).IsEmpty);
        return passes ? [] : forbidding;
    }
}
