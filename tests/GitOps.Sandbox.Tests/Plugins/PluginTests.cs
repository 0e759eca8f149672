using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Plugins;

namespace GitOps.Sandbox.Tests.Plugins;

public sealed class PluginTests
{
    private const string Quota = """
        {"pods":"2","requests.cpu":"1","configmaps":"1","count/deployments.apps":"1","services.nodeports":"1","requests.storage":"5Gi"}
        """;

    [Theory]
    [InlineData("1.5", "500m", "2")]
    [InlineData("1Gi", "512Mi", "1536Mi")]
    [InlineData("0", "3Gi", "3Gi")]
    [InlineData("1G", "1k", "1000001k")]
    [InlineData("1e3", "24", "1024")]
    public void Amounts_add_up_and_are_written_in_their_family(string left, string right, string sum) =>
        (Amount.Read(left)!.Value + Amount.Read(right)!.Value).ToString().ShouldBe(sum);

    [Fact]
    public async Task A_limit_range_fills_in_what_containers_leave_open_and_says_so()
    {
        await using var bed = await LimitedAsync();

        var pod = (await bed.PostAsync("pods?dryRun=All", Pod("a", initContainers: """[{"name":"i","image":"i","resources":{"limits":{"cpu":"300m"}}}]"""))).Ok();

        JsonNode.DeepEquals(pod.Body["spec"]!["containers"]![0]!["resources"], JsonNode.Parse(
            """{"limits":{"cpu":"500m","memory":"1Gi"},"requests":{"cpu":"200m","memory":"1Gi"}}""")).ShouldBeTrue();
        JsonNode.DeepEquals(pod.Body["spec"]!["initContainers"]![0]!["resources"], JsonNode.Parse(
            """{"limits":{"cpu":"300m","memory":"1Gi"},"requests":{"cpu":"300m","memory":"1Gi"}}""")).ShouldBeTrue();
        pod.Text("metadata", "annotations", "kubernetes.io/limit-ranger").ShouldBe(
            "LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c; "
            + "memory request for init container i; memory limit for init container i");
        pod.Body["metadata"]!["managedFields"]!.ToJsonString().ShouldNotContain("f:annotations");
    }

    [Theory]
    [InlineData("""{"limits":{"cpu":"2","memory":"2Gi"}}""",
        "[maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi, maximum cpu usage per Pod is 1500m, but limit is 2]")]
    [InlineData("""{"requests":{"cpu":"50m"}}""",
        "[minimum cpu usage per Container is 100m, but request is 50m, cpu max limit to request ratio per Container is 4, but provided ratio is 10.000000]")]
    [InlineData("""{"requests":{"cpu":"100m"},"limits":{"cpu":"1"}}""", "cpu max limit to request ratio per Container is 4, but provided ratio is 10.000000")]
    public async Task A_pod_beyond_a_limit_range_is_refused(string resources, string why)
    {
        await using var bed = await LimitedAsync();

        var answer = await bed.PostAsync("pods", Pod("a", resources));

        (answer.Status, answer.Reason).ShouldBe((403, "Forbidden"));
        answer.Text("message").ShouldBe($"pods \"a\" is forbidden: {why}");
    }

    [Theory]
    [InlineData("20Gi", "maximum storage usage per PersistentVolumeClaim is 10Gi, but request is 20Gi")]
    [InlineData("20Mi", "minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 20Mi")]
    public async Task A_claim_beyond_a_limit_range_is_refused(string size, string why)
    {
        await using var bed = await LimitedAsync();

        (await bed.PostAsync("persistentvolumeclaims", Claim(size))).Text("message").ShouldBe($"persistentvolumeclaims \"c\" is forbidden: {why}");
    }

    [Fact]
    public async Task A_quota_counts_what_is_created_and_refuses_what_exceeds_it()
    {
        await using var bed = await PluginBed.StartAsync();
        (await bed.PostAsync("resourcequotas", $$$"""{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},"spec":{"hard":{{{Quota}}} } }""")).Ok();
        (await bed.Cluster.MergeAsync(bed.Path("resourcequotas/q/status"), $$$"""{"status":{"hard":{{{Quota}}},"used":{{{Used(Quota)}}} } }""")).Ok();
        await bed.EventuallyAsync(async () => (await bed.PostAsync("pods?dryRun=All", Pod("probe"))).Status == 403, "the quota takes effect");

        (await bed.PostAsync("pods", Pod("a"))).Text("message").ShouldBe("pods \"a\" is forbidden: failed quota: q: must specify requests.cpu for: c");
        (await bed.PostAsync("pods", Pod("a", Cpu("600m")))).Ok();
        (await bed.PostAsync("pods", Pod("b", Cpu("600m")))).Text("message").ShouldBe(
            "pods \"b\" is forbidden: exceeded quota: q, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1");
        (await bed.PostAsync("pods?dryRun=All", Pod("b", Cpu("400m")))).Ok();
        (await bed.PostAsync("pods", Pod("b", Cpu("300m")))).Ok();
        (await bed.PostAsync("pods", Pod("d", Cpu("300m")))).Text("message").ShouldBe(
            "pods \"d\" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=300m, used: pods=2,requests.cpu=900m, limited: pods=2,requests.cpu=1");
        (await bed.PostAsync("persistentvolumeclaims", Claim("6Gi"))).Status.ShouldBe(403);
        (await bed.PostAsync("persistentvolumeclaims", Claim("3Gi"))).Ok();
        (await bed.PostAsync("services", """{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"ports":[{"name":"a","port":1},{"name":"b","port":2}]}}""")).Ok();
        (await bed.Cluster.MergeAsync(bed.Path("services/s"), """{"spec":{"type":"NodePort"}}""")).Text("message").ShouldBe(
            "services \"s\" is forbidden: exceeded quota: q, requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1");

        var used = (await bed.Cluster.GetAsync(bed.Path("resourcequotas/q"))).Body["status"]!["used"]!;
        JsonNode.DeepEquals(used, JsonNode.Parse("""
            {"configmaps":"0","count/deployments.apps":"0","pods":"2","requests.cpu":"900m","requests.storage":"3Gi","services.nodeports":"0"}
            """)).ShouldBeTrue(used.ToJsonString());
    }

    [Fact]
    public async Task A_quota_whose_usage_nobody_has_counted_refuses_and_one_without_status_does_not()
    {
        await using var bed = await PluginBed.StartAsync();
        (await bed.PostAsync("resourcequotas", """{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},"spec":{"hard":{"pods":"1"}}}""")).Ok();
        (await bed.PostAsync("pods?dryRun=All", Pod("a"))).Ok();
        (await bed.Cluster.MergeAsync(bed.Path("resourcequotas/q/status"), """{"status":{"hard":{"pods":"1"}}}""")).Ok();

        await bed.EventuallyAsync(
            async () => (await bed.PostAsync("pods?dryRun=All", Pod("a"))).Text("message") == "pods \"a\" is forbidden: status unknown for quota: q, resources: pods",
            "the quota is known");
    }

    [Theory]
    [InlineData(""" "priorityClassName":"nope" """, "no PriorityClass with name nope was found")]
    [InlineData(""" "priority":5 """,
        "the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name")]
    [InlineData(""" "preemptionPolicy":"Never" """,
        "the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name")]
    public async Task A_priority_is_the_one_of_a_class_that_is_there(string field, string why)
    {
        await using var bed = await PluginBed.StartAsync();
        var pod = KubernetesJson.ParseObject(Pod("a"));
        foreach (var (name, value) in KubernetesJson.ParseObject($"{{{field}}}"))
        {
            pod["spec"]![name] = value?.DeepClone();
        }

        var answer = await bed.PostAsync("pods", pod.ToJsonString());

        (answer.Status, answer.Text("message")).ShouldBe((403, $"pods \"a\" is forbidden: {why}"));
    }

    [Fact]
    public async Task A_priority_class_gives_its_priority()
    {
        await using var bed = await PluginBed.StartAsync();
        var pod = KubernetesJson.ParseObject(Pod("a"));
        pod["spec"]!["priorityClassName"] = "system-node-critical";

        (await bed.PostAsync("pods?dryRun=All", pod.ToJsonString())).Ok().Text("spec", "priority").ShouldBe("2000001000");
    }

    [Fact]
    public async Task A_claim_and_an_ingress_without_a_class_get_the_default_one()
    {
        await using var bed = await PluginBed.StartAsync();
        await bed.CreateClusterWideAsync("/apis/storage.k8s.io/v1/storageclasses", bed.Namespace, $$$"""
            {"apiVersion":"storage.k8s.io/v1","kind":"StorageClass","provisioner":"x.y/z","metadata":{"name":"{{{bed.Namespace}}}",
             "annotations":{"storageclass.kubernetes.io/is-default-class":"true"} } }
            """);
        await bed.CreateClusterWideAsync("/apis/networking.k8s.io/v1/ingressclasses", bed.Namespace, $$$"""
            {"apiVersion":"networking.k8s.io/v1","kind":"IngressClass","spec":{"controller":"x.y/z"},"metadata":{"name":"{{{bed.Namespace}}}",
             "annotations":{"ingressclass.kubernetes.io/is-default-class":"true"} } }
            """);

        await bed.EventuallyAsync(
            async () => (await bed.PostAsync("persistentvolumeclaims?dryRun=All", Claim("1Gi"))).Ok().Text("spec", "storageClassName") == bed.Namespace,
            "the class is known");
        (await bed.PostAsync("persistentvolumeclaims?dryRun=All", Claim("1Gi", """ "storageClassName":"", """))).Ok().Text("spec", "storageClassName").ShouldBeEmpty();
        await bed.EventuallyAsync(
            async () => (await bed.Cluster.PostAsync($"/apis/networking.k8s.io/v1/namespaces/{bed.Namespace}/ingresses?dryRun=All", """
                {"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"g"},"spec":{"defaultBackend":{"service":{"name":"s","port":{"number":80}}}}}
                """)).Ok().Text("spec", "ingressClassName") == bed.Namespace,
            "the class is known");
    }

    [Fact]
    public async Task Only_one_priority_class_is_the_default()
    {
        await using var bed = await PluginBed.StartAsync();
        string Class(string name) => $$$"""
            {"apiVersion":"scheduling.k8s.io/v1","kind":"PriorityClass","metadata":{"name":"{{{name}}}"},"value":7,"globalDefault":true,"preemptionPolicy":"Never"}
            """;
        const string Path = "/apis/scheduling.k8s.io/v1/priorityclasses";
        await bed.CreateClusterWideAsync(Path, bed.Namespace, Class(bed.Namespace));

        await bed.EventuallyAsync(
            async () => (await bed.Cluster.PostAsync(Path + "?dryRun=All", Class("other"))).Text("message") ==
                $"priorityclasses.scheduling.k8s.io \"other\" is forbidden: PriorityClass {bed.Namespace} is already marked as default. Only one default can exist",
            "the class is known");
        var pod = (await bed.PostAsync("pods?dryRun=All", Pod("a"))).Ok();
        (pod.Text("spec", "priority"), pod.Text("spec", "priorityClassName"), pod.Text("spec", "preemptionPolicy")).ShouldBe(("7", bed.Namespace, "Never"));
    }

    private static async Task<PluginBed> LimitedAsync()
    {
        var bed = await PluginBed.StartAsync();
        (await bed.PostAsync("limitranges", """
            {"apiVersion":"v1","kind":"LimitRange","metadata":{"name":"lr"},"spec":{"limits":[
             {"type":"Container","max":{"cpu":"1","memory":"1Gi"},"min":{"cpu":"100m"},"default":{"cpu":"500m"},"defaultRequest":{"cpu":"0.2"},
              "maxLimitRequestRatio":{"cpu":"4"}},
             {"type":"Pod","max":{"cpu":"1500m"}},{"type":"PersistentVolumeClaim","max":{"storage":"10Gi"},"min":{"storage":"1Gi"}}]}}
            """)).Ok();
        await bed.EventuallyAsync(
            async () => (await bed.PostAsync("pods?dryRun=All", Pod("probe"))).Ok().Text("metadata", "annotations").Length > 0, "the limit range takes effect");
        return bed;
    }

    private static string Cpu(string amount) => $$$"""{"requests":{"cpu":"{{{amount}}}"} }""";

    private static string Used(string quota)
    {
        var used = KubernetesJson.ParseObject(quota);
        foreach (var name in used.Select(static member => member.Key).ToList())
        {
            used[name] = "0";
        }

        return used.ToJsonString();
    }

    private static string Pod(string name, string resources = "{}", string initContainers = "[]") => $$$"""
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}"},
         "spec":{"initContainers":{{{initContainers}}},"containers":[{"name":"c","image":"i","resources":{{{resources}}} }]}}
        """;

    private static string Claim(string size, string more = "") => $$$"""
        {"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"c"},
         "spec":{{{{more}}}"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"{{{size}}}"} } } }
        """;
}
