using System.Text.Json;
using GitOps.Operator.Charts.Http;
using GitOps.Operator.Git;

namespace GitOps.Operator.Charts.Oci;

/// <summary>Reads all tags of a repository, page by page.</summary>
internal sealed class OciTags
{
    private const int PageSize = 1000;
    private const int MaxPages = 1000;

    private readonly OciSession _session;

    public OciTags(OciSession session) => _session = session;

    /// <exception cref="GitException">They cannot be had, or are too many.</exception>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        var tags = new List<string>();
        var url = _session.UrlOf($"tags/list?n={PageSize}");
        for (var page = 0; page < MaxPages; page++)
        {
            var request = new ChartRequest(ChartOperation.Tags, "the list of versions", url) { Accept = ["application/json"] };
            var (names, next) = await PageAsync(request, cancellationToken);
            tags.AddRange(names);
            if (tags.Count > _session.Client.Options.MaxTags)
            {
                break;
            }

            if (next is null)
            {
                return tags;
            }

            url = next;
        }

        throw new GitException(
            GitFailure.TooLarge, $"{_session.Client.Access.Url}: the registry lists more than {_session.Client.Options.MaxTags} tags; name one version instead of a range");
    }

    private async Task<(IReadOnlyList<string> Tags, Uri? Next)> PageAsync(ChartRequest request, CancellationToken cancellationToken)
    {
        var answer = await _session.SendAsync(
            request,
            async (response, token) =>
            {
                var link = response.Headers.TryGetValues("Link", out var links) ? links.FirstOrDefault() : null;
                return Tuple.Create(await _session.Client.ReadAllAsync(request, response, _session.Client.Options.MaxAnswerBytes, token), link);
            },
            cancellationToken);
        try
        {
            using var document = JsonDocument.Parse(answer.Item1, new JsonDocumentOptions { MaxDepth = 8 });
            IReadOnlyList<string> tags = document.RootElement.TryGetProperty("tags", out var list) && list.ValueKind == JsonValueKind.Array
                ? [.. list.EnumerateArray().Select(static tag => tag.GetString()).OfType<string>()]
                : [];
            return (tags, tags.Count == 0 ? null : Next(request.Url, answer.Item2));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new GitException(GitFailure.Other, $"{_session.Client.Access.Url}: the registry's list of versions cannot be read", exception);
        }
    }

    // <url>; rel="next". Another host is not asked: what is said to this one is not for it.
    private Uri? Next(Uri current, string? link)
    {
        var open = link?.IndexOf('<', StringComparison.Ordinal) ?? -1;
        var close = open < 0 ? -1 : link!.IndexOf('>', open);
        if (close < 0 || !link![close..].Contains("next", StringComparison.Ordinal))
        {
            return null;
        }

        return Uri.TryCreate(current, link[(open + 1)..close], out var next) && next.Authority == current.Authority && next.Scheme == current.Scheme
            ? next
            : throw new GitException(GitFailure.NotAllowed, $"{_session.Client.Access.Url}: the registry continues its list of versions on another host, which is not allowed");
    }
}
