using GitOps.Manifests.Kustomize.Resources;
using GitOps.Manifests.Kustomize.Schemas;

namespace GitOps.Manifests.Kustomize;

/// <summary>Changes all objects that there are so far.</summary>
internal interface ITransformer
{
    /// <summary>Whether it changes objects by <see cref="ResourceSet.Edit"/> alone.</summary>
    bool EditsOnly => false;

    /// <exception cref="KustomizeException">It cannot be done.</exception>
    void Transform(ResourceSet resources, BuildState state);
}

/// <summary>Makes objects.</summary>
internal interface IGenerator
{
    /// <exception cref="KustomizeException">It cannot be done.</exception>
    IReadOnlyList<Resource> Generate();
}

/// <summary>What is true of a build as a whole.</summary>
internal sealed class BuildState
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<string> _warnings = [];

    /// <summary>In sentences that name the file; each once.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>By which lists are merged; the first kustomization that names a schema decides.</summary>
    public MergeSchema Schema { get; set; } = MergeSchema.BuiltIn;

    /// <summary>Renders charts; null: there are none.</summary>
    public KustomizeCharts? Charts { get; init; }

    /// <summary>Whether a kustomization has named a schema.</summary>
    public bool IsSchemaChosen { get; set; }

    /// <summary>Whether objects have been read: a schema that comes after them is used beside the built-in one, not instead.</summary>
    public bool HasObjects { get; set; }

    public void Warn(string warning)
    {
        if (_known.Add(warning))
        {
            _warnings.Add(warning);
        }
    }
}
