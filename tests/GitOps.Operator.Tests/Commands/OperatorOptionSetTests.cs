using System.CommandLine;
using GitOps.Kubernetes.Leases;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Model;
using GitOps.Operator.Options;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Tests.Commands;

public sealed class OperatorOptionSetTests
{
    [Fact]
    public void Without_anything_the_defaults_hold()
    {
        var result = Read(Nothing());
        result.Errors.ShouldBeEmpty();
        result.Options.Listen.ShouldBe("http://*:8080");
        result.Options.Workers.ShouldBe(8);
        result.Options.ApplyConcurrency.ShouldBe(16);
        result.Options.OperatorNamespace.ShouldBe("gitops-system");
        result.Options.Namespaces.ShouldBeEmpty();
        result.Options.AllowLocalRepositories.ShouldBeFalse();
    }

    [Fact]
    public void The_command_line_is_read()
    {
        var options = Read(
            Nothing(),
            "--namespace", "a", "b", "--trusted-namespaces", "c,d", "--default-service-account", "deployer", "--allow-local-repositories",
            "--listen", "http://[::1]:9090", "--workers", "3", "--apply-concurrency", "4", "--log-level", "Debug", "--log-format", "json",
            "--git-timeout", "7", "--operator-namespace", "ops", "--former-managers", "Terraform,pulumi-kubernetes", "--sensitive-annotations", "a.b/c,d", "e",
            "--webhooks-listen", "http://*:8081", "--webhooks-secret", "hooks", "--secret-policy", "deny").Options;
        options.Namespaces.ShouldBe(["a", "b"]);
        options.TrustedNamespaces.ShouldBe(["c", "d"]);
        options.DefaultServiceAccount.ShouldBe("deployer");
        options.AllowLocalRepositories.ShouldBeTrue();
        options.Listen.ShouldBe("http://[::1]:9090");
        (options.Workers, options.ApplyConcurrency).ShouldBe((3, 4));
        (options.LogLevel, options.LogFormat).ShouldBe((LogLevel.Debug, LogFormat.Json));
        options.GitTimeout.ShouldBe(TimeSpan.FromSeconds(7));
        options.OperatorNamespace.ShouldBe("ops");
        options.FormerManagers.ShouldBe(["Terraform", "pulumi-kubernetes"]);
        options.SensitiveAnnotations.ShouldBe(["a.b/c", "d", "e"]);
        (options.WebhooksListen, options.WebhooksSecret, options.SecretPolicy).ShouldBe(("http://*:8081", "hooks", SecretPolicy.Deny));
    }

    [Fact]
    public void The_environment_is_read_where_the_command_line_says_nothing()
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal)
        {
            ["GITOPS_NAMESPACE"] = "a, b",
            ["GITOPS_WORKERS"] = "5",
            ["GITOPS_APPLY_CONCURRENCY"] = "6",
            ["GITOPS_ALLOW_LOCAL_REPOSITORIES"] = "true",
            ["POD_NAMESPACE"] = "from-pod",
        };
        var options = Read(environment, "--workers", "7").Options;
        options.Namespaces.ShouldBe(["a", "b"]);
        options.Workers.ShouldBe(7);
        options.ApplyConcurrency.ShouldBe(6);
        options.AllowLocalRepositories.ShouldBeTrue();
        options.OperatorNamespace.ShouldBe("from-pod");
        Read(environment, "--allow-local-repositories", "false").Options.AllowLocalRepositories.ShouldBeFalse();
    }

    [Fact]
    public void All_that_is_wrong_is_told_at_once() =>
        Read(
            new(StringComparer.Ordinal) { ["GITOPS_ALLOW_LOCAL_REPOSITORIES"] = "maybe", ["GITOPS_APPLY_CONCURRENCY"] = "0" },
            "--namespace", "Team_A", "--trusted-namespaces", "-x", "--default-service-account", "a/b", "--kubeconfig", "/no/such/file",
            "--listen", "https://0.0.0.0:8080", "--workers", "many", "--git-timeout", "0", "--log-level", "loud", "--former-managers", "gitops-operator",
            "--sensitive-annotations", "a b")
            .Errors.Select(static error => error.Split(':')[0]).ShouldBe(
            [
                "GITOPS_ALLOW_LOCAL_REPOSITORIES", "--workers", "--log-level", "--namespace", "--trusted-namespaces",
                "--default-service-account", "--kubeconfig", "--listen", "--former-managers", "--sensitive-annotations", "--apply-concurrency", "--git-timeout",
            ]);

    [Fact]
    public void Replicas_elect_a_leader_in_a_pod_and_elsewhere_when_they_are_asked_to()
    {
        Dictionary<string, string> pod = new(StringComparer.Ordinal)
        {
            ["KUBERNETES_SERVICE_HOST"] = "10.0.0.1",
            ["POD_NAME"] = "operator-1",
            ["POD_UID"] = "1-2-3",
            ["POD_IP"] = "10.1.2.3",
        };
        var options = Read(pod).Options;
        options.LeaderElection.ShouldBeTrue();
        (options.LeaseIdentity, options.PodAddress, options.Lease).ShouldBe(("operator-1_1-2-3", "10.1.2.3", "gitops-operator-leader"));
        Read(pod, "--leader-election=false").Options.LeaderElection.ShouldBeFalse();
        Read(pod, "--kubeconfig", "/no/such/file").Options.LeaderElection.ShouldBeFalse();
        Read(pod, "--kubeconfig", "/no/such/file", "--leader-election").Options.LeaderElection.ShouldBeTrue();
        Read(Nothing()).Options.LeaderElection.ShouldBeFalse();
        Read(Nothing(), "--leader-election", "true").Options.LeaderElection.ShouldBeTrue();
        Read(new(StringComparer.Ordinal) { ["GITOPS_LEADER_ELECTION"] = "true" }).Options.LeaderElection.ShouldBeTrue();
        pod["GITOPS_LEADER_ELECTION"] = "false";
        Read(pod).Options.LeaderElection.ShouldBeFalse();
        var set = Read(Nothing(), "--leader-election-lease", "mine", "--leader-election-lease-duration", "30", "--leader-election-renew-deadline", "20",
            "--leader-election-retry-period", "4", "--shutdown-timeout", "50").Options;
        (set.Lease, set.LeaseDuration, set.LeaseRenewDeadline, set.LeaseRetryPeriod, set.ShutdownTimeout).ShouldBe(
            ("mine", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(50)));
    }

    [Theory]
    [InlineData(15, 10, 2, null)]
    [InlineData(3, 2, 1, null)]
    [InlineData(10, 10, 2, "--leader-election-lease-duration")]
    [InlineData(3601, 10, 2, "--leader-election-lease-duration")]
    [InlineData(15, 6, 5, "--leader-election-renew-deadline")]
    [InlineData(15, 10, 0, "--leader-election-retry-period")]
    public void A_leader_stops_before_its_lease_can_expire_or_the_options_are_refused(int duration, int deadline, int period, string? wrong)
    {
        var read = Read(Nothing(), "--leader-election-lease-duration", $"{duration}", "--leader-election-renew-deadline", $"{deadline}", "--leader-election-retry-period", $"{period}");
        read.Errors.Select(static error => error.Split(':')[0]).ShouldBe(wrong is null ? [] : [wrong]);
        if (wrong is null)
        {
            // What is let through is also what the elector takes.
            Should.NotThrow(() => new LeaderElector((IKubernetesClient)null!, new LeaderElectionOptions
            {
                Namespace = "ns",
                Name = "l",
                Identity = "me",
                LeaseDuration = read.Options.LeaseDuration,
                RenewDeadline = read.Options.LeaseRenewDeadline,
                RetryPeriod = read.Options.LeaseRetryPeriod,
            }));
        }
    }

    [Theory]
    [InlineData("http://*:8080", true)]
    [InlineData("http://+:80", true)]
    [InlineData("http://127.0.0.1:0", true)]
    [InlineData("http://[::]:8080", true)]
    [InlineData("https://*:8080", false)]
    [InlineData("8080", false)]
    [InlineData("http://*:8080/metrics", false)]
    [InlineData("http://user@host:80", false)]
    public void Only_a_plain_http_address_can_be_listened_on(string listen, bool isValid) =>
        OperatorOptionsValidator.Validate(new OperatorOptions { Listen = listen }).IsEmpty.ShouldBe(isValid);

    [Theory]
    [InlineData("http://*:8081", "hooks", null)]
    [InlineData("http://*:8080", "hooks", "--webhooks-listen")]
    [InlineData("http://127.0.0.1:0", "hooks", "--webhooks-listen")]
    [InlineData("https://*:8081", "hooks", "--webhooks-listen")]
    [InlineData("http://*:8081", "team-a/hooks", "--webhooks-secret")]
    [InlineData("http://*:8081", "Hooks", "--webhooks-secret")]
    public void Webhooks_have_a_port_of_their_own_and_a_secret_by_name(string listen, string secret, string? wrong) =>
        OperatorOptionsValidator.Validate(new OperatorOptions { WebhooksListen = listen, WebhooksSecret = secret })
            .Select(static error => error.Split(':')[0]).ShouldBe(wrong is null ? [] : [wrong]);

    [Fact]
    public void Every_option_has_its_variable_in_its_description()
    {
        var set = new OperatorOptionSet(static _ => null);
        set.All.Where(static option => option.Description?.Contains(OperatorOptionSet.EnvironmentName(option.Name), StringComparison.Ordinal) != true)
            .Select(static option => option.Name).ShouldBeEmpty();
    }

    private static OptionsResult Read(Dictionary<string, string> environment, params string[] arguments)
    {
        var set = new OperatorOptionSet(environment.GetValueOrDefault);
        var command = new Command("run");
        foreach (var option in set.All)
        {
            command.Options.Add(option);
        }

        var parsed = command.Parse(arguments);
        parsed.Errors.ShouldBeEmpty();
        return set.Read(parsed);
    }

    private static Dictionary<string, string> Nothing() => new(StringComparer.Ordinal);
}
