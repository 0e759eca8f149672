using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Diff;

namespace GitOps.Operator.Tests.Diff;

public sealed class ListKeyTests
{
    private const string Ports = """[{"port":53,"protocol":"UDP"},{"port":53},{"port":80},{"port":443,"protocol":null}]""";

    [Theory]
    [InlineData("""k:{"port":53,"protocol":"UDP"}""", 0)]
    [InlineData("""k:{"port":53,"protocol":"TCP"}""", 1)]
    [InlineData("""k:{"port":80,"protocol":"TCP"}""", 2)]
    [InlineData("""k:{"port":53.0}""", 0)]
    [InlineData("""k:{"port":"53"}""", -1)]
    [InlineData("""k:{"protocol":"SCTP"}""", -1)]
    public void A_manifests_item_may_leave_out_a_key_that_has_a_default(string element, int index)
    {
        var items = (JsonArray)KubernetesJson.Parse(Ports)!;

        var best = ListKey.Of(element).BestOf(items);

        (best is null ? -1 : items.IndexOf(best)).ShouldBe(index);
    }

    [Theory]
    [InlineData("""k:{"port":53,"protocol":"UDP"}""", """{"port":53,"protocol":"UDP","name":"x"}""", true)]
    [InlineData("""k:{"port":53,"protocol":"TCP"}""", """{"port":53}""", false)]
    [InlineData("""k:{"port":53}""", """{"port":54}""", false)]
    [InlineData("""k:{"name":"é"}""", """{"name":"\u00e9"}""", true)]
    [InlineData("""k:{"name":"a"}""", """{"name":1}""", false)]
    [InlineData("""k:{"name":"a"}""", "\"a\"", false)]
    public void A_stored_item_has_all_its_keys(string element, string item, bool isKey) =>
        ListKey.Of(element).IsKeyOf(KubernetesJson.Parse(item)).ShouldBe(isKey);
}
