using System.CommandLine;
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
