using System.Globalization;

namespace GitOps.Operator.Credentials.Expiry;

/// <summary>Dates as people write them into the annotation, and as messages show them.</summary>
internal static class ExpiryDate
{
    /// <summary>What a message asks for.</summary>
    public const string Forms = "2027-01-31 or 2027-01-31T18:00:00Z";

    private static readonly string[] WithOffset = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];
    private static readonly string[] InUtc = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];

    /// <summary>A date is its begin in UTC: on that day it may be too late.</summary>
    /// <returns>Null: it is neither a date nor a time of RFC 3339.</returns>
    public static DateTimeOffset? Parse(string text)
    {
        // RFC 3339 takes small letters, too.
        var written = text.Trim().ToUpperInvariant();
        return DateTimeOffset.TryParseExact(
                written, InUtc, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var utc) ? utc
            : DateTimeOffset.TryParseExact(written, WithOffset, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var there) ? there
            : null;
    }

    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
