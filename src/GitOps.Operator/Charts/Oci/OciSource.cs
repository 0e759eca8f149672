using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using GitOps.Operator.Charts.Http;
using GitOps.Operator.Git;
using GitOps.Operator.Model.Versions;

namespace GitOps.Operator.Charts.Oci;

/// <summary>
/// One repository of a registry: a chart with its versions as tags, or an artefact of manifests. A version by name costs one request
/// for the digest that its tag has; only a range needs the list of tags; a manifest is read once per digest.
/// </summary>
internal sealed class OciSource : IChartSource
{
    private static readonly string[] Manifests = [OciManifest.MediaType, OciManifest.DockerMediaType];

    private readonly OciSession _session;
    private readonly OciTags _tags;

    public OciSource(ChartClient client)
    {
        _session = new(client);
        _tags = new(_session);
    }

    private ChartUrl Url => _session.Client.Access.Url;

    private ChartOptions Options => _session.Client.Options;

    public async Task<IChartListing> ListAsync(IReadOnlyCollection<ChartQuestion> questions, IChartListing? last, CancellationToken cancellationToken)
    {
        var before = (last as OciListing)?.Releases ?? ImmutableDictionary<string, (string, ChartRelease)>.Empty;
        var answers = ImmutableDictionary.CreateBuilder<ChartQuestion, ChartAnswer>();
        var releases = ImmutableDictionary.CreateBuilder<string, (string Manifest, ChartRelease Release)>(StringComparer.Ordinal);
        IReadOnlyList<string>? versions = null;
        foreach (var question in questions)
        {
            try
            {
                var pinned = PinnedVersion.Parse(question.Version, Url);
                if (pinned.Digest is null && NeedsTags(pinned.Version))
                {
                    versions ??= [.. (await _tags.ListAsync(cancellationToken)).Select(VersionOf)];
                }

                var reference = pinned.Digest ?? TagOf(NeedsTags(pinned.Version) ? ChartVersions.Choose(pinned.Version, versions!, $"{Url}: the repository") : pinned.Version);
                if (!releases.TryGetValue(reference, out var found))
                {
                    releases[reference] = found = await LookAsync(question.Name, reference, before.GetValueOrDefault(reference), cancellationToken);
                }

                // A version beside the digest has to be that of the chart: its own file says so when it is read.
                var release = pinned is { Digest: not null, Version.Length: > 0 } ? found.Release with { Version = pinned.Version } : found.Release;
                answers[question] = new(release with { Name = question.Name.Length > 0 ? LastPart(question.Name) : release.Name }, null);
            }
            catch (GitException exception) when (exception.Kind is GitFailure.NotFound or GitFailure.RevisionNotFound or GitFailure.InvalidUrl or GitFailure.Other)
            {
                // Of this version alone; the others are there.
                answers[question] = new(null, exception.Kind == GitFailure.NotFound
                    ? new(GitFailure.RevisionNotFound, exception.Message, exception)
                    : exception);
            }
        }

        var listing = new OciListing(answers.ToImmutable(), releases.ToImmutable());
        return last is OciListing known && SameAs(known, listing) ? known : listing;
    }

    public Task<byte[]> DownloadAsync(ChartRelease release, bool passCredentials, CancellationToken cancellationToken) =>
        BlobAsync(ChartOperation.Package, $"{release.Name} {release.Version}".Trim(), release.Location, Options.MaxPackageBytes, cancellationToken);

    public async Task<byte[]?> ProvenanceAsync(ChartRelease release, bool passCredentials, CancellationToken cancellationToken)
    {
        if (release.Provenance is not { } digest)
        {
            return null;
        }

        var body = await BlobAsync(ChartOperation.Provenance, $"the provenance file of {release.Name} {release.Version}", digest, Options.MaxAnswerBytes, cancellationToken);
        return DigestOf(body) == digest
            ? body
            : throw new GitException(GitFailure.Other, $"{Url}: the provenance file of {release.Name} {release.Version} is not what its digest says");
    }

    // An empty version and a range have to be chosen among tags; anything else is a tag.
    private static bool NeedsTags(string version) => version.Length == 0 || VersionRange.IsRange(version) || IsShort(version);

    // "1.2" stands for each patch of it, as helm reads it.
    private static bool IsShort(string version) => version.TrimStart('v').Split('.').Length < 3 && SemanticVersion.Parse(version) is not null;

    private static string TagOf(string version) => version.Replace('+', '_');

    private static string VersionOf(string tag) => tag.Replace('_', '+');

    private static string LastPart(string name) => name[(name.LastIndexOf('/') + 1)..];

    private static string DigestOf(ReadOnlySpan<byte> content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    private static bool SameAs(OciListing left, OciListing right) =>
        left.Answers.Count == right.Answers.Count && left.Answers.All(pair =>
            right.Answers.TryGetValue(pair.Key, out var other) && pair.Value.Release == other.Release && pair.Value.Failure?.Message == other.Failure?.Message);

    private async Task<(string Manifest, ChartRelease Release)> LookAsync(
        string name, string reference, (string Manifest, ChartRelease Release) known, CancellationToken cancellationToken)
    {
        var isDigest = PinnedVersion.IsDigest(reference);
        if (!isDigest && !IsTag(reference))
        {
            throw new GitException(GitFailure.RevisionNotFound, $"{Url}: '{GitErrors.Clean(reference)}' is neither a version nor a range of versions nor a tag");
        }

        var digest = isDigest ? reference : await DigestAsync(reference, cancellationToken);
        if (known.Manifest == digest && digest.Length > 0)
        {
            return known;
        }

        var body = await ManifestAsync(digest.Length > 0 ? digest : reference, reference, cancellationToken);
        var manifest = DigestOf(body);
        if (digest.Length > 0 && manifest != digest)
        {
            throw new GitException(GitFailure.Corrupt, $"{Url}: the manifest of {reference} is not what its digest says");
        }

        return (manifest, await ReleaseAsync(name, reference, body, cancellationToken));
    }

    private async Task<ChartRelease> ReleaseAsync(string name, string reference, byte[] body, CancellationToken cancellationToken)
    {
        var subject = $"{Url}: {reference}";
        var manifest = OciManifest.Parse(body, subject);
        var isChart = name.Length > 0 || manifest.IsChart;
        var content = manifest.Content(isChart, subject);
        if (content.Size > Options.MaxPackageBytes)
        {
            throw new GitException(GitFailure.TooLarge, $"{subject} is larger than {Options.MaxPackageBytes} bytes");
        }

        var version = isChart && PinnedVersion.IsDigest(reference) ? await ChartVersionAsync(manifest, subject, cancellationToken) : isChart ? VersionOf(reference) : reference;
        return new(isChart ? LastPart(Url.Path) : string.Empty, version, content.Digest, content.Digest)
        {
            IsChart = isChart,
            IsPlainTar = OciManifest.IsUnpacked(content),
            Provenance = manifest.Layers.FirstOrDefault(static layer => layer.MediaType == OciManifest.ChartProvenance)?.Digest,
        };
    }

    // Of a chart that is asked for by digest alone, its configuration tells the version.
    private async Task<string> ChartVersionAsync(OciManifest manifest, string subject, CancellationToken cancellationToken)
    {
        var body = await BlobAsync(ChartOperation.Manifest, "the configuration of a chart", manifest.Config.Digest, Options.MaxAnswerBytes, cancellationToken);
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 32 });
            if (DigestOf(body) == manifest.Config.Digest && document.RootElement.GetProperty("version").GetString() is { Length: > 0 } version)
            {
                return version;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // As if it told none.
        }

        throw new GitException(GitFailure.Other, $"{subject} tells no version of the chart; write VERSION@{manifest.Config.Digest[..7]}… with the version");
    }

    /// <returns>Empty where the registry does not tell it beforehand.</returns>
    private async Task<string> DigestAsync(string tag, CancellationToken cancellationToken)
    {
        var request = ManifestRequest(tag, tag) with { Method = HttpMethod.Head };
        return await _session.SendAsync(
            request,
            static (response, _) => Task.FromResult(
                response.Headers.TryGetValues("Docker-Content-Digest", out var values) && values.FirstOrDefault() is { } digest && PinnedVersion.IsDigest(digest)
                    ? digest
                    : string.Empty),
            cancellationToken);
    }

    private Task<byte[]> ManifestAsync(string reference, string what, CancellationToken cancellationToken) =>
        _session.ReadAsync(ManifestRequest(reference, what), Options.MaxAnswerBytes, cancellationToken);

    private ChartRequest ManifestRequest(string reference, string what) =>
        new(ChartOperation.Manifest, $"version {VersionOf(what)}", _session.UrlOf($"manifests/{reference}")) { Accept = Manifests };

    private Task<byte[]> BlobAsync(string operation, string what, string digest, int maxBytes, CancellationToken cancellationToken) =>
        _session.ReadAsync(new ChartRequest(operation, what, _session.UrlOf($"blobs/{digest}")) { IsDownload = true }, maxBytes, cancellationToken);

    private static bool IsTag(string text) =>
        text.Length is > 0 and <= 128 && text[0] is not ('.' or '-') && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');
}
