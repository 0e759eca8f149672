using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace GitOps.Operator.Auditing;

/// <summary>The levels of the log that were set while the process runs, over those of its options. Thread-safe.</summary>
internal sealed class LogLevels : IConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>, IDisposable
{
    private const string Key = "level";

    private readonly Lock _lock = new();
    private CancellationTokenSource _changed = new();
    private ImmutableSortedDictionary<string, LogLevel> _levels = ImmutableSortedDictionary<string, LogLevel>.Empty;

    string? IOptionsChangeTokenSource<LoggerFilterOptions>.Name => Microsoft.Extensions.Options.Options.DefaultName;

    /// <summary>For people: what holds now; empty: what the options say.</summary>
    public string Text => string.Join(", ", _levels.Select(static pair =>
        (pair.Key.Length == 0 ? pair.Value.ToString() : $"{pair.Key}={pair.Value}").ToLowerInvariant()));

    /// <summary>Reads <c>level</c> and <c>level.CATEGORY</c>; nothing else is looked at.</summary>
    /// <param name="data">Of a ConfigMap.</param>
    /// <param name="problem">What is wrong, if that is what is returned.</param>
    /// <returns>Null: something is wrong.</returns>
    public static ImmutableSortedDictionary<string, LogLevel>? Read(IEnumerable<KeyValuePair<string, string>> data, out string? problem)
    {
        var levels = ImmutableSortedDictionary.CreateBuilder<string, LogLevel>(StringComparer.Ordinal);
        foreach (var (name, text) in data)
        {
            if (name != Key && !name.StartsWith(Key + ".", StringComparison.Ordinal))
            {
                continue;
            }

            if (!Enum.TryParse<LogLevel>(text.Trim(), ignoreCase: true, out var level) || int.TryParse(text, out _))
            {
                problem = $"{name} is none of trace, debug, information, warning, error, critical, none";
                return null;
            }

            levels[name.Length > Key.Length ? name[(Key.Length + 1)..] : string.Empty] = level;
        }

        problem = null;
        return levels.ToImmutable();
    }

    /// <returns>Whether they are others than before.</returns>
    public bool Set(ImmutableSortedDictionary<string, LogLevel> levels)
    {
        CancellationTokenSource former;
        lock (_lock)
        {
            if (levels.SequenceEqual(_levels))
            {
                return false;
            }

            _levels = levels;
            (former, _changed) = (_changed, new());
        }

        former.Cancel();
        former.Dispose();
        return true;
    }

    public void Configure(LoggerFilterOptions options)
    {
        foreach (var (category, level) in _levels)
        {
            if (category.Length == 0)
            {
                options.MinLevel = level;
            }
            else if (category != AuditTrail.Category)
            {
                options.Rules.Add(new LoggerFilterRule(null, category, level, null));
            }
        }
    }

    public IChangeToken GetChangeToken()
    {
        lock (_lock)
        {
            return new CancellationChangeToken(_changed.Token);
        }
    }

    public void Dispose() => _changed.Dispose();
}
