using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>
/// The status of a Job. A pod that has ended is first listed as not counted yet, then let go, then counted, so that none is
/// counted twice or never; the condition that ends the Job follows the one that announces it once all are counted.
/// </summary>
internal sealed class JobStatus
{
    private readonly KubernetesObject _job;
    private readonly string _now;

    public JobStatus(KubernetesObject job, DateTimeOffset now)
    {
        (_job, _now) = (job, Fields.Time(now));
        Json = (JsonObject?)job.Part("status")?.DeepClone() ?? [];
        (Succeeded, Failed) = (job.Number("status", "succeeded") ?? 0, job.Number("status", "failed") ?? 0);
        UncountedSucceeded = Uids("succeeded");
        UncountedFailed = Uids("failed");
    }

    public JsonObject Json { get; }

    /// <summary>Of the pods that are gone, or let go.</summary>
    public long Succeeded { get; set; }

    public long Failed { get; set; }

    public HashSet<string> UncountedSucceeded { get; }

    public HashSet<string> UncountedFailed { get; }

    public DateTimeOffset? Started => Fields.Time(Fields.Text(Json, "startTime"));

    /// <summary>Complete or failed: nothing will be changed any more.</summary>
    public static bool IsFinished(KubernetesObject job) => Has(job, "Complete") || Has(job, "Failed");

    public static bool Has(KubernetesObject job, string type) => Find(job.At("status", "conditions"), type) is { } condition && Fields.Text(condition, "status") == "True";

    /// <summary>When it ended; null if it has not.</summary>
    public static DateTimeOffset? FinishedAt(KubernetesObject job) =>
        Fields.Time(Fields.Text(Find(job.At("status", "conditions"), "Complete") ?? Find(job.At("status", "conditions"), "Failed"), "lastTransitionTime"));

    public void Start()
    {
        if (Json["startTime"] is null)
        {
            Json["startTime"] = _now;
        }
    }

    /// <summary>Says whether it is suspended, if it ever was.</summary>
    public void Suspend(bool isSuspended)
    {
        if (isSuspended)
        {
            Json.Remove("startTime");
            Set("Suspended", "True", "JobSuspended", "Job suspended");
        }
        else if (Find(Json["conditions"], "Suspended") is not null)
        {
            Set("Suspended", "False", "JobResumed", "Job resumed");
        }
    }

    public void Count(int active, int ready, int terminating)
    {
        Json.Remove("active");
        Json.WithCount("active", active);
        (Json["ready"], Json["terminating"]) = (ready, terminating);
        Json.Remove("succeeded");
        Json.Remove("failed");
        Json.WithCount("succeeded", Succeeded).WithCount("failed", Failed);
        var uncounted = new JsonObject();
        foreach (var (name, uids) in ((string, HashSet<string>)[])[("succeeded", UncountedSucceeded), ("failed", UncountedFailed)])
        {
            if (uids.Count > 0)
            {
                uncounted[name] = new JsonArray([.. uids.Order(StringComparer.Ordinal).Select(static uid => JsonValue.Create(uid))]);
            }
        }

        Json["uncountedTerminatedPods"] = uncounted;
    }

    public void CompletedIndexes(IEnumerable<long> indexes)
    {
        if (Ranges(indexes) is { Length: > 0 } text)
        {
            Json["completedIndexes"] = text;
        }
    }

    /// <summary>Announces how it will end.</summary>
    public void Announce(bool succeeds, string reason, string message) => Set(succeeds ? "SuccessCriteriaMet" : "FailureTarget", "True", reason, message);

    /// <summary>Ends it as it was announced.</summary>
    public void Finish()
    {
        if (Find(Json["conditions"], "SuccessCriteriaMet") is { } success)
        {
            Json["completionTime"] = _now;
            Set("Complete", "True", Fields.Text(success, "reason"), Fields.Text(success, "message"));
        }
        else if (Find(Json["conditions"], "FailureTarget") is { } failure)
        {
            Set("Failed", "True", Fields.Text(failure, "reason"), Fields.Text(failure, "message"));
        }
    }

    /// <summary><c>0-2,5</c> as numbers.</summary>
    public static SortedSet<long> Indexes(string text)
    {
        var indexes = new SortedSet<long>();
        foreach (var range in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = range.Split('-');
            if (long.TryParse(ends[0], out var first) && long.TryParse(ends[^1], out var last))
            {
                for (var index = first; index <= last; index++)
                {
                    indexes.Add(index);
                }
            }
        }

        return indexes;
    }

    private static string Ranges(IEnumerable<long> indexes)
    {
        var ranges = new List<(long First, long Last)>();
        foreach (var index in indexes.Order())
        {
            if (ranges.Count > 0 && ranges[^1].Last == index - 1)
            {
                ranges[^1] = (ranges[^1].First, index);
            }
            else
            {
                ranges.Add((index, index));
            }
        }

        return string.Join(',', ranges.Select(static range => range.First == range.Last ? Fields.Invariant(range.First)
            : range.Last == range.First + 1 ? $"{range.First},{range.Last}"
            : $"{range.First}-{range.Last}"));
    }

    private static JsonObject? Find(JsonNode? conditions, string type) =>
        Fields.Items(conditions).FirstOrDefault(condition => Fields.Text(condition, "type") == type);

    private HashSet<string> Uids(string name) =>
        [.. (_job.At("status", "uncountedTerminatedPods", name) as JsonArray ?? []).Select(static uid => uid?.GetValue<string>() ?? string.Empty)];

    private void Set(string type, string status, string reason, string message)
    {
        if (Json["conditions"] is not JsonArray conditions)
        {
            Json["conditions"] = conditions = [];
        }

        var condition = Find(conditions, type);
        if (condition is not null && Fields.Text(condition, "status") == status)
        {
            return;
        }

        if (condition is null)
        {
            conditions.Add((JsonNode)(condition = []));
        }

        (condition["type"], condition["status"], condition["lastProbeTime"], condition["lastTransitionTime"]) = (type, status, _now, _now);
        (condition["reason"], condition["message"]) = (reason, message);
    }
}
