using System.Numerics;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Cel.Values;

/// <summary>A length of time in nanoseconds.</summary>
internal sealed class CelDuration(long nanoseconds) : CelValue
{
    public const long Second = 1_000_000_000;

    public long Nanoseconds { get; } = nanoseconds;

    public override CelType Type => CelType.Duration;

    public override bool IsZero => Nanoseconds == 0;

    public override bool Same(CelValue other) => other is CelDuration duration && duration.Nanoseconds == Nanoseconds;

    public override JsonNode ToJson() => CelTimeText.Seconds(this);
}

/// <summary>A moment, from the first second of year 1 to the last nanosecond of year 9999.</summary>
internal sealed class CelTimestamp : CelValue
{
    private const long Least = -62_135_596_800;
    private const long Most = 253_402_300_799;

    private static readonly CelError Overflow = new("timestamp overflow");

    private CelTimestamp(long seconds, int nanoseconds, int offset) => (Seconds, Nanoseconds, Offset) = (seconds, nanoseconds, offset);

    /// <summary>Whole seconds since 1970.</summary>
    public long Seconds { get; }

    /// <summary>The rest, never negative.</summary>
    public int Nanoseconds { get; }

    /// <summary>In how many minutes east of Greenwich it was written; only its text shows it.</summary>
    public int Offset { get; }

    public override CelType Type => CelType.Timestamp;

    public override bool IsZero => Seconds == Least && Nanoseconds == 0;

    /// <summary>Its date and the time of day to the second, in UTC.</summary>
    public DateTime Date => DateTime.UnixEpoch.AddSeconds(Seconds);

    /// <summary>The timestamp, or an overflow.</summary>
    public static CelValue Of(long seconds, int nanoseconds, int offset = 0) =>
        seconds is < Least or > Most ? Overflow : new CelTimestamp(seconds, nanoseconds, offset);

    public CelValue Add(long nanoseconds)
    {
        var total = ((BigInteger)Seconds * CelDuration.Second) + Nanoseconds + nanoseconds;
        var seconds = (long)BigInteger.Divide(total, CelDuration.Second);
        var rest = (long)(total - ((BigInteger)seconds * CelDuration.Second));
        return rest < 0 ? Of(seconds - 1, (int)(rest + CelDuration.Second), Offset) : Of(seconds, (int)rest, Offset);
    }

    public CelValue Since(CelTimestamp other)
    {
        var nanoseconds = ((BigInteger)(Seconds - other.Seconds) * CelDuration.Second) + (Nanoseconds - other.Nanoseconds);
        return nanoseconds < long.MinValue || nanoseconds > long.MaxValue ? new CelError("integer overflow") : new CelDuration((long)nanoseconds);
    }

    public int Order(CelTimestamp other) =>
        Seconds != other.Seconds ? Seconds.CompareTo(other.Seconds) : Nanoseconds.CompareTo(other.Nanoseconds);

    public override bool Same(CelValue other) => other is CelTimestamp timestamp && Order(timestamp) == 0;

    public override JsonNode ToJson() => CelTimeText.Rfc3339(this);
}
