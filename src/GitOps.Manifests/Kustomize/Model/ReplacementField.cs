using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Model;

/// <param name="Delimiter">Splits the text; empty: the text is taken whole.</param>
/// <param name="Index">Which part.</param>
/// <param name="Create">Make the field where it is missing.</param>
internal sealed record FieldOptions(string Delimiter, long Index, bool Create)
{
    public static FieldOptions Read(ConfigReader reader)
    {
        reader.Text("encoding");
        var options = new FieldOptions(reader.Text("delimiter"), reader.Integer("index"), reader.Flag("create"));
        reader.RefuseOthers();
        return options;
    }
}

internal sealed record ReplacementSource(Gvk Gvk, string Name, string Namespace, string FieldPath, FieldOptions? Options)
{
    public static ReplacementSource Read(ConfigReader reader)
    {
        var source = new ReplacementSource(
            FieldSpec.ReadGvk(reader), reader.Text("name"), reader.Text("namespace"), reader.Text("fieldPath"), reader.Object("options", FieldOptions.Read));
        reader.RefuseOthers();
        return source;
    }

    public override string ToString() => new Resources.ResourceId(Gvk, Name, Namespace, IsClusterScoped: false).ToString();
}

internal sealed record ReplacementTarget(TargetSelector? Select, List<TargetSelector> Reject, List<string> FieldPaths, FieldOptions? Options)
{
    public static ReplacementTarget Read(ConfigReader reader)
    {
        var target = new ReplacementTarget(
            reader.Object("select", TargetSelector.Read), reader.List("reject", TargetSelector.Read), reader.Texts("fieldPaths"),
            reader.Object("options", FieldOptions.Read));
        reader.RefuseOthers();
        return target;
    }
}

/// <summary>A value that is copied from one field, or given, into others; or the path of a file that says so.</summary>
internal sealed record ReplacementField(string Path, ReplacementSource? Source, string? SourceValue, List<ReplacementTarget>? Targets)
{
    public static ReplacementField Read(ConfigReader reader)
    {
        var field = new ReplacementField(
            reader.Text("path"), reader.Object("source", ReplacementSource.Read), reader.OptionalText("sourceValue"),
            reader.Has("targets") ? reader.List("targets", ReplacementTarget.Read) : null);
        reader.RefuseOthers();
        return field;
    }
}
