using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Tests.Ignoring;

internal static class Objects
{
    public static JsonObject Json(string text) => KubernetesJson.ParseObject(text);

    public static string Text(JsonNode? node) => KubernetesJson.ToText(node);

    public static bool AreEqual(string left, string right) => JsonNode.DeepEquals(KubernetesJson.Parse(left), KubernetesJson.Parse(right));
}
