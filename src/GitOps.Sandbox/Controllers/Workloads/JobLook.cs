using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>How a Job is going to end.</summary>
internal sealed record JobVerdict(bool Succeeds, string Reason, string Message);

/// <summary>A Job and its pods as one look finds and leaves them.</summary>
internal sealed class JobLook
{
    private const string IndexKey = "batch.kubernetes.io/job-completion-index";

    private readonly List<PodFacts> _stopped = [];
    private readonly SortedSet<long> _completed;

    public JobLook(KubernetesObject job, List<PodFacts> pods, DateTimeOffset now)
    {
        (Job, Pods, Status) = (job, pods, new(job, now));
        Active = pods.FindAll(static pod => pod.IsActive);
        _completed = JobStatus.Indexes(job.Text("status", "completedIndexes"));
    }

    public KubernetesObject Job { get; }

    public IReadOnlyList<PodFacts> Pods { get; }

    public List<PodFacts> Active { get; }

    public JobStatus Status { get; }

    public bool IsIndexed => Job.Text("spec", "completionMode") == "Indexed";

    public long? Completions => Job.Number("spec", "completions");

    /// <summary>No pod runs, or is still being stopped.</summary>
    public bool HaveAllEnded => Active.Count == 0 && _stopped.Count == 0 && !Pods.Any(static pod => pod is { IsTerminating: true, IsOver: false });

    public int WantedActive
    {
        get
        {
            var parallelism = Job.Number("spec", "parallelism") ?? 1;
            return (int)(Completions is { } completions ? Math.Max(0, Math.Min(parallelism, completions - Succeeded))
                : Succeeded > 0 ? Active.Count
                : parallelism);
        }
    }

    private long Succeeded => IsIndexed ? _completed.Count : Status.Succeeded + Status.UncountedSucceeded.Count;

    private long Failed => Status.Failed + Status.UncountedFailed.Count;

    /// <summary>Lists the pods that have ended since the last look as not counted yet.</summary>
    /// <param name="isTracked">Whether a pod is still held for being counted.</param>
    public void CountEnded(Func<PodFacts, bool> isTracked)
    {
        foreach (var pod in Pods.Where(static pod => pod.IsOver || pod.IsTerminating))
        {
            if (!isTracked(pod))
            {
                continue;
            }

            if (pod.Phase != "Succeeded")
            {
                Status.UncountedFailed.Add(pod.Uid);
            }
            else if (IsIndexed)
            {
                _completed.Add(long.TryParse(pod.Stored.Labels.Find(IndexKey), out var index) ? index : 0);
            }
            else
            {
                Status.UncountedSucceeded.Add(pod.Uid);
            }
        }
    }

    /// <summary>Counts what was listed: it has been let go.</summary>
    public void CountUncounted()
    {
        Status.Succeeded += Status.UncountedSucceeded.Count;
        Status.Failed += Status.UncountedFailed.Count;
        Status.UncountedSucceeded.Clear();
        Status.UncountedFailed.Clear();
    }

    /// <returns>Null: it goes on.</returns>
    public JobVerdict? Verdict(DateTimeOffset now)
    {
        if (JobStatus.Has(Job, "SuccessCriteriaMet"))
        {
            return Success();
        }

        if (JobStatus.Has(Job, "FailureTarget"))
        {
            return Exceeded();
        }

        var limit = Job.Number("spec", "backoffLimit") ?? 6;
        var restarts = Job.Text("spec", "template", "spec", "restartPolicy") == "OnFailure" ? Active.Sum(static pod => pod.Restarts) : 0;
        if (Failed > limit || (restarts > 0 && restarts >= limit))
        {
            return Exceeded();
        }

        if (UntilDeadline(now) is { } left && left <= TimeSpan.Zero)
        {
            return new(false, "DeadlineExceeded", "Job was active longer than specified deadline");
        }

        var isComplete = Completions is { } completions ? Succeeded >= completions : Succeeded > 0 && Active.Count == 0;
        return isComplete ? Success() : null;
    }

    public TimeSpan? UntilDeadline(DateTimeOffset now) =>
        Job.Number("spec", "activeDeadlineSeconds") is { } seconds && Status.Started is { } started ? started.AddSeconds(seconds) - now : null;

    /// <summary>What is still to be made: numbers that have not been completed, or just more.</summary>
    public IEnumerable<long?> MissingIndexes()
    {
        if (!IsIndexed)
        {
            return Enumerable.Repeat((long?)null, int.MaxValue);
        }

        var running = Active.Select(static pod => long.TryParse(pod.Stored.Labels.Find(IndexKey), out var index) ? index : -1).ToHashSet();
        return Enumerable.Range(0, (int)(Completions ?? 0)).Select(static index => (long?)index)
            .Where(index => !running.Contains(index!.Value) && !_completed.Contains(index.Value));
    }

    public void Stop(PodFacts pod)
    {
        Active.Remove(pod);
        _stopped.Add(pod);
    }

    /// <summary>Brings the status's numbers up to date.</summary>
    public void Count()
    {
        if (IsIndexed)
        {
            Status.Succeeded = _completed.Count;
            Status.CompletedIndexes(_completed);
        }

        Status.Count(
            Active.Count, Active.Count(static pod => pod.IsReady), Pods.Count(static pod => pod is { IsTerminating: true, IsOver: false }) + _stopped.Count);
    }

    private static JobVerdict Success() => new(true, "CompletionsReached", "Reached expected number of succeeded pods");

    private static JobVerdict Exceeded() => new(false, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
}
