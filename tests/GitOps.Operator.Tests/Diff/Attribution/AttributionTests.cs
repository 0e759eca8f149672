using System.Text.Json.Nodes;

namespace GitOps.Operator.Tests.Diff.Attribution;

/// <summary>Who gets the blame for what, beyond what is recorded: programs that work on objects in their own ways.</summary>
public sealed class AttributionTests
{
    private const string Web = """
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"ns","labels":{"app":"web","team":"a"}},"spec":{"replicas":3,
        "selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{
        "initContainers":[{"name":"first","image":"i:1"},{"name":"second","image":"i:1"}],
        "containers":[{"name":"main","image":"nginx:1","env":[{"name":"A","value":"1"},{"name":"DB_PASSWORD","value":"old"}],
        "resources":{"requests":{"cpu":"100m","memory":"64Mi"}}}]}}}}
        """;

    private const string Webhook = """
        {"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration","metadata":{"name":"hook"},
        "webhooks":[{"name":"a.example.com","admissionReviewVersions":["v1"],"sideEffects":"None","clientConfig":{"service":{"name":"s","namespace":"n"}CA}}]}
        """;

    private const string Definition = """
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","spec":{"group":"example.com","names":{"kind":"Thing"},
        "versions":[{"name":"v1","schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{PROPERTIES}}}}}}]}}
        """;

    private static readonly SortedDictionary<string, (Func<Scene> Play, string Expected)> All = new(StringComparer.Ordinal)
    {
        ["nothing happened"] = (static () => Deployed(), "none"),

        // Autoscalers.
        ["an autoscaler scales what the manifest leaves out"] = (
            static () => new Scene(Web.Replace("\"replicas\":3,", string.Empty, StringComparison.Ordinal)).Applied().Scaled("kube-controller-manager", 7), "none"),
        ["an autoscaler scales what the manifest names"] = (
            static () => Deployed().Scaled("kube-controller-manager", 7), "spec.replicas Changed: 3 → 7 kube-controller-manager Update/scale no time"),
        ["an autoscaler scales there and back"] = (
            static () => Deployed().Scaled("kube-controller-manager", 7).Scaled("kube-controller-manager", 3), "own again"),
        ["a vertical autoscaler changes our requests"] = (
            static () => Deployed().Edited("vpa-recommender", Container("""{"name":"main","resources":{"requests":{"cpu":"250m"}}}""")),
            "spec.template.spec.containers[name=main].resources.requests.cpu Changed: \"100m\" → \"250m\" vpa-recommender Update/ 02"),
        ["a vertical autoscaler spells our requests otherwise"] = (
            static () => Deployed().Edited("vpa-recommender", Container("""{"name":"main","resources":{"requests":{"cpu":"0.1"}}}""")), "none"),
        ["a vertical autoscaler adds limits"] = (
            static () => Deployed().Edited("vpa-recommender", Container("""{"name":"main","resources":{"limits":{"cpu":"1"}}}""")), "none"),

        // Injection.
        ["a mesh injects a container"] = (
            static () => Deployed().Edited("istiod", Container("""{"name":"istio-proxy","image":"proxy:1"}""")), "none"),
        ["a mesh injects an init container before ours"] = (
            static () => Deployed().Replaced("istiod", static json => PodSpec(json)["initContainers"]!.AsArray().Insert(0, new JsonObject { ["name"] = "istio-init", ["image"] = "i:1" })),
            "none"),
        ["a mesh injects a variable into our container"] = (
            static () => Deployed().Edited("istiod", Container("""{"name":"main","env":[{"name":"MESH","value":"on"}]}""")), "none"),
        ["a mesh injects an annotation and a label into our template"] = (
            static () => Deployed().Edited("istiod", """{"spec":{"template":{"metadata":{"labels":{"mesh":"on"},"annotations":{"a":"b"}}}}}"""), "none"),
        ["cert-manager injects a CA bundle that the manifest leaves out"] = (
            static () => new Scene(Hook(string.Empty)).Applied().Edited("cert-manager-cainjector", """{"webhooks":[{"name":"a.example.com","clientConfig":{"caBundle":"YWJj"}}]}"""), "none"),
        ["cert-manager replaces a CA bundle of the manifest"] = (
            static () => new Scene(Hook(",\"caBundle\":\"eHl6\"")).Applied().Edited("cert-manager-cainjector", """{"webhooks":[{"name":"a.example.com","clientConfig":{"caBundle":"YWJj"}}]}"""),
            "webhooks[name=a.example.com].clientConfig.caBundle Changed: \"eHl6\" → \"YWJj\" cert-manager-cainjector Update/ 02"),
        ["cert-manager writes the same CA bundle"] = (
            static () => new Scene(Hook(",\"caBundle\":\"YWJj\"")).Applied().Edited("cert-manager-cainjector", """{"webhooks":[{"name":"a.example.com","clientConfig":{"caBundle":"YWJj"}}]}"""), "none"),

        // People.
        ["a variable in a list is edited"] = (
            static () => Deployed().Edited("kubectl-edit", Container("""{"name":"main","env":[{"name":"A","value":"2"}]}""")),
            "spec.template.spec.containers[name=main].env[name=A].value Changed: \"1\" → \"2\" kubectl-edit Update/ 02"),
        ["a variable that sounds secret is edited"] = (
            static () => Deployed().Edited("kubectl-edit", Container("""{"name":"main","env":[{"name":"DB_PASSWORD","value":"new"}]}""")),
            "spec.template.spec.containers[name=main].env[name=DB_PASSWORD].value Changed: \"(secret)\" → \"(secret)\" kubectl-edit Update/ 02"),
        ["a variable is turned into a reference"] = (
            static () => Deployed().Replaced("kubectl-edit", static json => PodSpec(json)["containers"]![0]!["env"]![0] = new JsonObject
            {
                ["name"] = "A",
                ["valueFrom"] = new JsonObject { ["fieldRef"] = new JsonObject { ["fieldPath"] = "metadata.name" } },
            }),
            "spec.template.spec.containers[name=main].env[name=A].value Removed: \"1\" → none -"),
        ["a container is renamed"] = (
            static () => Deployed().Replaced("kubectl-replace", static json => PodSpec(json)["containers"]![0]!["name"] = "other"),
            """spec.template.spec.containers[name=main] Removed: {"env":[{"name":"A","value":"1"},{"name":"DB_PASSWORD","value":"(secret)"}],"image":"nginx:1","name":"main","resources":{"reque… → none -"""),
        ["init containers are reordered"] = (
            static () => Deployed().Replaced("kubectl-replace", static json =>
            {
                var items = PodSpec(json)["initContainers"]!.AsArray();
                var first = items[0]!;
                items.RemoveAt(0);
                items.Add(first);
            }),
            "spec.template.spec.initContainers Changed: [\"first\",\"second\"] → [\"second\",\"first\"] -"),
        ["it is replaced with a field changed, one dropped and one added"] = (
            static () => Deployed().Replaced("kubectl-replace", static json =>
            {
                json["metadata"]!["labels"]!.AsObject().Remove("team");
                json["spec"]!["replicas"] = 5;
                json["spec"]!["minReadySeconds"] = 9;
            }),
            "metadata.labels.team Removed: \"a\" → none - | spec.replicas Changed: 3 → 5 kubectl-replace Update/ 02"),
        ["two people change two fields"] = (
            static () => Deployed().Edited("vi", """{"spec":{"replicas":5}}""").Edited("kubectl-label", """{"metadata":{"labels":{"team":"b"}}}"""),
            "metadata.labels.team Changed: \"a\" → \"b\" kubectl-label Update/ 03 | spec.replicas Changed: 3 → 5 vi Update/ 02"),
        ["two people change one field"] = (
            static () => Deployed().Edited("vi", """{"spec":{"replicas":5}}""").Edited("nano", """{"spec":{"replicas":6}}"""),
            "spec.replicas Changed: 3 → 6 nano Update/ 03"),
        ["one changes it, another sets it back"] = (
            static () => Deployed().Edited("vi", """{"spec":{"replicas":5}}""").Edited("nano", """{"spec":{"replicas":3}}"""), "own again"),
        ["one changes it, another removes it"] = (
            static () => Deployed().Edited("vi", """{"metadata":{"labels":{"team":"b"}}}""").Edited("nano", """{"metadata":{"labels":{"team":null}}}"""),
            "metadata.labels.team Removed: \"a\" → none -"),

        // Other appliers.
        ["another applies with force"] = (
            static () => Deployed().ForceApplied("rival", Rival("\"replicas\":5")), "spec.replicas Changed: 3 → 5 rival Apply/ 02"),
        ["another applies the same"] = (static () => Deployed().ForceApplied("rival", Rival("\"replicas\":3")), "none"),
        ["one changes it, and another applies the same as well"] = (
            static () => Deployed().Edited("vi", """{"spec":{"replicas":5}}""").ForceApplied("rival", Rival("\"replicas\":5")),
            "spec.replicas Changed: 3 → 5 vi Update/ 02"),
        ["another applies with force and gives it up"] = (
            static () => Deployed().ForceApplied("rival", Rival("\"replicas\":5")).ForceApplied("rival", Rival("\"minReadySeconds\":1")),
            "spec.replicas Changed: 3 → 1 -"),
        ["another applies beside us and gives it up"] = (
            static () => Deployed().ForceApplied("rival", Rival("\"minReadySeconds\":1")).ForceApplied("rival", Rival("\"paused\":true")), "none"),
        ["our own name is used by another operator with the same"] = (static () => Deployed().ForceApplied("gitops-operator", Web), "none"),
        ["our own name is used by another operator with other values"] = (
            static () => Deployed().ForceApplied("gitops-operator", Web.Replace("\"replicas\":3", "\"replicas\":5", StringComparison.Ordinal)),
            "spec.replicas Changed: 3 → 5 gitops-operator Apply/ 02"),
        ["our own name is used by another operator with more"] = (
            static () => Deployed().ForceApplied("gitops-operator", Web.Replace("\"replicas\":3", "\"replicas\":3,\"minReadySeconds\":4", StringComparison.Ordinal)),
            "spec.minReadySeconds Added: none → 4 gitops-operator Apply/ 02"),
        ["our own name is used by another operator with less"] = (
            static () => Deployed().ForceApplied("gitops-operator", Web.Replace(",\"team\":\"a\"", string.Empty, StringComparison.Ordinal)),
            "metadata.labels.team Removed: \"a\" → none -"),
        ["beyond ten updaters the oldest are merged"] = (
            static () => Enumerable.Range(0, 14).Aggregate(
                Deployed().Edited("vi", """{"spec":{"replicas":5}}"""),
                static (scene, i) => scene.Edited($"updater-{i}", """{"metadata":{"annotations":{"aI":"b"}}}""".Replace("aI", $"a{i}", StringComparison.Ordinal))),
            "spec.replicas Changed: 3 → 5 ancient-changes Update/ 07"),

        // First contact.
        ["it existed, and was adopted"] = (
            static () => new Scene(Web).Created("kubectl-create", Web.Replace("nginx:1", "nginx:0", StringComparison.Ordinal)).Applied(), "none"),
        ["what was adopted is changed by its former owner"] = (
            static () => new Scene(Web).Created("kubectl-create", Web).Applied().Edited("kubectl-create", """{"spec":{"replicas":5}}"""),
            "spec.replicas Changed: 3 → 5 kubectl-create Update/ 03"),
        ["what the former owner has besides is changed by it"] = (
            static () => new Scene(Web).Created("kubectl-create", Web.Replace("\"replicas\":3", "\"replicas\":3,\"paused\":true", StringComparison.Ordinal)).Applied()
                .Edited("kubectl-create", """{"spec":{"paused":false}}"""), "none"),
        ["it was applied again with another manifest"] = (
            static () => Deployed().Applied(Web.Replace("\"replicas\":3", "\"replicas\":4", StringComparison.Ordinal)), "none"),

        // Schemas that change.
        ["a definition gains a default"] = (
            static () =>
            {
                var scene = Thing("\"size\":{\"type\":\"integer\"}", "\"size\":1");
                scene.Define(Definition.Replace("PROPERTIES", "\"size\":{\"type\":\"integer\"},\"mode\":{\"type\":\"string\",\"default\":\"fast\"}", StringComparison.Ordinal));
                return scene.Edited("vi", """{"metadata":{"annotations":{"a":"b"}}}""");
            },
            "none"),
        ["a definition drops a field of ours"] = (
            static () =>
            {
                var scene = Thing("\"size\":{\"type\":\"integer\"},\"old\":{\"type\":\"string\"}", "\"size\":1,\"old\":\"x\"");
                scene.Define(Definition.Replace("PROPERTIES", "\"size\":{\"type\":\"integer\"}", StringComparison.Ordinal));
                return scene.Edited("vi", """{"metadata":{"annotations":{"a":"b"}}}""");
            },
            "spec.old Removed: \"x\" → none -"),
        ["a custom resource is changed by its controller"] = (
            static () => Thing("\"size\":{\"type\":\"integer\"}", "\"size\":1").Edited("thing-controller", """{"spec":{"size":2}}"""),
            "spec.size Changed: 1 → 2 thing-controller Update/ 02"),
    };

    public static TheoryData<string> Cases => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_others_do_is_told_from_what_is_none_of_our_business(string name)
    {
        var (play, expected) = All[name];
        var scene = play();

        Scene.Text(scene.Judged()).ShouldBe(expected);

        // From the event alone drift is never missed; and the server's own answer names the same fields.
        var (alone, byAnswer) = scene.JudgedAlone();
        if (expected == "none")
        {
            Scene.Text(alone).ShouldBe("none");
        }
        else
        {
            Scene.Text(alone).ShouldBe("NeedsDesired");
            byAnswer?.Select(static field => field.Path).ShouldBe(
                expected == "own again" ? [] : expected.Split(" | ").Select(static text => text.Split(' ')[0]));
        }
    }

    [Fact]
    public void Only_what_cannot_be_applied_has_no_answer() =>
        All.Where(static item => item.Value.Play().JudgedAlone().ByAnswer is null).Select(static item => item.Key)
            .ShouldBe(["a definition drops a field of ours", "a variable is turned into a reference"]);

    private static Scene Deployed() => new Scene(Web).Applied();

    private static string Container(string container) => "{\"spec\":{\"template\":{\"spec\":{\"containers\":[" + container + "]}}}}";

    private static string Hook(string bundle) => Webhook.Replace("CA", bundle, StringComparison.Ordinal);

    private static string Rival(string fields) =>
        "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\",\"namespace\":\"ns\"},\"spec\":{" + fields + "}}";

    private static Scene Thing(string properties, string spec)
    {
        var scene = new Scene("{\"apiVersion\":\"example.com/v1\",\"kind\":\"Thing\",\"metadata\":{\"name\":\"t\",\"namespace\":\"ns\"},\"spec\":{" + spec + "}}");
        scene.Define(Definition.Replace("PROPERTIES", properties, StringComparison.Ordinal));
        return scene.Applied();
    }

    private static JsonNode PodSpec(JsonObject json) => json["spec"]!["template"]!["spec"]!;
}
