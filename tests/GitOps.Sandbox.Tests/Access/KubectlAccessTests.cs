using GitOps.Sandbox.Tests.Clients.Kubectl;

namespace GitOps.Sandbox.Tests.Access;

/// <summary>The real kubectl asks who may do what, acts as others, and gets tokens.</summary>
public sealed class KubectlAccessTests
{
    private const string Robot = "--as=system:serviceaccount:NS:robot";

    [Theory]
    [InlineData("yes", "get", "configmaps", Robot)]
    [InlineData("no", "delete", "configmaps", Robot)]
    [InlineData("no", "get", "configmaps", "--as=somebody")]
    [InlineData("yes", "list", "configmaps", "--as=somebody", "--as-group=NS-devs")]
    [InlineData("yes", "get", "deployments.apps", "--subresource=scale", "--as=somebody", "--as-group=NS-devs")]
    [InlineData("no", "get", "deployments.apps", "--as=somebody", "--as-group=NS-devs")]
    [InlineData("yes", "get", "/healthz", "--as=somebody")]
    [InlineData("no", "get", "/nothing", "--as=somebody")]
    [InlineData("no", "list", "nodes", "--as=somebody")]
    [InlineData("yes", "*", "*")]
    public async Task Can_i_is_answered_as_the_roles_say(string expected, params string[] question)
    {
        var (kubectl, ns) = await StartAsync();
        await using var running = kubectl;

        var result = await kubectl.RunAsync(["auth", "can-i", .. question.Select(part => part.Replace("NS", ns, StringComparison.Ordinal))]);

        result.Output.Trim().ShouldBe(expected, result.Error);
        result.ExitCode.ShouldBe(expected == "yes" ? 0 : 1);
        await kubectl.RunAsync(["delete", "namespace", ns, "--wait=false"]);
    }

    [Fact]
    public async Task Can_i_lists_everything_that_a_service_account_may_do()
    {
        var (kubectl, ns) = await StartAsync();
        await using var running = kubectl;

        var lines = (await kubectl.OutputAsync("auth", "can-i", "--list", Robot.Replace("NS", ns, StringComparison.Ordinal)))
            .Split('\n').Select(static line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToList();

        lines[0].ShouldBe("Resources Non-Resource URLs Resource Names Verbs");
        foreach (var line in (string[])
        [
            "configmaps [] [] [get list]", "deployments.apps/scale [] [] [get list]", "selfsubjectreviews.authentication.k8s.io [] [] [create]",
            "[/api/*] [] [get]", "[/openid/v1/jwks] [] [get]",
        ])
        {
            lines.ShouldContain(given => given == line);
        }

        await kubectl.RunAsync(["delete", "namespace", ns, "--wait=false"]);
    }

    [Fact]
    public async Task Whoami_tells_whom_it_acts_as()
    {
        var (kubectl, ns) = await StartAsync();
        await using var running = kubectl;

        var text = await kubectl.OutputAsync("auth", "whoami", "--as=x", "--as-group=g", "--as-group=h", "--as-uid=7", "--as-user-extra=k=v");

        text.Split('\n').Select(static line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ShouldBe(
            ["ATTRIBUTE VALUE", "Username x", "UID 7", "Groups [g h system:authenticated]", "Extra: k [v]", ""]);
        await kubectl.RunAsync(["delete", "namespace", ns, "--wait=false"]);
    }

    [Fact]
    public async Task A_created_token_lets_its_service_account_in()
    {
        var (kubectl, ns) = await StartAsync();
        await using var running = kubectl;

        var token = (await kubectl.OutputAsync("create", "token", "robot", "--duration=10m")).Trim();

        // The administrator's own credentials go before --token: a context of its own has none.
        await kubectl.OutputAsync("config", "set-credentials", "robot", $"--token={token}");
        var whoami = await kubectl.OutputAsync("auth", "whoami", "--user=robot");
        whoami.ShouldContain($"system:serviceaccount:{ns}:robot");
        whoami.ShouldContain($"[system:serviceaccounts system:serviceaccounts:{ns} system:authenticated]");
        (await kubectl.OutputAsync("get", "configmaps", "--user=robot", "-o", "name")).ShouldNotContain("error");
        var refused = await kubectl.RunAsync(["get", "secrets", "--user=robot"]);
        refused.Error.Trim().ShouldBe(
            $"Error from server (Forbidden): secrets is forbidden: User \"system:serviceaccount:{ns}:robot\" cannot list resource \"secrets\" "
            + $"in API group \"\" in the namespace \"{ns}\"");
        (await kubectl.RunAsync(["create", "token", "nobody"])).Error.Trim().ShouldBe(
            "error: failed to create token: serviceaccounts \"nobody\" not found");
        await kubectl.RunAsync(["delete", "namespace", ns, "--wait=false"]);
    }

    [Fact]
    public async Task Reconcile_adds_and_removes_what_a_file_says()
    {
        var (kubectl, ns) = await StartAsync();
        await using var running = kubectl;
        var file = kubectl.AddFile("roles.yaml", $$"""
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: reader, namespace: {{ns}}}
            rules:
            - {apiGroups: [""], resources: [configmaps], verbs: [get, update]}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: new, namespace: {{ns}}}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
            subjects: [{kind: User, name: zoe, apiGroup: rbac.authorization.k8s.io}]
            """);

        (await kubectl.OutputAsync("auth", "reconcile", "-f", file)).ShouldBe(
            "role.rbac.authorization.k8s.io/reader reconciled\nrolebinding.rbac.authorization.k8s.io/new reconciled\n");
        (await kubectl.OutputAsync("get", "role", "reader", "-o", "jsonpath={.rules[*].verbs}")).ShouldContain("update");
        (await kubectl.OutputAsync("auth", "reconcile", "-f", file, "--remove-extra-permissions")).ShouldContain("reader reconciled");
        (await kubectl.OutputAsync("get", "role", "reader", "-o", "jsonpath={.rules[*].resources}")).ShouldNotContain("deployments");
        await kubectl.RunAsync(["delete", "namespace", ns, "--wait=false"]);
    }

    /// <summary>A namespace in which the account <c>robot</c> and the group <c>NAMESPACE-devs</c> may read two kinds.</summary>
    private static async Task<(KubectlRunner Kubectl, string Namespace)> StartAsync()
    {
        var ns = $"can-{Guid.NewGuid().ToString("N")[..8]}";
        var kubectl = await KubectlRunner.StartAsync(ns);
        await kubectl.OutputAsync("create", "serviceaccount", "robot");
        await kubectl.OutputAsync("create", "role", "reader", "--verb=get,list", "--resource=configmaps,deployments.apps/scale");
        await kubectl.OutputAsync("create", "rolebinding", "reader", "--role=reader", $"--serviceaccount={ns}:robot", $"--group={ns}-devs");
        return (kubectl, ns);
    }
}
