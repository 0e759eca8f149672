using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace GitOps.Operator.Observability;

/// <summary>
/// Writes the Prometheus text format 0.0.4 or OpenMetrics 1.0: the lines of a family, then its samples, without timestamps.
/// Names and labels are made valid and escaped here, so that no instrument can break a scrape.
/// </summary>
internal sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string TotalSuffix = "_total";

    private static readonly SearchValues<char> WithoutColon = SearchValues.Create("_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    private static readonly SearchValues<char> WithColon = SearchValues.Create(":_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private readonly StringBuilder _text = new(16 * 1024);

    private MetricsFormat _format;

    public int Length => _text.Length;

    public void Clear(MetricsFormat format = MetricsFormat.Text)
    {
        _format = format;
        _text.Clear();
    }

    public override string ToString() => _text.ToString();

    /// <summary>Appends the text to a buffer, in UTF-8, without making a string of it.</summary>
    public void CopyTo(IBufferWriter<byte> buffer)
    {
        foreach (var chunk in _text.GetChunks())
        {
            Encoding.UTF8.GetBytes(chunk.Span, buffer);
        }
    }

    /// <summary>The family's name: valid characters, the unit, and <c>_total</c> for a counter, each once.</summary>
    public static string FamilyName(string instrument, string unit, bool isCounter)
    {
        var name = ValidName(instrument, allowColon: true);
        if (isCounter && name.EndsWith(TotalSuffix, StringComparison.Ordinal))
        {
            name = name[..^TotalSuffix.Length];
        }

        var suffix = UnitSuffix(unit);
        if (suffix.Length > 0 && !name.EndsWith("_" + suffix, StringComparison.Ordinal))
        {
            name = $"{name}_{suffix}";
        }

        return isCounter ? name + TotalSuffix : name;
    }

    /// <summary><c>a="1",b="2"</c>, by name; the values of names that become equal are joined with a semicolon.</summary>
    public static string Labels(IReadOnlyList<KeyValuePair<string, object?>> tags)
    {
        var (labels, count) = (new (string Name, string Value)[tags.Count], 0);
        for (var i = 0; i < tags.Count; i++)
        {
            var (name, value) = (ValidName(tags[i].Key, allowColon: false), Convert.ToString(tags[i].Value, CultureInfo.InvariantCulture) ?? string.Empty);
            var place = count;
            while (place > 0 && string.CompareOrdinal(labels[place - 1].Name, name) > 0)
            {
                place--;
            }

            if (place > 0 && labels[place - 1].Name == name)
            {
                labels[place - 1].Value = $"{labels[place - 1].Value};{value}";
                continue;
            }

            labels.AsSpan(place, count - place).CopyTo(labels.AsSpan(place + 1));
            labels[place] = (name, value);
            count++;
        }

        // A page has thousands of these: nothing is made for one but the text itself.
        var text = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[512]);
        for (var i = 0; i < count; i++)
        {
            text.AppendLiteral(i == 0 ? string.Empty : ",");
            text.AppendLiteral(labels[i].Name);
            text.AppendLiteral("=\"");
            text.AppendLiteral(EscapeLabel(labels[i].Value));
            text.AppendLiteral("\"");
        }

        return text.ToStringAndClear();
    }

    public static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    /// <param name="name">From <see cref="FamilyName"/>.</param>
    /// <param name="type">counter, gauge or histogram.</param>
    /// <param name="help">One sentence.</param>
    /// <param name="unit">The instrument's unit.</param>
    public void Family(string name, string type, string help, string unit)
    {
        var isOpen = _format == MetricsFormat.OpenMetrics;
        if (isOpen && type == "counter")
        {
            // There a counter's family is named without what its sample ends with.
            name = name[..^TotalSuffix.Length];
        }

        _text.Append("# HELP ").Append(name).Append(' ').Append(isOpen ? EscapeLabel(help) : EscapeHelp(help)).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        if (isOpen && UnitSuffix(unit) is { Length: > 0 } suffix)
        {
            _text.Append("# UNIT ").Append(name).Append(' ').Append(suffix).Append('\n');
        }
    }

    public void Sample(string name, string labels, string value, string exemplar = "")
    {
        _text.Append(name);
        if (labels.Length > 0)
        {
            _text.Append('{').Append(labels).Append('}');
        }

        _text.Append(' ').Append(value);
        if (exemplar.Length > 0 && _format == MetricsFormat.OpenMetrics)
        {
            _text.Append(" # ").Append(exemplar);
        }

        _text.Append('\n');
    }

    /// <summary>An example of what was measured, as it stands behind a sample.</summary>
    public static string Exemplar(string traceId, string spanId, double value, DateTimeOffset at) => string.Create(
        CultureInfo.InvariantCulture, $"{{span_id=\"{spanId}\",trace_id=\"{traceId}\"}} {Number(value)} {at.ToUnixTimeMilliseconds() / 1000.0:0.000}");

    /// <summary>One series of a histogram.</summary>
    /// <param name="name">The family's name.</param>
    /// <param name="labels">From <see cref="Labels"/>.</param>
    /// <param name="bounds">Upper bounds, ascending, with or without infinity as the last.</param>
    /// <param name="counts">How many fell into each bucket, not cumulative; without one for infinity if there is no such bound.</param>
    /// <param name="count">How many in all.</param>
    /// <param name="sum">Of all values.</param>
    /// <param name="exemplars">Examples with their values; at most one is written for each bucket.</param>
    public void Histogram(
        string name, string labels, IReadOnlyList<double> bounds, IReadOnlyList<long> counts, long count, double sum,
        IReadOnlyList<(double Value, string Text)>? exemplars = null)
    {
        var prefix = labels.Length == 0 ? string.Empty : labels + ",";
        var cumulative = 0L;
        for (var i = 0; i < bounds.Count && !double.IsPositiveInfinity(bounds[i]); i++)
        {
            cumulative += counts[i];
            Sample(
                name + "_bucket", $"{prefix}le=\"{Bound(bounds[i])}\"", cumulative.ToString(CultureInfo.InvariantCulture),
                Within(exemplars, i == 0 ? double.NegativeInfinity : bounds[i - 1], bounds[i]));
        }

        var last = bounds.LastOrDefault(static bound => !double.IsPositiveInfinity(bound), double.NegativeInfinity);
        var all = count.ToString(CultureInfo.InvariantCulture);
        Sample(name + "_bucket", prefix + "le=\"+Inf\"", all, Within(exemplars, last, double.PositiveInfinity));
        Sample(name + "_sum", labels, Number(sum));
        Sample(name + "_count", labels, all);
    }

    /// <summary>What a whole text ends with.</summary>
    public static string EndOf(MetricsFormat format) => format == MetricsFormat.OpenMetrics ? "# EOF\n" : string.Empty;

    private static string Within(IReadOnlyList<(double Value, string Text)>? exemplars, double above, double upTo) =>
        exemplars?.FirstOrDefault(item => item.Value > above && item.Value <= upTo).Text ?? string.Empty;

    // OpenMetrics wants to see that a bound is no integer.
    private string Bound(double bound) =>
        Number(bound) is var text && _format == MetricsFormat.OpenMetrics && text.All(char.IsAsciiDigit) ? text + ".0" : text;

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
        if (name.Length > 0 && !char.IsAsciiDigit(name[0]) && !name.AsSpan().ContainsAnyExcept(allowColon ? WithColon : WithoutColon))
        {
            return name;
        }

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
