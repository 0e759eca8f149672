using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Plugins;

public sealed class PodSecurityTests
{
    private const string Enforce = "pod-security.kubernetes.io/enforce";
    private const string Plain = """{"containers":[{"name":"c","image":"i"}]}""";

    private const string PlainViolations =
        "allowPrivilegeEscalation != false (container \"c\" must set securityContext.allowPrivilegeEscalation=false), "
        + "unrestricted capabilities (container \"c\" must set securityContext.capabilities.drop=[\"ALL\"]), "
        + "runAsNonRoot != true (pod or container \"c\" must set securityContext.runAsNonRoot=true), "
        + "seccompProfile (pod or container \"c\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")";

    private const string Bad = """
        {"hostNetwork":true,"hostPID":true,"securityContext":{"sysctls":[{"name":"kernel.msgmax","value":"1"}],"runAsUser":0,"runAsNonRoot":false},
         "volumes":[{"name":"h","hostPath":{"path":"/"}},{"name":"n","nfs":{"server":"a","path":"/"}},{"name":"e","emptyDir":{}}],
         "initContainers":[{"name":"i","image":"i","securityContext":{"appArmorProfile":{"type":"Unconfined"}}}],
         "containers":[{"name":"c","image":"i","ports":[{"containerPort":8080,"hostPort":8080}],"livenessProbe":{"httpGet":{"port":80,"host":"x"}},
          "securityContext":{"capabilities":{"add":["SYS_ADMIN"]},"seccompProfile":{"type":"Unconfined"},"seLinuxOptions":{"type":"bad","user":"u"}}}]}
        """;

    [Theory]
    [InlineData("restricted", Plain, PlainViolations)]
    [InlineData("baseline", Bad,
        "forbidden AppArmor profile (container \"i\" must not set AppArmor profile type to \"Unconfined\"), "
        + "non-default capabilities (container \"c\" must not include \"SYS_ADMIN\" in securityContext.capabilities.add), "
        + "host namespaces (hostNetwork=true, hostPID=true), hostPath volumes (volume \"h\"), hostPort (container \"c\" uses hostPort 8080), "
        + "probe or lifecycle host (container \"c\" uses probe or lifecycle host \"x\"), "
        + "seLinuxOptions (container \"c\" set forbidden securityContext.seLinuxOptions: type \"bad\"; user may not be set), "
        + "seccompProfile (container \"c\" must not set securityContext.seccompProfile.type to \"Unconfined\"), forbidden sysctls (kernel.msgmax)")]
    [InlineData("restricted", Bad,
        "forbidden AppArmor profile (container \"i\" must not set AppArmor profile type to \"Unconfined\"), "
        + "host namespaces (hostNetwork=true, hostPID=true), hostPort (container \"c\" uses hostPort 8080), "
        + "probe or lifecycle host (container \"c\" uses probe or lifecycle host \"x\"), "
        + "seLinuxOptions (container \"c\" set forbidden securityContext.seLinuxOptions: type \"bad\"; user may not be set), forbidden sysctls (kernel.msgmax), "
        + "allowPrivilegeEscalation != false (containers \"i\", \"c\" must set securityContext.allowPrivilegeEscalation=false), "
        + "unrestricted capabilities (containers \"i\", \"c\" must set securityContext.capabilities.drop=[\"ALL\"]; container \"c\" must not include \"SYS_ADMIN\" in securityContext.capabilities.add), "
        + "restricted volume types (volumes \"h\", \"n\" use restricted volume types \"hostPath\", \"nfs\"), "
        + "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), runAsUser=0 (pod must not set runAsUser=0), "
        + "seccompProfile (container \"c\" must not set securityContext.seccompProfile.type to \"Unconfined\")")]
    public async Task A_pod_that_its_namespaces_level_does_not_allow_is_refused(string level, string spec, string violations)
    {
        await using var bed = await PluginBed.StartAsync($$"""{"{{Enforce}}":"{{level}}"}""");

        var answer = await bed.PostAsync("pods", Pod("a", spec));

        (answer.Status, answer.Reason).ShouldBe((403, "Forbidden"));
        answer.Text("message").ShouldBe($"pods \"a\" is forbidden: violates PodSecurity \"{level}:latest\": {violations}");
    }

    [Theory]
    [InlineData("baseline", Plain)]
    [InlineData("privileged", Bad)]
    [InlineData("restricted", """
        {"securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},
         "containers":[{"name":"c","image":"i","securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}]}
        """)]
    public async Task A_pod_that_the_level_allows_passes(string level, string spec)
    {
        await using var bed = await PluginBed.StartAsync($$"""{"{{Enforce}}":"{{level}}"}""");

        (await bed.PostAsync("pods?dryRun=All", Pod("a", spec))).Ok();
    }

    [Fact]
    public async Task Templates_and_pods_are_warned_about()
    {
        await using var bed = await PluginBed.StartAsync("""{"pod-security.kubernetes.io/warn":"restricted","pod-security.kubernetes.io/warn-version":"latest"}""");
        var warning = $"299 - \"would violate PodSecurity \\\"restricted:latest\\\": {PlainViolations.Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

        (await bed.PostAsync("pods?dryRun=All", Pod("a", Plain))).Ok().Headers["Warning"].ShouldBe(warning);
        (await bed.Cluster.PostAsync($"/apis/apps/v1/namespaces/{bed.Namespace}/deployments?dryRun=All", $$$"""
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},
             "spec":{"selector":{"matchLabels":{"a":"b"} },"template":{"metadata":{"labels":{"a":"b"} },"spec":{{{Plain}}} } } }
            """)).Ok().Headers["Warning"].ShouldBe(warning);
    }

    [Fact]
    public async Task Who_tightens_a_level_is_told_of_the_pods_that_are_there()
    {
        await using var bed = await PluginBed.StartAsync();
        (await bed.PostAsync("pods", Pod("p1", Plain))).Ok();
        (await bed.PostAsync("pods", Pod("p2", Plain))).Ok();

        var answer = (await bed.Cluster.MergeAsync(
            $"/api/v1/namespaces/{bed.Namespace}?dryRun=All", $$$"""{"metadata":{"labels":{"{{{Enforce}}}":"restricted"} } }""")).Ok();

        answer.Headers["Warning"].ShouldBe(
            $"299 - \"existing pods in namespace \\\"{bed.Namespace}\\\" violate the new PodSecurity enforce level \\\"restricted:latest\\\"\", "
            + "299 - \"p1 (and 1 other pod): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile\"");
    }

    [Fact]
    public async Task A_level_that_nobody_knows_is_refused()
    {
        await using var cluster = await TestCluster.ConnectAsync();

        var answer = await cluster.PostAsync("/api/v1/namespaces?dryRun=All", $$$"""
            {"apiVersion":"v1","kind":"Namespace","metadata":{"name":"levels","labels":{"{{{Enforce}}}":"x","{{{Enforce}}}-version":"1.2"} } }
            """);

        (answer.Status, answer.Text("message")).ShouldBe((422,
            $"Namespace \"levels\" is invalid: [metadata.labels[{Enforce}]: Invalid value: \"x\": must be one of privileged, baseline, restricted, "
            + $"metadata.labels[{Enforce}-version]: Invalid value: \"1.2\": must be \"latest\" or \"v1.x\"]"));
    }

    private static string Pod(string name, string spec) => $$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}"},"spec":{{{spec}}} }""";
}
