using GitOps.Operator.Controllers;
using GitOps.Operator.Helm;
using GitOps.Operator.Render;
using GitOps.Operator.Tests.Git;
using GitOps.Operator.Tests.Render;
using GitOps.Testing;
using GitOps.Testing.Repositories;

namespace GitOps.Operator.Tests.Helm;

public sealed class RenderStepWithChartsTests
{
    [Fact]
    public async Task A_helm_that_cannot_be_run_is_no_fault_of_the_chart_and_is_tried_again()
    {
        GitTestBed? git = null;
        var program = string.Empty;
        using var bed = new RenderBed(created =>
        {
            git = created;
            program = Path.Combine(created.Root, "helm");
            return HelmStage.Create(
                new() { Helm = program, CacheDirectory = Path.Combine(created.Root, "charts"), HelmIsolation = HelmIsolation.Jail }, null, null, created.Time);
        });
        bed.Repository.Write("app/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n");
        bed.Repository.Write("app/templates/a.yaml", HelmBed.Map("{{ .Release.Name }}", "text: {{ .Values.text | default \"none\" | quote }}"));
        var first = bed.Repository.Commit();
        var runtime = bed.Start(new("app"));

        (await bed.PassAsync(runtime, first)).ShouldNotBeNull().ShouldContain("there is no helm program");
        runtime.RenderFailure!.Problem.NeedsUser.ShouldBeFalse();
        runtime.RenderFailure.Problem.Reason.ShouldBe("HelmFailed");
        (await bed.CountedPassAsync(runtime, first)).Renderings.ShouldBe(0);

        File.CreateSymbolicLink(program, TestProgram.Require("GITOPS_TEST_HELM").Path);
        git!.Time.Advance(TimeSpan.FromSeconds(31));
        (await bed.CountedPassAsync(runtime, first)).ShouldBe((null, 1));
        runtime.Target!.Objects.ShouldHaveSingleItem().Key.Name.ShouldBe("web");
        RecordedFacts.HelmVersion(runtime.Target.Inputs).ShouldNotBeNull().ShouldStartWith("v");

        // A commit beside it, and a restart, render nothing; a commit in it does.
        var second = bed.Repository.CommitFile("other/values.yaml", "text: other\n");
        (await bed.CountedPassAsync(runtime, second)).ShouldBe((null, 0));
        var restarted = bed.Start(new RepositoryApplication("app"), bed.InventoryOf(runtime));
        (await bed.CountedPassAsync(restarted, second)).ShouldBe((null, 0));
        var third = bed.Repository.CommitFile("app/values.yaml", "text: third\n");
        (await bed.CountedPassAsync(restarted, third)).ShouldBe((null, 1));
    }
}
