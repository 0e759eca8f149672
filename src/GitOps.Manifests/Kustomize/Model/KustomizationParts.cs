using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Model;

internal sealed record Label(SortedDictionary<string, string> Pairs, bool IncludeSelectors, bool IncludeTemplates, List<FieldSpec> Fields)
{
    public static Label Read(ConfigReader reader)
    {
        var label = new Label(
            reader.Map("pairs") ?? new(StringComparer.Ordinal), reader.Flag("includeSelectors"), reader.Flag("includeTemplates"),
            reader.List("fields", FieldSpec.Read));
        reader.RefuseOthers();
        return label;
    }
}

/// <param name="Path">Of a file; or</param>
/// <param name="Text">the patch itself.</param>
/// <param name="Target">What it is for; null: what it names itself.</param>
/// <param name="AllowNameChange">It may rename its target.</param>
/// <param name="AllowKindChange">It may make another kind of its target.</param>
internal sealed record Patch(string Path, string Text, TargetSelector? Target, bool AllowNameChange, bool AllowKindChange)
{
    public static Patch Read(ConfigReader reader, string textName = "patch")
    {
        var options = reader.Object("options", static options => options);
        var patch = new Patch(
            reader.Text("path"), reader.Text(textName), reader.Object("target", TargetSelector.Read),
            options?.Flag("allowNameChange") ?? false, options?.Flag("allowKindChange") ?? false);
        options?.RefuseOthers();
        reader.RefuseOthers();

        return patch;
    }
}

internal sealed record TargetSelector(Gvk Gvk, string Name, string Namespace, string LabelSelector, string AnnotationSelector)
{
    public bool HasIdentity => Gvk != new Gvk(string.Empty, string.Empty, string.Empty) || Name.Length > 0 || Namespace.Length > 0;

    public static TargetSelector Read(ConfigReader reader)
    {
        var selector = new TargetSelector(
            FieldSpec.ReadGvk(reader), reader.Text("name"), reader.Text("namespace"), reader.Text("labelSelector"), reader.Text("annotationSelector"));
        reader.RefuseOthers();
        return selector;
    }

    public Selector Compile() => new(Gvk, Name, Namespace, LabelSelector, AnnotationSelector);
}

internal sealed record Image(string Name, string NewName, string TagSuffix, string NewTag, string Digest)
{
    public static Image Read(ConfigReader reader)
    {
        var image = new Image(reader.Text("name"), reader.Text("newName"), reader.Text("tagSuffix"), reader.Text("newTag"), reader.Text("digest"));
        reader.RefuseOthers();
        return image;
    }
}

internal sealed record Replica(string Name, long Count)
{
    public static Replica Read(ConfigReader reader)
    {
        var replica = new Replica(reader.Text("name"), reader.Integer("count"));
        reader.RefuseOthers();
        return replica;
    }
}

internal sealed record SortOptions(string Order, List<string>? OrderFirst, List<string>? OrderLast)
{
    public static SortOptions Read(ConfigReader reader)
    {
        var legacy = reader.Object("legacySortOptions", static legacy => legacy);
        var options = new SortOptions(reader.Text("order"), legacy?.Texts("orderFirst"), legacy?.Texts("orderLast"));
        legacy?.RefuseOthers();
        reader.RefuseOthers();
        return options;
    }
}

/// <param name="Name">As in <c>$(NAME)</c>.</param>
/// <param name="Gvk">Of the object whose field it is.</param>
/// <param name="ObjectName">Its name.</param>
/// <param name="Namespace">Empty: any.</param>
/// <param name="FieldPath">With dots.</param>
internal sealed record Variable(string Name, Gvk Gvk, string ObjectName, string Namespace, string FieldPath)
{
    private const string DefaultPath = "metadata.name";

    public static Variable Read(ConfigReader reader)
    {
        var variable = reader.Object("objref", reference =>
        {
            var gvk = FieldSpec.ReadGvk(reference);
            if (reference.Text("apiVersion") is { Length: > 0 } apiVersion)
            {
                var given = Gvk.Of(apiVersion, gvk.Kind);
                gvk = apiVersion.Contains('/', StringComparison.Ordinal) ? given : gvk with { Version = given.Version };
            }

            var read = new Variable(reader.Text("name"), gvk, reference.Text("name"), reference.Text("namespace"), DefaultPath);
            reference.RefuseOthers();
            return read;
        }) ?? new(reader.Text("name"), new(string.Empty, string.Empty, string.Empty), string.Empty, string.Empty, DefaultPath);
        var path = reader.Object("fieldref", static field =>
        {
            var path = field.Text("fieldPath");
            field.RefuseOthers();
            return path;
        });
        reader.Find("name");
        reader.RefuseOthers();
        return variable with { FieldPath = string.IsNullOrEmpty(path) ? DefaultPath : path };
    }

    public override string ToString() => $"{Name} ({Gvk}/{ObjectName} {FieldPath})";
}
