using System.Diagnostics;
using OpenTelemetry;

namespace GitOps.Operator.Observability;

/// <summary>What is known of a unit until it has ended: whether it is worth keeping shows only then.</summary>
internal sealed class TraceUnit
{
    public const string Key = "gitops.unit";

    /// <summary>What is beyond is dropped: a sync of very many objects.</summary>
    private const int MaxSpans = 4096;

    private readonly Lock _lock = new();
    private List<Activity>? _spans = [];

    public bool IsKept { get; set; }

    /// <summary>The unit that a span belongs to; null: none.</summary>
    public static Activity? Of(Activity? span)
    {
        while (span is not null && span.GetCustomProperty(Key) is null)
        {
            span = span.Parent;
        }

        return span;
    }

    /// <summary>Takes a span that has ended.</summary>
    /// <returns>Whether to export it now.</returns>
    public bool Add(Activity span)
    {
        lock (_lock)
        {
            if (_spans is null)
            {
                return IsKept;
            }

            if (_spans.Count < MaxSpans)
            {
                _spans.Add(span);
            }

            return false;
        }
    }

    /// <summary>The unit has ended; what there is to export.</summary>
    public IReadOnlyList<Activity> End()
    {
        lock (_lock)
        {
            var spans = _spans ?? [];
            _spans = null;
            return IsKept ? spans : [];
        }
    }
}

/// <summary>Holds the spans of a unit until it has ended, and then passes on or drops all of them.</summary>
internal sealed class TraceUnitProcessor : BatchActivityExportProcessor
{
    public TraceUnitProcessor(BaseExporter<Activity> exporter, BatchSettings batch)
        : base(exporter, batch.Queue, batch.Delay, batch.Timeout, batch.Size)
    {
    }

    public override void OnEnd(Activity data)
    {
        if (data.GetCustomProperty(TraceUnit.Key) is TraceUnit own)
        {
            foreach (var span in own.End())
            {
                base.OnEnd(span);
            }

            if (own.IsKept)
            {
                base.OnEnd(data);
            }
        }
        else if (TraceUnit.Of(data)?.GetCustomProperty(TraceUnit.Key) is not TraceUnit unit || unit.Add(data))
        {
            base.OnEnd(data);
        }
    }
}
