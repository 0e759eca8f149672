using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Generators;

/// <summary>Makes a ServiceAccount that stands for one of Google's cloud.</summary>
internal sealed class IamPolicyGenerator(string cloud, string account, string project, string name, string @namespace) : IGenerator
{
    public IReadOnlyList<Resource> Generate()
    {
        if (cloud != "gke")
        {
            throw new KustomizeException($"cloud provider {cloud} not supported yet");
        }

        var metadata = Node.Map();
        var annotations = Node.Map();
        annotations.Set("iam.gke.io/gcp-service-account", Node.String($"{account}@{project}.iam.gserviceaccount.com"));
        metadata.Set("annotations", annotations);
        metadata.Set("name", Node.String(name));
        if (@namespace.Length > 0)
        {
            metadata.Set("namespace", Node.String(@namespace));
        }

        var node = Node.Map();
        node.Set("apiVersion", Node.String("v1"));
        node.Set("kind", Node.String("ServiceAccount"));
        node.Set("metadata", metadata);
        return [new(node)];
    }
}
