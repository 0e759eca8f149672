using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Diff;

/// <summary>What the first apply of an object that exists changes, and whose it was.</summary>
internal static class AdoptedFields
{
    /// <param name="live">The object before it.</param>
    /// <param name="answer">The server's answer to the apply, or to a dry run of it.</param>
    /// <param name="explainer">Compares them.</param>
    public static ImmutableArray<FieldDiff> Of(KubernetesObject live, KubernetesObject answer, DriftExplainer explainer) =>
        explainer.Explain(Marked(live, answer), answer: answer, recordedTime: null);

    /// <summary>With the marks of the answer, which every sync puts on: they are no change that anybody wants to hear of.</summary>
    public static KubernetesObject Marked(KubernetesObject live, KubernetesObject answer)
    {
        var marked = live.DeepClone();
        foreach (var (map, mark) in ((string, string)[])[("labels", Names.ApplicationLabel), ("annotations", Names.TrackingIdAnnotation)])
        {
            if (answer.At("metadata", map, mark) is { } value && marked.Metadata is { } metadata)
            {
                var texts = metadata[map] as JsonObject ?? [];
                texts[mark] = value.DeepClone();
                metadata[map] ??= texts;
            }
        }

        return marked;
    }
}
