using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests;

/// <summary>What a renderer made of a source tree.</summary>
/// <param name="Objects">The objects, in the order of their files and of the documents in them. No kind is a list.</param>
/// <param name="Inputs">All that was read. A commit that answers it alike renders to the same objects.</param>
/// <param name="Warnings">What was passed over, in sentences that name the file.</param>
public sealed record RenderResult(ImmutableArray<RenderedObject> Objects, RecordedInputs Inputs, ImmutableArray<string> Warnings);

/// <summary>An object and where it was written.</summary>
public sealed record RenderedObject(KubernetesObject Object, SourceLocation Location);

/// <summary>A place in a manifest.</summary>
/// <param name="File">Path from the tree's root.</param>
/// <param name="Document">Number of the document in its file, from 1.</param>
/// <param name="Line">Line in the file, from 1.</param>
public sealed record SourceLocation(string File, int Document, int Line)
{
    /// <summary><c>apps/web.yaml:12</c>, with the document's number after the first one.</summary>
    public override string ToString() => Document > 1 ? $"{File}:{Line} (document {Document})" : $"{File}:{Line}";
}
