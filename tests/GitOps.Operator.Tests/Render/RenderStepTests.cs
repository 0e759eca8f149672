using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Testing.Repositories;

namespace GitOps.Operator.Tests.Render;

/// <summary>What makes the step render, and what does not.</summary>
public sealed class RenderStepTests : IDisposable
{
    private const string Widget = "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w}\n";

    private readonly RenderBed _bed = new();

    public void Dispose() => _bed.Dispose();

    /// <summary>A change, and the Applications that it makes render: overlays of one base, of the other, of both, and a plain directory.</summary>
    public static TheoryData<string, string, string> Changes => new()
    {
        { "bases/one/map.yaml", "map", "a both" },
        { "bases/two/map.yaml", "map", "b both" },
        { "bases/deep/map.yaml", "map", "b both" },
        { "overlays/a/kustomization.yaml", "edit", "a" },
        { "bases/one/kustomization.yml", "resources: []\n", "a both" },
        { "bases/one/readme.md", "text", "" },
        { "bases/one/unused.yaml", "map", "" },
        { "bases/one/nested/unused.yaml", "map", "" },
        { "overlays/a/readme.md", "text", "" },
        { "plain/a.yaml", "map", "plain" },
        { "plain/new.yaml", "map", "plain" },
        { "plain/notes.txt", "more", "" },
        { "plain/skipped.yaml", "map", "" },
        { "plain/below/unused.yaml", "map", "" },
        { "docs/readme.md", "text", "" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_commit_renders_who_reads_what_it_changes_and_nobody_else(string path, string text, string expected)
    {
        Write("bases/one/kustomization.yaml", "resources: [map.yaml]\n");
        Write("bases/two/kustomization.yaml", "resources: [map.yaml, ../deep]\n");
        Write("bases/deep/kustomization.yaml", "resources: [map.yaml]\n");
        foreach (var name in (string[])["one", "two", "deep"])
        {
            Write($"bases/{name}/map.yaml", RandomRepository.Map(name));
            Write($"bases/{name}/unused.yaml", RandomRepository.Map(name));
            Write($"bases/{name}/nested/unused.yaml", RandomRepository.Map(name));
        }

        Write("overlays/a/kustomization.yaml", "resources: [../../bases/one]\n");
        Write("overlays/b/kustomization.yaml", "resources: [../../bases/two]\n");
        Write("overlays/both/kustomization.yaml", "resources: [../../bases/one, ../../bases/two]\n");
        Write("plain/a.yaml", RandomRepository.Map("a"));
        Write("plain/skipped.yaml", RandomRepository.Map("b"));
        Write("plain/notes.txt", "text");
        Write("plain/below/unused.yaml", RandomRepository.Map("c"));
        RepositoryApplication[] applications = [new("overlays/a"), new("overlays/b"), new("overlays/both"), new("plain", Exclude: "skipped.yaml")];
        var first = _bed.Repository.Commit();
        var runtimes = applications.Select(application => _bed.Start(application)).ToList();
        foreach (var runtime in runtimes)
        {
            (await _bed.CountedPassAsync(runtime, first)).ShouldBe((null, 1));
        }

        Write(path, text == "map" ? RandomRepository.Map("changed") : text == "edit" ? "resources: [../../bases/one]\nnamePrefix: x-\n" : text);
        var second = _bed.Repository.Commit();
        var restarted = applications.Select((application, i) => _bed.Start(application, _bed.InventoryOf(runtimes[i]))).ToList();
        foreach (var all in (List<ApplicationRuntime>[])[runtimes, restarted])
        {
            var rendered = new List<string>();
            for (var i = 0; i < all.Count; i++)
            {
                rendered.AddRange((await _bed.CountedPassAsync(all[i], second)).Renderings > 0 ? [applications[i].Path.Split('/')[^1]] : []);
            }

            string.Join(' ', rendered).ShouldBe(expected);
        }
    }

    [Fact]
    public async Task A_commit_of_other_files_renders_who_names_the_commit_and_nobody_else()
    {
        foreach (var (name, label) in (IEnumerable<(string, string)>)[("names", "$ARGOCD_APP_REVISION_SHORT"), ("other", "$ARGOCD_APP_NAME")])
        {
            Write($"{name}/kustomization.yaml", "resources: [map.yaml]\nvars: []\n");
            Write($"{name}/map.yaml", RandomRepository.Map(name));
            Write($"{name}/.argocd-source.yaml", $"kustomize: {{commonLabels: {{from: {label}}}}}\n");
        }

        var first = _bed.Repository.Commit();
        var (names, other) = (_bed.Start(new("names")), _bed.Start(new("other")));
        (await _bed.CountedPassAsync(names, first)).ShouldBe((null, 1));
        (await _bed.CountedPassAsync(other, first)).ShouldBe((null, 1));
        names.Target!.Warnings.ShouldBe(["names/kustomization.yaml: 'vars' is deprecated; use 'replacements' instead"]);
        var second = _bed.Repository.CommitFile("docs/readme.md", "text");

        foreach (var runtime in (ApplicationRuntime[])[_bed.Start(new("other"), _bed.InventoryOf(other)), other])
        {
            (await _bed.CountedPassAsync(runtime, second)).ShouldBe((null, 0));
        }

        foreach (var runtime in (ApplicationRuntime[])[_bed.Start(new("names"), _bed.InventoryOf(names)), names])
        {
            (await _bed.CountedPassAsync(runtime, first)).ShouldBe((null, 0));
            (await _bed.CountedPassAsync(runtime, second)).ShouldBe((null, 1));
            runtime.Target!.Revision.ShouldBe(second);
        }
    }

    [Fact]
    public async Task What_the_inventory_says_is_used_only_if_all_of_it_fits()
    {
        var sha = _bed.Repository.CommitFile("app/a.yaml", RandomRepository.Map("a"));
        var application = new RepositoryApplication("app");
        var runtime = _bed.Start(application);
        await _bed.PassAsync(runtime, sha);
        var next = _bed.Repository.CommitFile("docs/readme.md", "text");

        (await RenderingsAsync(static header => header)).ShouldBe(0);
        (await RenderingsAsync(static header => header with { InputsHash = "other" })).ShouldBe(1);
        (await RenderingsAsync(static header => header with { Inputs = header.Inputs[1..] })).ShouldBe(1);
        (await RenderingsAsync(static header => header with { Inputs = [], InputsHash = InputRecords.HashOf([]) })).ShouldBe(1);
        (await RenderingsAsync(static header => header with { OptionsHash = "other" })).ShouldBe(1);
        (await RenderingsAsync(static header => header with { RendererVersion = "other" })).ShouldBe(1);
        (await RenderingsAsync(static header => header with { KeyId = "other" })).ShouldBe(1);
        (await RenderingsAsync(static header => header with { Pending = true })).ShouldBe(1);
        (await RenderingsAsync(static header => header with { Revision = null })).ShouldBe(1);

        async Task<int> RenderingsAsync(Func<InventoryHeader, InventoryHeader> change) =>
            (await _bed.CountedPassAsync(_bed.Start(application, _bed.InventoryOf(runtime, change)), next)).Renderings;
    }

    [Fact]
    public async Task Other_options_render_again()
    {
        Write("app/kustomization.yaml", "resources: [map.yaml]\n");
        Write("app/map.yaml", RandomRepository.Map("a"));
        Write("app/patch.yaml", RandomRepository.Map("a"));
        Write("part/kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: p-\n");
        var sha = _bed.Repository.Commit();
        var runtime = _bed.Start(new("app"));
        await _bed.PassAsync(runtime, sha);

        foreach (var application in (RepositoryApplication[])[
            new("app", NamePrefix: "x-"), new("app", Components: "../part"), new("app", PatchPath: "patch.yaml"), new("app", Include: "a"), new("app", Exclude: "a"),
            new("app", Recurse: true), new("part")])
        {
            var changed = _bed.Start(application);
            (changed.Target, changed.Checked) = (runtime.Target, runtime.Checked);
            (await _bed.CountedPassAsync(changed, sha)).Renderings.ShouldBe(1, application.ToString());
            (await _bed.CountedPassAsync(_bed.Start(application, _bed.InventoryOf(runtime)), sha)).Renderings.ShouldBe(1, application.ToString());
        }
    }

    [Fact]
    public async Task Options_whose_texts_run_together_are_told_apart()
    {
        var sha = _bed.Repository.CommitFile("app/a.yaml", RandomRepository.Map("a"));
        var runtime = _bed.Start(new("app", Include: "a", Exclude: "b\n"));
        await _bed.PassAsync(runtime, sha);
        var other = _bed.Start(new("app", Include: "a\nb"));
        (other.Target, other.Checked) = (runtime.Target, runtime.Checked);

        (await _bed.CountedPassAsync(other, sha)).Renderings.ShouldBe(1);
    }

    [Fact]
    public async Task A_failure_is_told_for_each_commit_and_rendered_again_only_if_it_may_be_over()
    {
        var first = _bed.Repository.CommitFile("app/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [}\n");
        var runtime = _bed.Start(new("app"));
        var (problem, renderings) = await _bed.CountedPassAsync(runtime, first);
        renderings.ShouldBe(1);
        problem.ShouldNotBeNull().ShouldStartWith($"commit {first[..7]}: app/a.yaml");

        var second = _bed.Repository.CommitFile("docs/readme.md", "text");
        (await _bed.CountedPassAsync(runtime, second)).ShouldBe((problem.Replace(first[..7], second[..7], StringComparison.Ordinal), 0));
        var third = _bed.Repository.CommitFile("app/a.yaml", RandomRepository.Map("a"));
        (await _bed.CountedPassAsync(runtime, third)).ShouldBe((null, 1));
    }

    [Fact]
    public async Task A_manifest_that_does_not_suit_the_cluster_is_tried_with_each_commit()
    {
        var first = _bed.Repository.CommitFile("app/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a}\n");
        var runtime = _bed.Start(new("app"));
        (await _bed.CountedPassAsync(runtime, first)).Renderings.ShouldBe(1);

        (await _bed.CountedPassAsync(runtime, _bed.Repository.CommitFile("docs/readme.md", "text"))).Renderings.ShouldBe(1);
    }

    [Fact]
    public async Task An_object_of_an_unknown_kind_is_tried_again_also_after_an_unrelated_commit()
    {
        var first = _bed.Repository.CommitFile("app/a.yaml", Widget);
        var runtime = _bed.Start(new("app"));
        await _bed.PassAsync(runtime, first);
        runtime.Target!.Unmapped.Length.ShouldBe(1);
        var second = _bed.Repository.CommitFile("docs/readme.md", "text");
        await _bed.PassAsync(runtime, second);

        _bed.Discovery.Resources.Add(ApiResource.Of("example.org/v1", "Widget", "widgets", namespaced: true));
        await _bed.PassAsync(runtime, second);
        runtime.Target!.Unmapped.ShouldBeEmpty();
        runtime.Target.Objects.Length.ShouldBe(1);
    }

    private void Write(string path, string text) => _bed.Repository.Write(path, text);
}
