using GitOps.Manifests.Plain;
using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Tests.Trees;

/// <summary>A commit re-renders what it changes, and nothing else.</summary>
public sealed class RecordingSourceTreeTests
{
    private static readonly Dictionary<string, string> Base = new(StringComparer.Ordinal)
    {
        ["app/a.yaml"] = Files.ConfigMap("a"),
        ["shared/b.yaml"] = Files.ConfigMap("b"),
        ["other/c.yaml"] = Files.ConfigMap("c"),
    };

    private static readonly Dictionary<string, string> Links = new(StringComparer.Ordinal)
    {
        ["app/b.yaml"] = "../shared/b.yaml",
        ["app/later.yaml"] = "../shared/later.yaml",
        ["app/out.txt"] = "../../outside",
    };

    [Fact]
    public Task The_same_content_holds() => HoldsAsync(true);

    [Fact]
    public Task A_change_elsewhere_holds() => HoldsAsync(true, files => files["other/c.yaml"] = Files.ConfigMap("changed"));

    [Fact]
    public Task A_changed_file_does_not_hold() => HoldsAsync(false, files => files["app/a.yaml"] = Files.ConfigMap("changed"));

    [Fact]
    public Task A_new_file_in_the_directory_does_not_hold() => HoldsAsync(false, files => files["app/new.yaml"] = Files.ConfigMap("new"));

    [Fact]
    public Task A_changed_target_of_a_link_does_not_hold() => HoldsAsync(false, files => files["shared/b.yaml"] = Files.ConfigMap("changed"));

    [Fact]
    public Task A_removed_target_of_a_link_does_not_hold() => HoldsAsync(false, files => files.Remove("shared/b.yaml"));

    [Fact]
    public Task A_target_that_appears_does_not_hold() => HoldsAsync(false, files => files["shared/later.yaml"] = Files.ConfigMap("later"));

    [Fact]
    public Task A_link_that_leads_elsewhere_does_not_hold() => HoldsAsync(false, changeLinks: links => links["app/b.yaml"] = "../other/c.yaml");

    [Fact]
    public async Task A_file_that_was_looked_for_and_appears_does_not_hold()
    {
        var recording = new RecordingSourceTree(MemorySourceTree.Of(Base, Links));
        (await SourceDetection.DetectAsync(recording, "app", TestContext.Current.CancellationToken)).ShouldBe(SourceKind.Directory);
        var later = new Dictionary<string, string>(Base, StringComparer.Ordinal) { ["app/kustomization.yaml"] = "resources: []\n" };

        (await recording.Inputs.HoldAsync(MemorySourceTree.Of(later, Links), TestContext.Current.CancellationToken)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_listing_does_not_hold_once_a_link_in_it_leads_to_something()
    {
        var recording = new RecordingSourceTree(MemorySourceTree.Of(Base, Links));
        await recording.ListAsync("app", TestContext.Current.CancellationToken);
        var later = new Dictionary<string, string>(Base, StringComparer.Ordinal) { ["shared/later.yaml"] = string.Empty };

        (await recording.Inputs.HoldAsync(MemorySourceTree.Of(Base, Links), TestContext.Current.CancellationToken)).ShouldBeTrue();
        (await recording.Inputs.HoldAsync(MemorySourceTree.Of(later, Links), TestContext.Current.CancellationToken)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_listing_does_not_hold_once_a_link_in_it_leads_elsewhere()
    {
        var recording = new RecordingSourceTree(MemorySourceTree.Of(Base, Links));
        await recording.ListAsync("app", TestContext.Current.CancellationToken);
        var links = new Dictionary<string, string>(Links, StringComparer.Ordinal) { ["app/b.yaml"] = "../other/c.yaml" };

        (await recording.Inputs.HoldAsync(MemorySourceTree.Of(Base, links), TestContext.Current.CancellationToken)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_link_to_nothing_does_not_hold_once_it_leads_to_something_though_its_directory_is_the_same()
    {
        var recording = new RecordingSourceTree(MemorySourceTree.Of(Base, Links));
        await recording.FindAsync("app", TestContext.Current.CancellationToken);
        (await recording.FindAsync("app/later.yaml", TestContext.Current.CancellationToken)).ShouldBeNull();
        var later = new Dictionary<string, string>(Base, StringComparer.Ordinal) { ["shared/later.yaml"] = string.Empty };

        (await recording.Inputs.HoldAsync(MemorySourceTree.Of(later, Links), TestContext.Current.CancellationToken)).ShouldBeFalse();
        (await recording.Inputs.Coarse().HoldAsync(MemorySourceTree.Of(later, Links), TestContext.Current.CancellationToken)).ShouldBeFalse();
    }

    private static async Task HoldsAsync(
        bool expected, Action<Dictionary<string, string>>? changeFiles = null, Action<Dictionary<string, string>>? changeLinks = null)
    {
        var result = await MemorySourceTree.Of(Base, Links).RenderAsync(new PlainOptions("app"));
        result.Objects.Select(item => item.Object.Name).ShouldBe(["a", "b"]);
        var files = new Dictionary<string, string>(Base, StringComparer.Ordinal);
        var links = new Dictionary<string, string>(Links, StringComparer.Ordinal);
        changeFiles?.Invoke(files);
        changeLinks?.Invoke(links);

        (await result.Inputs.HoldAsync(MemorySourceTree.Of(files, links), TestContext.Current.CancellationToken)).ShouldBe(expected);
    }
}
