using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>CronJobs make a Job at each of their times, and keep only the last few that have ended.</summary>
internal sealed class CronJobController : OwnerController
{
    private const string ScheduledAt = "batch.kubernetes.io/cronjob-scheduled-timestamp";

    public CronJobController(ClusterView view)
        : base(view, Kinds.CronJobs, "cronjob-controller", Kinds.Jobs)
    {
    }

    public override IEnumerable<WorkKey> Concerns(GroupResource resource, Change change) =>
        resource == Kinds.Jobs && change.After!.ControllerUid is null ? [] : base.Concerns(resource, change);

    public override async Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken)
    {
        if (View.Read(key) is not { IsTerminating: false } cron)
        {
            return null;
        }

        var jobs = View.ControlledBy(cron.Uid!, Kinds.Jobs).Select(job => (Stored: job, Job: View.Read(Kinds.Jobs, job)!)).ToList();
        await CleanUpAsync(cron, jobs, "Complete", "successfulJobsHistoryLimit", 3);
        await CleanUpAsync(cron, jobs, "Failed", "failedJobsHistoryLimit", 1);
        var active = jobs.Where(static job => !JobStatus.IsFinished(job.Job)).ToList();
        var status = (JsonObject?)cron.Part("status")?.DeepClone() ?? [];
        var zone = TimeZoneInfo.Utc;
        var hasZone = cron.Text("spec", "timeZone") is not { Length: > 0 } id || TimeZoneInfo.TryFindSystemTimeZoneById(id, out zone);
        var next = cron.Flag("spec", "suspend") || !hasZone || CronSchedule.Parse(cron.Text("spec", "schedule")) is not { } schedule
            ? null
            : await RunAsync(cron, schedule, zone!, active, status);
        Describe(status, active.ConvertAll(static job => job.Job), jobs.ConvertAll(static job => job.Job));
        await WriteStatusAsync(cron, status);
        return next;
    }

    /// <summary>Makes the Job of the last time that has come, if there is one.</summary>
    /// <returns>How long it is until the next time.</returns>
    private async Task<TimeSpan?> RunAsync(
        KubernetesObject cron, CronSchedule schedule, TimeZoneInfo zone, List<(StoredObject Stored, KubernetesObject Job)> active, JsonObject status)
    {
        var now = View.Cluster.Options.TimeProvider.GetUtcNow();
        var last = Fields.Time(Fields.Text(status, "lastScheduleTime")) ?? Fields.Time(cron.Text("metadata", "creationTimestamp")) ?? now;
        DateTimeOffset? due = null;
        var next = Next(schedule, last, zone);
        while (next is { } time && time <= now)
        {
            due = time;
            next = Next(schedule, time, zone);
        }

        if (due is { } scheduled && !IsTooLate(cron, scheduled, now))
        {
            await StartAsync(cron, scheduled, active, status);
        }

        return next - now;
    }

    private async Task StartAsync(
        KubernetesObject cron, DateTimeOffset scheduled, List<(StoredObject Stored, KubernetesObject Job)> active, JsonObject status)
    {
        var policy = cron.Text("spec", "concurrencyPolicy");
        if (policy == "Forbid" && active.Count > 0)
        {
            return;
        }

        if (policy == "Replace")
        {
            foreach (var job in active)
            {
                await Client.DeleteAsync(Kinds.Jobs, job.Stored, DeletionOptions.Background);
            }

            active.Clear();
        }

        try
        {
            var made = await Client.CreateAsync(Kinds.Jobs, cron.Namespace, Job(cron, scheduled));
            active.Add((made, View.Read(Kinds.Jobs, made)!));
        }
        catch (ApiError error) when (error.Reason == "AlreadyExists")
        {
            // It was made before, but that was not written down.
        }

        status["lastScheduleTime"] = Fields.Time(scheduled);
    }

    private static DateTimeOffset? Next(CronSchedule schedule, DateTimeOffset after, TimeZoneInfo zone)
    {
        if (schedule.Next(TimeZoneInfo.ConvertTime(after, zone).DateTime) is not { } local)
        {
            return null;
        }

        // A time that the clocks skip comes when they have been put forward.
        local = zone.IsInvalidTime(local) ? local.AddHours(1) : local;
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
    }

    private static bool IsTooLate(KubernetesObject cron, DateTimeOffset scheduled, DateTimeOffset now) =>
        cron.Number("spec", "startingDeadlineSeconds") is { } seconds && scheduled.AddSeconds(seconds) < now;

    private static JsonObject Job(KubernetesObject cron, DateTimeOffset scheduled)
    {
        var template = cron.Part("spec", "jobTemplate");
        var metadata = new JsonObject
        {
            ["name"] = $"{cron.Name}-{scheduled.ToUnixTimeSeconds() / 60}",
            ["namespace"] = cron.Namespace,
            ["annotations"] = template?["metadata"]?["annotations"]?.DeepClone() ?? new JsonObject(),
            ["ownerReferences"] = new JsonArray(ControllerReference(cron)),
        };
        metadata["annotations"]![ScheduledAt] = Fields.Time(scheduled);
        if (template?["metadata"]?["labels"] is { } labels)
        {
            metadata["labels"] = labels.DeepClone();
        }

        return new() { ["metadata"] = metadata, ["spec"] = template?["spec"]?.DeepClone() };
    }

    private static void Describe(JsonObject status, List<KubernetesObject> active, List<KubernetesObject> jobs)
    {
        // A reference stays as it was when the Job was made.
        var before = Fields.Items(status["active"]).ToDictionary(static job => Fields.Text(job, "uid"), StringComparer.Ordinal);
        status.Remove("active");
        if (active.Count > 0)
        {
            status["active"] = Fields.Copy(active.Select(job => before.GetValueOrDefault(job.Uid!) ?? new JsonObject
            {
                ["kind"] = "Job",
                ["namespace"] = job.Namespace,
                ["name"] = job.Name,
                ["uid"] = job.Uid,
                ["apiVersion"] = "batch/v1",
                ["resourceVersion"] = job.ResourceVersion,
            }));
        }

        var succeeded = jobs.Select(static job => job.Text("status", "completionTime")).Append(Fields.Text(status, "lastSuccessfulTime"))
            .Max(StringComparer.Ordinal);
        if (succeeded is { Length: > 0 })
        {
            status["lastSuccessfulTime"] = succeeded;
        }
    }

    private async Task CleanUpAsync(
        KubernetesObject cron, List<(StoredObject Stored, KubernetesObject Job)> jobs, string condition, string limit, long standard)
    {
        var ended = jobs.FindAll(job => JobStatus.Has(job.Job, condition)).OrderBy(static job => job.Job.Text("status", "startTime"), StringComparer.Ordinal).ToList();
        foreach (var job in ended.Take((int)Math.Max(0, ended.Count - (cron.Number("spec", limit) ?? standard))))
        {
            await Client.DeleteAsync(Kinds.Jobs, job.Stored, DeletionOptions.Background);
        }
    }
}
