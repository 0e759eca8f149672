using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Schemas;
using GitOps.Manifests.Kustomize.Transformers;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Kustomize.Merging;

/// <summary>
/// Merges a patch into an object as kustomize does: maps by field, lists that have merge keys by item (new items come first),
/// other lists as a whole; null deletes; <c>$patch</c> says otherwise. The patch is used up.
/// </summary>
internal sealed class StrategicMerge
{
    public const string Directive = "$patch";

    private readonly MergeSchema _schema;

    private StrategicMerge(MergeSchema schema) => _schema = schema;

    private enum Strategy
    {
        Merge,
        Replace,
        Delete,
    }

    /// <returns>What becomes of the object; null: it is deleted.</returns>
    /// <exception cref="KustomizeException">The patch does not fit the object.</exception>
    public static Node? Apply(Node target, Node patch, MergeSchema schema)
    {
        var fields = schema.Find(target.TextOf("apiVersion") ?? string.Empty, target.TextOf("kind") ?? string.Empty)
            ?? schema.Find(patch.TextOf("apiVersion") ?? string.Empty, patch.TextOf("kind") ?? string.Empty);
        return new StrategicMerge(schema).Walk(target, patch, fields, "the object");
    }

    /// <summary>One value; null stands for nothing at all, a null scalar for a null that was written.</summary>
    internal Node? Walk(Node? target, Node? patch, FieldSchema? schema, string path)
    {
        var kind = IsMissing(target) ? IsMissing(patch) ? NodeKind.Map : patch!.Kind : target!.Kind;
        CheckKind(target, kind, path);
        CheckKind(patch, kind, path);
        return kind switch
        {
            NodeKind.Map => WalkMap(target, patch, schema, path),
            NodeKind.List when schema is { IsMerged: true } => new ListMerge(this, MergeSchema.Items(schema), schema.Keys).Walk(target, patch, path),
            _ => patch ?? target,
        };
    }

    /// <summary>What a list becomes before its items are looked at; null: it goes.</summary>
    internal static Node? ListTarget(Node? target, Node? patch)
    {
        if (IsMissing(target))
        {
            return patch;
        }

        return patch is { IsNull: true } ? null : StrategyOf(patch) switch
        {
            Strategy.Delete => null,
            Strategy.Replace => patch,
            _ => target,
        };
    }

    /// <summary>Nothing, or null.</summary>
    internal static bool IsMissing(Node? node) => node is null or { IsNull: true };

    private static void CheckKind(Node? node, NodeKind kind, string path)
    {
        if (!IsMissing(node) && node!.Kind != kind)
        {
            throw new KustomizeException($"{path}: the patch has a {Name(node.Kind)} where the object has a {Name(kind)}, or the other way round");
        }
    }

    private static string Name(NodeKind kind) => kind switch { NodeKind.Map => "map", NodeKind.List => "list", _ => "plain value" };

    private static Node? MapTarget(Node? target, Node? patch)
    {
        if (IsMissing(target))
        {
            if (patch is { Kind: NodeKind.Map } && StrategyOf(patch) == Strategy.Delete)
            {
                return null;
            }

            // A null that is written out stays; an empty value goes.
            return patch is null && target is { Text.Length: > 0 } ? target : patch;
        }

        return patch is { IsNull: true } ? null : StrategyOf(patch) switch
        {
            Strategy.Delete => null,
            Strategy.Replace => patch,
            _ => target,
        };
    }

    /// <summary>Reads the directive, and takes it out.</summary>
    private static Strategy StrategyOf(Node? patch) => patch?.Kind switch
    {
        NodeKind.Map => Parse(patch, patch.TextOf(Directive), static (node, _) => node.Remove(Directive)),
        NodeKind.List when patch.Items.Find(static item => item is { Kind: NodeKind.Map, Fields.Count: 1 } && item.Get(Directive) is not null) is { } item =>
            Parse(patch, item.TextOf(Directive), static (node, text) => node.Items.RemoveAll(item => item.TextOf(Directive) == text) > 0),
        _ => Strategy.Merge,
    };

    private static Strategy Parse(Node patch, string? text, Func<Node, string, bool> remove)
    {
        if (text is null)
        {
            return Strategy.Merge;
        }

        remove(patch, text);
        return text switch
        {
            "delete" => Strategy.Delete,
            "replace" => Strategy.Replace,
            "merge" => Strategy.Merge,
            _ => throw new KustomizeException($"unknown patch strategy '{text}'"),
        };
    }

    private Node? WalkMap(Node? target, Node? patch, FieldSchema? schema, string path)
    {
        var result = MapTarget(target, patch);
        if (result is not { Kind: NodeKind.Map })
        {
            return result;
        }

        var names = result.Fields.Select(static field => field.Name);
        if (patch is { Kind: NodeKind.Map } && !ReferenceEquals(patch, result))
        {
            names = names.Concat(patch.Fields.Select(static field => field.Name).Where(name => result.Get(name) is null).Order(StringComparer.Ordinal));
        }

        foreach (var name in names.ToList())
        {
            var found = result.Get(name);
            var value = Walk(found, patch?.Get(name), _schema.Field(schema, name), path.Length == 0 ? name : $"{path}/{name}");
            if (value is null || (value.IsNull && patch?.Get(name) is not null))
            {
                result.Remove(name);
            }
            else
            {
                Put(result, name, found, value, patch);
            }
        }

        return result;
    }

    /// <summary>A value takes on whether the one before it was quoted: kustomize copies the style, and so the type may change.</summary>
    private static void Put(Node map, string name, Node? found, Node value, Node? patch)
    {
        if (found is null)
        {
            if (value is { Kind: NodeKind.Scalar, Tag: ScalarTag.Plain })
            {
                value.Tag = ScalarTag.String;
            }

            value.IsQuoted |= IsMisread(value);
            map.Set(name, value, patch is not { Kind: NodeKind.Map } || patch.IsText(name));
        }
        else if (ReferenceEquals(found, value))
        {
            value.IsQuoted |= IsMisread(value);
        }
        else
        {
            value.IsQuoted = found is { Kind: NodeKind.Scalar, IsQuoted: true };
            found.Become(value);
        }
    }

    /// <summary>What is a text, but YAML 1.1 would not take for one, is quoted as kustomize comes by: also what a transformer wrote.</summary>
    private static bool IsMisread(Node value) => value.Kind == NodeKind.Scalar && value.Tag switch
    {
        ScalarTag.Plain => Scalars.NeedsQuotes(value.Text),
        ScalarTag.String => value.Text.Length > 0 && !YamlDialect.Kubectl.IsPlainString(value.Text),
        _ => false,
    };
}
