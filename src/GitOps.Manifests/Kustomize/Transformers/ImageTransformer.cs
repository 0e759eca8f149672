using System.Text.RegularExpressions;
using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <summary>Changes name, tag or digest of images: of all lists of containers, wherever they are, and of the configured fields.</summary>
internal sealed class ImageTransformer : ITransformer
{
    private static readonly TimeSpan RegexTimeout = TimeSpan.FromSeconds(1);

    private readonly Image _image;
    private readonly List<FieldSpec> _fields;
    private readonly Regex _pattern;

    /// <exception cref="KustomizeException">The name is no regular expression.</exception>
    public ImageTransformer(Image image, List<FieldSpec> fields)
    {
        (_image, _fields) = (image, fields);
        try
        {
            _pattern = new($"^{image.Name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?\\z", RegexOptions.NonBacktracking, RegexTimeout);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new KustomizeException($"images: the name '{image.Name}' cannot be matched: {exception.Message}", exception);
        }
    }

    public void Transform(ResourceSet resources, BuildState state)
    {
        foreach (var resource in resources.All.Where(static resource => resource.Kind != "CustomResourceDefinition"))
        {
            VisitContainers(resource.Node);
            foreach (var field in _fields)
            {
                FieldVisitor.Visit(resource.Node, field, Set);
            }
        }
    }

    /// <summary>Splits <c>name:tag@digest</c>; a colon before the first slash belongs to the registry.</summary>
    internal static (string Name, string Tag, string Digest) Split(string image)
    {
        var slash = Math.Max(0, image.IndexOf('/', StringComparison.Ordinal));
        var at = image.IndexOf('@', slash);
        var colon = image.IndexOf(':', slash);
        if (at >= 0 && (colon < 0 || at < colon))
        {
            return (image[..at], string.Empty, image[(at + 1)..]);
        }

        return colon < 0 ? (image, string.Empty, string.Empty)
            : at < 0 ? (image[..colon], image[(colon + 1)..], string.Empty)
            : (image[..colon], image[(colon + 1)..at], image[(at + 1)..]);
    }

    private void VisitContainers(Node node)
    {
        foreach (var field in node.Fields)
        {
            VisitContainers(field.Value);
            if (field is { Name: "containers" or "initContainers", Value.Kind: NodeKind.List })
            {
                foreach (var image in field.Value.Items.Select(static item => item.Get("image")).OfType<Node>().Where(static image => !image.IsNull))
                {
                    Set(image);
                }
            }
        }

        foreach (var item in node.Items)
        {
            VisitContainers(item);
        }
    }

    private void Set(Node node)
    {
        if (node.Kind != NodeKind.Scalar)
        {
            throw new KustomizeException("an image is not a string");
        }

        if (!_pattern.IsMatch(node.Text))
        {
            return;
        }

        var (name, tag, digest) = Split(node.Text);
        name = _image.NewName.Length > 0 ? _image.NewName : name;
        (tag, digest) = _image switch
        {
            { NewTag.Length: > 0, Digest.Length: > 0 } => (_image.NewTag, _image.Digest),
            { NewTag.Length: > 0 } => (_image.NewTag, string.Empty),
            { Digest.Length: > 0 } => (string.Empty, _image.Digest),
            { TagSuffix.Length: > 0 } => (tag + _image.TagSuffix, string.Empty),
            _ => (tag, digest),
        };
        Scalars.SetText(node, $"{name}{(tag.Length > 0 ? ":" : string.Empty)}{tag}{(digest.Length > 0 ? "@" : string.Empty)}{digest}", ScalarTag.Plain);
    }
}
