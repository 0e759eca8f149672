using System.Net;
using System.Net.Http.Headers;

namespace GitOps.Operator.Charts.Http;

/// <summary>One request to a repository of charts, redirects included.</summary>
/// <param name="Operation">One of <see cref="ChartOperation"/>.</param>
/// <param name="What">What is asked for, for messages: "chart web 1.2.3".</param>
/// <param name="Url">Where.</param>
internal sealed record ChartRequest(string Operation, string What, Uri Url)
{
    public HttpMethod Method { get; init; } = HttpMethod.Get;

    public IReadOnlyList<string> Accept { get; init; } = [];

    /// <summary>Sent to the host of <see cref="Url"/> and to none that it redirects to.</summary>
    public AuthenticationHeaderValue? Authorization { get; init; }

    /// <summary>Of the answer that is at hand.</summary>
    public string? ETag { get; init; }

    /// <summary>Of the answer that is at hand, where it had no ETag.</summary>
    public DateTimeOffset? LastModified { get; init; }

    /// <summary>The answer may be compressed on its way.</summary>
    public bool MayBeCompressed { get; init; }

    /// <summary>Answers that are no failures, beside success.</summary>
    public IReadOnlyList<HttpStatusCode> Expected { get; init; } = [];

    /// <summary>Of a download, which may take long.</summary>
    public bool IsDownload { get; init; }
}
