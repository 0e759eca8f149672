using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>Jobs make pods until enough have succeeded, or too many have failed; finished ones are deleted after their time.</summary>
internal sealed class JobController : OwnerController
{
    private const string TrackingFinalizer = "batch.kubernetes.io/job-tracking";
    private const string IndexKey = "batch.kubernetes.io/job-completion-index";
    private const int FirstBackoffSeconds = 10;
    private const int LongestBackoffSeconds = 600;

    public JobController(ClusterView view)
        : base(view, Kinds.Jobs, "job-controller", Kinds.Pods)
    {
    }

    public override async Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken)
    {
        if (View.Read(key) is not { } job || job.Text("spec", "managedBy") is not ("" or "kubernetes.io/job-controller"))
        {
            return null;
        }

        var pods = await ClaimPodsAsync(job, ObjectSelector.Of(job));
        if (job.IsTerminating || JobStatus.IsFinished(job))
        {
            foreach (var pod in pods)
            {
                await ReleaseAsync(pod);
            }

            return job.IsTerminating ? null : await ExpireAsync(key, job);
        }

        return await WorkAsync(new(job, pods, View.Now));
    }

    private async Task<TimeSpan?> WorkAsync(JobLook look)
    {
        var isSuspended = look.Job.Flag("spec", "suspend");
        look.CountEnded(IsTracked);
        var verdict = look.Verdict(View.Now);
        if (verdict is not null)
        {
            look.Status.Announce(verdict.Succeeds, verdict.Reason, verdict.Message);
        }

        look.Status.Suspend(isSuspended && verdict is null);
        TimeSpan? again = null;
        if (verdict is not null || isSuspended)
        {
            foreach (var pod in look.Active.ToList())
            {
                await StopAsync(look, pod, counts: verdict is { Succeeds: false });
            }
        }
        else
        {
            look.Status.Start();
            again = await ManageAsync(look);
        }

        look.Count();
        if (await WriteStatusAsync(look.Job, look.Status.Json))
        {
            // What is let go and counted next is in what was written now.
            return again;
        }

        foreach (var pod in look.Pods.Where(static pod => pod.IsOver || pod.IsTerminating))
        {
            await ReleaseAsync(pod);
        }

        look.CountUncounted();
        if (verdict is not null && look.HaveAllEnded)
        {
            look.Status.Finish();
        }

        look.Count();
        await WriteStatusAsync(look.Job, look.Status.Json);
        return verdict is null ? Earlier(again, look.UntilDeadline(View.Now)) : null;
    }

    private static TimeSpan? Earlier(TimeSpan? left, TimeSpan? right) => left is null || right < left ? right : left;

    private bool IsTracked(PodFacts pod) => View.Read(Kinds.Pods, pod.Stored)!.Finalizers.Contains(TrackingFinalizer, StringComparer.Ordinal);

    /// <returns>When a pod may be made in place of one that failed; null: nothing waits.</returns>
    private async Task<TimeSpan?> ManageAsync(JobLook look)
    {
        foreach (var surplus in look.Active.Order(Comparer<PodFacts>.Create(PodFacts.CompareForDeletion)).Take(look.Active.Count - look.WantedActive).ToList())
        {
            await StopAsync(look, surplus, counts: false);
        }

        if (look.Active.Count >= look.WantedActive)
        {
            return null;
        }

        if (Backoff(look) is { } wait && wait > TimeSpan.Zero)
        {
            return wait;
        }

        foreach (var index in look.MissingIndexes().Take(look.WantedActive - look.Active.Count).ToList())
        {
            look.Active.Add(View.Facts(await Client.CreateAsync(Kinds.Pods, look.Job.Namespace, Pod(look.Job, index))));
        }

        return null;
    }

    /// <summary>Each pod that failed since the last success doubles the time until the next one is made.</summary>
    private TimeSpan? Backoff(JobLook look)
    {
        var ends = look.Pods.Where(static pod => pod.IsOver)
            .Select(pod => (pod.Phase, Time: FinishedAt(View.Read(Kinds.Pods, pod.Stored)!))).OrderByDescending(static end => end.Time).ToList();
        var failures = ends.TakeWhile(static end => end.Phase == "Failed").Count();
        if (failures == 0)
        {
            return null;
        }

        var seconds = Math.Min(LongestBackoffSeconds, FirstBackoffSeconds * Math.Pow(2, Math.Min(failures - 1, 10)));
        return ends[0].Time.AddSeconds(seconds) - View.Now;
    }

    private DateTimeOffset FinishedAt(KubernetesObject pod) =>
        Fields.Items(pod.At("status", "containerStatuses"))
            .Select(static status => Fields.Time(Fields.Text(status["state"]?["terminated"] as JsonObject, "finishedAt")) ?? default)
            .DefaultIfEmpty(View.Now).Max();

    private static JsonObject Pod(KubernetesObject job, long? index)
    {
        var pod = PodTemplates.Pod(job, ControllerReference(job));
        var metadata = Fields.Metadata(pod);
        metadata["finalizers"] = new JsonArray(TrackingFinalizer);
        if (index is { } number)
        {
            var text = Fields.Invariant(number);
            metadata["generateName"] = $"{job.Name}-{text}-";
            PodTemplates.Label(pod, IndexKey, text);
            Fields.Child(metadata, "annotations")[IndexKey] = text;
            var spec = Fields.Child(pod, "spec");
            spec["hostname"] = $"{job.Name}-{text}";
            foreach (var container in Fields.Items(spec["containers"]).Concat(Fields.Items(spec["initContainers"])))
            {
                container["env"] = Fields.Copy([.. Fields.Items(container["env"]), IndexVariable()]);
            }
        }

        return pod;
    }

    private static JsonObject IndexVariable() => new()
    {
        ["name"] = "JOB_COMPLETION_INDEX",
        ["valueFrom"] = new JsonObject { ["fieldRef"] = new JsonObject { ["fieldPath"] = $"metadata.labels['{IndexKey}']" } },
    };

    /// <summary>Deletes a pod that is not wanted any more; only where the Job fails is it one that failed.</summary>
    private async Task StopAsync(JobLook look, PodFacts pod, bool counts)
    {
        if (!counts)
        {
            await ReleaseAsync(pod);
        }

        await Client.DeleteAsync(Kinds.Pods, pod.Stored);
        look.Stop(pod);
    }

    private async Task ReleaseAsync(PodFacts pod) => await Client.PatchAsync(WorkKey.Of(Kinds.Pods, pod.Stored), static subject =>
        Fields.Metadata(subject.Json)["finalizers"] = new JsonArray(
            [.. subject.Finalizers.Where(static name => name != TrackingFinalizer).Select(static name => JsonValue.Create(name))]));

    private async Task<TimeSpan?> ExpireAsync(WorkKey key, KubernetesObject job)
    {
        if (job.Number("spec", "ttlSecondsAfterFinished") is not { } seconds || JobStatus.FinishedAt(job) is not { } finished)
        {
            return null;
        }

        var left = finished.AddSeconds(seconds) - View.Now;
        if (left > TimeSpan.Zero)
        {
            return left;
        }

        if (View.Find(key) is { } stored)
        {
            await Client.DeleteAsync(Kinds.Jobs, stored, DeletionOptions.Foreground);
        }

        return null;
    }
}
