using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.Events;

/// <summary>What makes two events the same, so that they are counted and not written again.</summary>
internal sealed record EventKey(
    ObjectReference Regarding, string Type, string Reason, string Action, string Note, ObjectReference? Related);

/// <summary>One event object on the server, and how often it has happened since.</summary>
internal sealed class EventSeries
{
    private const int MaxNameLength = 253 - 20;
    private const int MaxNote = 1024;
    private const int MaxShort = 128;

    public EventSeries(EventKey key, DateTimeOffset time, long number)
    {
        Key = key;
        FirstTime = time;
        LastTime = time;
        Number = number;
    }

    public EventKey Key { get; }

    public DateTimeOffset FirstTime { get; }

    public DateTimeOffset LastTime { get; private set; }

    public int Count { get; private set; } = 1;

    /// <summary>Makes the name unique among events of one instant.</summary>
    public long Number { get; set; }

    /// <summary>The count that the server was told; 0: it has no such event yet.</summary>
    public int SentCount { get; set; }

    public DateTimeOffset SentAt { get; set; }

    public string Namespace => Key.Regarding.Namespace.Length > 0 ? Key.Regarding.Namespace : "default";

    public string Name
    {
        get
        {
            var subject = Key.Regarding.Name.ToLowerInvariant().Replace(':', '-');
            var cut = subject.Length > MaxNameLength ? subject[..MaxNameLength].TrimEnd('.', '-') : subject;
            return string.Create(CultureInfo.InvariantCulture, $"{cut}.{FirstTime.UtcTicks + Number:x}");
        }
    }

    public void Repeat(DateTimeOffset time)
    {
        Count++;
        LastTime = time;
    }

    public JsonObject ToJson(EventRecorderOptions options)
    {
        var json = new JsonObject
        {
            ["apiVersion"] = "events.k8s.io/v1",
            ["kind"] = "Event",
            ["metadata"] = new JsonObject { ["name"] = Name, ["namespace"] = Namespace },
            ["eventTime"] = KubernetesTime.FormatMicro(FirstTime),
            ["reportingController"] = options.ReportingController,
            ["reportingInstance"] = Cut(options.ReportingInstance, MaxShort),
            ["action"] = Cut(Key.Action, MaxShort),
            ["reason"] = Cut(Key.Reason, MaxShort),
            ["regarding"] = Key.Regarding.ToJson(),
            ["note"] = Cut(Key.Note, MaxNote),
            ["type"] = Key.Type,
        };
        if (Key.Related is { } related)
        {
            json["related"] = related.ToJson();
        }

        if (Count > 1)
        {
            json["series"] = SeriesJson();
        }

        return json;
    }

    public JsonObject ToPatch() => new() { ["series"] = SeriesJson() };

    /// <summary>At most that many bytes of UTF-8, whole characters.</summary>
    internal static string Cut(string text, int maxBytes)
    {
        var bytes = 0;
        var end = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > maxBytes)
            {
                return text[..end];
            }

            end += rune.Utf16SequenceLength;
        }

        return text;
    }

    private JsonObject SeriesJson() => new() { ["count"] = Count, ["lastObservedTime"] = KubernetesTime.FormatMicro(LastTime) };
}
