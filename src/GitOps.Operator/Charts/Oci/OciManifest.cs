using System.Text.Json;
using GitOps.Operator.Git;

namespace GitOps.Operator.Charts.Oci;

/// <summary>A blob that a manifest names.</summary>
/// <param name="MediaType">What it is.</param>
/// <param name="Digest"><c>sha256:…</c>.</param>
/// <param name="Size">In bytes.</param>
internal sealed record OciBlob(string MediaType, string Digest, long Size);

/// <summary>What an artefact consists of.</summary>
/// <param name="Config">Says what kind of artefact it is.</param>
/// <param name="Layers">Its content.</param>
internal sealed record OciManifest(OciBlob Config, IReadOnlyList<OciBlob> Layers)
{
    public const string MediaType = "application/vnd.oci.image.manifest.v1+json";
    public const string DockerMediaType = "application/vnd.docker.distribution.manifest.v2+json";
    public const string ChartConfig = "application/vnd.cncf.helm.config.v1+json";
    public const string ChartContent = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
    public const string ChartProvenance = "application/vnd.cncf.helm.chart.provenance.v1.prov";

    private const int MaxDepth = 16;
    private const int MaxLayers = 1000;

    private static readonly string[] Packed =
        [ChartContent, "application/vnd.oci.image.layer.v1.tar+gzip", "application/vnd.cncf.flux.content.v1.tar+gzip", "application/tar+gzip"];

    private static readonly string[] Unpacked = ["application/vnd.oci.image.layer.v1.tar"];

    public bool IsChart => Config.MediaType == ChartConfig || Layers.Any(static layer => layer.MediaType == ChartContent);

    /// <param name="body">JSON.</param>
    /// <param name="subject">Of messages: which artefact.</param>
    /// <exception cref="GitException">It is no manifest of an artefact.</exception>
    public static OciManifest Parse(ReadOnlyMemory<byte> body, string subject)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("manifests", out _))
            {
                throw new GitException(GitFailure.Other, $"{subject} is an index of several images, and no chart or artefact of manifests");
            }

            var layers = root.GetProperty("layers").EnumerateArray().Take(MaxLayers).Select(Blob).ToList();
            return new(Blob(root.GetProperty("config")), layers);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new GitException(GitFailure.Other, $"{subject} has no manifest that can be read", exception);
        }
    }

    /// <summary>The one layer with the files.</summary>
    /// <param name="isChart">Whether a chart was asked for.</param>
    /// <param name="subject">Of messages.</param>
    /// <exception cref="GitException">There is none, or more than one.</exception>
    public OciBlob Content(bool isChart, string subject)
    {
        if (isChart)
        {
            var charts = Layers.Where(static layer => layer.MediaType is ChartContent or "application/tar+gzip").ToList();
            return charts.Count == 1
                ? charts[0]
                : throw new GitException(GitFailure.Other, $"{subject} is no Helm chart: {charts.Count} of its layers are of the type {ChartContent}; {Types()}");
        }

        return Layers.Count == 1 && (Packed.Contains(Layers[0].MediaType, StringComparer.Ordinal) || IsUnpacked(Layers[0]))
            ? Layers[0]
            : throw new GitException(
                GitFailure.Other, $"{subject} is no artefact of manifests: it has to have exactly one layer, a tar or a tar.gz ({Packed[1]}); {Types()}");
    }

    public static bool IsUnpacked(OciBlob layer) => Unpacked.Contains(layer.MediaType, StringComparer.Ordinal);

    private static OciBlob Blob(JsonElement element)
    {
        var digest = element.GetProperty("digest").GetString() ?? string.Empty;
        return PinnedVersion.IsDigest(digest)
            ? new(element.TryGetProperty("mediaType", out var type) ? type.GetString() ?? string.Empty : string.Empty, digest, element.GetProperty("size").GetInt64())
            : throw new FormatException("not a sha256 digest");
    }

    private string Types() => GitErrors.Clean($"it has {Layers.Count}: {string.Join(", ", Layers.Take(5).Select(static layer => layer.MediaType))}");
}
