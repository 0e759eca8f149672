using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Api;

public sealed class ResourceInventoryTests
{
    private const string Hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Uid = "3f2a1b4c-5d6e-7f80-91a2-b3c4d5e6f708";

    [Fact]
    public void A_page_is_read_back_as_it_was_written()
    {
        var page = Page(
            new(new("apps", "Deployment", "web", "front"), "v1", Uid, Hash, new(Uid, 3, "e", "2026-01-01T00:00:00Z", "m", "v", "spec.x")),
            new(new("", "ConfigMap", "web", "front"), "v1", Uid, Hash, new("another", null, "e", "t", "m", "v", null)),
            new(new("", "Namespace", "", "web"), "v1", "", "", null) { Change = EntryChange.Created, PruneWave = 0 }) with
        {
            ChangesAfter = 3,
            Deleted = [new("", "ConfigMap", "web", "old"), new("apps", "Deployment", "web", "old")],
        };

        var found = page.ToObject();
        ResourceInventory.TryParse(found, out var read, out var error).ShouldBeTrue(error);

        read.ShouldNotBeNull().Entries.ShouldBe(page.Entries);
        read.Deleted.ShouldBe(page.Deleted);
        (read with { Entries = [], Header = null, Deleted = [] }).ShouldBe(page with { Entries = [], Header = null, Deleted = [] });
        read.Header!.Inputs.Select(static input => (input.Path, input.Id)).ShouldBe([("apps/web", "tree"), ("apps/web/gone.yaml", null)]);
        (read.Header with { Inputs = [] }).ShouldBe(page.Header! with { Inputs = [] });
        KubernetesJson.ToText(found.At("spec", "entries")).ShouldNotContain($"\"fingerprint\":{{\"uid\":\"{Uid}\"");
    }

    [Fact]
    public void A_page_belongs_to_its_application_and_is_held_by_our_finalizer()
    {
        var found = Page().ToObject();

        found.Label("gitops-operator.dev/application").ShouldBe("team-a.guestbook");
        found.Finalizers.ShouldBe(["gitops-operator.dev/inventory"]);
        KubernetesJson.ToText(found.At("metadata", "ownerReferences")).ShouldBe(
            """[{"apiVersion":"gitops-operator.dev/v1alpha1","kind":"Application","name":"guestbook","uid":"app-uid","controller":true}]""");
        found.GroupVersionKind.ShouldBe(Names.ResourceInventory.GroupVersionKind);
    }

    [Fact]
    public void A_page_without_entries_is_an_empty_page_and_no_error()
    {
        ResourceInventory.TryParse(Page().ToObject(), out var read, out _).ShouldBeTrue();
        read!.Entries.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("entries", """[{"kind":"X","name":"a","version":"v1"},{"kind":"X","version":"v1"}]""", "spec.entries[1].name")]
    [InlineData("entries", """[{"kind":"X","name":5,"version":"v1"}]""", "spec.entries[0].name")]
    [InlineData("entries", """[{"kind":"X","name":"a","version":"v1","fingerprint":{"entryHash":"e"}}]""", "spec.entries[0].fingerprint.entryTime")]
    [InlineData("entries", """[null]""", "spec.entries[0]")]
    [InlineData("entries", """{}""", "spec.entries")]
    [InlineData("page", "\"0\"", "spec.page")]
    [InlineData("pages", "null", "spec.pages")]
    [InlineData("application", "\"other\"", "metadata.ownerReferences")]
    public void A_page_with_anything_wrong_in_it_is_unreadable(string field, string value, string named)
    {
        var found = Page().ToObject();
        found.Json["spec"]![field] = KubernetesJson.Parse(value);

        ResourceInventory.TryParse(found, out var page, out var error).ShouldBeFalse();
        page.ShouldBeNull();
        error.ShouldNotBeNull().ShouldContain(named);
    }

    [Fact]
    public void A_page_without_spec_or_owner_is_unreadable()
    {
        var found = Page().ToObject();
        found.Metadata!.Remove("ownerReferences");
        ResourceInventory.TryParse(found, out _, out var error).ShouldBeFalse();
        error.ShouldNotBeNull().ShouldContain("ownerReferences");

        found.Json["spec"] = new JsonArray();
        ResourceInventory.TryParse(found, out _, out error).ShouldBeFalse();
        error.ShouldNotBeNull().ShouldContain("spec");
    }

    [Fact]
    public void A_full_page_stays_far_below_what_the_store_takes()
    {
        var entries = Enumerable.Range(0, ResourceInventory.MaxEntries).Select(static i => new InventoryEntry(
            new("networking.k8s.io", "NetworkPolicy", "a-namespace-of-forty-characters-in-length", $"an-object-with-a-name-of-some-length-{i:00000}"),
            "v1", Uid, Hash, new(Uid, 12, Hash, "2026-01-01T00:00:00Z", Hash, Hash, null)));

        var size = (Page() with { Entries = [.. entries] }).ToObject().ToUtf8().Length;

        size.ShouldBeLessThan(700_000);
    }

    private static ResourceInventory Page(params ReadOnlySpan<InventoryEntry> entries) => new()
    {
        Namespace = "team-a",
        Name = "guestbook-0",
        Application = "guestbook",
        ApplicationUid = "app-uid",
        Page = 0,
        Pages = 2,
        Header = new()
        {
            Revision = "abc",
            InputsHash = "i",
            Inputs = [new() { Path = "apps/web", Id = "tree" }, new() { Path = "apps/web/gone.yaml" }],
            OptionsHash = "o",
            RendererVersion = "1",
            KeyId = "k",
            Pending = true,
        },
        Entries = [.. entries],
    };
}
