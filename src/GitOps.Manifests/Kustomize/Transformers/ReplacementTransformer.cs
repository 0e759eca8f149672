using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Kustomize.Generators;
using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <summary>Copies values between fields, whole or a part of a text, also into documents that are the text of a field.</summary>
internal sealed class ReplacementTransformer(List<ReplacementField> replacements) : ITransformer
{
    private const string DefaultPath = "metadata.name";

    public bool EditsOnly => true;

    public void Transform(ResourceSet resources, BuildState state)
    {
        foreach (var replacement in replacements)
        {
            if ((replacement.SourceValue is null && replacement.Source is null) || replacement.Targets is null)
            {
                throw new KustomizeException("replacements must specify a source and at least one target");
            }

            var value = ValueOf(replacement, resources);
            foreach (var target in replacement.Targets)
            {
                Apply(target, value, resources);
            }
        }
    }

    private static Node ValueOf(ReplacementField replacement, ResourceSet resources)
    {
        if (replacement.Source is not { } source)
        {
            return Node.Scalar(replacement.SourceValue!);
        }

        if (replacement.SourceValue is not null)
        {
            throw new KustomizeException("value and resource selectors are mutually exclusive");
        }

        BuildWork.Spend((source.Name.Length > 0 ? 1 : resources.All.Count) * 4L);
        var found = (source.Name.Length > 0 ? resources.Named(source.Name) : resources.All).Where(resource => resource.AllIds.Any(id => IsSelected(id, source))).ToList();
        if (found.Count != 1)
        {
            throw new KustomizeException($"replacements: {(found.Count == 0 ? "no object is" : "several objects are")} {source}, which is named as a source: correct it");
        }

        var path = source.FieldPath.Length > 0 ? source.FieldPath : DefaultPath;
        var node = NodePath.Find(found[0].Node, NodePath.SplitDotted(path));
        if (node is null || node.IsEmpty)
        {
            throw new KustomizeException($"replacements: the source {source} has no field {path}: correct fieldPath");
        }

        return Part(node, source.Options);
    }

    private static bool IsSelected(ResourceId id, ReplacementSource source) =>
        (source.Name.Length == 0 || source.Name == id.Name)
        && (source.Namespace.Length == 0 || Anywhere(id).EffectiveNamespace == (Anywhere(id) with { Namespace = source.Namespace }).EffectiveNamespace)
        && id.Gvk.IsSelectedBy(source.Gvk);

    /// <summary>Here kinds without a namespace count as lying in the default one.</summary>
    private static ResourceId Anywhere(ResourceId id) => id with { IsClusterScoped = false };

    private static Node Part(Node node, FieldOptions? options)
    {
        if (options is not { Delimiter.Length: > 0 })
        {
            // The field itself: if it is a target too, later targets get what it has become.
            return node;
        }

        if (node.Kind != NodeKind.Scalar)
        {
            throw new KustomizeException("delimiter option can only be used with scalar nodes");
        }

        var parts = node.Text.Split(options.Delimiter);
        if (options.Index < 0 || options.Index >= parts.Length)
        {
            throw new KustomizeException(string.Create(CultureInfo.InvariantCulture, $"options.index {options.Index} is out of bounds for the value, which has {parts.Length} parts"));
        }

        var part = node.Clone();
        part.Text = parts[options.Index];
        return part;
    }

    private static void Apply(ReplacementTarget target, Node value, ResourceSet resources)
    {
        var select = (target.Select ?? throw new KustomizeException("target must specify resources to select")).Compile();
        var rejects = target.Reject.ConvertAll(static reject => (Selector: reject.Compile(), reject.HasIdentity));
        foreach (var resource in select.Name is { } name ? resources.Named(name) : resources.All)
        {
            BuildWork.Spend(10 + rejects.Count);
            var ids = resource.AllIds.Reverse().Select(Anywhere).ToList();
            if (select.MatchesLabels(resource)
                && !rejects.Exists(reject => reject.Selector.HasLabelParts && reject.Selector.MatchesLabels(resource))
                && !rejects.Exists(reject => reject.HasIdentity && ids.Exists(reject.Selector.MatchesExactly))
                && ids.Exists(select.MatchesExactly))
            {
                resources.Edit(resource, () => Copy(resource, value, target));
            }
        }
    }

    private static void Copy(Resource resource, Node value, ReplacementTarget target)
    {
        var create = target.Options is { Create: true } ? value.Kind : (NodeKind?)null;
        foreach (var path in target.FieldPaths.Count > 0 ? target.FieldPaths : [DefaultPath])
        {
            var parts = NodePath.SplitDotted(path);
            if (TrySetInDocument(resource.Node, parts, value, create))
            {
                continue;
            }

            List<Node> fields;
            try
            {
                fields = NodePath.FindAll(resource.Node, parts, create);
            }
            catch (Exception exception) when (exception is KustomizeException or YamlErrorException)
            {
                throw Missing(path, create, resource, exception);
            }

            if (fields.Count == 0)
            {
                throw Missing(path, create, resource, null);
            }

            BuildWork.CheckDepth(parts.Count + value.Measure().Depth);
            foreach (var field in fields)
            {
                Set(field, value, target.Options);
            }
        }
    }

    private static KustomizeException Missing(string path, NodeKind? create, Resource resource, Exception? reason) => new(
        $"unable to find {(create is null ? string.Empty : "or create ")}field \"{path}\" in replacement target {resource}{(reason is null ? string.Empty : $": {reason.Message}")}", reason);

    private static void Set(Node field, Node value, FieldOptions? options)
    {
        var (values, characters, _) = value.Measure();
        BuildWork.Hold(values, characters);
        var copy = value.Clone();
        if (options is { Delimiter.Length: > 0 })
        {
            if (field.Kind != NodeKind.Scalar)
            {
                throw new KustomizeException("delimiter option can only be used with scalar nodes");
            }

            var parts = field.Text.Split(options.Delimiter).ToList();
            if (options.Index < 0)
            {
                parts.Insert(0, value.Text);
            }
            else if (options.Index >= parts.Count)
            {
                parts.Add(value.Text);
            }
            else
            {
                parts[(int)options.Index] = value.Text;
            }

            copy.Text = string.Join(options.Delimiter, parts);
            BuildWork.Spend(copy.Text.Length);
        }

        if (field.Kind == NodeKind.Scalar)
        {
            field.Text = copy.Text;
        }
        else
        {
            field.Become(copy);
        }
    }

    /// <summary>
    /// A path may lead into a document that is the text of a field: the first field on the way that has a text is taken for one.
    /// </summary>
    private static bool TrySetInDocument(Node root, List<string> path, Node value, NodeKind? create)
    {
        for (var length = 1; length < path.Count; length++)
        {
            var field = TryFind(root, path.GetRange(0, length));
            if (field is not { Kind: NodeKind.Scalar })
            {
                continue;
            }

            try
            {
                BuildWork.Spend(field.Text.Length * 20L);
                if (NodeReader.ReadOne(field.Text, YamlDialect.Kustomize) is not { } document)
                {
                    return false;
                }

                var fields = NodePath.FindAll(document, path.GetRange(length, path.Count - length), create);
                foreach (var inner in fields)
                {
                    if (inner.Kind == NodeKind.Scalar)
                    {
                        inner.Text = value.Text;
                    }
                    else
                    {
                        inner.Become(value.Clone());
                    }
                }

                if (fields.Count == 0)
                {
                    return false;
                }

                field.Text = Write(document, field.Text);
                return true;
            }
            catch (Exception exception) when (exception is KustomizeException or YamlErrorException)
            {
                return false;
            }
        }

        return false;
    }

    private static Node? TryFind(Node root, List<string> path)
    {
        try
        {
            return NodePath.Find(root, path);
        }
        catch (KustomizeException)
        {
            return null;
        }
    }

    /// <summary>In the form that the text had: JSON in one line or indented, or YAML.</summary>
    private static string Write(Node document, string original)
    {
        var json = NodeJson.ToJson(document);
        if (original.TrimStart() is ['{' or '[', ..])
        {
            var isIndented = original.Contains('\n', StringComparison.Ordinal) && original.Contains("  ", StringComparison.Ordinal);
            return GoJson.Write(json, isIndented);
        }

        using var text = new StringWriter();
        if (json is JsonObject fields)
        {
            new YamlWriter(text).Write(fields);
            return text.ToString().Trim();
        }

        return KubernetesJson.ToText(json);
    }
}
