using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.Resources;

/// <summary>
/// Reads a consistent list page by page. A page token that expires starts the list again from its beginning (what the server
/// offers in its place would go on with the present state, which the pages before it are not of), and after the second time without pages: a list that takes longer than the server keeps tokens would never end otherwise.
/// </summary>
internal sealed class ListPager
{
    private const int MaxExpirations = 2;

    private readonly RequestSender _sender;
    private readonly ApiResource _resource;
    private readonly string _namespace;
    private readonly ListOptions _options;
    private readonly Impersonation? _impersonation;
    private string? _continue;
    private bool _isDone;
    private bool _isFirst = true;
    private int _expirations;

    public ListPager(RequestSender sender, ApiResource resource, string @namespace, ListOptions options, Impersonation? impersonation)
    {
        _sender = sender;
        _resource = resource;
        _namespace = @namespace;
        _options = options;
        _impersonation = impersonation;
    }

    /// <summary>Of the whole list; where a watch may start.</summary>
    public string ResourceVersion { get; private set; } = string.Empty;

    /// <returns>
    /// Null after the last page. A page that is first, when there were pages before, takes their place.
    /// </returns>
    public async Task<Page?> NextAsync(CancellationToken cancellationToken)
    {
        while (!_isDone)
        {
            try
            {
                var page = await ReadAsync(cancellationToken);
                var isFirst = _isFirst;
                if (isFirst)
                {
                    ResourceVersion = page.ResourceVersion;
                }
                else if (page.ResourceVersion != ResourceVersion)
                {
                    // Of another state than the pages before: together they would be the state of no moment.
                    StartAgain();
                    continue;
                }

                _isFirst = false;
                _continue = page.Continue;
                _isDone = page.Continue is null;
                return new Page(page.Items, isFirst);
            }
            catch (ApiException exception) when (exception.IsGone && _continue is not null)
            {
                StartAgain();
            }
        }

        return null;
    }

    private void StartAgain()
    {
        _continue = null;
        _isFirst = true;
        _expirations++;
    }

    private async Task<ListPage> ReadAsync(CancellationToken cancellationToken)
    {
        var isPaged = _options.PageSize > 0 && _expirations < MaxExpirations;
        var path = ResourcePath.Collection(_resource, _namespace)
            .With("labelSelector", _options.LabelSelector)
            .With("fieldSelector", _options.FieldSelector)
            .With("limit", isPaged ? _options.PageSize.ToString(CultureInfo.InvariantCulture) : null)
            .With("continue", _continue);
        var request = ApiRequest.Of(HttpMethod.Get, path, "list", _resource) with
        {
            Accept = _options.MetadataOnly ? KubernetesClient.MetadataOnlyAccept(isList: true) : null,
            Impersonation = _impersonation,
            Repeat = Repeat.Always,
        };
        using var response = await _sender.SendAsync(request, cancellationToken);
        try
        {
            return ListPage.Parse(response.Body.Span, _resource, _options.MetadataOnly);
        }
        catch (JsonException exception)
        {
            throw new ApiConnectionException($"the answer to list {_resource.Plural} is no list; was it a proxy that answered?", exception);
        }
    }

    internal readonly record struct Page(ImmutableArray<KubernetesObject> Items, bool IsFirst);
}
