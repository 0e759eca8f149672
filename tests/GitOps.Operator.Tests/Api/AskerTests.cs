using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Operator.Tests.Api;

public sealed class AskerTests
{
    [Fact]
    public void The_last_program_that_wrote_a_request_asked_for_it()
    {
        var askers = Asker.Of(KubernetesObject.Parse("""
            {"metadata": {"annotations": {"gitops-operator.dev/sync": "1", "other": "x"}, "managedFields": [
              {"manager": "first", "operation": "Update", "apiVersion": "a/v1", "time": "2026-01-01T00:00:00Z", "fieldsType": "FieldsV1",
               "fieldsV1": {"f:metadata": {"f:annotations": {".": {}, "f:gitops-operator.dev/sync": {} } } } },
              {"manager": "last", "operation": "Update", "apiVersion": "a/v1", "time": "2026-01-02T00:00:00Z", "fieldsType": "FieldsV1",
               "fieldsV1": {"f:metadata": {"f:annotations": {"f:gitops-operator.dev/sync": {} } }, "f:operation": {"f:sync": {} } } },
              {"manager": "status", "operation": "Update", "apiVersion": "a/v1", "subresource": "status", "time": "2026-01-03T00:00:00Z",
               "fieldsType": "FieldsV1", "fieldsV1": {"f:operation": {} } }]},
             "operation": {"sync": {} } }
            """));
        askers[Annotations.Sync].ToString().ShouldBe("by last at 2026-01-02T00:00:00Z");
        askers[Asker.Operation].Manager.ShouldBe("last");
        askers.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("kubectl-edit", "01", "kubectl-edit")]
    [InlineData("kubectl-edit", "02", "first, kubectl-edit")]
    [InlineData("kubectl-edit", "03", "first")]
    [InlineData("gitops-operator", "01", "Application team-a/root")]
    public void Who_wrote_the_spec_last_is_named_and_an_Application_of_Applications_by_its_name(string manager, string dayOfFirst, string expected) =>
        Asker.OfSpec(KubernetesObject.Parse($$$"""
            {"apiVersion": "gitops-operator.dev/v1alpha1", "kind": "Application", "metadata": {"namespace": "team-a", "name": "web",
             "annotations": {"gitops-operator.dev/tracking-id": "team-a/root:gitops-operator.dev/Application:team-a/web"}, "managedFields": [
              {"manager": "{{{manager}}}", "operation": "Update", "time": "2026-01-02T00:00:00Z", "fieldsV1": {"f:spec": {"f:source": {} } } },
              {"manager": "first", "operation": "Update", "time": "2026-01-{{{dayOfFirst}}}T00:00:00Z", "fieldsV1": {"f:spec": {"f:source": {} } } },
              {"manager": "annotates", "operation": "Update", "time": "2026-01-03T00:00:00Z", "fieldsV1": {"f:metadata": {} } },
              {"manager": "status", "operation": "Apply", "subresource": "status", "time": "2026-01-04T00:00:00Z", "fieldsV1": {"f:spec": {} } }]} }
            """)).ShouldBe(expected);

    [Fact]
    public void Who_asks_for_nothing_is_not_looked_for() =>
        Asker.Of(KubernetesObject.Parse("""{"metadata":{"annotations":{"other":"x"},"managedFields":[{"manager":"a","fieldsV1":{"f:operation":{}}}]}}""")).ShouldBeEmpty();
}
