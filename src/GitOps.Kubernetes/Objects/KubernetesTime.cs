using System.Globalization;

namespace GitOps.Kubernetes.Objects;

/// <summary>
/// The two forms that timestamps have: <c>Time</c> to the second, and <c>MicroTime</c> (leases, events) with exactly six
/// fractional digits, with fewer or more of which a server refuses the object. Both in UTC, with <c>Z</c>.
/// </summary>
public static class KubernetesTime
{
    private const string Seconds = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const string Micro = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
    private const string Rfc3339 = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK";

    /// <summary>What is finer is cut off in reading: a tick is 100 ns.</summary>
    private const int MaxDigits = 7;

    /// <summary>A <c>Time</c>; parts of a second are cut off.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(Seconds, CultureInfo.InvariantCulture);

    /// <summary>A <c>MicroTime</c>.</summary>
    public static string FormatMicro(DateTimeOffset time) => time.UtcDateTime.ToString(Micro, CultureInfo.InvariantCulture);

    /// <summary>Reads RFC 3339 with any number of fractional digits and any offset.</summary>
    public static bool TryParse(string? text, out DateTimeOffset time)
    {
        time = default;
        if (text is null)
        {
            return false;
        }

        var point = text.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0)
        {
            var end = text.AsSpan(point + 1).IndexOfAnyExceptInRange('0', '9');
            if (end <= 0)
            {
                // No digit behind the point, or no offset.
                return false;
            }

            text = end > MaxDigits ? text.Remove(point + 1 + MaxDigits, end - MaxDigits) : text;
        }

        // Without an offset the runtime would assume one; the standard demands it.
        var hasOffset = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-');
        return hasOffset && DateTimeOffset.TryParseExact(text, Rfc3339, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out time);
    }
}
