using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Model;

/// <summary>A field that a transformer sets.</summary>
/// <param name="Gvk">In which kinds; an empty part stands for any.</param>
/// <param name="Path">With slashes; one within a name is written <c>\/</c>.</param>
/// <param name="Create">Whether the field is made where it is missing.</param>
internal sealed record FieldSpec(Gvk Gvk, string Path, bool Create)
{
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
