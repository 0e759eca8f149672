using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Manifests;
using GitOps.Operator.Api;
using GitOps.Operator.Diff;
using GitOps.Operator.Reconcile;

namespace GitOps.Operator.Tests.Observing;

public sealed class DesiredMapperTests
{
    private const string Widget = """{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w"} }""";

    private static readonly NamespacedName Application = new("apps", "web");

    /// <summary>An object; the key it gets, or what is wrong.</summary>
    public static TheoryData<string, string, string> Objects => new()
    {
        { """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"} }""", "home", "ConfigMap home/a" },
        { """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"other"} }""", "home", "ConfigMap other/a" },
        { """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a","namespace":"other"} }""", "home", "Namespace a" },
        { """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"} }""", "home", "apps/Deployment home/a" },
        { """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"} }""", "", "error: namespace" },
        { """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"a"} }""", "home", "error: name" },
        { """{"apiVersion":"example.com/v1","kind":"Gadget","metadata":{"name":"a"} }""", "home", "unmapped: no kind" },
        { """{"apiVersion":"stale.example.com/v1","kind":"Gadget","metadata":{"name":"a"} }""", "home", "unmapped: incomplete" },
    };

    [Theory]
    [MemberData(nameof(Objects))]
    public async Task An_object_gets_its_key_or_a_reason(string json, string defaultNamespace, string expected)
    {
        string actual;
        try
        {
            var (objects, unmapped) = await MapAsync(defaultNamespace, json);
            actual = objects is [var mapped] ? mapped.Key.ToString() : $"unmapped: {unmapped.Single().Reason}";
        }
        catch (ManifestException refused)
        {
            actual = $"error: {refused.Message}";
            refused.Message.ShouldContain("a.yaml");
        }

        actual.ShouldStartWith(expected[..(expected.IndexOf(':', StringComparison.Ordinal) + 1)]);
        actual.ShouldContain(expected[(expected.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
    }

    [Fact]
    public async Task Objects_carry_our_marks_and_come_in_the_order_of_their_kinds()
    {
        var (objects, _) = await MapAsync(
            "home",
            """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"} }""",
            """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"} }""",
            """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"} }""",
            """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"home"} }""");
        objects.Select(static item => $"{item.Key}").ShouldBe(["Namespace home", "ConfigMap home/a", "ConfigMap home/b", "apps/Deployment home/a"]);
        foreach (var desired in objects.Select(static item => item.Parse()))
        {
            desired.Label(Names.ApplicationLabel).ShouldBe("apps.web");
            desired.Annotation(Names.TrackingIdAnnotation).ShouldBe(Marks.TrackingId(Application, desired.Key));
        }
    }

    [Fact]
    public async Task The_hash_is_of_the_content_whatever_its_order()
    {
        var (first, _) = await MapAsync("home", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"x":"1","y":"2"} }""");
        var (second, _) = await MapAsync("home", """{"kind":"ConfigMap","apiVersion":"v1","data":{"y":"2","x":"1"},"metadata":{"name":"a","uid":"gone"} }""");
        var (third, _) = await MapAsync("home", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"x":"1","y":"3"} }""");
        second[0].DesiredHash.ShouldBe(first[0].DesiredHash);
        (third[0].DesiredHash == first[0].DesiredHash).ShouldBeFalse();
    }

    [Fact]
    public async Task A_kind_that_the_same_set_defines_is_mapped()
    {
        const string Definition = """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.example.com"},
             "spec":{"group":"example.com","scope":"SCOPE","names":{"kind":"Widget","plural":"widgets"},"versions":[{"name":"v1"}]}}
            """;
        var (namespaced, unmapped) = await MapAsync("home", Widget, Definition.Replace("SCOPE", "Namespaced", StringComparison.Ordinal));
        unmapped.ShouldBeEmpty();
        namespaced.Select(static item => item.Key.ToString())
            .ShouldBe(["apiextensions.k8s.io/CustomResourceDefinition widgets.example.com", "example.com/Widget home/w"]);
        var (wide, _) = await MapAsync("home", Widget, Definition.Replace("SCOPE", "Cluster", StringComparison.Ordinal));
        wide[1].Key.Namespace.ShouldBeEmpty();
    }

    [Fact]
    public async Task Two_spellings_of_one_object_are_told_with_both_places()
    {
        var refused = await Should.ThrowAsync<ManifestException>(() => MapAsync(
            "home",
            """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"} }""",
            """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"home"} }"""));
        refused.Message.ShouldContain("a.yaml:1");
        refused.Message.ShouldContain("a.yaml:2");
    }

    private static async Task<(IReadOnlyList<GitOps.Operator.Model.DesiredObject> Objects, IReadOnlyList<GitOps.Operator.Model.UnmappedObject> Unmapped)> MapAsync(
        string defaultNamespace, params string[] objects)
    {
        var mapper = new DesiredMapper(new Served(), new KeyedHash("0123456789abcdef0123456789abcdef"u8), ResourceFilter.Everything);
        var rendered = objects.Select(static (json, index) => new RenderedObject(KubernetesObject.Parse(json), new SourceLocation("a.yaml", 1, index + 1))).ToList();
        var (mapped, unmapped, _, _) = await mapper.MapAsync(rendered, Application, defaultNamespace, managed: null, TestContext.Current.CancellationToken);
        return (mapped, unmapped);
    }

    /// <summary>A server with a few kinds, one group of which does not answer.</summary>
    private sealed class Served : IDiscovery
    {
        private static readonly ApiResource[] Resources =
        [
            ApiResource.Of("v1", "ConfigMap", "configmaps", namespaced: true),
            ApiResource.Of("v1", "Namespace", "namespaces", namespaced: false, "status"),
            ApiResource.Of("apps/v1", "Deployment", "deployments", namespaced: true, "status"),
            ApiResource.Of("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced: false, "status"),
        ];

        public ValueTask<Lookup> FindAsync(GroupVersionKind kind, CancellationToken cancellationToken) => new(
            kind.Group.StartsWith("stale.", StringComparison.Ordinal) ? new Lookup(LookupOutcome.Unknown, null)
            : Array.Find(Resources, resource => resource.GroupVersionKind == kind) is { } found ? new(LookupOutcome.Found, found)
            : new(LookupOutcome.Absent, null));

        public ValueTask<Lookup> FindPreferredAsync(GroupKind kind, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<ApiResource>> AllAsync(CancellationToken cancellationToken) => new(Resources);

        public Task RefreshAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
