using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;

namespace GitOps.Manifests.Kustomize.Nodes;

/// <summary>
/// A regular expression of a repository. It never backtracks, so that a text takes time by its length alone; expressions and texts
/// that are longer than any real one are refused.
/// </summary>
internal sealed class BoundedRegex
{
    private const int MaxPattern = 1000;
    private const int MaxText = 10_000;

    /// <summary>What building an automaton takes.</summary>
    private const int CompileSteps = 20_000;

    /// <summary>Of an expression with its repetitions written out, in characters and sets.</summary>
    private const int MaxWritten = 2000;

    /// <summary>How many automata are kept: a repository has few expressions, and every rendering of it the same ones.</summary>
    private const int MaxBuilt = 128;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);
    private static readonly ConcurrentDictionary<string, Regex> Built = new(StringComparer.Ordinal);

    private readonly Regex _regex;

    /// <param name="pattern">As it is written.</param>
    /// <param name="frame">What stands around it, with <c>{0}</c> for it.</param>
    /// <exception cref="KustomizeException">It is malformed, or too large.</exception>
    public BoundedRegex(string pattern, string frame)
    {
        if (pattern.Length > MaxPattern)
        {
            throw new KustomizeException(string.Create(
                CultureInfo.InvariantCulture, $"the expression '{pattern[..60]}…' is no regular expression that can be matched: it is longer than {MaxPattern} characters"));
        }

        if (Written(pattern) > MaxWritten)
        {
            throw new KustomizeException(string.Create(
                CultureInfo.InvariantCulture, $"'{pattern}' cannot be matched, and is no regular expression that is small enough: with its repetitions written out it has more than {MaxWritten} characters"));
        }

        BuildWork.Spend(CompileSteps);
        try
        {
            if (Built.Count >= MaxBuilt)
            {
                Built.Clear();
            }

            _regex = Built.GetOrAdd(frame.Replace("{0}", pattern, StringComparison.Ordinal), static expression =>
                new(expression, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Timeout));
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new KustomizeException($"'{pattern}' cannot be matched, and is no regular expression of RE2: {exception.Message}", exception);
        }
    }

    /// <exception cref="KustomizeException">The text is too long.</exception>
    public bool IsMatch(string text)
    {
        if (text.Length > MaxText)
        {
            throw new KustomizeException(string.Create(
                CultureInfo.InvariantCulture, $"'{text[..60]}…' has {text.Length} characters, and is too long to be matched with a regular expression"));
        }

        BuildWork.Spend(text.Length * 4);
        try
        {
            return _regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new KustomizeException($"the expression '{exception.Pattern}' takes too long to match: make it simpler", exception);
        }
    }

    /// <summary>How long an expression is with its repetitions written out: an automaton takes memory for all of it.</summary>
    private static long Written(string pattern)
    {
        var outer = new Stack<long>();
        var (length, last) = (0L, 0L);
        for (var i = 0; i < pattern.Length && length <= MaxWritten; i++)
        {
            switch (pattern[i])
            {
                case '(':
                    outer.Push(length);
                    (length, last) = (0, 0);
                    break;
                case ')' when outer.TryPop(out var before):
                    (length, last) = (before + length, length);
                    break;
                case '{' when Count(pattern, i) is > 0 and var count:
                    (length, last) = (length + (last * (count - 1)), last * count);
                    break;
                case '[':
                    i = Math.Max(i, pattern.IndexOf(']', Math.Min(i + 2, pattern.Length)));
                    (length, last) = (length + 1, 1);
                    break;
                case '\\':
                    i++;
                    (length, last) = (length + 1, 1);
                    break;
                default:
                    (length, last) = (length + 1, 1);
                    break;
            }
        }

        // Groups that are still open count too, so that stopping early does not forget them.
        return length + outer.Sum();
    }

    /// <summary>The larger number in the braces; 0 where they are no repetition.</summary>
    private static long Count(string pattern, int open)
    {
        var close = pattern.IndexOf('}', open);
        var largest = 0L;
        foreach (var part in close < 0 ? [] : pattern[(open + 1)..close].Split(','))
        {
            if (part.Length > 0 && !part.All(char.IsAsciiDigit))
            {
                return 0;
            }

            largest = Math.Max(largest, part.Length > 6 ? int.MaxValue : long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0);
        }

        return largest;
    }
}
