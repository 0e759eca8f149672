using System.Diagnostics;
using System.Text.Json.Nodes;
using GitOps.Benchmarks.Cluster;
using GitOps.Benchmarks.Figures;
using GitOps.Kubernetes.Objects;

namespace GitOps.Benchmarks.Rows;

/// <summary>
/// Edits managed ConfigMaps, each once (an object that is edited again and again is healed more and more slowly, on purpose), and
/// notes when a watch shows the drift in the Application's status, and when one shows the object as it was.
/// </summary>
internal sealed class DriftProbe : IDisposable
{
    private readonly Fleet _fleet;
    private readonly ObjectWatch _objects;
    private readonly string _value = $"edited-{Guid.NewGuid():N}";
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Edit> _edits = [];
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _expected = int.MaxValue;

    public DriftProbe(Fleet fleet, ObjectWatch objects)
    {
        (_fleet, _objects) = (fleet, objects);
        _objects.Seen = SeeObject;
        _fleet.Applications.Seen = SeeApplication;
    }

    /// <summary>From the edit's answer to the report, in milliseconds.</summary>
    public IReadOnlyList<double> Reported => Durations(static edit => edit.Reported);

    /// <summary>From the edit's answer to the object being as it was, in milliseconds.</summary>
    public IReadOnlyList<double> Healed => Durations(static edit => edit.Healed);

    /// <summary>When the last edit was reported or healed, as <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long Completed
    {
        get
        {
            lock (_lock)
            {
                return _edits.Values.Max(static edit => Math.Max(edit.Reported, edit.Healed));
            }
        }
    }

    public async Task EditAsync(int application, int index, CancellationToken cancellationToken)
    {
        var name = _fleet.Workload.ObjectName(application, index);
        lock (_lock)
        {
            _edits[name] = new Edit();
        }

        await _fleet.Server.Raw.EditAsync(
            Kinds.ConfigMap, _fleet.Workload.NamespaceOf(application), name, $$$"""{"data":{"value":"{{{_value}}}"}}""", cancellationToken);
        lock (_lock)
        {
            _edits[name].Answered = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Waits until every edit so far is reported and healed.</summary>
    public async Task WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _expected = _edits.Count;
            Check_NeedsLock();
        }

        try
        {
            await _complete.Task.WaitAsync(limit, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            lock (_lock)
            {
                throw new TimeoutException(
                    $"of {_edits.Count} edits {_edits.Values.Count(static edit => edit.Reported == 0)} were not reported and "
                    + $"{_edits.Values.Count(static edit => edit.Healed == 0)} not healed within {limit.TotalSeconds:0} s",
                    exception);
            }
        }
    }

    public void Dispose()
    {
        _objects.Seen = null;
        _fleet.Applications.Seen = null;
    }

    private void SeeObject(KubernetesObject item, long now)
    {
        lock (_lock)
        {
            if (!_edits.TryGetValue(item.Name, out var edit))
            {
                return;
            }

            if (KubernetesObject.GetString(item.At("data") as JsonObject, "value") == _value)
            {
                edit.WasSeen = true;
            }
            else if (edit is { WasSeen: true, Healed: 0 })
            {
                edit.Healed = now;
                Check_NeedsLock();
            }
        }
    }

    private void SeeApplication(KubernetesObject application, long now)
    {
        lock (_lock)
        {
            foreach (var name in ApplicationFacts.Drifted(application))
            {
                if (_edits.TryGetValue(name, out var edit) && edit.Reported == 0)
                {
                    edit.Reported = now;
                    Check_NeedsLock();
                }
            }
        }
    }

    private void Check_NeedsLock()
    {
        if (_edits.Count >= _expected && _edits.Values.All(static edit => edit is { Reported: > 0, Healed: > 0 }))
        {
            _complete.TrySetResult();
        }
    }

    private List<double> Durations(Func<Edit, long> end)
    {
        lock (_lock)
        {
            return [.. _edits.Values.Select(edit => Math.Max(0, Sample.Milliseconds(edit.Answered, end(edit))))];
        }
    }

    private sealed class Edit
    {
        public long Answered { get; set; }

        public long Reported { get; set; }

        public long Healed { get; set; }

        public bool WasSeen { get; set; }
    }
}
