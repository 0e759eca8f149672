using System.CommandLine;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests;
using GitOps.Operator.Options;
using GitOps.Sandbox;

namespace GitOps.EndToEnd.Tests.Install;

/// <summary>The chart: what helm says of it, what it renders to, and what it refuses.</summary>
public sealed class ChartTests
{
    private const string Namespace = "gitops-system";

    public static TheoryData<string> Values { get; } =
    [
        "",
        "replicas=1,leaderElection.enabled=false",
        "rbac.scope=namespaces,rbac.namespaces={team-a,team-b}",
        "rbac.scope=impersonation",
        "rbac.scope=impersonation,rbac.namespaces={team-a},rbac.secretNamespaces={team-a},operator.defaultServiceAccount=deployer",
        "rbac.create=false,rbac.aggregate=false,serviceAccount.create=false,serviceAccount.name=existing",
        "crds.keep=false,approvalPolicy.keep=false,rbac.escalate=false,rbac.aggregateEdit=false",
        "crds.install=false,approvalPolicy.install=false,networkPolicy.enabled=false,podDisruptionBudget.enabled=false,metrics.service.enabled=false",
        "webhooks.enabled=true,webhooks.service.type=LoadBalancer,webhooks.secretName=hooks,networkPolicy.webhooksFrom[0].ipBlock.cidr=192.0.2.0/24",
        "networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.team=sre,networkPolicy.egress[0].ports[0].port=443",
        "priorityClass.create=true,flowControl.enabled=true,flowControl.extraServiceAccounts[0].name=deployer,flowControl.extraServiceAccounts[0].namespace=team-a",
        "metrics.serviceMonitor.enabled=true,metrics.serviceMonitor.labels.release=prometheus,metrics.dashboards.enabled=true",
        "metrics.podMonitor.enabled=true,metrics.service.enabled=false,metrics.podMonitor.interval=1m",
        "image.digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef,imagePullSecrets[0].name=registry,priorityClassName=system-cluster-critical",
        "operator.resourceExclusions[0].kinds={Endpoints},operator.resourceInclusions[0].apiGroups={*},operator.ignoreDifferences[0].kind=Deployment,operator.ignoreDifferences[0].jsonPointers={/spec/replicas}",
        "operator.namespaces={team-a},operator.trustedNamespaces={platform},operator.secretPolicy=deny,operator.sensitiveAnnotations={example.com/token},operator.foreignFieldManagers={*},operator.formerManagers={spinnaker}",
        "operator.extraEnv[0].name=HTTPS_PROXY,operator.extraEnv[0].value=http://proxy:3128,operator.extraArgs={--git=git},extraVolumes[0].name=ca,extraVolumes[0].configMap.name=ca,extraVolumeMounts[0].name=ca,extraVolumeMounts[0].mountPath=/etc/ca",
        "webhooks.enabled=true,networkPolicy.egress[0].ports[0].port=443,networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.team=sre",
        "metrics.prometheusRule.enabled=true,metrics.prometheusRule.labels.release=prometheus,commonLabels.release=other",
        "global.imageRegistry=mirror.example.com/ghcr,global.imagePullSecrets={mirror,registry},imagePullSecrets[0].name=registry,image.tag=v1",
        "hostAliases[0].ip=192.0.2.7,hostAliases[0].hostnames={git.example.com},dnsPolicy=None,dnsConfig.nameservers={192.0.2.1},runtimeClassName=gvisor,deploymentAnnotations.a=b",
        "certificateAuthorities.configMap=corporate,certificateAuthorities.key=bundle.pem,operator.extraEnvFrom[0].secretRef.name=proxy,operator.shutdownTimeout=60,terminationGracePeriodSeconds=68",
        "initContainers[0].name=a,initContainers[0].image=a,extraContainers[0].name=b,extraContainers[0].image=b",
        "commonLabels.team=platform,podLabels.team=delivery,podLabels.a=b,podAnnotations.c=d,nameOverride=sync,fullnameOverride=deliverer,tolerations[0].operator=Exists,topologySpreadConstraints=null",
    ];

    /// <summary>Values that are refused, and what the message has to name.</summary>
    public static TheoryData<string, string> Refused { get; } = new()
    {
        { "unknown=1", "unknown" },
        { "operator.worker=1", "worker" },
        { "metrics.serviceMonitor.enable=true", "enable" },
        { "replicas=two", "replicas" },
        { "operator.workers=0", "workers" },
        { "rbac.scope=all", "scope" },
        { "rbac.scope=namespaces", "rbac.namespaces" },
        { "rbac.namespaces={team-a}", "rbac.namespaces" },
        { "rbac.secretNamespaces={team-a}", "rbac.secretNamespaces" },
        { "rbac.scope=impersonation,operator.trustedNamespaces={team-a}", "operator.trustedNamespaces" },
        { "rbac.scope=namespaces,rbac.namespaces={team-a},operator.namespaces={team-b}", "team-b" },
        { "rbac.scope=impersonation,rbac.extraReadRules[0].apiGroups={example.com},rbac.extraReadRules[0].resources={*},rbac.extraReadRules[0].verbs={patch}", "verbs" },
        { "leaderElection.enabled=false", "replicas" },
        { "serviceAccount.create=false", "serviceAccount.name" },
        { "metrics.serviceMonitor.enabled=true,metrics.service.enabled=false", "metrics.service" },
        { "metrics.serviceMonitor.enabled=true,metrics.podMonitor.enabled=true", "twice" },
        { "image.digest=latest", "digest" },
        { "tmpSizeLimit=lots", "tmpSizeLimit" },
        { "operator.extraArgs={run}", "extraArgs" },
        { "operator.shutdownTimeout=33", "terminationGracePeriodSeconds" },
        { "commonLabels.app\\.kubernetes\\.io/name=mine", "commonLabels: app.kubernetes.io/name" },
        { "podLabels.app\\.kubernetes\\.io/instance=mine", "podLabels: app.kubernetes.io/instance" },
        { "metrics.prometheusRule.enabled=true,metrics.prometheusRule.disabledAlerts={GitOpsNothing}", "GitOpsNothing" },
        { "dnsPolicy=Cluster", "dnsPolicy" },
        { "hostAliases[0].ip=192.0.2.7", "hostAliases" },
        { "image.registry=", "registry" },
        { "global.imageRegistry=my registry", "imageRegistry" },
        { "podDisruptionBudget.maxUnavailable=0", "maxUnavailable" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public async Task It_passes_helms_lint_and_an_API_server_takes_all_of_it(string values)
    {
        await Chart.Helm.RunAsync(["lint", "--strict", Chart.Directory, .. Chart.Sets(Split(values))]);
        var objects = await Chart.RenderAsync("gitops-operator", Namespace, Split(values));
        objects.Select(static item => (item.Kind, item.Namespace, item.Name)).ShouldBeUnique();

        await using var cluster = await SandboxCluster.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        await cluster.ApplyAsync(MonitoringDefinitions.Yaml + "\n---\n" + Manifests.Namespace(Namespace) + string.Concat(objects.Select(static item => item.Namespace).Distinct(StringComparer.Ordinal)
            .Where(static name => name.Length > 0 && name != Namespace).Select(static name => $"---\n{Manifests.Namespace(name)}")), TestContext.Current.CancellationToken);
        await cluster.ApplyAsync(string.Join("\n---\n", objects.Select(static item => item.Json.ToJsonString())), TestContext.Current.CancellationToken);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task The_operator_takes_its_arguments(string values)
    {
        var objects = await Chart.RenderAsync("gitops-operator", Namespace, Split(values));
        var container = Container(objects);
        var settings = Directory.CreateTempSubdirectory("settings-").FullName;
        try
        {
            var data = objects.FirstOrDefault(static item => item.Kind == "ConfigMap" && item.Name.EndsWith("-settings", StringComparison.Ordinal))?.At("data") as JsonObject ?? [];
            foreach (var (file, content) in data)
            {
                await File.WriteAllTextAsync(Path.Combine(settings, file), content!.GetValue<string>(), TestContext.Current.CancellationToken);
            }

            string[] arguments = [.. container["args"]!.AsArray().Select(argument => argument!.GetValue<string>().Replace("/etc/gitops-operator", settings, StringComparison.Ordinal))];
            arguments[0].ShouldBe("run");
            var set = new OperatorOptionSet(static _ => null);
            var command = new Command("run");
            foreach (var option in set.All)
            {
                command.Options.Add(option);
            }

            var parsed = command.Parse([.. arguments.Skip(1)]);
            parsed.Errors.Select(static error => error.Message).ShouldBeEmpty();
            var (options, errors) = set.Read(parsed);
            errors.ShouldBeEmpty();
            options.OperatorNamespace.ShouldBe(Namespace);
        }
        finally
        {
            Directory.Delete(settings, recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Values_that_mean_nothing_are_refused_with_their_name(string values, string named)
    {
        var result = await Chart.Helm.TryAsync(["template", "gitops-operator", Chart.Directory, "--namespace", Namespace, .. Chart.Sets(Split(values))]);

        result.ExitCode.ShouldNotBe(0);
        result.Error.ShouldContain(named);
    }

    [Theory]
    [InlineData("1.28.15", "kubeVersion")]
    [InlineData("1.29.15", "approvalPolicy.install")]
    [InlineData("1.29.15-eks-1234567", null, "approvalPolicy.install=false")]
    [InlineData("1.30.0", null)]
    [InlineData("1.33.4-gke.1001", null)]
    [InlineData("1.36.2", null)]
    public async Task It_says_what_an_older_Kubernetes_lacks(string version, string? named, params string[] values)
    {
        var result = await Chart.Helm.TryAsync(["template", "gitops-operator", Chart.Directory, "--namespace", Namespace, "--kube-version", version, .. Chart.Sets(values)]);

        (result.ExitCode == 0).ShouldBe(named is null, result.Error);
        result.Error.ShouldContain(named ?? string.Empty);
    }

    [Fact]
    public async Task An_image_comes_from_the_mirror_of_all_charts_and_its_Secrets_are_named_once()
    {
        string[] values = ["global.imageRegistry=mirror.example.com/ghcr/", "global.imagePullSecrets={mirror,registry}", "imagePullSecrets[0].name=registry", "image.tag=v1"];
        var pod = (await Chart.RenderAsync("gitops-operator", Namespace, values)).Single(static item => item.Kind == "Deployment").At("spec", "template", "spec")!;

        pod["containers"]![0]!["image"]!.GetValue<string>().ShouldBe("mirror.example.com/ghcr/gitops-operator/gitops-operator:v1");
        pod["imagePullSecrets"]!.ToJsonString().ShouldBe("""[{"name":"registry"},{"name":"mirror"}]""");
    }

    [Fact]
    public async Task A_narrow_network_policy_lets_through_what_the_release_itself_needs()
    {
        var text = await Chart.Helm.RunAsync("template", "gitops-operator", Chart.Directory, "--namespace", Namespace, "--set", "webhooks.enabled=true",
            "--set", "networkPolicy.metricsFrom[0].ipBlock.cidr=192.0.2.0/24", "--set", "networkPolicy.webhooksFrom[0].ipBlock.cidr=192.0.2.0/24", "--set", "networkPolicy.egress[0].ports[0].port=443");
        var objects = ObjectFile.Read("chart", System.Text.Encoding.UTF8.GetBytes(text)).Select(static item => item.Object).ToList();
        var policy = objects.Single(static item => item.Kind == "NetworkPolicy");
        var test = objects.Single(static item => item.Kind == "Pod").At("metadata", "labels")!.AsObject();
        var pods = objects.Single(static item => item.Kind == "Deployment").At("spec", "template", "metadata", "labels")!.AsObject();

        // helm test asks for readiness; a standby hands webhooks on.
        Selects(policy.At("spec", "podSelector"), pods).ShouldBeTrue();
        Selects(policy.At("spec", "podSelector"), test).ShouldBeFalse();
        Peers(policy, "ingress", "from", "metrics").Any(peer => Selects(peer["podSelector"], test)).ShouldBeTrue();
        Peers(policy, "ingress", "from", "webhooks").Any(peer => Selects(peer["podSelector"], pods)).ShouldBeTrue();
        Peers(policy, "egress", "to", "webhooks").Any(peer => Selects(peer["podSelector"], pods)).ShouldBeTrue();
        Peers(policy, "ingress", "from", "webhooks").Any(peer => Selects(peer["podSelector"], test)).ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Its_pods_are_within_the_restricted_standard(string values)
    {
        var text = await Chart.Helm.RunAsync(["template", "gitops-operator", Chart.Directory, "--namespace", Namespace, .. Chart.Sets(Split(values))]);
        foreach (var item in ObjectFile.Read("chart", System.Text.Encoding.UTF8.GetBytes(text)).Select(static item => item.Object).Where(static item => item.Kind is "Deployment" or "Pod"))
        {
            var pod = item.Kind == "Pod" ? item.At("spec")! : item.At("spec", "template", "spec")!;
            pod["securityContext"]!["runAsNonRoot"]!.GetValue<bool>().ShouldBeTrue();
            pod["securityContext"]!["runAsUser"]!.GetValue<int>().ShouldBe(1654);
            pod["securityContext"]!["seccompProfile"]!["type"]!.GetValue<string>().ShouldBe("RuntimeDefault");
            var security = pod["containers"]![0]!["securityContext"]!;
            security["readOnlyRootFilesystem"]!.GetValue<bool>().ShouldBeTrue();
            security["allowPrivilegeEscalation"]!.GetValue<bool>().ShouldBeFalse();
            security["capabilities"]!["drop"]![0]!.GetValue<string>().ShouldBe("ALL");
            pod["containers"]![0]!["resources"]!["limits"]!["memory"].ShouldNotBeNull();
        }
    }

    [Fact]
    public void What_it_carries_is_what_the_repository_has()
    {
        Same("crds", "*.yaml", Path.Combine("files", "crds"));
        Same(Path.Combine("deploy", "policies"), "*.yaml", Path.Combine("files", "policies"));
        Same(Path.Combine("deploy", "grafana"), "*.json", Path.Combine("files", "dashboards"));
        Same(Path.Combine("deploy", "prometheus"), "rules.yaml", "files");
    }

    [Fact]
    public async Task The_plain_manifests_are_what_it_renders_to()
    {
        var rendered = (await Chart.Helm.RunAsync("template", "gitops-operator", Chart.Directory, "--namespace", Namespace, "--no-hooks")).ReplaceLineEndings("\n");

        var path = Path.Combine(Chart.Repository, "deploy", "manifests", "install.yaml");
        var expected = $"""
            # Rendered from deploy/helm/gitops-operator with its default values:
            #   helm template gitops-operator deploy/helm/gitops-operator --namespace gitops-system --no-hooks
            # Apply with: kubectl apply --server-side -f install.yaml
            ---
            apiVersion: v1
            kind: Namespace
            metadata:
              name: {Namespace}
              labels:
                pod-security.kubernetes.io/enforce: restricted
            {rendered.TrimEnd()}

            """;
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(path, expected, TestContext.Current.CancellationToken);
        }

        (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).ShouldBe(expected, customMessage: "run this test with UPDATE_GOLDEN=1");
    }

    private static IEnumerable<JsonNode> Peers(KubernetesObject policy, string direction, string peers, string port) => policy.At("spec", direction)!.AsArray()
        .Where(rule => rule!["ports"]!.AsArray().Any(item => item!["port"]!.ToString() == port)).SelectMany(rule => rule![peers]?.AsArray() ?? []).Select(static peer => peer!);

    private static bool Selects(JsonNode? selector, JsonObject labels) => selector?["matchLabels"] is JsonObject wanted
        && wanted.All(label => labels[label.Key]?.GetValue<string>() == label.Value!.GetValue<string>());

    /// <summary>At commas that are in no braces.</summary>
    private static string[] Split(string values)
    {
        var (parts, start, depth) = (new List<string>(), 0, 0);
        for (var i = 0; i < values.Length; i++)
        {
            depth += values[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (values[i] == ',' && depth == 0)
            {
                parts.Add(values[start..i]);
                start = i + 1;
            }
        }

        parts.Add(values[start..]);
        return [.. parts.Where(static part => part.Length > 0)];
    }

    private static JsonNode Container(IEnumerable<KubernetesObject> objects) =>
        objects.Single(static item => item.Kind == "Deployment").At("spec", "template", "spec", "containers")![0]!;

    private static void Same(string source, string pattern, string copy)
    {
        var originals = Path.Combine(Chart.Repository, source);
        var copies = Path.Combine(Chart.Directory, copy);
        string[] wanted = Directory.Exists(originals) ? [.. Directory.GetFiles(originals, pattern).Select(Path.GetFileName).Order(StringComparer.Ordinal)!] : [];
        string.Join(' ', Directory.GetFiles(copies, pattern).Select(Path.GetFileName).Order(StringComparer.Ordinal)).ShouldBe(string.Join(' ', wanted), customMessage: $"{copies} has to have the files of {source}");
        foreach (var file in wanted)
        {
            File.ReadAllText(Path.Combine(copies, file)).ShouldBe(File.ReadAllText(Path.Combine(originals, file)), customMessage: $"copy {source}/{file} into the chart");
        }
    }
}
