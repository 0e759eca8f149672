using GitOps.Operator.Reconcile;
using GitOps.Operator.Tests.Helm;

namespace GitOps.Operator.Tests.Sources;

/// <summary>When one of several sources changes, only that one is rendered, and those that read it.</summary>
public sealed class RenderedPartTests : IDisposable
{
    private const string Kustomization = "resources: [map.yaml]\n";

    private static readonly string[] Three =
    [
        """{"repoURL": "a", "path": "app"}""",
        """{"repoURL": "b", "path": "chart", "helm": {"valueFiles": ["$values/web/prod.yaml"]}}""",
        """{"repoURL": "c", "path": "extras", "ref": "values"}""",
    ];

    private readonly SourcesBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task Only_the_source_that_changed_is_rendered_again_and_those_that_read_it()
    {
        PushAll();
        var runtime = SourcesBed.Start(Three);
        (await _bed.PassAsync(runtime)).ShouldBe("a c helm");
        (await _bed.PassAsync(runtime)).ShouldBeEmpty();

        A("two");
        (await ComparedAsync(runtime)).ShouldBe("a");
        Chart("replicas: 2");
        (await ComparedAsync(runtime)).ShouldBe("helm");

        // The values are read by the chart, the rest of that repository is not.
        Extras("one", "replicas: 3");
        (await ComparedAsync(runtime)).ShouldBe("helm");
        Extras("two", "replicas: 3");
        (await ComparedAsync(runtime)).ShouldBe("c");
        Extras("three", "replicas: 4");
        (await ComparedAsync(runtime)).ShouldBe("c helm");
        _bed.Repositories.Push([("elsewhere/readme.md", "text"), .. AppFiles("two")], repository: "a");
        (await ComparedAsync(runtime)).ShouldBeEmpty();

        A("three");
        Chart("replicas: 5");
        (await ComparedAsync(runtime)).ShouldBe("a helm");
    }

    [Fact]
    public async Task A_source_that_fails_costs_the_others_nothing()
    {
        PushAll();
        var runtime = SourcesBed.Start(Three);
        await _bed.PassAsync(runtime);
        Extras("one: [", "replicas: 2");
        (await _bed.PassAsync(runtime)).ShouldSatisfyAllConditions(
            static said => said.ShouldStartWith("c revisions "), static said => said.ShouldContain("spec.sources[2]/extras/kustomization.yaml"));

        // Rendered before the one that fails: it is not rendered again when that is mended.
        A("two");
        (await _bed.PassAsync(runtime)).ShouldStartWith("a c revisions ");
        Extras("two", "replicas: 2");
        (await ComparedAsync(runtime)).ShouldBe("c");
    }

    [Fact]
    public async Task Other_settings_of_one_source_render_that_one()
    {
        PushAll();
        var runtime = SourcesBed.Start(Three);
        await _bed.PassAsync(runtime);

        SourcesBed.Start([Three[0], """{"repoURL": "b", "path": "chart", "helm": {"values": "x: y", "valueFiles": ["$values/web/prod.yaml"]}}""", Three[2]], runtime);
        (await _bed.PassAsync(runtime)).ShouldBe("helm");
        SourcesBed.Start([Three[0], Three[1], """{"repoURL": "c", "path": "extras", "ref": "values", "kustomize": {"namePrefix": "x-"}}"""], runtime);
        (await _bed.PassAsync(runtime)).ShouldBe("c helm");
        SourcesBed.Start([Three[0], Three[1], """{"repoURL": "c", "ref": "values"}"""], runtime);
        (await _bed.PassAsync(runtime)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Sources_that_change_places_are_rendered_as_if_nothing_was_known()
    {
        PushAll();
        var runtime = SourcesBed.Start(Three);
        await _bed.PassAsync(runtime);
        string[] turned = [Three[2], Three[0], Three[1]];

        SourcesBed.Start(turned, runtime);
        await _bed.PassAsync(runtime);
        var fresh = SourcesBed.Start(turned);
        await _bed.PassAsync(fresh);
        SourcesBed.TextOf(runtime).ShouldBe(SourcesBed.TextOf(fresh));
    }

    [Fact]
    public async Task One_source_beside_those_that_are_only_read_keeps_nothing()
    {
        PushAll();
        var runtime = SourcesBed.Start([Three[1], """{"repoURL": "c", "ref": "values"}"""]);
        (await _bed.PassAsync(runtime)).ShouldBe("helm");
        runtime.Parts.ShouldBeEmpty();
    }

    private static IEnumerable<(string, string)> AppFiles(string value) => [("app/kustomization.yaml", Kustomization), ("app/map.yaml", HelmBed.Map("app", $"text: {value}"))];

    /// <summary>What was rendered; and it is what comes of rendering everything.</summary>
    private async Task<string> ComparedAsync(ApplicationRuntime runtime)
    {
        var said = await _bed.PassAsync(runtime);
        var fresh = SourcesBed.Start(Three);
        await _bed.PassAsync(fresh);
        if (said.Length > 0)
        {
            SourcesBed.TextOf(runtime).ShouldBe(SourcesBed.TextOf(fresh));
        }

        return said;
    }

    private void PushAll()
    {
        A("one");
        Chart("replicas: 1");
        Extras("one", "replicas: 2");
    }

    private void A(string value) => _bed.Repositories.Push(AppFiles(value), repository: "a");

    private void Chart(string values) => _bed.Repositories.Push(
        [("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n"), ("chart/values.yaml", values), ("chart/templates/map.yaml", "{{ .Values.replicas }}")], repository: "b");

    private void Extras(string value, string values) => _bed.Repositories.Push(
        [("extras/kustomization.yaml", Kustomization), ("extras/map.yaml", HelmBed.Map("extra", $"text: {value}")), ("web/prod.yaml", values)], repository: "c");
}
