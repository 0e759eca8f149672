using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Model;

/// <summary>Which fields each transformer sets: the built-in ones and what <c>configurations</c> and <c>crds</c> add.</summary>
internal sealed record TransformerConfig
{
    public static readonly TransformerConfig Empty = new();

    public List<FieldSpec> NamePrefix { get; init; } = [];

    public List<FieldSpec> NameSuffix { get; init; } = [];

    public List<FieldSpec> Namespace { get; init; } = [];

    public List<FieldSpec> CommonLabels { get; init; } = [];

    public List<FieldSpec> Labels { get; init; } = [];

    public List<FieldSpec> TemplateLabels { get; init; } = [];

    public List<FieldSpec> CommonAnnotations { get; init; } = [];

    public List<NameReference> NameReference { get; init; } = [];

    public List<FieldSpec> VarReference { get; init; } = [];

    public List<FieldSpec> Images { get; init; } = [];

    public List<FieldSpec> Replicas { get; init; } = [];

    /// <exception cref="KustomizeException">A field is unknown, or of the wrong type.</exception>
    public static TransformerConfig Read(ConfigReader reader)
    {
        var config = new TransformerConfig
        {
            NamePrefix = reader.List("namePrefix", FieldSpec.Read),
            NameSuffix = reader.List("nameSuffix", FieldSpec.Read),
            Namespace = reader.List("namespace", FieldSpec.Read),
            CommonLabels = reader.List("commonLabels", FieldSpec.Read),
            Labels = reader.List("labels", FieldSpec.Read),
            TemplateLabels = reader.List("templateLabels", FieldSpec.Read),
            CommonAnnotations = reader.List("commonAnnotations", FieldSpec.Read),
            NameReference = reader.List("nameReference", Model.NameReference.Read),
            VarReference = reader.List("varReference", FieldSpec.Read),
            Images = reader.List("images", FieldSpec.Read),
            Replicas = reader.List("replicas", FieldSpec.Read),
        };
        reader.RefuseOthers();
        return config.Sorted();
    }

    /// <summary>
    /// Adds the fields of another one. A field for any kind is not added to one for a certain kind: where a configuration names kinds,
    /// and so comes first in the order, the built-in fields of the same paths have no effect.
    /// </summary>
    public TransformerConfig Merge(TransformerConfig other) =>
        ReferenceEquals(other, Empty) || ReferenceEquals(other, this) ? this
        : ReferenceEquals(this, Empty) && ReferenceEquals(other, DefaultConfig.Value) ? other
        : MergeAll(other);

    private TransformerConfig MergeAll(TransformerConfig other) => new TransformerConfig
    {
        NamePrefix = FieldSpec.Merge(NamePrefix, other.NamePrefix),
        NameSuffix = FieldSpec.Merge(NameSuffix, other.NameSuffix),
        Namespace = FieldSpec.Merge(Namespace, other.Namespace),
        CommonLabels = FieldSpec.Merge(CommonLabels, other.CommonLabels),
        Labels = FieldSpec.Merge(Labels, other.Labels),
        TemplateLabels = FieldSpec.Merge(TemplateLabels, other.TemplateLabels),
        CommonAnnotations = FieldSpec.Merge(CommonAnnotations, other.CommonAnnotations),
        NameReference = MergeReferences(NameReference, other.NameReference),
        VarReference = FieldSpec.Merge(VarReference, other.VarReference),
        Images = FieldSpec.Merge(Images, other.Images),
        Replicas = FieldSpec.Merge(Replicas, other.Replicas),
    }.Sorted();

    /// <summary>By the kinds they are for, as the order matters where one of them creates what another looks for.</summary>
    internal TransformerConfig Sorted() => this with
    {
        NamePrefix = Sort(NamePrefix),
        NameSuffix = Sort(NameSuffix),
        Namespace = Sort(Namespace),
        CommonLabels = Sort(CommonLabels),
        Labels = Sort(Labels),
        TemplateLabels = Sort(TemplateLabels),
        CommonAnnotations = Sort(CommonAnnotations),
        NameReference = [.. NameReference.OrderBy(static reference => reference.Target, KindOrder.Instance)],
        VarReference = Sort(VarReference),
        Images = Sort(Images),
        Replicas = Sort(Replicas),
    };

    private static List<FieldSpec> Sort(List<FieldSpec> specs) => [.. specs.OrderBy(static spec => spec.Gvk, KindOrder.Instance)];

    private static List<NameReference> MergeReferences(List<NameReference> references, List<NameReference> more)
    {
        var merged = references.ToList();
        foreach (var reference in more)
        {
            BuildWork.Spend(merged.Count);
            var index = merged.FindIndex(known => known.Target == reference.Target);
            if (index < 0)
            {
                merged.Add(reference);
            }
            else
            {
                merged[index] = merged[index] with { Referrers = FieldSpec.Merge(merged[index].Referrers, reference.Referrers) };
            }
        }

        return merged;
    }
}
