using System.Net.Http.Headers;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Http;

/// <summary>When a request may be sent again.</summary>
internal enum Repeat
{
    /// <summary>Only when the server says that it did not look at it (429).</summary>
    IfPushedBack,

    /// <summary>Whatever happened to it: reads, and writes that say what shall be and not what to do.</summary>
    Always,
}

/// <summary>One request, so that it can be sent more than once.</summary>
internal sealed record ApiRequest(HttpMethod Method, string Path, string Verb, string Group, string Resource)
{
    public static readonly MediaTypeWithQualityHeaderValue Json = new("application/json");

    public Repeat Repeat { get; init; }

    public ReadOnlyMemory<byte> Body { get; init; }

    public MediaTypeHeaderValue? ContentType { get; init; }

    /// <summary>The Accept header; null: JSON.</summary>
    public string? Accept { get; init; }

    public string? IfNoneMatch { get; init; }

    public Impersonation? Impersonation { get; init; }

    public static ApiRequest Of(HttpMethod method, ResourcePath path, string verb, ApiResource resource, string? subresource = null) =>
        new(method, path.ToString(), verb, resource.Group, subresource is null ? resource.Plural : $"{resource.Plural}/{subresource}");
}
