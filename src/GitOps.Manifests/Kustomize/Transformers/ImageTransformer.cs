using System.Buffers;
using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <summary>Changes name, tag or digest of images: of all lists of containers, wherever they are, and of the configured fields.</summary>
internal sealed class ImageTransformer : ITransformer
{
    private const string DigestMark = "@sha256:";

    private static readonly SearchValues<char> PartLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.{}-");

    private readonly Image _image;
    private readonly List<FieldSpec> _fields;
    private long _visited;
    private readonly PlainPattern? _name;
    private readonly BoundedRegex? _pattern;

    /// <exception cref="KustomizeException">The name is no regular expression.</exception>
    public ImageTransformer(Image image, List<FieldSpec> fields)
    {
        (_image, _fields) = (image, fields);
        _name = PlainPattern.TryParse(image.Name) is { Length: not null } plain ? plain : null;
        if (_name is null)
        {
            _pattern = new(image.Name, @"^{0}(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?\z");
        }
    }

    public void Transform(ResourceSet resources, BuildState state)
    {
        foreach (var resource in resources.All.Where(static resource => resource.Kind != "CustomResourceDefinition"))
        {
            _visited = 0;
            VisitContainers(resource.Node);
            BuildWork.Spend(_visited * 4);
            foreach (var field in _fields)
            {
                FieldVisitor.Visit(resource, field, Set);
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

    /// <summary>The name, then perhaps a tag and a digest.</summary>
    private bool IsMatch(string text)
    {
        if (_name is not { Length: { } length })
        {
            return _pattern!.IsMatch(text);
        }

        if (text.Length < length || !_name.IsMatch(text.AsSpan(0, length)))
        {
            return false;
        }

        var rest = text.AsSpan(length);
        rest = rest is [':', ..] ? WithoutPart(rest[1..]) : rest;
        rest = rest.StartsWith(DigestMark, StringComparison.Ordinal) ? WithoutPart(rest[DigestMark.Length..]) : rest;
        return rest.IsEmpty;
    }

    private static ReadOnlySpan<char> WithoutPart(ReadOnlySpan<char> text) =>
        text.IndexOfAnyExcept(PartLetters) is >= 0 and var end ? text[end..] : [];

    private void VisitContainers(Node node)
    {
        _visited += 1 + node.Fields.Count + node.Items.Count;
        foreach (var field in node.Kind == NodeKind.Map ? node.Fields : [])
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

        foreach (var item in node.Kind == NodeKind.List ? node.Items : [])
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

        if (!IsMatch(node.Text))
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
