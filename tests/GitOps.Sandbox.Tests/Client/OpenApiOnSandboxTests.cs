using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.OpenApi;

namespace GitOps.Sandbox.Tests.Client;

public sealed class OpenApiOnSandboxTests
{
    [Fact]
    public async Task The_schemas_of_the_sandbox_are_read_as_those_of_a_real_server()
    {
        await using var rig = await ClientRig.StartAsync();
        var deployment = (await rig.Client.OpenApi.FindAsync(GroupVersionKind.Parse("apps/v1", "Deployment"), CancellationToken.None))!;
        var containers = deployment.At("spec", "template", "spec", "containers")!;
        (containers.ListType, string.Join(',', containers.ListMapKeys)).ShouldBe((ListType.Map, "name"));
        string.Join(',', deployment.At("spec", "template", "spec", "containers", "ports")!.ListMapKeys).ShouldBe("containerPort,protocol");
        deployment.At("spec", "template", "spec", "containers", "ports", "protocol")!.Default()!.GetValue<string>().ShouldBe("TCP");
        deployment.At("spec", "selector")!.IsAtomicMap.ShouldBeTrue();
        deployment.At("spec", "strategy", "rollingUpdate", "maxSurge")!.IsIntOrString.ShouldBeTrue();
        deployment.At("spec", "template", "spec", "containers", "resources", "limits", "cpu")!.IsQuantity.ShouldBeTrue();
        rig.Asked.Select(static request => request.Path.Split('?')[0]).ShouldBe(["/openapi/v3", "/openapi/v3/apis/apps/v1"]);
    }
}
