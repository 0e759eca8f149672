using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using GitOps.Operator.Charts.Http;
using GitOps.Operator.Git;

namespace GitOps.Operator.Charts.Index;

/// <summary>
/// A repository with an index.yaml. The index is kept as a file, so that a chart that nobody asked for before is looked up without
/// fetching it again; as long as the server says that it is the same, nothing is read.
/// </summary>
internal sealed class IndexSource : IChartSource, IDisposable
{
    private readonly ChartClient _client;
    private readonly string _file;
    private Copy? _copy;

    /// <param name="client">Makes the requests.</param>
    /// <param name="directory">For the copy of the index.</param>
    public IndexSource(ChartClient client, string directory)
    {
        _client = client;
        _file = Path.Combine(directory, Guid.NewGuid().ToString("N") + ".yaml");
    }

    private ChartUrl Url => _client.Access.Url;

    public async Task<IChartListing> ListAsync(IReadOnlyCollection<ChartQuestion> questions, IChartListing? last, CancellationToken cancellationToken)
    {
        var names = questions.Select(static question => question.Name).ToImmutableHashSet(StringComparer.Ordinal);
        var version = _client.Access.Current().Credential?.Version ?? string.Empty;
        var known = _copy is { } copy && copy.CredentialVersion == version && File.Exists(_file) ? copy : null;
        var request = new ChartRequest(ChartOperation.Index, "index.yaml", IndexUrl())
        {
            Authorization = await _client.Access.AuthorizationAsync(cancellationToken),
            ETag = known?.ETag,
            LastModified = known?.LastModified,
            MayBeCompressed = true,
            IsDownload = true,
            Expected = known is null ? [] : [HttpStatusCode.NotModified],
        };
        var current = await _client.SendAsync(
            request, (response, token) => response.StatusCode == HttpStatusCode.NotModified ? Task.FromResult(known!) : SaveAsync(request, response, version, token), cancellationToken);
        var isSame = known is not null && current.Hash == known.Hash;
        _copy = current;
        if (isSame && last is IndexListing listing && names.IsSubsetOf(listing.Names) && listing.Location == current.Location)
        {
            return listing;
        }

        return new IndexListing(Url, current.Location, names, Read(names, cancellationToken));
    }

    public async Task<byte[]> DownloadAsync(ChartRelease release, bool passCredentials, CancellationToken cancellationToken) =>
        await _client.ReadAsync(
            await RequestAsync(ChartOperation.Package, $"chart {release.Name} {release.Version}", new(release.Location), passCredentials, cancellationToken),
            _client.Options.MaxPackageBytes, cancellationToken);

    public async Task<byte[]?> ProvenanceAsync(ChartRelease release, bool passCredentials, CancellationToken cancellationToken)
    {
        var package = new UriBuilder(release.Location);
        package.Path += ".prov";
        var request = await RequestAsync(
            ChartOperation.Provenance, $"the provenance file of chart {release.Name} {release.Version}", package.Uri, passCredentials, cancellationToken);
        request = request with { Expected = [HttpStatusCode.NotFound] };
        return await _client.SendAsync(
            request,
            async (response, token) => response.StatusCode == HttpStatusCode.NotFound
                ? null
                : (byte[]?)await _client.ReadAllAsync(request, response, _client.Options.MaxAnswerBytes, token),
            cancellationToken);
    }

    public void Dispose() => Delete(_file);

    private Uri IndexUrl() => new(new Uri(Url.Root, "index.yaml").AbsoluteUri + Url.Query);

    private async Task<ChartRequest> RequestAsync(string operation, string what, Uri url, bool passCredentials, CancellationToken cancellationToken) => new(operation, what, url)
    {
        Authorization = passCredentials || url.Authority == Url.Root.Authority ? await _client.Access.AuthorizationAsync(cancellationToken) : null,
        IsDownload = true,
    };

    private async Task<Copy> SaveAsync(ChartRequest request, HttpResponseMessage response, string credentialVersion, CancellationToken cancellationToken)
    {
        var part = _file + ".part";
        try
        {
            byte[] hash;
            await using (var body = await _client.BodyAsync(request, response, _client.Options.MaxIndexBytes, cancellationToken))
            await using (var file = new FileStream(part, FileMode.Create, FileAccess.ReadWrite))
            {
                await body.CopyToAsync(file, cancellationToken);
                file.Position = 0;
                hash = await SHA256.HashDataAsync(file, cancellationToken);
            }

            File.Move(part, _file, overwrite: true);

            // Where it came from may be another place than where it was asked for; relative URLs mean the repository, as helm reads them.
            return new(
                Convert.ToHexStringLower(hash), response.Headers.ETag?.ToString(), response.Content.Headers.LastModified, Url.Root, credentialVersion);
        }
        finally
        {
            Delete(part);
        }
    }

    private IndexContent Read(ImmutableHashSet<string> names, CancellationToken cancellationToken)
    {
        try
        {
            using var file = File.OpenRead(_file);
            return IndexReader.Read(file, names, _client.Options.MaxVersions, cancellationToken);
        }
        catch (GitException exception)
        {
            throw new GitException(exception.Kind, $"{Url}: {exception.Message}", exception);
        }
    }

    private static void Delete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The directory is emptied at every start.
        }
    }

    private sealed record Copy(string Hash, string? ETag, DateTimeOffset? LastModified, Uri Location, string CredentialVersion);
}
