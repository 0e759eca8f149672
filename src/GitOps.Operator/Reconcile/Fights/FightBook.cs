using System.Collections.Immutable;
using System.Globalization;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Fights;

/// <summary>
/// The fights of one Application: how often each field of each object was put right lately. Heals of the same field back off;
/// edits of different fields of one object are no fight. What is contested stands in the status, and survives a restart there.
/// </summary>
internal sealed class FightBook
{
    /// <summary>In place of a path: fields were taken over or spelled otherwise, and no value changed.</summary>
    public const string Ownership = "(ownership)";

    /// <summary>In place of a path: the object was deleted or made anew.</summary>
    public const string Whole = "";

    private readonly SortedDictionary<ObjectKey, SortedDictionary<string, Fight>> _fights = [];
    private readonly Dictionary<ObjectKey, (int Count, DateTimeOffset Last)> _failures = [];

    /// <summary>Whether <see cref="Restore"/> was called: before, the stored status knows better.</summary>
    public bool IsRestored { get; private set; }

    /// <summary>What is contested, sorted.</summary>
    public ImmutableArray<ContestedRow> Contested =>
    [
        .. from item in _fights
           from fight in item.Value
           where fight.Value.IsContested
           select Row(item.Key, fight.Key, fight.Value),
    ];

    /// <summary>Goes on with what a former process has stored.</summary>
    public void Restore(IEnumerable<ContestedRow> rows)
    {
        IsRestored = true;
        foreach (var row in rows)
        {
            if (row is { Heals: > 0, Since: { } since, LastHealedAt: { } last })
            {
                Of(new(row.Group ?? string.Empty, row.Kind, row.Namespace ?? string.Empty, row.Name))[row.Path ?? Whole] =
                    new(row.Heals, since, last) { IsContested = true, Managers = row.Managers };
            }
        }
    }

    /// <summary>Forgets what is over; when the next contested field may be forgotten, null if none is.</summary>
    public DateTimeOffset? EndOld(DateTimeOffset now)
    {
        DateTimeOffset? next = null;
        foreach (var (key, fields) in _fights.ToList())
        {
            foreach (var (path, fight) in fields.ToList())
            {
                if (fight.EndsAt <= now)
                {
                    fields.Remove(path);
                }
                else if (fight.IsContested && !(next <= fight.EndsAt))
                {
                    next = fight.EndsAt;
                }
            }

            if (fields.Count == 0)
            {
                _fights.Remove(key);
            }
        }

        return next;
    }

    public void Remove(ObjectKey key)
    {
        _fights.Remove(key);
        _failures.Remove(key);
    }

    /// <summary>When the object may be put right again; null: at once.</summary>
    /// <param name="key">The object.</param>
    /// <param name="row">What is to be put right; null: only ownership.</param>
    public DateTimeOffset? NotBefore(ObjectKey key, DriftRow? row)
    {
        DateTimeOffset? latest = null;
        var heals = 0;
        foreach (var (path, _) in Paths(row))
        {
            if (_fights.GetValueOrDefault(key)?.GetValueOrDefault(path) is { } fight)
            {
                heals = Math.Max(heals, fight.Heals);
                latest = !(latest >= fight.NotBefore) ? fight.NotBefore : latest;
            }
        }

        if (_failures.TryGetValue(key, out var failed))
        {
            var retry = failed.Last + Fight.Pause(failed.Count + heals);
            latest = !(latest >= retry) ? retry : latest;
        }

        return latest;
    }

    /// <summary>An object was put right.</summary>
    /// <param name="key">The object.</param>
    /// <param name="row">What was put right; null: only ownership.</param>
    /// <param name="now">When.</param>
    /// <returns>What is contested from this heal on.</returns>
    public ImmutableArray<ContestedRow> Healed(ObjectKey key, DriftRow? row, DateTimeOffset now)
    {
        _failures.Remove(key);
        var raised = ImmutableArray.CreateBuilder<ContestedRow>();
        var fields = Of(key);
        foreach (var (path, manager) in Paths(row))
        {
            var before = fields.GetValueOrDefault(path);
            var fight = Fight.Next(before, manager, now);
            fields[path] = fight;
            if (fight.IsContested && (before?.IsContested != true || before.EndsAt <= now))
            {
                raised.Add(Row(key, path, fight));
            }
        }

        return raised.DrainToImmutable();
    }

    /// <summary>An object could not be put right; when to try again.</summary>
    public DateTimeOffset Failed(ObjectKey key, DriftRow? row, DateTimeOffset now)
    {
        _failures[key] = (_failures.TryGetValue(key, out var before) && now < before.Last + Fight.Calm ? before.Count + 1 : 1, now);
        return NotBefore(key, row) ?? now;
    }

    /// <summary><c>ConfigMap a/b: data.color, set by vi, was set right 5 times since 2026-11-22 04:05:06 UTC</c>.</summary>
    public static string Describe(ContestedRow row)
    {
        var key = new ObjectKey(row.Group ?? string.Empty, row.Kind, row.Namespace ?? string.Empty, row.Name);
        var by = row.Managers.IsEmpty ? string.Empty : string.Join(", ", row.Managers);
        var what = row.Path switch
        {
            null or Whole => $"{key}, deleted or made anew again and again,",
            Ownership => $"{key}: the ownership of fields{(by.Length == 0 ? string.Empty : $", taken by {by},")}",
            var path => $"{key}: {path}, {(by.Length == 0 ? "changed by somebody whom the server does not record" : $"set by {by}")},",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{what} was set right {row.Heals} times since {row.Since?.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
    }

    private static ContestedRow Row(ObjectKey key, string path, Fight fight) => new()
    {
        Group = key.Group.NullIfEmpty(),
        Kind = key.Kind,
        Namespace = key.Namespace.NullIfEmpty(),
        Name = key.Name,
        Path = path.Length == 0 ? null : path,
        Managers = fight.Managers,
        Heals = fight.Heals,
        Since = fight.Since,
        LastHealedAt = fight.Last,
    };

    private static IEnumerable<(string Path, string Manager)> Paths(DriftRow? row) =>
        row is null ? [(Ownership, string.Empty)]
        : row.Change is not (DriftChange.Modified or DriftChange.Foreign) || row.Fields.IsEmpty ? [(Whole, string.Empty)]
        : row.Fields.Select(static field => (field.Path, field.Manager ?? string.Empty));

    private SortedDictionary<string, Fight> Of(ObjectKey key) =>
        _fights.TryGetValue(key, out var fields) ? fields : _fights[key] = new(StringComparer.Ordinal);
}
