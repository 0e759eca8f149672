using System.Collections.Immutable;

namespace GitOps.Operator.Reconcile.Fights;

/// <summary>How often one field of one object was put right, and against whom.</summary>
/// <param name="Heals">In this fight.</param>
/// <param name="Since">The first of them.</param>
/// <param name="Last">The last one.</param>
internal sealed record Fight(int Heals, DateTimeOffset Since, DateTimeOffset Last)
{
    /// <summary>So many heals within <see cref="Calm"/> make the field contested.</summary>
    public const int ContestedFrom = 5;

    /// <summary>More managers of one field are not named.</summary>
    public const int MaxManagers = 5;

    /// <summary>Without a heal for this long a fight is over.</summary>
    public static readonly TimeSpan Calm = TimeSpan.FromMinutes(30);

    private static readonly int[] PausesInSeconds = [0, 2, 6, 18, 54, 162, 300];

    /// <summary>Once contested, a field is so until the fight is over.</summary>
    public bool IsContested { get; init; }

    /// <summary>Those whose changes were undone, sorted; none where the server recorded nobody.</summary>
    public ImmutableArray<string> Managers { get; init; } = [];

    /// <summary>When it is over, if nothing happens.</summary>
    public DateTimeOffset EndsAt => Last + Calm;

    /// <summary>When the next heal may be made.</summary>
    public DateTimeOffset NotBefore => Last + Pause(Heals);

    // Of the heals before this one, the newest that can still count.
    private ImmutableArray<DateTimeOffset> Recent { get; init; } = [];

    /// <summary>How long to wait after so many heals or failures.</summary>
    public static TimeSpan Pause(int count) => TimeSpan.FromSeconds(PausesInSeconds[Math.Min(count, PausesInSeconds.Length - 1)]);

    /// <summary>After another heal.</summary>
    /// <param name="before">Null: there was none.</param>
    /// <param name="manager">Whose change it undid; empty where nobody is recorded.</param>
    /// <param name="now">When.</param>
    public static Fight Next(Fight? before, string manager, DateTimeOffset now)
    {
        if (before is null || now >= before.EndsAt)
        {
            before = new(0, now, now);
        }

        var recent = before.Heals == 0 ? [] : before.Recent.Add(before.Last).RemoveAll(time => time <= now - Calm);
        var managers = manager.Length == 0 || before.Managers.Contains(manager, StringComparer.Ordinal) || before.Managers.Length == MaxManagers
            ? before.Managers
            : before.Managers.Add(manager).Sort(StringComparer.Ordinal);
        return before with
        {
            Heals = before.Heals + 1,
            Last = now,
            Managers = managers,
            Recent = recent.Length < ContestedFrom ? recent : recent.RemoveAt(0),
            IsContested = before.IsContested || recent.Length + 1 >= ContestedFrom,
        };
    }
}
