using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Resources;
using GitOps.Manifests.Kustomize.Transformers;

namespace GitOps.Manifests.Kustomize;

/// <summary>What a kustomization has gathered: objects, fields that transformers set, and variables.</summary>
internal sealed class Accumulator
{
    private readonly Dictionary<string, Variable> _variables = new(StringComparer.Ordinal);

    public ResourceSet Resources { get; } = new();

    public TransformerConfig Config { get; private set; } = TransformerConfig.Empty;

    public void AddConfig(TransformerConfig config) => Config = Config.Merge(config);

    /// <exception cref="KustomizeException">A variable's object cannot be told, or its name is taken.</exception>
    public void AddVariables(IEnumerable<Variable> variables)
    {
        foreach (var variable in variables)
        {
            var id = new ResourceId(variable.Gvk, variable.ObjectName, variable.Namespace, IsClusterScoped: false);
            var matches = Resources.Named(id.Name)
                .Where(resource => resource.AllIds.Any(other => variable.Namespace.Length > 0 ? id.IsSame(other) : id.HasSameTypeAndName(other))).ToList();
            if (matches.Count > 1)
            {
                throw new KustomizeException($"found {matches.Count} resId matches for var {variable} (unable to disambiguate)");
            }

            matches.ForEach(match => match.Variables.Add(variable.Name));
            Add(variable);
        }
    }

    /// <summary>Takes over all that another one has.</summary>
    public void Merge(Accumulator other)
    {
        Resources.AppendAll(other.Resources.All);
        AddConfig(other.Config);
        foreach (var variable in other._variables.Values)
        {
            Add(variable);
        }
    }

    /// <summary>
    /// After a component kustomize begins a new list of fields, to which all are added again: a field for any kind is left out where
    /// one for a certain kind came before it.
    /// </summary>
    /// <exception cref="KustomizeException">Two objects are called the same.</exception>
    public void BeginAnew()
    {
        Config = TransformerConfig.Empty.Merge(Config);
        Resources.CheckIdentities();
    }

    public void FixReferences(BuildState state) => Resources.Apply(new NameReferences(Config.NameReference), state);

    public void ResolveVariables(BuildState state) => Resources.Apply(new Variables(_variables, Config.VarReference), state);

    private void Add(Variable variable)
    {
        if (!_variables.TryAdd(variable.Name, variable))
        {
            throw new KustomizeException($"var '{variable.Name}' already encountered");
        }
    }
}
