using System.Globalization;
using GitOps.Sandbox.Controllers.Workloads;
using static GitOps.Sandbox.Tests.Controllers.WorkloadCluster;

namespace GitOps.Sandbox.Tests.Controllers;

public sealed class CronJobTests
{
    private const string CronJobs = "/apis/batch/v1/namespaces/default/cronjobs";

    [Theory]
    [InlineData("* * * * *", "2026-01-01 00:00:30", "2026-01-01 00:01")]
    [InlineData("*/15 * * * *", "2026-01-01 00:16", "2026-01-01 00:30")]
    [InlineData("5,10 2-4 * * *", "2026-01-01 02:10", "2026-01-01 03:05")]
    [InlineData("0 0 29 2 *", "2026-01-01 00:00", "2028-02-29 00:00")]
    [InlineData("0 12 * * mon-fri", "2026-01-02 12:00", "2026-01-05 12:00")]
    [InlineData("0 0 13 * 5", "2026-02-01 00:00", "2026-02-06 00:00")]
    [InlineData("0 0 * * 7", "2026-01-01 00:00", "2026-01-04 00:00")]
    [InlineData("@monthly", "2026-01-01 00:00", "2026-02-01 00:00")]
    public void A_schedule_names_its_next_time(string schedule, string after, string next) =>
        CronSchedule.Parse(schedule)!.Next(DateTime.Parse(after, CultureInfo.InvariantCulture)).ShouldBe(DateTime.Parse(next, CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("60 * * * *")]
    [InlineData("*/0 * * * *")]
    [InlineData("0 0 * * someday")]
    public void What_is_no_schedule_is_not_read(string schedule) => CronSchedule.Parse(schedule).ShouldBeNull();

    [Fact]
    public async Task A_job_is_made_at_each_time_and_the_last_few_are_kept()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(CronJobs, """
            {"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"c"},"spec":{"schedule":"*/10 * * * *","successfulJobsHistoryLimit":2,
            "jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}}}}}
            """);
        await cluster.AdvanceAsync(TimeSpan.FromMinutes(9));
        (await cluster.ListAsync(Jobs)).ShouldBeEmpty();
        for (var i = 0; i < 4; i++)
        {
            await cluster.AdvanceAsync(TimeSpan.FromMinutes(i == 0 ? 1 : 10));
        }

        (await cluster.ListAsync(Jobs)).Count.ShouldBe(2);
        var status = (await cluster.GetAsync($"{CronJobs}/c"))["status"]!;
        status["lastScheduleTime"]!.GetValue<string>().ShouldBe("2026-01-01T00:40:00Z");
        status["lastSuccessfulTime"]!.GetValue<string>().ShouldBe("2026-01-01T00:40:00Z");
        status["active"].ShouldBeNull();
    }

    [Theory]
    [InlineData("Forbid", 1)]
    [InlineData("Replace", 1)]
    [InlineData("Allow", 2)]
    public async Task A_job_that_still_runs_is_treated_as_the_policy_says(string policy, int running)
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(CronJobs, $$$"""
            {"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"c"},"spec":{"schedule":"* * * * *","concurrencyPolicy":"{{{policy}}}",
            "jobTemplate":{"spec":{"template":{"metadata":{"annotations":{ {{{Script("ready")}}} } },"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]} } } } } }
            """);
        await cluster.AdvanceAsync(TimeSpan.FromMinutes(1));
        var first = (await cluster.ListAsync(Jobs)).ShouldHaveSingleItem()["metadata"]!["name"]!.GetValue<string>();
        await cluster.AdvanceAsync(TimeSpan.FromMinutes(1));

        var jobs = await cluster.ListAsync(Jobs);
        jobs.Count.ShouldBe(running);
        jobs.Any(job => job["metadata"]!["name"]!.GetValue<string>() == first).ShouldBe(policy != "Replace");
    }
}
