using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Model;

/// <summary>A field that a transformer sets.</summary>
/// <param name="gvk">In which kinds; an empty part stands for any.</param>
/// <param name="path">With slashes; one within a name is written <c>\/</c>.</param>
/// <param name="create">Whether the field is made where it is missing.</param>
internal sealed class FieldSpec(Gvk gvk, string path, bool create)
{
    public Gvk Gvk { get; } = gvk;

    public string Path { get; } = path;

    public bool Create { get; } = create;

    /// <summary>What the path is made of.</summary>
    public IReadOnlyList<FieldStep> Steps { get; } = [.. NodePath.Split(path, '/').Select(FieldStep.Of)];

    public static FieldSpec Read(ConfigReader reader)
    {
        var spec = new FieldSpec(ReadGvk(reader), reader.Text("path"), reader.Flag("create"));
        reader.RefuseOthers();
        return spec;
    }

    public static Gvk ReadGvk(ConfigReader reader) => new(reader.Text("group"), reader.Text("version"), reader.Text("kind"));

    /// <summary>Adds those that are not there yet.</summary>
    /// <exception cref="KustomizeException">The same field is to be created by one and not by the other.</exception>
    public static List<FieldSpec> Merge(IEnumerable<FieldSpec> specs, IEnumerable<FieldSpec> more)
    {
        var merged = specs.ToList();
        foreach (var spec in more)
        {
            BuildWork.Spend(merged.Count * 2L);
            if (merged.Find(other => other.Gvk.IsSelectedBy(spec.Gvk) && other.Path == spec.Path) is not { } known)
            {
                merged.Add(spec);
            }
            else if (known.Create != spec.Create)
            {
                throw new KustomizeException($"conflicting fieldspecs: {spec.Path} is to be created by one of them, and not by the other");
            }
        }

        return merged;
    }
}

/// <summary>A part of a field's path.</summary>
/// <param name="Name">Of the field.</param>
/// <param name="IsList">It is written with brackets: the field is a list, and is not made.</param>
internal sealed record FieldStep(string Name, bool IsList)
{
    private const string ListMark = "[]";

    public static FieldStep Of(string part)
    {
        var isList = part.EndsWith(ListMark, StringComparison.Ordinal);
        return new(isList ? part[..^ListMark.Length] : part, isList);
    }

    public override string ToString() => IsList ? Name + ListMark : Name;
}

/// <summary>Where objects of a kind are referred to by name.</summary>
internal sealed record NameReference(Gvk Target, List<FieldSpec> Referrers)
{
    public static NameReference Read(ConfigReader reader)
    {
        var reference = new NameReference(FieldSpec.ReadGvk(reader), reader.List("fieldSpecs", FieldSpec.Read));
        reader.RefuseOthers();
        return reference;
    }
}
