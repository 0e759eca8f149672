using System.Text;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Http;

/// <summary>The path of a collection, an object or a subresource, and its query.</summary>
internal sealed class ResourcePath
{
    private readonly StringBuilder _text = new(160);
    private bool _hasQuery;

    private ResourcePath()
    {
    }

    /// <summary>All objects of a kind, in one namespace or (empty) in all.</summary>
    public static ResourcePath Collection(ApiResource resource, string @namespace)
    {
        var path = new ResourcePath();
        path._text.Append(resource.Group.Length == 0 ? "/api/" : "/apis/");
        if (resource.Group.Length > 0)
        {
            path.Append(resource.Group, "group").Append('/');
        }

        path.Append(resource.Version, "version");
        if (@namespace.Length > 0)
        {
            if (!resource.Namespaced)
            {
                throw new ArgumentException($"{resource.Kind} is cluster-scoped, but a namespace is given: {@namespace}", nameof(@namespace));
            }

            path._text.Append("/namespaces/");
            path.Append(@namespace, "namespace");
        }

        path._text.Append('/');
        path.Append(resource.Plural, "resource");
        return path;
    }

    public static ResourcePath Item(ApiResource resource, string @namespace, string name, string? subresource = null)
    {
        if (resource.Namespaced && @namespace.Length == 0)
        {
            throw new ArgumentException($"{resource.Kind} {name} is namespaced, but no namespace is given", nameof(@namespace));
        }

        var path = Collection(resource, @namespace);
        path._text.Append('/');
        path.Append(name, "name");
        return path.Below(subresource);
    }

    public ResourcePath Below(string? subresource)
    {
        if (subresource is not null)
        {
            _text.Append('/');
            Append(subresource, "subresource");
        }

        return this;
    }

    /// <summary>Adds a parameter; null: nothing.</summary>
    public ResourcePath With(string name, string? value)
    {
        if (value is not null)
        {
            _text.Append(_hasQuery ? '&' : '?').Append(name).Append('=').Append(Uri.EscapeDataString(value));
            _hasQuery = true;
        }

        return this;
    }

    public ResourcePath With(string name, bool value) => value ? With(name, "true") : this;

    public override string ToString() => _text.ToString();

    /// <summary>What the API server itself demands of every name: it must not change the path.</summary>
    private StringBuilder Append(string segment, string what) =>
        segment is "" or "." or ".." || segment.AsSpan().IndexOfAny('/', '%') >= 0
            ? throw new ArgumentException($"not usable as a {what} in a path: '{segment}'", nameof(segment))
            : _text.Append(Uri.EscapeDataString(segment));
}
