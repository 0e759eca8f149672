using System.Globalization;
using System.Text;

namespace GitOps.Operator.Observability;

/// <summary>
/// Writes the Prometheus text format 0.0.4: one HELP and TYPE line per family, then its samples, without timestamps.
/// Names and labels are made valid and escaped here, so that no instrument can break a scrape.
/// </summary>
internal sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new(16 * 1024);

    public int Length => _text.Length;

    public void Clear() => _text.Clear();

    public override string ToString() => _text.ToString();

    /// <summary>The family's name: valid characters, the unit, and <c>_total</c> for a counter, each once.</summary>
    public static string FamilyName(string instrument, string unit, bool isCounter)
    {
        var name = ValidName(instrument, allowColon: true);
        if (isCounter && name.EndsWith("_total", StringComparison.Ordinal))
        {
            name = name[..^"_total".Length];
        }

        var suffix = UnitSuffix(unit);
        if (suffix.Length > 0 && !name.EndsWith("_" + suffix, StringComparison.Ordinal))
        {
            name = $"{name}_{suffix}";
        }

        return isCounter ? name + "_total" : name;
    }

    /// <summary><c>a="1",b="2"</c>, by name; the values of names that become equal are joined with a semicolon.</summary>
    public static string Labels(IEnumerable<KeyValuePair<string, object?>> tags)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
        {
            var name = ValidName(key, allowColon: false);
            var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty;
            labels[name] = labels.TryGetValue(name, out var present) ? $"{present};{text}" : text;
        }

        return string.Join(',', labels.Select(static label => $"{label.Key}=\"{EscapeLabel(label.Value)}\""));
    }

    public static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    public void Family(string name, string type, string help)
    {
        _text.Append("# HELP ").Append(name).Append(' ').Append(EscapeHelp(help)).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    public void Sample(string name, string labels, string value)
    {
        _text.Append(name);
        if (labels.Length > 0)
        {
            _text.Append('{').Append(labels).Append('}');
        }

        _text.Append(' ').Append(value).Append('\n');
    }

    /// <summary>One series of a histogram.</summary>
    /// <param name="name">The family's name.</param>
    /// <param name="labels">From <see cref="Labels"/>.</param>
    /// <param name="bounds">Upper bounds, ascending, with or without infinity as the last.</param>
    /// <param name="counts">How many fell into each bucket, not cumulative; without one for infinity if there is no such bound.</param>
    /// <param name="count">How many in all.</param>
    /// <param name="sum">Of all values.</param>
    public void Histogram(string name, string labels, IReadOnlyList<double> bounds, IReadOnlyList<long> counts, long count, double sum)
    {
        var prefix = labels.Length == 0 ? string.Empty : labels + ",";
        var cumulative = 0L;
        for (var i = 0; i < bounds.Count && !double.IsPositiveInfinity(bounds[i]); i++)
        {
            cumulative += counts[i];
            Sample(name + "_bucket", $"{prefix}le=\"{Number(bounds[i])}\"", cumulative.ToString(CultureInfo.InvariantCulture));
        }

        var all = count.ToString(CultureInfo.InvariantCulture);
        Sample(name + "_bucket", prefix + "le=\"+Inf\"", all);
        Sample(name + "_sum", labels, Number(sum));
        Sample(name + "_count", labels, all);
    }

    private static string UnitSuffix(string unit) => unit switch
    {
        "s" => "seconds",
        "ms" => "milliseconds",
        "By" => "bytes",
        "%" => "percent",
        "1" => string.Empty,
        _ when unit.StartsWith('{') => string.Empty,
        _ => ValidName(unit, allowColon: false).Trim('_'),
    };

    private static string ValidName(string name, bool allowColon)
    {
        var valid = new StringBuilder(name.Length + 1);
        foreach (var character in name)
        {
            var isValid = char.IsAsciiLetterOrDigit(character) || character == '_' || (allowColon && character == ':');
            if (valid.Length == 0 && char.IsAsciiDigit(character))
            {
                valid.Append('_');
            }

            valid.Append(isValid ? character : '_');
        }

        return valid.ToString();
    }

    private static string EscapeLabel(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);

    private static string EscapeHelp(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);
}
